"""What the server keeps of a talk, whatever the browser does meanwhile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from studio.types import Emotion, SpeechFrame, SpeechStats
from studio.ui.chat.talk import EXPIRED, MAX_TALKS, LiveReply, Refusal, Talk, Talks

STATS = SpeechStats("kokoro", 5, Emotion.CALM, 24_000, 0.24, 0.1, 0.2, 1, True)


@pytest.fixture(autouse=True)
def served_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))


class Spoken(Iterator[SpeechFrame]):
    """Three frames that say "one two three"."""

    def __init__(self) -> None:
        self.text = "one two three"
        self.stats = STATS
        self.closed = False
        self._frames = iter(
            [
                SpeechFrame(i, np.full(1_920, 0.1, np.float32), end)
                for i, end in enumerate((3, 6, 13))
            ]
        )

    def __next__(self) -> SpeechFrame:
        return next(self._frames)

    def close(self) -> None:
        self.closed = True


def contents(talk: Talk) -> list[list[Any]]:
    return [message["content"] for message in talk.messages()]


def speak(talk: Talk, words: str, frames: int | None = None) -> LiveReply:
    """Ask and let the reply be made, up to ``frames``."""
    take = LiveReply(run=words, voice="Ada")
    talk.ask(take, words)
    made = take.record(Spoken())  # type: ignore[arg-type]
    for index, _ in enumerate(made, 1):
        if index == frames:
            made.close()
            break
    return take


def test_a_reply_enters_the_log_with_its_sound_and_figures() -> None:
    talk = Talk()
    speak(talk, "hello")
    assert talk.settle("hello")

    asked, (text, sound, figures) = contents(talk)
    assert asked == ["hello"]
    assert text == "one two three"
    assert re.fullmatch(r"Ada-\d{4}-\d\d-\d\d-seed-5\.wav", sound["file"]["orig_name"])
    assert "seed 5" in figures
    assert not talk.settle("hello"), "it is in the log once"


def test_a_stopped_reply_keeps_what_was_heard_of_it() -> None:
    talk = Talk()
    speak(talk, "hello")
    talk.settle("hello", played=2_000)

    _, (text, sound, figures) = contents(talk)
    assert text == "one two"
    assert Path(sound["file"]["path"]).stat().st_size >= 2 * 2_000
    assert figures == "Stopped after 0.1 s"


def test_what_was_asked_before_starting_over_is_not_said_after_it() -> None:
    talk = Talk()
    speak(talk, "hello")
    talk.clear("on its way")
    assert not talk.ask(LiveReply(run="on its way", voice="Ada"), "again")
    assert contents(talk) == []

    talk.undo_clear()
    assert contents(talk)[0] == ["hello"]
    assert talk.ask(LiveReply(run="next", voice="Ada"), "something else")


def test_a_reply_stopped_before_its_first_sound_leaves_no_sound() -> None:
    talk = Talk()
    speak(talk, "hello", frames=1)
    talk.settle("hello", played=0)

    assert contents(talk)[1] == ["Stopped before the first word."]


def test_the_next_question_settles_the_reply_before_it() -> None:
    talk = Talk()
    first = speak(talk, "first")
    speak(talk, "second")

    assert first.cancelled.is_set()
    assert [content[0] for content in contents(talk)] == ["first", "one two three", "second"]
    assert not talk.settle("first"), "the browser's late word changes nothing"


def test_starting_over_is_undone_until_something_is_said() -> None:
    talk = Talk()
    speak(talk, "first")
    with_ada = talk.with_partner("ada", "echo", lambda: SimpleNamespace())  # type: ignore[arg-type]
    talk.clear()
    assert contents(talk) == []
    talk.clear()
    talk.undo_clear()
    assert [content[0] for content in contents(talk)] == ["first", "one two three"]
    assert talk.with_partner("ada", "echo", lambda: None) is with_ada  # type: ignore[arg-type]

    talk.clear()
    speak(talk, "second")
    talk.undo_clear()
    assert [content[0] for content in contents(talk)] == ["second"]


def test_a_failed_question_is_taken_back() -> None:
    talk = Talk()
    speak(talk, "first")
    failed = LiveReply(run="second", voice="Ada")
    talk.ask(failed, "?!")
    talk.withdraw(failed, "Type words.")

    assert talk.refusal_of("second") == Refusal("second", "?!", "Type words.")
    assert talk.refusal_of("first") is None
    assert [content[0] for content in contents(talk)] == ["first", "one two three"]


def test_a_cancelled_reply_stops_at_the_next_frame_and_closes_its_source() -> None:
    take, spoken = LiveReply(run="r", voice="Ada"), Spoken()
    made = take.record(spoken)  # type: ignore[arg-type]
    next(made)
    take.cancelled.set()

    assert list(made) == []
    assert spoken.closed
    assert take.closed.is_set()
    assert take.stats is None


def test_the_log_outlives_the_sounds_that_gradio_deletes() -> None:
    talk = Talk()
    speak(talk, "hello")
    talk.settle()
    Path(contents(talk)[1][1]["file"]["path"]).unlink()

    assert contents(talk)[1][1] == EXPIRED


def test_each_visitor_has_a_talk_of_their_own_and_closing_the_tab_ends_it() -> None:
    talks = Talks()
    take = LiveReply(run="r", voice="Ada")
    talks.of("one").ask(take, "hello")
    take.closed.set()

    assert talks.of("other").messages() == []
    talks.forget("one")
    assert take.cancelled.is_set()
    assert talks.of("one").messages() == []


def test_of_too_many_visitors_nobody_who_is_listening_is_forgotten() -> None:
    talks = Talks()
    take = LiveReply(run="r", voice="Ada")
    talks.of("listens").ask(take, "hello")
    idle = speak(talks.of("said something"), "hello")
    talks.of("said something").settle()
    for number in range(MAX_TALKS):
        talks.of(f"visitor {number}")

    assert idle.cancelled.is_set()
    assert talks.of("said something").messages() == []
    assert len(talks.of("listens").messages()) == 1
    assert not take.cancelled.is_set()


def test_a_conversation_is_kept_until_the_partner_changes() -> None:
    talk = Talk()
    made: list[Any] = []

    def start() -> Any:
        made.append(SimpleNamespace())
        return made[-1]

    same = [talk.with_partner("ada", "echo", start) for _ in range(2)]
    assert same[0] is same[1]
    assert talk.with_partner("ada", "rules", start) is made[1]
    assert talk.with_partner("bruno", "rules", start) is made[2]
