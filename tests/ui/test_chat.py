"""The chat tab as a person uses it, with the real engine, in a real browser."""

from __future__ import annotations

import json
import re
import wave
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from studio.core.saving import PROVENANCE
from studio.core.speech.utterance import Utterance
from studio.errors import EngineError
from tests.ui import axe
from tests.ui.conftest import IN_SIGHT

pytestmark = pytest.mark.browser

STATE = "window.voiceStudio.players.chat.state()"
LONG = " ".join(["This sentence goes on for quite a while, so that there is time to stop it."] * 60)


@pytest.fixture
def chat(kept_page: Any, open_tab: Callable[[Any, str], None]) -> Any:
    """The chat with nothing said yet."""
    open_tab(kept_page, "Chat")
    kept_page.get_by_role("button", name="Start over").click()
    kept_page.wait_for_function(f"{STATE}.state === 'idle'")
    log_of(kept_page).get_by_role("button", name="Play").first.wait_for(state="detached")
    return kept_page


@pytest.fixture
def new_chat(page: Any, open_tab: Callable[[Any, str], None]) -> Any:
    """The chat in a page of its own, whose settings can be changed."""
    open_tab(page, "Chat")
    page.get_by_role("textbox", name="What shall the voice say?").wait_for()
    return page


def ask(page: Any, words: str) -> None:
    """Type and press Enter; returns when the reply was played to its end."""
    box = page.get_by_role("textbox", name="What shall the voice say?")
    box.fill(words)
    before = page.evaluate(STATE)["run"]
    box.press("Enter")
    page.wait_for_function(
        f"(before) => {STATE}.run !== before && ['finished', 'idle'].includes({STATE}.state)",
        arg=before,
    )
    assert page.evaluate(STATE)["state"] == "finished", page.get_by_role("alert").all_inner_texts()


def log_of(page: Any) -> Any:
    return page.get_by_role("log")


def test_three_replies_in_a_row_play_whole(chat: Any, record_property: Any, shot: Any) -> None:
    replies = ("Hello, how are you today?", "The second one is as good.", "And so is the third.")
    for words in replies:
        ask(chat, words)
        state = chat.evaluate(STATE)
        assert state["final"]
        assert state["received"] > 0
        assert state["played"] == state["received"]
        assert state["text"] == words
        assert state["shown"] == len(words)
        assert state["contextState"] == "running"
        record_property("player", json.dumps(state))
    log_of(chat).get_by_text("kokoro ·").nth(2).wait_for()
    shot(chat, "chat-spoken")
    for words in replies:
        assert log_of(chat).get_by_text(words, exact=True).count() == 2


def test_the_log_keeps_the_sound_and_the_figures_of_each_reply(chat: Any) -> None:
    ask(chat, "Keep this.")

    log_of(chat).get_by_role("button", name="Play: Keep this.", exact=True).wait_for()
    log_of(chat).get_by_role("button", name="Download: Keep this.", exact=True).wait_for()
    chat.get_by_role("button", name="Replay: Keep this.", exact=True).wait_for()
    chat.get_by_role("link", name="Download WAV: Keep this.", exact=True).wait_for()
    assert axe.findings(chat) == []
    log_of(chat).get_by_text("kokoro ·").click()
    figures = log_of(chat).locator("details[open]").inner_text()
    assert "seed" in figures
    assert "RTF" in figures
    assert "neutral" in figures


def test_what_will_be_said_can_be_seen_before_it_is_sent(chat: Any) -> None:
    box = chat.get_by_role("textbox", name="What shall the voice say?")
    part = chat.get_by_role("button", name="What will be said")
    box.fill("Dr. Lee paid $5.10.")
    part.click()
    chat.get_by_text("Doctor Lee paid five dollars and ten cents.").wait_for()
    box.fill("Come at 3 pm.")
    chat.get_by_text("Come at three P M.").wait_for()
    part.click()
    box.fill("")


def test_stop_silences_the_browser_and_ends_the_making(
    chat: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[Utterance] = []
    close = Utterance.close

    def noting(utterance: Utterance) -> None:
        close(utterance)
        closed.append(utterance)

    monkeypatch.setattr(Utterance, "close", noting)
    box = chat.get_by_role("textbox", name="What shall the voice say?")
    box.fill(LONG * 6)  # so much that it is not made before it is stopped
    box.press("Enter")
    chat.wait_for_function(f"{STATE}.played > 12000")
    # Pressed twice in a row it stops all the same, and nothing begins again.
    chat.get_by_role("button", name="Stop").dblclick()
    chat.wait_for_function(f"{STATE}.state === 'stopped'")
    log_of(chat).get_by_text("Stopped after").wait_for()
    assert chat.evaluate(STATE)["state"] == "stopped"

    with pytest.raises(EngineError):
        closed[0].stats  # noqa: B018  # it has figures only if it was made to its end
    stopped = chat.evaluate(STATE)
    assert not stopped["final"]
    # Whatever comes next plays as if nothing had been stopped.
    ask(chat, "This comes after.")
    state = chat.evaluate(STATE)
    assert state["played"] == state["received"] > 0


def test_a_new_question_takes_the_place_of_a_reply_that_still_sounds(chat: Any) -> None:
    box = chat.get_by_role("textbox", name="What shall the voice say?")
    box.fill(LONG)
    box.press("Enter")
    chat.wait_for_function(f"{STATE}.played > 4800")
    ask(chat, "Enough of that.")

    state = chat.evaluate(STATE)
    assert state["text"] == "Enough of that."
    assert state["played"] == state["received"]
    log_of(chat).get_by_text("Stopped after").wait_for()


def test_on_a_phone_the_words_stop_and_the_box_stay_in_sight(
    phone: Any, open_tab: Callable[[Any, str], None]
) -> None:
    open_tab(phone, "Chat")
    phone.wait_for_function(IN_SIGHT, arg=".vs-chat-ask")
    box = phone.get_by_role("textbox", name="What shall the voice say?")
    box.fill("A first sentence, which is short. And a second one, which goes on. " * 3)
    box.press("Enter")
    phone.wait_for_function(f"{STATE}.played > 4800")
    for part in (".vs-chat-ask", ".vs-live-button", ".vs-live-text"):
        phone.wait_for_function(IN_SIGHT, arg=part)
    # The line that is spoken is one of those that are seen.
    phone.wait_for_function(
        """() => {
          const said = document.querySelector('.vs-live-text .vs-said').getClientRects();
          const seen = document.querySelector('.vs-live-text').getBoundingClientRect();
          const last = said[said.length - 1];
          return said.length > 3 && last.top >= seen.top && last.bottom <= seen.bottom;
        }"""
    )
    phone.get_by_role("button", name="Stop").click()
    phone.wait_for_function(f"{STATE}.state === 'stopped'")


def test_the_download_is_what_was_played_and_says_that_it_is_synthetic(
    chat: Any, tmp_path: Path
) -> None:
    ask(chat, "Take this with you.")
    with chat.expect_download() as download:
        chat.get_by_role("link", name="Download WAV").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)

    assert path.suffix == ".wav"
    with wave.open(str(path)) as sound:
        assert (sound.getnchannels(), sound.getframerate(), sound.getsampwidth()) == (1, 24_000, 2)
        assert sound.getnframes() == chat.evaluate(STATE)["played"]
    assert PROVENANCE.encode() in path.read_bytes()


def test_a_reply_is_saved_from_the_log_under_a_name_of_its_own(chat: Any) -> None:
    ask(chat, "Keep this under a good name.")
    with chat.expect_download() as download:
        log_of(chat).get_by_role("button", name="Download").click()

    today = f"{datetime.now():%Y-%m-%d}"
    assert re.fullmatch(rf"Ada-{today}-seed-\d+\.wav", download.value.suggested_filename)


def test_the_same_seed_says_it_the_same_way(new_chat: Any, tmp_path: Path) -> None:
    new_chat.get_by_role("button", name="Advanced").click()
    new_chat.get_by_role("textbox", name="Seed").fill("7")
    takes = []
    for name in ("one.wav", "two.wav"):
        ask(new_chat, "Say it again.")
        with new_chat.expect_download() as download:
            new_chat.get_by_role("link", name="Download WAV").click()
        download.value.save_as(tmp_path / name)
        takes.append((tmp_path / name).read_bytes())

    assert takes[0] == takes[1]


def test_an_error_stands_by_the_box_and_the_text_is_kept(chat: Any) -> None:
    box = chat.get_by_role("textbox", name="What shall the voice say?")
    box.fill("?!")
    chat.get_by_role("button", name="Send").click()

    alert = chat.get_by_role("alert")
    alert.wait_for()
    assert alert.bounding_box()["y"] + 400 > box.bounding_box()["y"]
    assert box.input_value() == "?!"
    assert "Traceback" not in alert.inner_text()
    ask(chat, "Words help.")
    assert chat.get_by_role("alert").count() == 0


def test_markup_is_shown_as_it_was_typed(chat: Any) -> None:
    words = "<img src=x onerror=alert(1)> and *stars*"
    ask(chat, words)

    assert log_of(chat).get_by_text(words).first.is_visible()
    assert log_of(chat).locator("img[src=x]").count() == 0


def test_emotions_and_the_rules_writer_answer(new_chat: Any) -> None:
    new_chat.get_by_role("radio", name="Whisper").check(force=True)
    new_chat.get_by_role("button", name="Advanced").click()
    new_chat.get_by_role("radio", name="Simple answers (rules)").check(force=True)
    ask(new_chat, "Hello!")

    assert new_chat.evaluate(STATE)["text"] not in ("", "Hello!")
    assert "whisper" in log_of(new_chat).get_by_text("kokoro ·").inner_text()


def test_what_was_chosen_for_a_talk_outlives_a_new_preference(
    new_chat: Any, open_tab: Callable[[Any, str], None]
) -> None:
    new_chat.get_by_role("button", name="Advanced").click()
    rules = new_chat.get_by_role("radio", name="Simple answers (rules)")
    rules.check(force=True)
    open_tab(new_chat, "Settings")
    usual = new_chat.get_by_role("spinbutton", name="Usual expressiveness")
    usual.fill("1.5")
    usual.press("Tab")
    open_tab(new_chat, "Chat")
    number = new_chat.get_by_role("spinbutton", name="number input for Expressiveness")
    new_chat.wait_for_function("(input) => input.value === '1.5'", arg=number.element_handle())

    assert rules.is_checked()


def test_the_keyboard_is_enough(chat: Any) -> None:
    chat.get_by_role("textbox", name="What shall the voice say?").focus()
    chat.keyboard.insert_text(LONG)
    chat.keyboard.press("Tab")
    assert chat.evaluate("document.activeElement.textContent.trim()") == "Send"
    chat.keyboard.press("Enter")
    chat.wait_for_function(f"{STATE}.state === 'playing'")
    chat.get_by_role("button", name="Stop").focus()
    chat.keyboard.press("Enter")
    chat.wait_for_function(f"{STATE}.state === 'stopped'")
    # Escape stops, wherever one is.
    box = chat.get_by_role("textbox", name="What shall the voice say?")
    box.fill(LONG)
    box.press("Enter")
    chat.wait_for_function(f"{STATE}.state === 'playing'")
    chat.keyboard.press("Escape")
    chat.wait_for_function(f"{STATE}.state === 'stopped'")


def test_the_keyboard_chooses_the_emotion(new_chat: Any) -> None:
    new_chat.get_by_role("button", name="Send").focus()
    for _ in ("the part that shows what will be said", "the language", "the emotion"):
        new_chat.keyboard.press("Tab")
    happy = new_chat.get_by_role("radio", name="Happy")
    assert happy.evaluate("radio => radio === document.activeElement")
    new_chat.keyboard.press("Space")
    assert happy.is_checked()


def test_starting_over_clears_the_log_and_can_be_undone(chat: Any) -> None:
    ask(chat, "Soon forgotten.")
    log_of(chat).get_by_text("kokoro ·").wait_for()
    chat.get_by_role("button", name="Start over").click()
    log_of(chat).get_by_text("Soon forgotten.").first.wait_for(state="detached")
    chat.get_by_role("button", name="Undo", exact=True).click()
    log_of(chat).get_by_text("Soon forgotten.").nth(1).wait_for()
    log_of(chat).get_by_role("button", name="Play: Soon forgotten.").wait_for()


def test_starting_over_at_once_silences_the_reply_that_was_just_asked_for(chat: Any) -> None:
    chat.get_by_role("textbox", name="What shall the voice say?").fill(LONG)
    buttons = [chat.get_by_role("button", name=name) for name in ("Send", "Start over")]
    send, restart = (button.element_handle() for button in buttons)
    chat.evaluate("buttons => buttons.forEach(button => button.click())", [send, restart])
    # What comes next is heard, and nothing of what was dropped.
    ask(chat, "This is heard.")
    log_of(chat).get_by_role("button", name="Play: This is heard.", exact=True).wait_for()
    assert log_of(chat).get_by_role("button", name="Play:").count() == 1


def test_two_visitors_do_not_hear_each_other(open_page: Any, open_tab: Any) -> None:
    one, other = open_page("one"), open_page("other")
    for page in (one, other):
        open_tab(page, "Chat")
    ask(one, "A private matter.")
    ask(other, "Another matter.")

    assert "private" not in log_of(other).inner_text()
    assert other.evaluate(STATE)["text"] == "Another matter."


LOG = "document.querySelector('#vs-chat-log [role=log]')"
BELOW = f"({LOG}.scrollHeight - {LOG}.scrollTop - {LOG}.clientHeight)"


def test_the_end_of_the_log_stays_in_sight(chat: Any) -> None:
    for count, words in enumerate(("The first of three.", "The second.", "And the last."), 1):
        ask(chat, words)
        log_of(chat).get_by_text("kokoro ·").nth(count - 1).wait_for()
        # The sound of the last bubble is drawn later than its words.
        log_of(chat).get_by_role("button", name="Play").nth(count - 1).wait_for()
    chat.wait_for_function(f"{LOG}.scrollHeight > {LOG}.clientHeight && {BELOW} < 2")
    figures = log_of(chat).get_by_text("kokoro ·").last.bounding_box()
    shown = log_of(chat).bounding_box()
    assert figures["y"] + figures["height"] <= shown["y"] + shown["height"]


def test_who_has_scrolled_up_in_the_log_stays_there_until_they_ask_again(chat: Any) -> None:
    for words in ("Something to read.", "Something more.", "And more."):
        ask(chat, words)
    chat.wait_for_function(f"{LOG}.scrollHeight > {LOG}.clientHeight + 200 && {BELOW} < 2")
    box = chat.get_by_role("textbox", name="What shall the voice say?")
    box.fill(LONG)
    box.press("Enter")
    chat.wait_for_function(f"{STATE}.played > 4800")
    log_of(chat).get_by_text(LONG[:40]).wait_for()
    log_of(chat).hover()
    chat.mouse.wheel(0, -4_000)
    chat.wait_for_function(f"{LOG}.scrollTop === 0")
    chat.get_by_role("button", name="Stop").click()
    log_of(chat).get_by_text("Stopped after").wait_for()
    log_of(chat).get_by_role("button", name="Play").nth(3).wait_for()
    assert chat.evaluate(f"{LOG}.scrollTop") == 0

    ask(chat, "Back to the end.")
    log_of(chat).get_by_text("kokoro ·").nth(3).wait_for()
    chat.wait_for_function(f"{BELOW} < 2")
