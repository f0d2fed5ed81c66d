"""The files of a segment: what they hold, and that they are what the metadata says."""

from __future__ import annotations

import hashlib
import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from safetensors import SafetensorError
from safetensors import numpy as safetensors_numpy

from studio.disk import read_regular
from studio.errors import ProfileDamagedError, StorageError
from studio.profile import SegmentRecord
from studio.store.document import damaged
from studio.store.layout import ORIGINALS, REFERENCE, TOKENS, Layout, segment_path
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
