"""What every engine must do, whatever it is made of."""

from __future__ import annotations

import threading
from collections.abc import Generator
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from studio.engines.base import Capability, Context, Engine
from studio.errors import ContextMismatchError, EngineError, TextError
from studio.text import prepare
from studio.types import (
    FRAME_SAMPLES,
    SAMPLE_RATE,
    Emotion,
    Segment,
    SpeechFrame,
    SpeechOptions,
)
from tests.engines.conftest import Ready

TEXT = "I met them at the station this morning, and we walked home. It was late!"
OPTIONS = SpeechOptions(seed=7)


def frames(
    engine: Engine, context: Context, text: str = TEXT, options: SpeechOptions = OPTIONS
) -> list[SpeechFrame]:
    return list(engine.stream(context.fork(), prepare(text, "en"), options))


def samples(
    engine: Engine, context: Context, text: str = TEXT, options: SpeechOptions = OPTIONS
) -> NDArray[np.float32]:
    return np.concatenate([f.samples for f in frames(engine, context, text, options)])


@cache
def first_frames(ready: Ready) -> list[SpeechFrame]:
    """The first thing that the engine said."""
    return frames(ready.engine, ready.context)


def first_samples(ready: Ready) -> NDArray[np.float32]:
    return np.concatenate([f.samples for f in first_frames(ready)])


def test_frames_are_of_one_size_numbered_and_finite(ready: Ready) -> None:
    spoken = first_frames(ready)
    assert [f.index for f in spoken] == list(range(len(spoken)))
    assert all(len(f.samples) == FRAME_SAMPLES for f in spoken[:-1])
    assert 0 < len(spoken[-1].samples) <= FRAME_SAMPLES
    assert all(f.samples.dtype == np.float32 and np.isfinite(f.samples).all() for f in spoken)
    assert ready.engine.info.sample_rate == SAMPLE_RATE


def test_it_speaks_at_a_speaking_pace_and_without_clipping(ready: Ready) -> None:
    if not ready.trained:
        pytest.skip("random weights have no pace and no level")
    sound = first_samples(ready)
    assert 2.0 < len(sound) / SAMPLE_RATE < 12.0
    assert 0.05 < np.abs(sound).max() <= 1.0


def test_the_reader_is_told_how_far_the_text_is_spoken(ready: Ready) -> None:
    reached = [f.text_end for f in first_frames(ready)]
    assert reached == sorted(reached)
    assert reached[-1] == len(TEXT)
    assert reached[0] < len(TEXT) // 2


def test_what_is_not_spoken_counts_as_reached_at_the_end(ready: Ready) -> None:
    text = "Come in. 🎉\n"
    assert frames(ready.engine, ready.context, text)[-1].text_end == len(text)


def test_the_same_seed_says_the_same(ready: Ready) -> None:
    first = first_samples(ready)
    again = samples(ready.engine, ready.context)
    np.testing.assert_array_equal(first, again)


def test_another_seed_says_it_otherwise(ready: Ready) -> None:
    first = first_samples(ready)
    other = samples(ready.engine, ready.context, options=SpeechOptions(seed=8))
    assert len(first) != len(other) or np.abs(first - other).max() > 0.01


def test_a_fork_keeps_its_parent_as_it_was(ready: Ready) -> None:
    before = first_samples(ready)
    positions = ready.context.positions
    child = ready.context.fork()
    for _ in ready.engine.stream(
        child, prepare("Something else was said in between.", "en"), OPTIONS
    ):
        pass
    assert ready.context.positions == positions
    np.testing.assert_array_equal(before, samples(ready.engine, ready.context))


def test_closing_the_stream_stops_it_and_the_engine_speaks_on(ready: Ready) -> None:
    stream = ready.engine.stream(ready.context.fork(), prepare(TEXT, "en"), OPTIONS)
    next(stream)
    assert isinstance(stream, Generator)
    stream.close()
    with pytest.raises(StopIteration):
        next(stream)
    assert frames(ready.engine, ready.context, "Come in.")


def test_a_kept_voice_speaks_as_the_one_just_learnt(ready: Ready, tmp_path: Path) -> None:
    path = tmp_path / "voice.safetensors"
    ready.engine.save_context(ready.context, path)
    kept = ready.engine.load_context(path)
    assert kept.positions == ready.context.positions
    np.testing.assert_array_equal(samples(ready.engine, kept), first_samples(ready))


@pytest.mark.parametrize("damage", ["truncated", "empty", "not safetensors", "one byte"])
def test_a_damaged_voice_file_is_refused(ready: Ready, tmp_path: Path, damage: str) -> None:
    path = tmp_path / "voice.safetensors"
    ready.engine.save_context(ready.context, path)
    data = bytearray(path.read_bytes())
    if damage == "one byte":
        data[-7] ^= 0x40
    damaged = {
        "truncated": bytes(data[: len(data) // 2]),
        "empty": b"",
        "not safetensors": b"{}" * 100,
        "one byte": bytes(data),
    }
    path.write_bytes(damaged[damage])
    with pytest.raises(ContextMismatchError, match="damaged"):
        ready.engine.load_context(path)


def test_a_voice_file_of_another_engine_is_refused(ready: Ready, tmp_path: Path) -> None:
    from safetensors.numpy import save

    path = tmp_path / "voice.safetensors"
    path.write_bytes(save({"keys": np.zeros(3, np.float32)}, metadata={"engine": "other"}))
    with pytest.raises(ContextMismatchError, match="another engine"):
        ready.engine.load_context(path)


def test_a_missing_voice_file_is_refused(ready: Ready, tmp_path: Path) -> None:
    with pytest.raises(ContextMismatchError):
        ready.engine.load_context(tmp_path / "gone.safetensors")


@pytest.mark.parametrize(
    "text", ["", "  \n\t ", "...!?", "😀🎉", "\u200b\u200d", "—", "```", "***"]
)
def test_a_text_without_words_is_refused_in_a_sentence(ready: Ready, text: str) -> None:
    with pytest.raises(TextError, match=r"\w+ .*\."):
        frames(ready.engine, ready.context, text)


def test_a_voice_needs_sound_or_tokens(ready: Ready) -> None:
    with pytest.raises(EngineError, match=r"\w+ .*\."):
        ready.engine.prepare([Segment("bare", "Words only.", None)])
    with pytest.raises(EngineError):
        ready.engine.prepare([])


def test_streams_of_different_threads_do_not_mix(ready: Ready) -> None:
    texts = ["The weather will change tonight.", "Nobody knew why the gate was open."]
    alone = [samples(ready.engine, ready.context, text) for text in texts]
    together: dict[int, NDArray[np.float32]] = {}

    def speak(number: int) -> None:
        together[number] = samples(ready.engine, ready.context, texts[number % 2])

    threads = [threading.Thread(target=speak, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(4):
        np.testing.assert_array_equal(together[number], alone[number % 2])


@pytest.mark.parametrize("emotion", list(Emotion))
def test_an_emotion_is_heard_where_the_engine_promises_it_and_only_there(
    ready: Ready, emotion: Emotion
) -> None:
    text, neutral = "Come in.", SpeechOptions(emotion=Emotion.NEUTRAL)
    sound = samples(ready.engine, ready.context, text, SpeechOptions(emotion=emotion))
    assert np.abs(sound).max() > 0.01
    changes = Capability.EMOTION in ready.engine.info.capabilities and emotion != Emotion.NEUTRAL
    usual = samples(ready.engine, ready.context, text, neutral)
    assert np.array_equal(sound, usual) != changes


def test_progress_goes_up_to_one_and_says_what_is_done(ready: Ready) -> None:
    shares = [share for share, _ in ready.progress]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert all(what for _, what in ready.progress)


def test_turns_after_the_voice_are_taken(ready: Ready) -> None:
    later = ready.engine.prepare(ready.segments, base=ready.context)
    if ready.engine.info.max_positions is None:
        assert later.positions == ready.context.positions == 0
    else:
        assert later.positions > ready.context.positions
    assert frames(ready.engine, later, "Come in.")
