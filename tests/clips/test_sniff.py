"""What a file is, by its first bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.clips.decoding.sniff import describe_stranger, sniff


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "wav"),
        (b"RIFF\x24\x00\x00\x00AVI LIST", "avi"),
        (b"FORM\x00\x00\x00\x24AIFCFVER", "aiff"),
        (b"fLaC\x00\x00\x00\x22", "flac"),
        (b"\xff\xfb\x90\x64", "mp3"),
        (b"\xff\xf3\x40\xc4", "mp3"),
        (b"\xff\xf1\x50\x80", "aac"),
        (b"ID3\x04\x00\x00\x00\x00\x00\x02\x00\x00\xff\xf1\x50\x80", "aac"),
        (b"ID3\x04\x00\x00\x00\x00\x0f\x7fAPIC", "mp3"),
        (b"\x00\x00\x00\x1cftypM4A \x00\x00\x02\x00", "m4a"),
        (b"\x00\x00\x00\x1cftypisom\x00\x00\x02\x00", "mp4"),
        (b"\x00\x00\x00\x14ftypqt  \x00\x00\x02\x00", "mov"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm", "webm"),
        (b"OggS" + bytes(24) + b"OpusHead", "opus"),
        (b"OggS" + bytes(24) + b"\x01vorbis", "ogg"),
    ],
)
def test_known_kinds(head: bytes, name: str) -> None:
    container = sniff(head)
    assert container is not None
    assert container.name == name


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"R",
        b"RIFF",
        b"RIFF\x00\x00\x00\x00WEBP",
        b"#EXTM3U\nfile:///etc/passwd",
        b"ffconcat version 1.0\nfile '/etc/passwd'",
        b"subfile,,start,0,end,100,,:/etc/passwd",
        b"<svg xmlns='http://www.w3.org/2000/svg'>",
        b"\xff\xd8\xff\xe0\x00\x10JFIF",
        b"\xff\xff\xff\xff",
        b"v=0\r\no=- 0 0 IN IP4 127.0.0.1",
    ],
)
def test_what_could_point_elsewhere_or_is_no_sound_has_no_decoder(head: bytes) -> None:
    assert sniff(head) is None


@given(st.binary(max_size=400))
def test_any_bytes_can_be_looked_at(head: bytes) -> None:
    sniff(head)
    assert describe_stranger(head)


@pytest.mark.parametrize(
    ("head", "what"),
    [
        ("Ein Brief, späte Grüße".encode(), "text"),
        (b"a" * 1_023 + "ü".encode(), "text"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b"\x00\x01\x02\x03", "of a kind that is not known here"),
    ],
)
def test_strangers_are_described(head: bytes, what: str) -> None:
    assert describe_stranger(head) == what
