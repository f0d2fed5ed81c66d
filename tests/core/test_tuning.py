"""Voices are brought nearer to their people in the background, and whoever speaks goes first."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from studio import Clip, SpeechRequest, Studio
from studio.core.engines import tuning
from studio.core.speech.utterance import Utterance
from studio.engines.kokoro.engine import KokoroEngine
from studio.errors import Stopped
from studio.types import VoiceStage
from tests.core.conftest import TRANSCRIPT

WORDS = "The window is open."
PATIENCE_S = 120


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """The work begins at once and has few steps, so that nobody waits for it here."""
    monkeypatch.setattr(tuning, "QUIET_S", 0.01)
    monkeypatch.setattr("studio.engines.kokoro.person.tuning.STEPS", 8)


@pytest.fixture
def quick(tmp_path: Path, clip_file: Path) -> Iterator[Studio]:
    """A studio with the voice Anna, whom nobody has let speak yet."""
    with Studio.open(tmp_path / "profiles") as studio:
        studio.create_profile("Anna", [Clip(clip_file, transcript=TRANSCRIPT)], consent="Yes.")
        yield studio


class Watch:
    """Notes every step of the work in the background, which can be held at its first one."""

    def __init__(self) -> None:
        self.begun, self.go_on, self.over = (threading.Event() for _ in range(3))
        self.go_on.set()
        self.steps = 0

    def step(self) -> None:
        self.steps += 1
        self.begun.set()
        assert self.go_on.wait(PATIENCE_S)


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    watch = Watch()
    work = tuning.VoiceTuning._do
    tune = KokoroEngine.tune

    def done(self: tuning.VoiceTuning, *args: object) -> None:
        work(self, *args)  # type: ignore[arg-type]
        watch.over.set()

    def watched(self: KokoroEngine, context, segments, progress=None):  # type: ignore[no-untyped-def]
        if threading.current_thread() is threading.main_thread():
            return tune(self, context, segments, progress)

        def told(share: float, doing: str) -> None:
            progress(share, doing)
            watch.step()

        return tune(self, context, segments, told)

    monkeypatch.setattr(tuning.VoiceTuning, "_do", done)
    monkeypatch.setattr(KokoroEngine, "tune", watched)
    return watch


def say(studio: Studio, voice: str = "anna") -> tuple[np.ndarray, VoiceStage]:
    utterance = studio.speak(voice, WORDS, SpeechRequest(seed=1))
    return utterance.audio().samples, utterance.stats.stage


def test_who_has_spoken_is_tuned_and_the_next_utterance_is_nearer_and_says_so(
    quick: Studio, watch: Watch
) -> None:
    first, stage = say(quick)
    assert stage is VoiceStage.QUICK
    assert watch.over.wait(PATIENCE_S)
    assert quick.tuning("anna") is None, "nothing is left to do"
    after, stage = say(quick)
    assert stage is VoiceStage.TUNED
    assert len(after) != len(first) or not np.array_equal(after, first)


def test_a_tuned_voice_is_kept_for_the_next_start(quick: Studio) -> None:
    quick.tune("anna")
    tuned, _ = say(quick)
    with Studio.open(quick.settings.profiles_dir) as later:
        again, stage = say(later)
        assert later.tuning("anna") is None
    assert stage is VoiceStage.TUNED
    np.testing.assert_array_equal(again, tuned)


def test_how_far_the_work_is_can_be_seen(quick: Studio, watch: Watch) -> None:
    watch.go_on.clear()
    assert quick.tuning("anna") is None
    quick.prepare("anna")
    assert watch.begun.wait(PATIENCE_S)
    state = quick.tuning("anna")
    assert state is not None
    assert 0.0 <= state.share < 1.0
    assert not state.waits
    watch.go_on.set()
    assert watch.over.wait(PATIENCE_S)


def test_stop_leaves_the_voice_as_it_was_until_it_changes(quick: Studio, watch: Watch) -> None:
    watch.go_on.clear()
    before, _ = say(quick)
    assert watch.begun.wait(PATIENCE_S)
    quick.stop_tuning("anna")
    assert quick.tuning("anna") is None
    watch.go_on.set()
    assert watch.over.wait(PATIENCE_S)
    after, stage = say(quick)
    assert stage is VoiceStage.QUICK
    np.testing.assert_array_equal(after, before)
    assert quick.tuning("anna") is None, "it was stopped by hand"

    watch.over.clear()
    quick.set_transcript("anna", quick.profile("anna").segments[0].id, "Other words.")
    say(quick)
    assert watch.over.wait(PATIENCE_S)
    assert say(quick)[1] is VoiceStage.TUNED


def test_a_new_voice_with_the_id_of_a_deleted_one_is_tuned(
    quick: Studio, watch: Watch, clip_file: Path
) -> None:
    quick.prepare("anna")
    quick.stop_tuning("anna")
    quick.delete("anna")
    quick.empty_bin()  # only then is the id free
    quick.create_profile("Anna", [Clip(clip_file, transcript="Her words.")], consent="Yes.")
    assert watch.over.wait(PATIENCE_S)
    watch.over.clear()
    say(quick)
    assert watch.over.wait(PATIENCE_S)
    assert say(quick)[1] is VoiceStage.TUNED


def test_the_work_waits_while_somebody_speaks(quick: Studio, watch: Watch, clip_file: Path) -> None:
    quick.create_profile("Berta", [Clip(clip_file, transcript="Her words.")], consent="Yes.")
    watch.go_on.clear()
    quick.prepare("anna")
    assert watch.begun.wait(PATIENCE_S)
    with quick.speak("anna", WORDS) as utterance:
        next(utterance)
        state = quick.tuning("anna")
        assert state is not None
        assert state.waits
        watch.go_on.set()
        quick.tune("berta")  # as much work as that which waits
        assert watch.steps == 1
    assert watch.over.wait(PATIENCE_S)
    assert say(quick)[1] is VoiceStage.TUNED


def test_one_voice_comes_after_the_other(quick: Studio, watch: Watch, clip_file: Path) -> None:
    quick.create_profile("Berta", [Clip(clip_file, transcript="Her words.")], consent="Yes.")
    watch.go_on.clear()
    quick.prepare("anna")
    assert watch.begun.wait(PATIENCE_S)
    quick.prepare("berta")
    first, second = quick.tuning("anna"), quick.tuning("berta")
    assert first is not None
    assert second is not None
    assert (first.waits, second.waits, second.share) == (False, True, 0.0)
    watch.go_on.set()
    assert watch.over.wait(PATIENCE_S)


def test_closing_ends_the_work_and_the_next_start_takes_it_up(quick: Studio, watch: Watch) -> None:
    say(quick)
    assert watch.begun.wait(PATIENCE_S)
    quick.close()
    assert watch.over.is_set()
    watch.over.clear()
    with Studio.open(quick.settings.profiles_dir) as later:
        say(later)
        assert watch.over.wait(PATIENCE_S)
        assert say(later)[1] is VoiceStage.TUNED


def test_a_voice_that_cannot_be_tuned_speaks_on(quick: Studio, watch: Watch) -> None:
    before, _ = say(quick)
    quick.stop_tuning("anna")
    record = quick.profile("anna").segments[0]
    folder = quick.store.layout.profile_dir("anna")
    quick.close()
    (folder / "reference" / f"{record.id}.flac").write_bytes(b"damaged")
    watch.over.clear()
    with Studio.open(quick.settings.profiles_dir) as later:
        after, stage = say(later)
        assert watch.over.wait(PATIENCE_S)
        assert later.tuning("anna") is None
        assert say(later)[1] is stage is VoiceStage.QUICK
        assert later.tuning("anna") is None, "it is not tried again"
    np.testing.assert_array_equal(after, before)


@pytest.mark.parametrize("step", [1, 4, 10])
def test_tuning_by_hand_can_be_stopped_and_leaves_the_voice_as_it_was(
    quick: Studio, step: int
) -> None:
    quick.prepare("anna")
    quick.stop_tuning("anna")
    before, _ = say(quick)
    told: list[float] = []

    def stop(share: float, _: str) -> None:
        told.append(share)
        if len(told) == step:
            raise Stopped

    with pytest.raises(Stopped):
        quick.tune("anna", on_progress=stop)
    after, stage = say(quick)
    assert stage is VoiceStage.QUICK
    np.testing.assert_array_equal(after, before)


def test_a_voice_speaks_while_it_is_tuned_by_hand(quick: Studio) -> None:
    quick.prepare("anna")
    quick.stop_tuning("anna")
    spoken: list[Utterance] = []

    def speak(share: float, _: str) -> None:
        if share > 0.3 and not spoken:
            spoken.append(quick.speak("anna", WORDS, SpeechRequest(seed=1)))
            spoken[0].audio()

    assert quick.tune("anna", on_progress=speak)
    assert spoken[0].stats.stage is VoiceStage.QUICK
    assert say(quick)[1] is VoiceStage.TUNED
