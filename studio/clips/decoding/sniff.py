"""What a file is, by its first bytes: names and MIME types are the sender's claim, not a fact.

Only what is recognised here is ever handed to a decoder, each to a demuxer named by us; playlists,
concatenation scripts, pictures and everything else that could point elsewhere have no entry.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

HEAD_BYTES: Final = 4_096
"""How much of the start of a file ``sniff`` wants to see."""


@dataclass(frozen=True)
class Container:
    """A kind of file that can be decoded: by libsndfile, by one FFmpeg demuxer, or by either."""

    name: str
    libsndfile: bool
    demuxer: str | None


_MP4_BRANDS: Final = {b"M4A ": "m4a", b"M4B ": "m4a", b"qt  ": "mov", b"3gp": "3gp", b"3g2": "3gp"}
_MP4_ATOMS: Final = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
_ASF: Final = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_W64: Final = bytes.fromhex("726966662e91cf11a5d628db04c10000")
_ID3_HEADER_BYTES: Final = 10


def sniff(head: bytes) -> Container | None:
    """The container that ``head``, the first bytes of a file, belongs to. None: nothing known."""
    form = head[8:12]
    if head[:4] in (b"RIFF", b"RIFX", b"RF64", b"BW64") and form == b"WAVE":
        return Container("wav", True, "wav")
    if head[:4] == b"RIFF" and form == b"AVI ":
        return Container("avi", False, "avi")
    if head[:4] == b"FORM" and form in (b"AIFF", b"AIFC"):
        return Container("aiff", True, "aiff")
    if head[:3] == b"ID3":
        return _after_id3(head)
    if head[4:8] in _MP4_ATOMS:
        return Container(_mp4_name(form), False, "mov")
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return Container("webm" if b"webm" in head[:64] else "mkv", False, "matroska")
    if head[:4] == b"OggS":
        return Container("opus" if b"OpusHead" in head[:64] else "ogg", True, "ogg")
    return _by_first_bytes(head)


def _by_first_bytes(head: bytes) -> Container | None:
    for magic, container in (
        (b"fLaC", Container("flac", True, "flac")),
        (b"caff", Container("caf", True, "caf")),
        (b".snd", Container("au", True, "au")),
        (_W64, Container("w64", True, "w64")),
        (b"#!AMR", Container("amr", False, "amr")),
        (_ASF, Container("wma", False, "asf")),
        (b"FLV\x01", Container("flv", False, "flv")),
        (b"\x00\x00\x01\xba", Container("mpeg", False, "mpeg")),
    ):
        if head.startswith(magic):
            return container
    if head[:1] == b"\x47" and head[188:189] == b"\x47" and head[376:377] == b"\x47":
        return Container("mpegts", False, "mpegts")
    return _mpeg_audio(head)


def _mpeg_audio(head: bytes) -> Container | None:
    """MPEG audio and ADTS share a sync word; the layer bits (0 in ADTS) tell them apart."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    layer = head[1] >> 1 & 3
    if layer == 0:
        return Container("aac", False, "aac") if head[1] & 0xF0 == 0xF0 else None
    version, bit_rate, rate = head[1] >> 3 & 3, head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or bit_rate == 15 or rate == 3:
        return None
    return Container("mp3", False, "mp3")


def _after_id3(head: bytes) -> Container:
    """A tag may stand before MP3 (nearly always) or ADTS; its size is four 7-bit bytes."""
    size = 0
    for byte in head[6:_ID3_HEADER_BYTES]:
        size = size << 7 | byte & 0x7F
    inside = _mpeg_audio(head[_ID3_HEADER_BYTES + size :])
    return inside or Container("mp3", False, "mp3")


def _mp4_name(brand: bytes) -> str:
    return _MP4_BRANDS.get(brand) or _MP4_BRANDS.get(brand[:3]) or "mp4"


def describe_stranger(head: bytes) -> str:
    """What a file that ``sniff`` does not know looks like, for a sentence to the person."""
    for magic, what in (
        (b"PK\x03\x04", "a zip archive or an office document"),
        (b"%PDF", "a PDF document"),
        (b"\x89PNG", "a picture"),
        (b"\xff\xd8\xff", "a picture"),
        (b"GIF8", "a picture"),
        (b"MThd", "a MIDI file, which holds notes and no sound,"),
        (b"\x7fELF", "a program"),
        (b"MZ", "a program"),
    ):
        if head.startswith(magic):
            return what
    return "text" if _is_text(head) else "of a kind that is not known here"


def _is_text(head: bytes) -> bool:
    try:
        text = head[:1_024].decode("utf-8", errors="strict")
    except UnicodeDecodeError as error:
        if error.start < len(head[:1_024]) - 4:  # not merely cut inside the last character
            return False
        text = head[: error.start].decode("utf-8")
    return bool(text) and all(char.isprintable() or char in "\t\r\n\f" for char in text)
