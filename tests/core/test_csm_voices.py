"""Voices read by an engine of codec tokens: made once, kept, and gone on from in a conversation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from studio import SpeechRequest
from studio.audio.files import encode_wav
from studio.core.voices.making import Clip
from studio.engines.csm.talk.context import CsmContext
from studio.errors import EngineError, OptionsError
from studio.studio import Studio
from studio.types import VoiceStage
from tests.voices import spoken

WORDS = "The boy was there when the sun rose."


@pytest.fixture(scope="module")
def model(csm_folder: Path) -> Path:
    return csm_folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("studio")


@pytest.fixture(scope="module")
def studio(model: Path, folder: Path) -> Iterator[Studio]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with open_studio(model, folder) as opened:
        add_voice(opened, folder, "Anna", WORDS)
        yield opened
    torch.set_num_threads(threads)


def open_studio(model: Path, folder: Path) -> Studio:
    return Studio.open(
        folder / "profiles",
        model=str(model),
        device="cpu",
        cache_dir=folder / "cache",
        starter_voices=False,
    )


def add_voice(studio: Studio, folder: Path, name: str, transcript: str, pitch: int = 50) -> None:
    clip = folder / f"{name}.wav"
    clip.write_bytes(encode_wav(spoken(WORDS, pitch=pitch)))
    studio.create_profile(name, [Clip(clip, transcript=transcript)], consent="A synthetic voice.")


def test_auto_takes_csm_once_its_weights_are_there(studio: Studio) -> None:
    assert studio.engine_choice().name == "csm"
    assert studio.engine_choice().passed_over == ()
    assert studio.speak("anna", "Hello.", SpeechRequest(seed=1)).audio().duration_s > 0


def test_without_weights_the_studio_voice_speaks_and_it_is_said_why(tmp_path: Path) -> None:
    with Studio.open(tmp_path / "profiles", model=str(tmp_path / "gone")) as studio:
        choice = studio.engine_choice()
    assert choice.name == "kokoro"
    assert "CSM" in choice.passed_over[0]


def test_tokens_are_made_once_and_kept_in_the_profile(studio: Studio, folder: Path) -> None:
    add_voice(studio, folder, "Berta", WORDS, pitch=60)
    assert studio.profile("berta").segments[0].tokens_sha256 is None
    studio.prepare("berta")
    record = studio.profile("berta").segments[0]
    tokens = studio.store.tokens("berta", record.id)
    assert tokens is not None
    assert tokens.codes.shape == (32, record.frames)
    assert record.frames == pytest.approx(record.duration_s * 12.5, abs=1)
    assert studio.check() == []


def test_a_voice_that_was_read_is_not_read_again_by_the_next_process(
    studio: Studio, model: Path, folder: Path
) -> None:
    add_voice(studio, folder, "Clara", WORDS, pitch=70)
    assert not studio.prepare("clara")
    first = studio.speak("clara", "Hello there.", SpeechRequest(seed=3)).audio()
    with open_studio(model, folder) as later:
        assert later.prepare("clara")
        again = later.speak("clara", "Hello there.", SpeechRequest(seed=3)).audio()
    np.testing.assert_array_equal(first.samples, again.samples)


def test_a_conversation_goes_on_from_what_was_said(studio: Studio) -> None:
    talk = studio.converse("anna")
    assert talk.context_use is None
    list(talk.reply("Good morning.", SpeechRequest(seed=1)))
    first = talk.context_use
    assert first is not None
    assert first.voice > 30
    assert first.history == 0
    assert first.reply > 0
    assert first.most == 2_048
    list(talk.reply("How are you?", SpeechRequest(seed=1)))
    second = talk.context_use
    assert second is not None
    assert second.voice == first.voice
    assert second.history == first.reply
    assert second.reply > 0
    assert second.free < first.free


def test_a_reply_that_was_stopped_leaves_nothing_behind(studio: Studio) -> None:
    talk = studio.converse("anna")
    list(talk.reply("Good morning.", SpeechRequest(seed=1)))
    before = talk.context_use
    cancelled = talk.reply("How are you today, my friend?", SpeechRequest(seed=2))
    next(cancelled)
    during = talk.context_use
    assert before is not None
    assert during is not None
    assert (during.history, during.reply) == (before.history + before.reply, 1)
    cancelled.close()
    assert talk.context_use == before


def test_without_a_voice_something_else_is_said(studio: Studio) -> None:
    with_voice = studio.speak("anna", "Hello there.", SpeechRequest(seed=3)).audio()
    without = studio.speak("anna", "Hello there.", SpeechRequest(seed=3, with_voice=False)).audio()
    assert len(without.samples) > 0
    assert not np.array_equal(with_voice.samples, without.samples)


def test_the_studio_voice_cannot_speak_without_one(studio: Studio) -> None:
    with pytest.raises(OptionsError, match="without a voice"):
        studio.speak("anna", "Hello.", SpeechRequest(engine="kokoro", with_voice=False))


def test_an_engine_that_reads_voices_in_one_step_has_nothing_to_tune(studio: Studio) -> None:
    assert studio.tune("anna", engine="csm") is False
    utterance = studio.speak("anna", "Hello.", SpeechRequest(seed=1))
    utterance.audio()
    assert utterance.stats.stage is VoiceStage.ONLY
    assert studio.tuning("anna") is None


def test_a_language_that_csm_does_not_speak_is_told_with_an_engine_that_does(
    studio: Studio,
) -> None:
    with studio.speak("anna", "Buenos días.", SpeechRequest(language="es", seed=1)) as utterance:
        next(utterance)
    (note,) = utterance.notes
    assert "'csm' does not speak Spanish" in note
    assert note.endswith("The engine 'kokoro' speaks it.")


def test_a_clip_without_its_words_is_refused_with_what_to_do(studio: Studio, folder: Path) -> None:
    add_voice(studio, folder, "Mute", "")
    with pytest.raises(EngineError, match="word for word"):
        studio.prepare("mute", engine="csm")


def test_what_is_held_is_counted_in_bytes(studio: Studio) -> None:
    engine = studio._engine("csm")
    voice = studio._voices.get(engine, studio.profile("anna"))
    assert isinstance(voice.context, CsmContext)
    assert voice.context.nbytes == voice.context.fork().nbytes > 1_000
