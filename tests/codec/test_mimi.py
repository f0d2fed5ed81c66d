"""The codec against transformers' and moshi's, which hold the same weights."""

from __future__ import annotations

import threading
import weakref

import numpy as np
import pytest
import torch
from moshi.models import loaders
from moshi.utils.compile import no_compile
from numpy.typing import NDArray
from transformers import MimiModel

from studio.codec.mimi import MimiCodec
from studio.codec.mimi_weights import SHAPES, MimiWeights
from studio.errors import EngineError
from studio.types import FRAME_SAMPLES, Audio

FRAMES = 160
"""320 steps of the transformer, whose window is 250."""

SHORT_FRAMES = 125
"""As far as transformers 4.57 is right: it lets later steps see more than the window."""

TOLERANCE = 1e-5


def random_codes(seed: int, frames: int) -> NDArray[np.int16]:
    return np.random.default_rng(seed).integers(0, 2048, (32, frames)).astype(np.int16)


def noise(seconds: float, seed: int = 0) -> NDArray[np.float32]:
    samples = 0.1 * np.random.default_rng(seed).standard_normal(round(seconds * 24_000))
    return samples.astype(np.float32)


def farthest(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    assert one.shape == other.shape
    return float(np.abs(one - other).max())


@pytest.fixture(scope="module")
def codes() -> NDArray[np.int16]:
    return random_codes(0, FRAMES)


@pytest.fixture(scope="module")
def moshi_sound(weights: MimiWeights, codes: NDArray[np.int16]) -> NDArray[np.float32]:
    """``codes`` decoded by moshi in one piece."""
    mimi = loaders.get_mimi(None, num_codebooks=32)
    mimi.load_state_dict({name: weights.tensor(name) for name in SHAPES}, strict=False)
    with torch.inference_mode(), no_compile():
        return mimi.decode(torch.from_numpy(codes)[None].long())[0, 0].numpy()


def test_the_whole_equals_moshi(
    decoding: MimiCodec, codes: NDArray[np.int16], moshi_sound: NDArray[np.float32]
) -> None:
    sound = decoding.decode(codes)
    assert sound.dtype == np.float32
    assert sound.std() > 0.01
    assert farthest(sound, moshi_sound) < TOLERANCE


@pytest.mark.parametrize("sizes", [[1], [3, 1, 4, 2], [40]], ids=str)
def test_a_stream_equals_the_whole_beyond_the_window(
    decoding: MimiCodec,
    codes: NDArray[np.int16],
    moshi_sound: NDArray[np.float32],
    sizes: list[int],
) -> None:
    pieces, start = [], 0
    with decoding.stream() as stream:
        while start < FRAMES:
            size = sizes[len(pieces) % len(sizes)]
            pieces.append(stream.decode(codes[:, start : start + size]))
            start += size
    assert farthest(np.concatenate(pieces), moshi_sound) < TOLERANCE


def test_the_whole_equals_transformers(codec: MimiCodec, oracle: MimiModel) -> None:
    codes = random_codes(1, SHORT_FRAMES)
    with torch.inference_mode():
        expected = oracle.decode(torch.from_numpy(codes)[None].long()).audio_values[0, 0].numpy()
    assert farthest(codec.decode(codes), expected) < TOLERANCE


def test_codes_equal_transformers(codec: MimiCodec, oracle: MimiModel) -> None:
    samples = noise(6 * 0.08 * 20)
    with torch.inference_mode():
        expected = oracle.encode(torch.from_numpy(samples)[None, None]).audio_codes[0].numpy()
    tokens = codec.encode(Audio(samples))
    assert tokens.codes.dtype == np.int16
    assert (tokens.codec, tokens.revision) == ("mimi", codec.revision)
    assert len(np.unique(tokens.codes)) > 500
    np.testing.assert_array_equal(tokens.codes, expected)


def test_silence_fills_the_last_frame_up(codec: MimiCodec) -> None:
    samples = noise(0.5)
    filled = np.pad(samples, (0, 7 * FRAME_SAMPLES - len(samples)))
    codes = codec.encode(Audio(samples)).codes
    assert codes.shape == (32, 7)
    np.testing.assert_array_equal(codes, codec.encode(Audio(filled)).codes)


def test_nothing_is_nothing(codec: MimiCodec) -> None:
    assert codec.encode(Audio(np.zeros(0, np.float32))).codes.shape == (32, 0)
    assert codec.decode(np.zeros((32, 0), np.int16)).shape == (0,)


def test_streams_in_several_threads_do_not_mix(codec: MimiCodec) -> None:
    frames = 12
    spoken = [random_codes(seed, frames) for seed in (2, 3)]
    expected = [codec.decode(codes) for codes in spoken]
    heard: list[list[NDArray[np.float32]]] = [[], []]
    turn = threading.Barrier(2, timeout=60)

    def speak(number: int) -> None:
        with codec.stream() as stream:
            for frame in range(frames):
                turn.wait()  # so that each frame of one is between two of the other
                heard[number].append(stream.decode(spoken[number][:, frame : frame + 1]))

    threads = [threading.Thread(target=speak, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for pieces, whole in zip(heard, expected, strict=True):
        assert farthest(np.concatenate(pieces), whole) < TOLERANCE


def test_clips_in_several_threads_do_not_mix(codec: MimiCodec) -> None:
    clips = [Audio(noise(0.8, seed)) for seed in (4, 5)]
    expected = [codec.encode(clip).codes for clip in clips]
    made: dict[int, NDArray[np.int16]] = {}
    threads = [
        threading.Thread(target=lambda n=n: made.update({n: codec.encode(clips[n]).codes}))
        for n in (0, 1)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, codes in enumerate(expected):
        np.testing.assert_array_equal(made[number], codes)


def test_closing_frees_what_the_stream_remembers(codec: MimiCodec) -> None:
    stream = codec.stream()
    stream.decode(random_codes(6, 1))
    state = weakref.ref(stream._state)
    stream.close()
    stream.close()
    assert state() is None
    with pytest.raises(ValueError, match="closed"):
        stream.decode(random_codes(6, 1))


@pytest.mark.parametrize("wrong", [-1, 2048, 2050])
def test_a_code_that_is_not_there_is_refused(codec: MimiCodec, wrong: int) -> None:
    codes = random_codes(7, 2)
    bad = codes.copy()
    bad[31, 1] = wrong
    with codec.stream() as stream:
        with pytest.raises(EngineError, match=f"no code {wrong}; its codes run from 0 to 2047"):
            stream.decode(bad)
        # The stream stays where it was.
        assert farthest(stream.decode(codes), codec.decode(codes)) < TOLERANCE


@pytest.mark.parametrize(
    "codes", [np.zeros((31, 2), np.int16), np.zeros(32, np.int16), np.zeros((32, 2), np.float32)]
)
def test_codes_of_another_kind_are_a_mistake(codec: MimiCodec, codes: NDArray[np.int16]) -> None:
    with pytest.raises(ValueError, match=r"integers \[32, frames\]"):
        codec.decode(codes)


def test_another_rate_is_a_mistake(codec: MimiCodec) -> None:
    with pytest.raises(ValueError, match="24000 Hz"):
        codec.encode(Audio(noise(0.1), 16_000))


def test_a_stream_goes_back_as_if_nothing_had_been_decoded_since(
    decoding: MimiCodec, codes: NDArray[np.int16]
) -> None:
    with decoding.stream() as stream:
        stream.decode(codes[:, :8])
        mark = stream.mark()
        expected = stream.decode(codes[:, 8:12])
        for other in (codes[:, 30:34], codes[:, 60:61]):
            stream.rewind(mark)
            stream.decode(other)
        stream.rewind(mark)
        np.testing.assert_array_equal(stream.decode(codes[:, 8:12]), expected)
