"""Clips that go wrong, made by code: for everything that takes an upload.

``bad_clips`` maps a name to the bytes of a file and what has to come of it: "unreadable",
"too large", "refuse", "warn" or "accept".
"""

from __future__ import annotations

import io
import shutil
import struct
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import av
import numpy as np
import soundfile
from numpy.typing import NDArray

from studio.types import Audio
from tests.voices import spoken

RATE = 24_000
SENTENCE = "Six spoons of fresh snow peas, five thick slabs of blue cheese, and a snack for Bob."

Samples = NDArray[np.float32]


@dataclass(frozen=True)
class BadClip:
    """One file, and how reading it must end."""

    data: bytes
    ends: str
    says: str = ""
    """A part of the sentence that the person gets."""


def speech(repeats: int = 1) -> Samples:
    """A synthetic voice with room noise and half a second of room on either side, at 24 kHz."""
    voice = np.tile(spoken(SENTENCE).samples, repeats) * np.float32(0.5)
    room = np.zeros(RATE // 2, dtype=np.float32)
    return np.concatenate([room, voice, room]) + noise(len(voice) + RATE, 1e-4)


def noise(count: int, level: float, seed: int = 1) -> Samples:
    return (np.random.default_rng(seed).standard_normal(count) * level).astype(np.float32)


def chords(seconds: float = 8.0) -> Samples:
    """Four chords in turn, struck twice a second, with overtones that die away."""
    t = np.arange(round(seconds * RATE)) / RATE
    out = np.zeros(len(t))
    for bar, root in enumerate((220.0, 174.6, 261.6, 196.0)):
        playing = (t // 2 % 4) == bar
        for step in (1.0, 1.26, 1.498):
            for overtone in (1, 2, 3):
                tone = np.sin(2 * np.pi * root * step * overtone * t) / overtone
                out += playing * tone * np.exp(-3 * (t % 0.5))
    return (out * 0.1).astype(np.float32)


def sound_file(
    samples: NDArray[np.generic],
    rate: int = RATE,
    *,
    container: str = "WAV",
    subtype: str | None = None,
) -> bytes:
    """``samples`` [n] or [n, channels] as a file, by libsndfile."""
    out = io.BytesIO()
    soundfile.write(out, samples, rate, format=container, subtype=subtype)
    return out.getvalue()


def coded_file(
    samples: Samples,
    rate: int,
    *,
    container: str,
    codec: str,
    picture: bool = False,
    index_first: bool = False,
) -> bytes:
    """``samples`` [n] or [n, channels] as a file, by FFmpeg; with ``picture``, a video."""
    channels = samples.reshape(len(samples), -1)
    options = {"movflags": "faststart"} if index_first else {}
    path = Path(tempfile.mkdtemp()) / "clip"  # FFmpeg opens it a second time to move the index
    with av.open(str(path), "w", format=container, options=options) as file:
        if picture:
            video = file.add_stream("mpeg4", rate=5)
            video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
        stream = file.add_stream(codec, rate=rate)
        stream.layout = {1: "mono", 2: "stereo", 6: "5.1"}[channels.shape[1]]
        if picture:
            black = av.VideoFrame(64, 64, "yuv420p")
            for index in range(round(len(samples) / rate * 5)):
                black.pts = index
                file.mux(video.encode(black))
        size = stream.codec_context.frame_size or 1_024
        for start in range(0, len(channels), size):
            block = np.ascontiguousarray(channels[start : start + size].T)
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout=stream.layout.name)
            frame.sample_rate, frame.pts = rate, start
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
        if picture:
            file.mux(video.encode(None))
    data = path.read_bytes()
    shutil.rmtree(path.parent)
    return data


def wav_with_header(samples: Samples, *, claimed_bytes: int) -> bytes:
    """A 16-bit WAV whose header claims another length than it has."""
    data = (np.clip(samples, -1, 1) * 32_767).astype("<i2").tobytes()
    head = struct.pack("<4sI4s4sIHHIIHH", b"RIFF", claimed_bytes + 36 & 0xFFFFFFFF, b"WAVE",
                       b"fmt ", 16, 1, 1, RATE, RATE * 2, 2, 16)  # fmt: skip
    return head + struct.pack("<4sI", b"data", claimed_bytes) + data


def claiming_more(data: bytes, container: str, times: float) -> bytes:
    """A FLAC, MP3 or WebM file whose header claims ``times`` the length that it has."""
    changed = bytearray(data)
    if container == "FLAC":  # 36 bits of the stream's first block
        field = int.from_bytes(data[18:26], "big")
        samples = field & (1 << 36) - 1
        changed[18:26] = (field - samples + round(samples * times)).to_bytes(8, "big")
    elif container == "mp3":  # the frames that the first, silent one counts
        at = max(data.find(b"Xing"), data.find(b"Info")) + 8
        frames = int.from_bytes(data[at : at + 4], "big")
        changed[at : at + 4] = round(frames * times).to_bytes(4, "big")
    else:  # the segment's duration, a double
        at = data.find(b"\x44\x89\x88") + 3
        (length,) = struct.unpack(">d", data[at : at + 8])
        changed[at : at + 8] = struct.pack(">d", length * times)
    return bytes(changed)


def long_flac(seconds: int, frequency: float = 0.0, rate: int = 16_000) -> bytes:
    """Silence or one tone for ``seconds``; an hour of silence unpacks a thousand-fold."""
    out = io.BytesIO()
    second = np.sin(2 * np.pi * frequency * np.arange(rate) / rate) * 0.3
    block = np.tile((second * 32_767).astype(np.int16), 10)
    with soundfile.SoundFile(out, "w", rate, 1, format="FLAC", subtype="PCM_16") as file:
        for _ in range(seconds // 10):
            file.write(block)
    return out.getvalue()


def _spoiled(value: float, count: int) -> bytes:
    samples = speech().copy()
    samples[RATE : RATE + count] = value
    return sound_file(samples, subtype="FLOAT")


def _cut(data: bytes, part: float) -> bytes:
    return data[: round(len(data) * part)]


def _square(seconds: float = 4.0) -> Samples:
    t = np.arange(round(seconds * RATE)) / RATE
    return np.sign(np.sin(2 * np.pi * 150 * t)).astype(np.float32)


def _overdriven() -> Samples:
    loud = speech() * 40
    return np.clip(loud, -1, 1).astype(np.float32)


MAKERS: dict[str, Callable[[], BadClip]] = {
    "empty": lambda: BadClip(b"", "unreadable", "is empty"),
    "one sample": lambda: BadClip(sound_file(np.full(1, 0.5, np.float32)), "refuse", "moment"),
    "header only": lambda: BadClip(sound_file(np.zeros(0, np.float32)), "refuse", "no sound"),
    "a tenth of a second": lambda: BadClip(sound_file(speech()[RATE:][:2_400]), "refuse", "only"),
    "digital silence": lambda: BadClip(sound_file(np.zeros(4 * RATE)), "refuse", "silent"),
    "direct current": lambda: BadClip(sound_file(np.full(4 * RATE, 0.5)), "refuse", "silent"),
    "dither": lambda: BadClip(sound_file(noise(4 * RATE, 2e-5)), "refuse", "silent"),
    "white noise": lambda: BadClip(sound_file(noise(5 * RATE, 0.1)), "refuse", "noise"),
    "quiet noise": lambda: BadClip(sound_file(noise(5 * RATE, 0.002)), "refuse", "noise"),
    "chords": lambda: BadClip(sound_file(chords()), "refuse", "music"),
    "one tone": lambda: BadClip(long_flac(10, 1_000), "refuse"),
    "square wave": lambda: BadClip(sound_file(_square()), "refuse"),
    "overdriven": lambda: BadClip(sound_file(_overdriven()), "refuse", "overdriven"),
    "overdriven, then turned down": lambda: BadClip(
        sound_file(_overdriven() * 0.3), "refuse", "overdriven"
    ),
    "not a number": lambda: BadClip(_spoiled(np.nan, RATE), "unreadable", "not numbers"),
    "infinity": lambda: BadClip(_spoiled(np.inf, RATE), "unreadable", "not numbers"),
    "1e30": lambda: BadClip(_spoiled(1e30, RATE), "unreadable", "not numbers"),
    "all not a number": lambda: BadClip(
        sound_file(np.full(RATE, np.nan), subtype="DOUBLE"), "unreadable", "not numbers"
    ),
    "beyond float32": lambda: BadClip(
        sound_file(np.full(RATE, 1e300), subtype="DOUBLE"), "unreadable", "not numbers"
    ),
    "three damaged samples": lambda: BadClip(_spoiled(np.inf, 3), "warn", "damaged samples"),
    "text": lambda: BadClip(b"This is a letter, not a recording.\n" * 99, "unreadable", "text"),
    "web page": lambda: BadClip(b"<html><script>alert(1)</script></html>", "unreadable", "text"),
    "playlist": lambda: BadClip(
        b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n", "unreadable", "text"
    ),
    "zip": lambda: BadClip(b"PK\x03\x04" + bytes(500), "unreadable", "zip"),
    "program": lambda: BadClip(b"\x7fELF" + bytes(500), "unreadable", "program"),
    "random bytes": lambda: BadClip(b"\x00\x01" + noise(999, 1).tobytes(), "unreadable"),
    "wav header, then text": lambda: BadClip(
        b"RIFF\x00\x00\x00\x00WAVE" + b"no chunk here " * 99, "unreadable", "damaged"
    ),
    "mp4 header, then nothing": lambda: BadClip(
        b"\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00" + bytes(64), "unreadable", "damaged"
    ),
    "matroska header, then noise": lambda: BadClip(
        b"\x1a\x45\xdf\xa3" + noise(999, 1).tobytes(), "unreadable", "damaged"
    ),
    "video without sound": lambda: BadClip(_silent_film(), "unreadable", "no sound track"),
    "flac cut in the middle": lambda: BadClip(
        _cut(sound_file(speech(), container="FLAC"), 0.6), "warn", "cut off"
    ),
    "flac cut in its header": lambda: BadClip(
        sound_file(speech(), container="FLAC")[:60], "unreadable", "damaged"
    ),
    "mp3 cut in the middle": lambda: BadClip(
        _cut(sound_file(speech(2), container="MP3"), 0.6), "warn", "cut off"
    ),
    "opus cut in the middle": lambda: BadClip(
        _cut(coded_file(speech(4), RATE, container="ogg", codec="libopus"), 0.6), "accept"
    ),
    "m4a cut before its index": lambda: BadClip(
        _cut(coded_file(speech(2), RATE, container="ipod", codec="aac"), 0.6), "unreadable"
    ),
    "m4a cut after its index": lambda: BadClip(
        _cut(coded_file(speech(2), RATE, container="ipod", codec="aac", index_first=True), 0.6),
        "warn",
        "cut off",
    ),
    "webm cut in the middle": lambda: BadClip(
        _cut(coded_file(speech(2), RATE, container="webm", codec="libopus"), 0.6), "warn", "cut off"
    ),
    "header claims too much": lambda: BadClip(
        wav_with_header(speech(2), claimed_bytes=0x7FFFFFF0), "accept"
    ),
    "header claims nothing": lambda: BadClip(
        wav_with_header(speech(2), claimed_bytes=0xFFFFFFFF), "accept"
    ),
    "1,024 channels": lambda: BadClip(
        sound_file(np.zeros((RATE, 1_024), np.int16)), "too large", "1,024 channels"
    ),
    "one hour of silence": lambda: BadClip(long_flac(3_600), "too large", "1 h 0 min long"),
    "one hour of a tone": lambda: BadClip(
        long_flac(3_600, 1_000, 8_000), "too large", "1 h 0 min long"
    ),
    "4 kHz": lambda: BadClip(sound_file(noise(8_000, 0.1), 4_000), "unreadable", "4,000"),
    "1 Hz": lambda: BadClip(sound_file(noise(8_000, 0.1), 1), "unreadable", "1 samples"),
    "anti-phase stereo": lambda: BadClip(
        sound_file(np.stack([speech(2), -speech(2)], axis=1)), "accept"
    ),
    "floats above full scale": lambda: BadClip(
        sound_file(speech(2) * 20, subtype="FLOAT"), "accept"
    ),
    "floats as large as integers": lambda: BadClip(
        sound_file(speech(2) * 32_768, subtype="FLOAT"), "accept"
    ),
    "very quiet": lambda: BadClip(sound_file(speech() * 1e-3, subtype="PCM_24"), "warn", "quiet"),
}  # fmt: skip


def _silent_film() -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as file:
        video = file.add_stream("mpeg4", rate=5)
        video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
        for index in range(10):
            frame = av.VideoFrame(64, 64, "yuv420p")
            frame.pts = index
            file.mux(video.encode(frame))
        file.mux(video.encode(None))
    return out.getvalue()


@cache
def bad_clip(name: str) -> BadClip:
    """The clip of that name among ``MAKERS``; made once."""
    return MAKERS[name]()


def as_audio(samples: Samples) -> Audio:
    return Audio(np.asarray(samples, dtype=np.float32))
