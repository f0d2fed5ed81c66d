"""Any file to mono 24 kHz: every format, by content, within bounds, whatever it is called."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from studio.clips.decoding.decode import DecodedClip, DecodeLimits, decode_clip
from studio.errors import ClipTooLargeError, UnreadableClipError
from studio.types import SAMPLE_RATE, Verdict
from tests.corpus import Samples, claiming_more, coded_file, sound_file

SECONDS = 1.5


def sweep(rate: int, channels: int = 1) -> Samples:
    """A tone that rises from 300 Hz to 2.5 kHz, faded in and out; fits any rate from 8 kHz."""
    t = np.arange(round(SECONDS * rate)) / rate
    tone = np.sin(2 * np.pi * (300 * t + 733 * t**2)) * np.sin(np.pi * t / SECONDS) * 0.5
    return np.repeat(tone.astype(np.float32)[:, None], channels, axis=1)


def decode(data: bytes, folder: Path, limits: DecodeLimits | None = None) -> DecodedClip:
    path = folder / "clip.bin"
    path.write_bytes(data)
    return decode_clip(path, limits or DecodeLimits())


def likeness(heard: Samples, wanted: Samples) -> float:
    """The highest correlation of the two, at whatever delay a codec added."""
    size = 2 * max(len(heard), len(wanted))
    product = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(wanted, size)))
    return float(product.max() / (np.linalg.norm(heard) * np.linalg.norm(wanted)))


@pytest.mark.parametrize(
    ("container", "subtype", "rate", "channels", "name"),
    [
        ("WAV", "PCM_U8", 8_000, 1, "wav"),
        ("WAV", "PCM_16", 11_025, 2, "wav"),
        ("WAV", "PCM_16", 24_000, 1, "wav"),
        ("WAV", "PCM_24", 96_000, 2, "wav"),
        ("WAV", "PCM_32", 192_000, 1, "wav"),
        ("WAV", "FLOAT", 44_100, 6, "wav"),
        ("WAV", "DOUBLE", 48_000, 2, "wav"),
        ("WAV", "ALAW", 8_000, 1, "wav"),
        ("WAV", "ULAW", 16_000, 1, "wav"),
        ("WAV", "IMA_ADPCM", 22_050, 1, "wav"),
        ("WAV", "MS_ADPCM", 44_100, 2, "wav"),
        ("WAV", "GSM610", 8_000, 1, "wav"),
        ("RF64", "PCM_16", 48_000, 1, "wav"),
        ("W64", "PCM_16", 48_000, 1, "w64"),
        ("AIFF", "PCM_24", 32_000, 2, "aiff"),
        ("AIFF", "PCM_S8", 48_000, 1, "aiff"),
        ("CAF", "PCM_16", 48_000, 1, "caf"),
        ("AU", "PCM_16", 48_000, 1, "au"),
        ("FLAC", "PCM_16", 16_000, 1, "flac"),
        ("FLAC", "PCM_24", 88_200, 6, "flac"),
        ("MP3", None, 22_050, 1, "mp3"),
        ("MP3", None, 44_100, 2, "mp3"),
        ("OGG", "OPUS", 48_000, 1, "opus"),
        ("OGG", "VORBIS", 22_050, 1, "ogg"),
    ],
)
def test_formats_of_libsndfile(
    container: str, subtype: str | None, rate: int, channels: int, name: str, tmp_path: Path
) -> None:
    data = sound_file(sweep(rate, channels), rate, container=container, subtype=subtype)
    check(decode(data, tmp_path), name, rate, channels)


@pytest.mark.parametrize(
    ("container", "codec", "rate", "channels", "picture", "name"),
    [
        ("ipod", "aac", 44_100, 2, False, "m4a"),
        ("adts", "aac", 48_000, 1, False, "aac"),
        ("webm", "libopus", 48_000, 1, False, "webm"),
        ("ogg", "libopus", 48_000, 6, False, "opus"),
        ("mp4", "aac", 48_000, 2, True, "mp4"),
        ("mov", "aac", 48_000, 1, True, "mov"),
        ("matroska", "flac", 48_000, 1, True, "mkv"),
        ("avi", "libmp3lame", 44_100, 2, True, "avi"),
        ("mpegts", "aac", 48_000, 2, True, "mpegts"),
        ("mp3", "libmp3lame", 44_100, 2, False, "mp3"),
        ("wav", "libmp3lame", 44_100, 1, False, "wav"),
        ("flv", "aac", 44_100, 1, False, "flv"),
    ],
)
def test_formats_of_ffmpeg(
    container: str,
    codec: str,
    rate: int,
    channels: int,
    picture: bool,
    name: str,
    tmp_path: Path,
) -> None:
    data = coded_file(
        sweep(rate, channels), rate, container=container, codec=codec, picture=picture
    )
    check(decode(data, tmp_path), name, rate, channels)


def check(clip: DecodedClip, name: str, rate: int, channels: int) -> None:
    heard = clip.audio.samples
    assert (clip.format, clip.channels) == (name, channels)
    assert clip.sample_rate in (rate, 48_000)  # Opus always comes out at 48 kHz
    assert clip.audio.sample_rate == SAMPLE_RATE
    assert clip.findings == ()
    # AAC in containers without an edit list keeps up to three frames of padding.
    assert clip.audio.duration_s == pytest.approx(SECONDS, abs=0.15)
    assert likeness(heard, sweep(SAMPLE_RATE)[:, 0]) > 0.97
    assert np.linalg.norm(heard) == pytest.approx(np.linalg.norm(sweep(SAMPLE_RATE)), rel=0.2)


def test_the_name_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(sound_file(sweep(16_000), 16_000, container="FLAC"))
    assert decode_clip(path, DecodeLimits()).format == "flac"


@pytest.mark.parametrize(
    "name",
    [
        "nothing here.wav",
        "zero\0byte.wav",
        "x" * 300 + ".wav",
        "../../../../../../../etc/none",
        "<img src=x onerror=alert(1)>.wav",
        "\u202egpj.wav",
        "-rf.wav",
    ],
)
def test_a_name_that_opens_nothing_gets_a_sentence(name: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableClipError) as refused:
        decode_clip(tmp_path / name, DecodeLimits())
    message = str(refused.value)
    assert message.endswith(".")
    assert message.isprintable()
    assert "<" not in message
    assert len(message) < 250


@pytest.mark.parametrize(
    "name", ["; touch pwned #.wav", "-rf.wav", "\u202egpj.wav", "🎤 <img onerror>.wav", "a\nb.wav"]
)
def test_a_strange_name_is_only_a_name(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(sound_file(sweep(16_000), 16_000))
    assert decode_clip(path, DecodeLimits()).duration_s == SECONDS
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_and_a_pipe_are_not_clips(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    for path in (tmp_path, tmp_path / "pipe.wav"):
        with pytest.raises(UnreadableClipError, match="is not a file"):
            decode_clip(path, DecodeLimits())


def test_a_file_over_the_size_is_not_even_opened_by_a_decoder(tmp_path: Path) -> None:
    with pytest.raises(ClipTooLargeError, match=r"has 1 MB; 0 MB is the most .*max_clip_mb"):
        decode(bytes(1_000_000), tmp_path, DecodeLimits(max_bytes=1_000))


def test_length_is_counted_not_believed(tmp_path: Path) -> None:
    limits = DecodeLimits(max_seconds=1.0)
    with pytest.raises(ClipTooLargeError, match=r"is 2 s long; 1 s is the most .*max_clip_s"):
        decode(sound_file(sweep(16_000), 16_000), tmp_path, limits)


def test_busy_files_are_bounded_by_their_samples(tmp_path: Path) -> None:
    data = sound_file(np.zeros((96_000, 48), np.int16), 96_000)
    with pytest.raises(ClipTooLargeError, match="48 channels at 96,000 Hz"):
        decode(data, tmp_path, DecodeLimits(max_seconds=1.0))


def test_a_decoder_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    with pytest.raises(ClipTooLargeError, match=r"longer than 0\.01 s"):
        decode(sound_file(sweep(16_000), 16_000), tmp_path, DecodeLimits(timeout_s=0.01))


def test_a_decoder_that_dies_takes_nothing_along(tmp_path: Path) -> None:
    # 20 MB of address space cannot even hold the interpreter's libraries.
    with pytest.raises((UnreadableClipError, ClipTooLargeError), match=r"\.$"):
        decode(sound_file(sweep(16_000), 16_000), tmp_path, DecodeLimits(max_rss_bytes=20_000_000))
    assert decode(sound_file(sweep(16_000), 16_000), tmp_path).duration_s == SECONDS


CUT_SHORT = """
import os, signal, sys, time
# Only the decoding child, whose answer goes on as far as it may; then it gets the signal.
if "studio.clips.decoding.child" in sys.orig_argv:
    child, (heard, said) = os.getpid(), os.pipe()
    if os.fork() == 0:
        os.close(said)
        left = {passed_on}
        while left > 0 and (block := os.read(heard, left)):
            os.write(1, block)
            left -= len(block)
        os.kill(child, {signal})
        if {signal} == 0:
            while os.read(heard, 65_536):  # so that it ends well, although not all arrived
                pass
        os._exit(0)
    os.dup2(said, 1)
    os.close(said), os.close(heard)
"""


@pytest.mark.parametrize(
    ("passed_on", "by", "says"),
    [
        (0, signal.SIGKILL, "Close other programs"),
        (30, signal.SIGTERM, "Close other programs"),
        (50_000, signal.SIGKILL, "Close other programs"),
        (50_001, signal.SIGSEGV, "Export it again"),
        (70_000, signal.SIGXCPU, "took longer than"),
        (140_003, signal.SIGKILL, "Close other programs|Export it again"),
        (70_001, 0, "Export it again"),
    ],
)
def test_an_answer_that_is_cut_short_is_no_clip(
    passed_on: int, by: int, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever the decoding process ends too early, and whatever ends it."""
    code = CUT_SHORT.format(passed_on=passed_on, signal=int(by))
    (tmp_path / "sitecustomize.py").write_text(code)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises((UnreadableClipError, ClipTooLargeError), match=says) as refused:
        decode(sound_file(sweep(48_000), 48_000), tmp_path)
    assert str(refused.value).endswith(".")


def test_neither_a_full_folder_nor_a_small_file_limit_shortens_a_clip(tmp_path: Path) -> None:
    """A limit on file sizes fails a write just as a full disk does."""
    (tmp_path / "clip.bin").write_bytes(sound_file(sweep(16_000), 16_000))
    code = """
import pathlib, resource, sys, tempfile
from studio.clips.decoding.decode import DecodeLimits, decode_clip
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
print(decode_clip(pathlib.Path("clip.bin"), DecodeLimits()).audio.duration_s)
"""
    for limit in ("0", "70000"):
        done = subprocess.run(
            [sys.executable, "-c", code, limit],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            capture_output=True,
            text=True,
        )
        assert done.stdout.strip() == str(SECONDS), done.stderr


def test_channels_that_cancel_give_the_stronger_one(tmp_path: Path) -> None:
    tone = sweep(24_000)[:, 0]
    clip = decode(sound_file(np.stack([-0.5 * tone, tone * 0.6], axis=1)), tmp_path)
    assert likeness(clip.audio.samples, tone) > 0.999
    assert np.abs(clip.audio.samples).max() == pytest.approx(0.3, abs=0.01)
    assert "Only the right channel is used" in clip.findings[0].sentence


def test_one_sided_stereo_is_averaged(tmp_path: Path) -> None:
    tone = sweep(24_000)[:, 0]
    clip = decode(sound_file(np.stack([tone, 0 * tone], axis=1)), tmp_path)
    np.testing.assert_allclose(clip.audio.samples, tone / 2, atol=1e-4)


@pytest.mark.parametrize("container", ["FLAC", "mp3", "webm"])
def test_a_header_that_claims_a_little_too_much_is_a_note(container: str, tmp_path: Path) -> None:
    if container == "FLAC":
        data = sound_file(sweep(16_000), 16_000, container=container)
    else:
        codec = {"mp3": "libmp3lame", "webm": "libopus"}[container]
        data = coded_file(sweep(48_000), 48_000, container=container, codec=codec)
    clip = decode(claiming_more(data, container, 1.05), tmp_path)
    assert clip.duration_s >= SECONDS, "all of it is read, down to the last sample"
    [note] = clip.findings
    assert note.verdict is Verdict.ACCEPT
    assert "which was read" in note.sentence
    [warning] = decode(claiming_more(data, container, 1.5), tmp_path).findings
    assert warning.verdict is Verdict.WARN
    assert "cut off or damaged" in warning.sentence


def test_floats_above_full_scale_are_scaled_as_a_whole(tmp_path: Path) -> None:
    tone = sweep(24_000)[:, 0]
    clip = decode(sound_file(tone * 10, subtype="FLOAT"), tmp_path)
    assert np.abs(clip.audio.samples).max() <= 1
    assert clip.scale_db == pytest.approx(-14, abs=0.1)
    np.testing.assert_allclose(
        clip.audio.samples * 10 ** (-clip.scale_db / 20), tone * 10, atol=1e-4
    )


def test_a_few_damaged_samples_are_silenced_and_named(tmp_path: Path) -> None:
    tone = sweep(24_000)[:, 0].copy()
    tone[[5_000, 6_000]] = np.nan, 1e30
    clip = decode(sound_file(tone, subtype="FLOAT"), tmp_path)
    assert np.isfinite(clip.audio.samples).all()
    assert clip.audio.samples[5_000] == clip.audio.samples[6_000] == 0
    assert clip.findings[0].verdict is Verdict.WARN
    assert clip.findings[0].sentence.startswith("2 damaged samples")
