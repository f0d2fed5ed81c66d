"""What one visitor's form holds: a clip in each place that is taken, as a file and not as sound.

Uploads, recordings, the boxes of a clip and Save may all be under way at once, so who wants to put
something into a place takes a turn there first. What comes too late is refused: a place that was
emptied meanwhile stays empty.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import weakref
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from studio.core.voices.making import Clip


class KeptFile:
    """A recording for as long as the form holds it: what was uploaded is deleted after an hour.

    The file goes with the last reference to this. It is called ``name``, or as it was.
    """

    def __init__(self, source: Path, name: str = "") -> None:
        folder = Path(tempfile.mkdtemp(prefix="voice-studio-clip-"))
        self.path = folder / (name or source.name)
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        try:
            os.link(source, self.path)
        except OSError:  # another disk, or one without links
            shutil.copyfile(source, self.path)


@dataclass(frozen=True, eq=False)
class Draft:
    """A clip on the page, not saved yet. ``clip`` is None where it could not be decoded."""

    file: KeptFile
    clip: Clip | None
    usable: bool


@dataclass(frozen=True)
class PlaceClaim:
    """The right to put a clip into a place, until somebody else takes a turn there."""

    place: int
    number: int


class Places:
    """The clips of one visitor. Thread-safe.

    A copy is empty: Gradio copies what a state begins with for each visitor.
    """

    def __init__(self, count: int) -> None:
        self._drafts: list[Draft | None] = [None] * count
        self._turns = [0] * count
        self._awaited: set[int] = set()
        self._lock = threading.Lock()

    def __deepcopy__(self, memo: dict[int, Any]) -> Places:
        return Places(len(self._drafts))

    def take(self) -> PlaceClaim | None:
        """A free place, which is taken from now on; None if there is none."""
        with self._lock:
            for place, draft in enumerate(self._drafts):
                if draft is None and place not in self._awaited:
                    self._awaited.add(place)
                    return self._next(place)
        return None

    def again(self, place: int) -> tuple[PlaceClaim, Draft] | None:
        """A turn at a place whose clip is to be replaced by the same one, examined otherwise; None
        if it has none any more."""
        with self._lock:
            draft = self._drafts[place]
            return None if draft is None else (self._next(place), draft)

    def put(self, turn: PlaceClaim, draft: Draft) -> bool:
        """Put ``draft`` there, unless somebody else had a turn since."""
        with self._lock:
            if self._turns[turn.place] != turn.number:
                return False
            self._awaited.discard(turn.place)
            self._drafts[turn.place] = draft
            return True

    def held(self) -> list[Draft | None]:
        """The clip of each place as it is now."""
        with self._lock:
            return list(self._drafts)

    def empty(self, place: int) -> None:
        """Free the place; what is on its way there is refused."""
        with self._lock:
            self._empty(place)

    def take_all(self) -> list[Draft | None]:
        """Free all places; what was in them, for ``put_all``."""
        with self._lock:
            taken = list(self._drafts)
            for place in range(len(self._drafts)):
                self._empty(place)
            return taken

    def put_all(self, drafts: Sequence[Draft | None]) -> bool:
        """Put back what ``take_all`` gave, unless a place was taken since."""
        with self._lock:
            if self._awaited or any(self._drafts):
                return False
            self._drafts = list(drafts)
            return True

    def empty_saved(self, saved: Sequence[Draft | None]) -> list[bool]:
        """Free the places that still have the recordings that ``held`` gave; which those are."""
        with self._lock:
            same = [
                now is not None and then is not None and now.file is then.file
                for now, then in zip(self._drafts, saved, strict=True)
            ]
            for place, is_same in enumerate(same):
                if is_same:
                    self._empty(place)
            return same

    def _empty(self, place: int) -> None:
        self._next(place)
        self._awaited.discard(place)
        self._drafts[place] = None

    def _next(self, place: int) -> PlaceClaim:
        self._turns[place] += 1
        return PlaceClaim(place, self._turns[place])


class ExaminedClips:
    """Clips that were examined lately, so that Save need not do it again. Thread-safe.

    Those of all visitors together have ``most_bytes``: what was not asked for the longest goes
    first, and is examined again from its file when it is saved. A recording that no form holds any
    more is not kept.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._kept: WeakKeyDictionary[KeptFile, Clip] = WeakKeyDictionary()
        self._lock = threading.Lock()

    @property
    def nbytes(self) -> int:
        """Memory that they hold."""
        with self._lock:
            return sum(_nbytes(clip) for clip in list(self._kept.values()))

    def keep(self, file: KeptFile, clip: Clip) -> None:
        """Keep the ``clip`` of ``file``, with what it is like, in place of the one before."""
        with self._lock:
            self._kept.pop(file, None)
            self._kept[file] = clip
            held = [(one, _nbytes(known)) for one, known in list(self._kept.items())]
            over = sum(size for _, size in held) - self._most_bytes
            for one, size in held:
                if over > 0:
                    self._kept.pop(one, None)
                    over -= size

    def examined(self, file: KeptFile, clip: Clip) -> Clip:
        """``clip`` with what it is like, if that is still kept."""
        with self._lock:
            known = self._kept.pop(file, clip)
            if known.examined is None:
                return clip
            self._kept[file] = known
        same = (known.trim, known.shorten_pauses) == (clip.trim, clip.shorten_pauses)
        return replace(clip, examined=known.examined) if same else clip


def _nbytes(clip: Clip) -> int:
    if clip.examined is None:
        return 0
    return clip.examined.original.samples.nbytes + clip.examined.cleaned.samples.nbytes
