"""What is wrong with CSM's weights, or with what it is asked, is a sentence; the studio goes on."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from studio import SpeechRequest
from studio.core.voices.making import Clip
from studio.errors import EngineError, EngineUnavailableError, StudioError, TextError
from studio.studio import Studio
from tests.core.test_csm_voices import WORDS, add_voice
from tests.engines.csm.broken import DAMAGES, damage
from tests.engines.csm.tiny import make_checkpoint

POSITIONS = 256


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One with few positions."""
    folder = tmp_path_factory.mktemp("csm") / "short"
    return make_checkpoint(folder, codec="full", ends=True, sharded=True, max_positions=POSITIONS)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that is only opened."""
    return make_checkpoint(tmp_path_factory.mktemp("csm") / "small")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library in which the studio voice has read Anna."""
    folder = tmp_path_factory.mktemp("studio")
    with open_studio(folder, folder / "gone") as studio:
        add_voice(studio, folder, "Anna", WORDS)
        studio.prepare("anna")
    return folder


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def open_studio(folder: Path, model: Path) -> Studio:
    return Studio.open(
        folder / "profiles", model=str(model), device="cpu", cache_dir=folder / "cache"
    )


def is_a_sentence(said: str) -> bool:
    return said.endswith(".") and "\n" not in said and "Error" not in said


@pytest.mark.parametrize("how", [how for how in DAMAGES if not how.startswith("codec")])
def test_with_a_broken_checkpoint_the_studio_voice_speaks_and_it_is_said_why(
    small: Path, folder: Path, tmp_path: Path, how: str
) -> None:
    bad = Path(shutil.copytree(small, tmp_path / "model"))
    damage(bad, how)
    with open_studio(folder, bad) as studio:
        choice = studio.engine_choice()
        assert choice.name == "kokoro"
        assert is_a_sentence(choice.passed_over[0]), choice.passed_over
        studio.warm_up()
        assert next(studio.speak("anna", "Hello.")) is not None
        with pytest.raises(EngineUnavailableError) as refused:
            studio.speak("anna", "Hello.", SpeechRequest(engine="csm"))
        assert is_a_sentence(str(refused.value))
        assert [one.name for one in studio.engines() if one.available] == ["kokoro"]
        assert studio.check() == []


@pytest.mark.parametrize(
    ("how", "begin"),
    [
        ("codec that is not a number", "warm_up"),
        ("codec that is not a number", "speak"),
        ("encoder that is not a number", "prepare"),
    ],
)
def test_auto_leaves_out_weights_that_do_not_load_for_as_long_as_the_studio_is_open(
    model: Path, folder: Path, tmp_path: Path, how: str, begin: str
) -> None:
    bad = Path(shutil.copytree(model, tmp_path / "model", copy_function=os.link))
    damage(bad, how)
    shutil.copytree(folder / "profiles", tmp_path / "profiles")
    with open_studio(tmp_path, bad) as studio:
        shutil.rmtree(studio.store.layout.profile_dir("anna") / "cached_context")
        assert studio.engine_choice().name == "csm"
        if begin == "warm_up":
            studio.warm_up()
        elif begin == "prepare":
            studio.prepare("anna")
        known = studio.engine_choice().name == "kokoro"
        assert known == (begin != "speak")
        spoken = studio.speak("anna", "Hello.", SpeechRequest(seed=1))
        sound = spoken.audio()
        assert spoken.stats.engine == "kokoro"
        expected = studio.speak("anna", "Hello.", SpeechRequest(seed=1, engine="kokoro")).audio()
        np.testing.assert_array_equal(sound.samples, expected.samples)
        choice = studio.engine_choice()
        assert choice.name == "kokoro"
        (reason,) = choice.passed_over
        assert "not numbers" in reason
        assert is_a_sentence(reason)
        assert [one.reason for one in studio.engines() if not one.available] == [reason]
        assert (reason in spoken.notes) == (not known)
        with pytest.raises(EngineUnavailableError, match="not numbers"):
            studio.speak("anna", "Hello.", SpeechRequest(engine="csm")).audio()


def test_a_text_longer_than_the_budget_leaves_the_conversation_as_it_was(
    model: Path, folder: Path
) -> None:
    with open_studio(folder, model) as studio:
        add_voice(studio, folder, "Brief", WORDS, pitch=60)
        talk = studio.converse("brief")
        with pytest.raises(TextError) as refused:
            list(talk.reply("1234567890 " * 18, SpeechRequest(engine="csm", seed=1)))
        assert "shorter" in str(refused.value)
        assert is_a_sentence(str(refused.value))
        assert talk.history.turns == ()
        assert (
            sum(len(f.samples) for f in talk.reply("Hello.", SpeechRequest(engine="csm", seed=1)))
            > 0
        )


def test_a_voice_that_leaves_no_room_is_refused_and_another_speaks(
    model: Path, folder: Path
) -> None:
    with open_studio(folder, model) as studio:
        add_voice(studio, folder, "Long", WORDS)
        for pitch in (20, 35):
            add_voice(studio, folder, f"more-{pitch}", WORDS, pitch=pitch)
            clip = folder / f"more-{pitch}.wav"
            studio.add_clips("long", [Clip(clip, transcript=WORDS)])
        with pytest.raises(EngineError) as refused:
            studio.prepare("long", engine="csm")
        assert "shorter or fewer clips" in str(refused.value)
        assert next(studio.speak("long", "Hello.", SpeechRequest(engine="kokoro"))) is not None
        assert next(studio.speak("anna", "Hello.", SpeechRequest(engine="csm"))) is not None
        assert studio.check() == []


def test_a_disk_that_is_full_while_converting_costs_the_copy_only(
    model: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_studio(folder, model) as studio:
        studio.prepare("anna", engine="csm")  # what is kept of the voice is not what this is about
    sync = os.fsync

    def full(descriptor: int) -> None:
        if Path(f"/proc/self/fd/{descriptor}").resolve().is_relative_to(tmp_path):
            raise OSError(errno.ENOSPC, "No space left on device")
        sync(descriptor)

    monkeypatch.setattr("os.fsync", full)
    with Studio.open(
        folder / "profiles", model=str(model), device="cpu", cache_dir=tmp_path / "cache"
    ) as studio:
        frames = list(studio.speak("anna", "Hello.", SpeechRequest(engine="csm", seed=2)))
    assert any("full" in frame.note or "space" in frame.note for frame in frames)
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]


def test_a_stream_that_is_cancelled_leaves_the_engine_and_the_voice_as_they_were(
    model: Path, folder: Path
) -> None:
    with open_studio(folder, model) as studio:
        expected = studio.speak("anna", "Hello there.", SpeechRequest(engine="csm", seed=3)).audio()
        with studio.speak("anna", "Stop it.", SpeechRequest(engine="csm", seed=4)) as cancelled:
            next(cancelled)
        with pytest.raises(StudioError, match="not spoken to its end"):
            _ = cancelled.stats
        again = studio.speak("anna", "Hello there.", SpeechRequest(engine="csm", seed=3)).audio()
        np.testing.assert_array_equal(again.samples, expected.samples)
