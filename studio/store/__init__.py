"""Voice profiles on disk: saved whole or not at all, checked when read, portable.

``ProfileStore`` is the one entry; ``studio.store.archives`` moves profiles between machines. The
layout is drawn in ``studio.store.layout``, and how a save survives a crash is told in
``studio.store.saving``.
"""

from studio.store.blobs import SegmentFiles
from studio.store.catalog import Listed
from studio.store.check import Problem
from studio.store.limits import Kept, Limits, kept_by
from studio.store.store import ProfileStore
from studio.store.trash import Deleted

__all__ = [
    "Deleted",
    "Kept",
    "Limits",
    "Listed",
    "Problem",
    "ProfileStore",
    "SegmentFiles",
    "kept_by",
]
