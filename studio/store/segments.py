"""What a save may do to the segments of a profile: the files are checked against the records.

A segment's files never change once they are saved; they are added or removed. So the files of the
old version are whole until the new version is in place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studio.profile import ProfileMetadata, SegmentRecord
from studio.store.blobs import SegmentFiles, pack
from studio.store.layout import segment_files


def new_segments(
    records: Sequence[SegmentRecord], files: Mapping[str, SegmentFiles]
) -> tuple[tuple[SegmentRecord, ...], dict[str, bytes]]:
    """``records`` with the hashes of their files, and the bytes by path inside the profile."""
    if files.keys() != {record.id for record in records}:
        raise ValueError("the files given are not those of the segments")
    segments, blobs = [], {}
    for record in records:
        segment, made = _new_segment(record, files[record.id])
        segments.append(segment)
        blobs.update(made)
    return tuple(segments), blobs


def changed_segments(
    old: ProfileMetadata,
    new: ProfileMetadata,
    add: Mapping[str, SegmentFiles],
    remove: Sequence[str],
) -> tuple[tuple[SegmentRecord, ...], dict[str, bytes]]:
    """The segments of ``new`` with the hashes of their files, and the bytes that ``add`` brings.

    Raises:
        ValueError: ``new`` is not ``old`` with ``add`` and without ``remove``.
    """
    before = {record.id: record for record in old.segments}
    if {record.id for record in new.segments} != (before.keys() - set(remove)) | add.keys():
        raise ValueError("the segments are not the old ones without 'remove' and with 'add'")
    if add.keys() & set(remove):
        raise ValueError("a segment that comes instead of another needs an id of its own")
    segments, blobs = [], {}
    for record in new.segments:
        files = add.get(record.id, SegmentFiles())
        base = before.get(record.id)
        if base is None:
            segment, made = _new_segment(record, files)
        else:
            segment, made = _kept_segment(base, record, files)
        segments.append(segment)
        blobs.update(made)
    return tuple(segments), blobs


def _new_segment(
    record: SegmentRecord, files: SegmentFiles
) -> tuple[SegmentRecord, dict[str, bytes]]:
    if files.reference is None:
        raise ValueError(f"the new segment {record.id} needs its reference clip")
    bare = record.model_copy(
        update={"original_sha256": None, "tokens_sha256": None, "frames": None}
    )
    return pack(bare, files)


def _kept_segment(
    base: SegmentRecord, record: SegmentRecord, files: SegmentFiles
) -> tuple[SegmentRecord, dict[str, bytes]]:
    segment, made = pack(record, files)
    has = segment_files(base)
    if made.keys() & has.keys():
        raise ValueError(f"the segment {record.id} has that file already")
    for path, sha256 in segment_files(segment).items():
        if path not in made and has.get(path) != sha256:
            raise ValueError(f"{path} would have another hash without being another file")
    return segment, made
