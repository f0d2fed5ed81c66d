"""What is written can be read again, and the joins are true to the sound."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile

from studio.audio.files import decode_flac, encode_flac, encode_wav
from studio.audio.join import equal_power_fade, fade_edges, join
from studio.audio.resample import resample
from studio.errors import UnreadableClipError
from studio.types import Audio
from tests.corpus import as_audio, noise, sound_file, speech


def test_flac_gives_back_what_it_got() -> None:
    audio = Audio(speech(), 24_000)
    back = decode_flac(encode_flac(audio))
    assert back.sample_rate == 24_000
    np.testing.assert_allclose(back.samples, audio.samples, atol=2**-23)
    assert encode_flac(audio) == encode_flac(audio)


def test_wav_is_16_bit_and_carries_its_comment() -> None:
    audio = as_audio(np.array([0.0, 0.5, -1.0, 1.5]))
    with soundfile.SoundFile(io.BytesIO(encode_wav(audio, comment="synthetic speech"))) as file:
        assert (file.format, file.subtype, file.samplerate) == ("WAV", "PCM_16", 24_000)
        assert file.comment == "synthetic speech"
        assert file.read(dtype="int16").tolist() == [0, 16_384, -32_768, 32_767]


@pytest.mark.parametrize("write", [encode_flac, encode_wav])
def test_numbers_that_are_no_sound_are_never_written(write: object) -> None:
    with pytest.raises(ValueError, match="not finite"):
        write(as_audio(np.array([0.0, np.nan])))  # type: ignore[operator]


@pytest.mark.parametrize(
    "data",
    [b"", b"fLaC", b"not a flac", sound_file(np.zeros(100)), encode_flac(as_audio(speech()))[:900]],
    ids=["empty", "magic only", "text", "wav", "cut"],
)
def test_damaged_flac_is_named(data: bytes) -> None:
    with pytest.raises(UnreadableClipError, match="stored sound"):
        decode_flac(data)


def test_a_fade_and_its_mirror_keep_the_power() -> None:
    rise = equal_power_fade(480)
    np.testing.assert_allclose(rise**2 + rise[::-1] ** 2, 1, atol=1e-6)
    assert (np.diff(rise) > 0).all()


def test_a_join_crosses_over_and_keeps_the_rest() -> None:
    first, second = as_audio(noise(5_000, 0.1)), as_audio(noise(4_000, 0.1, seed=2))
    joined = join(first, second, 0.01)
    assert len(joined.samples) == 9_000 - 240
    np.testing.assert_array_equal(joined.samples[:4_760], first.samples[:4_760])
    np.testing.assert_array_equal(joined.samples[5_000:], second.samples[240:])
    crossing = joined.samples[4_760:5_000]
    assert np.std(crossing) == pytest.approx(0.1, rel=0.2)


def test_joining_what_is_too_short_or_at_another_rate() -> None:
    assert len(join(as_audio(np.ones(10)), as_audio(np.ones(100)), 1.0).samples) == 100
    assert len(join(as_audio(np.zeros(0)), as_audio(np.ones(100)), 1.0).samples) == 100
    with pytest.raises(ValueError, match="16000"):
        join(as_audio(np.ones(10)), Audio(np.ones(10, np.float32), 16_000), 0.0)


def test_faded_edges_start_and_end_near_zero() -> None:
    faded = fade_edges(as_audio(np.ones(1_000)), 0.01, 0.005).samples
    assert faded[0] < 0.01
    assert faded[-1] < 0.02
    assert (faded[240:880] == 1).all()


def test_resampling_keeps_length_and_tone() -> None:
    t = np.arange(24_000) / 24_000
    audio = as_audio(np.sin(2 * np.pi * 1_000 * t))
    other = resample(audio, 16_000)
    assert (other.sample_rate, len(other.samples)) == (16_000, 16_000)
    wanted = np.sin(2 * np.pi * 1_000 * np.arange(16_000) / 16_000)
    np.testing.assert_allclose(other.samples[500:-500], wanted[500:-500], atol=1e-3)
    assert resample(audio, 24_000) is audio
