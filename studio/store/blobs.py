"""The files of a segment: what they hold, and that they are what the metadata says.

They never change once they are saved; they are added or removed. So the files of the old version
are whole until the new version is in place.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from safetensors import SafetensorError
from safetensors import numpy as safetensors_numpy

from studio.disk import read_regular
from studio.errors import ProfileDamagedError, StorageError
from studio.profile import ProfileMetadata, SegmentRecord
from studio.store.document import damaged
from studio.store.layout import (
    ORIGINALS,
    REFERENCE,
    TOKENS,
    Layout,
    segment_files,
    segment_path,
)
from studio.types import CodecTokens

MAX_BLOB_BYTES: Final = 1_000_000_000
"""More than an hour of 24-bit sound; a larger file was not written by the studio."""

_ALIGNED_BYTES: Final = 8
"""The data of a safetensors file starts at a multiple of this."""


@dataclass(frozen=True)
class SegmentFiles:
    """The files of one segment; None where there is none.

    ``reference`` is the cleaned clip and ``original`` the clip before cutting, both FLAC, 24 kHz
    mono. A new segment needs a reference; the others can be added later.
    """

    reference: bytes | None = None
    original: bytes | None = None
    tokens: CodecTokens | None = None


def pack(record: SegmentRecord, files: SegmentFiles) -> tuple[SegmentRecord, dict[str, bytes]]:
    """``record`` with the hashes of ``files``, and their bytes by path inside the profile."""
    known: dict[str, str | int] = {}
    blobs: dict[str, bytes] = {}
    if files.reference is not None:
        known["sha256"] = sha256_of(files.reference)
        blobs[segment_path(REFERENCE, record.id)] = files.reference
    if files.original is not None:
        known["original_sha256"] = sha256_of(files.original)
        blobs[segment_path(ORIGINALS, record.id)] = files.original
    if files.tokens is not None:
        packed = pack_tokens(files.tokens)
        known["tokens_sha256"] = sha256_of(packed)
        known["frames"] = files.tokens.codes.shape[1]
        blobs[segment_path(TOKENS, record.id)] = packed
    return record.model_copy(update=known), blobs


def read_verified(layout: Layout, path: Path, sha256: str) -> bytes:
    """The file at ``path``, two folders below the owner's, if it is the one that was saved.

    Raises:
        ProfileDamagedError: it is missing or is another one.
        StorageError: the disk does not give it.
    """
    profile_id, name = path.parts[-3], "/".join(path.parts[-2:])
    try:
        data = read_regular(layout.without_links(path), MAX_BLOB_BYTES)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise damaged(profile_id, f"its file {name} is missing") from error
    except ValueError as error:
        raise damaged(profile_id, f"its file {name} {error}") from error
    except OSError as error:
        raise StorageError(
            f"The file {name} of the voice {profile_id!r} cannot be read ({error.strerror}). "
            f"Check the disk and the permissions of {path.parent}."
        ) from error
    if sha256_of(data) != sha256:
        raise damaged(profile_id, f"its file {name} is not the one that was saved")
    return data


def sha256_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def pack_tokens(tokens: CodecTokens) -> bytes:
    """``tokens`` as safetensors; the header repeats which codec they belong to.

    Laid out here and not by the safetensors package, whose header comes out in another order each
    time: the same tokens must have the same hash.
    """
    codes = tokens.codes
    if codes.dtype != np.int16 or codes.ndim != 2:
        raise ValueError(
            f"tokens are int16 [codebooks, frames], not {codes.dtype} {list(codes.shape)}"
        )
    data = codes.astype("<i2").tobytes()
    about = {
        "__metadata__": {"codec": tokens.codec, "revision": tokens.revision},
        "codes": {"dtype": "I16", "shape": list(codes.shape), "data_offsets": [0, len(data)]},
    }
    header = json.dumps(about).encode()
    header += b" " * (-len(header) % _ALIGNED_BYTES)
    return struct.pack("<Q", len(header)) + header + data


def unpack_tokens(data: bytes) -> CodecTokens:
    """What ``pack_tokens`` packed.

    Raises:
        ProfileDamagedError: it is something else.
    """
    try:
        codes = safetensors_numpy.load(data)["codes"]
        (header_bytes,) = struct.unpack_from("<Q", data)
        about = json.loads(data[8 : 8 + header_bytes])["__metadata__"]
        codec, revision = about["codec"], about["revision"]
    except (SafetensorError, ValueError, KeyError, TypeError, struct.error) as error:
        raise ProfileDamagedError("the file of codec tokens is not one") from error
    if codes.dtype != np.int16 or codes.ndim != 2:
        raise ProfileDamagedError("the file of codec tokens holds something else")
    return CodecTokens(codes, codec, revision)


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
