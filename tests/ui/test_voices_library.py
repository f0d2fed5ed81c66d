"""The library in the Voices tab: a real app, a real engine, a real Chromium."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio.core.saving import save_sound
from studio.core.speech.utterance import Utterance
from studio.core.voices.making import Clip
from studio.types import SAMPLE_RATE, Audio, SpeechFrame
from studio.ui.voices.actions import list_voices
from tests.ui import axe, ears
from tests.ui.conftest import IN_SIGHT, LINE, is_readable
from tests.ui.voices_tab import PLAYED, card, open_menu, said, upload
from tests.voices import spoken

pytestmark = pytest.mark.browser

EVIL = "<img src=x onerror=window.hacked=1> مرحبا \N{STUDIO MICROPHONE}"


@pytest.fixture(scope="module")
def other_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "second.flac"
    save_sound(
        spoken("Here is one more sentence, spoken by the very same person.", "en-us+m2"), path
    )
    return path


@pytest.fixture(scope="module")
def paused_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "paused.flac"
    words = spoken("Four hours of steady work faced us.", "en-us+m2").samples
    rest = np.zeros(SAMPLE_RATE, np.float32)
    save_sound(Audio(np.concatenate([words, rest, rest, words])), path)
    return path


@pytest.fixture
def add(studio: Any, clip: Path) -> Callable[..., Any]:
    def create(name: str, *, tags: tuple[str, ...] = ()) -> Any:
        return studio.create_profile(name, [Clip(clip, LINE)], consent="For a test.", tags=tags)

    return create


def test_a_voice_is_renamed_tagged_found_and_duplicated(
    open_page: Any, add: Any, studio: Any
) -> None:
    add("Anton")
    add("Berta")
    page = open_page()
    menu = open_menu(page, "Anton")
    menu.get_by_label("Name").fill("Anton the calm")
    assert axe.findings(page) == []
    menu.get_by_label("Name").press("Enter")
    card(page, "Anton the calm").wait_for()
    page.wait_for_function("document.activeElement.ariaLabel === 'More for Anton the calm'")

    open_menu(page, "Berta")
    menu = open_menu(page, "Anton the calm")
    assert card(page, "Berta").get_by_label("Tags").is_hidden(), "one menu at a time"
    menu.get_by_label("Tags").fill("narrator, deep")
    menu.get_by_role("button", name="Save tags").click()
    card(page, "Anton the calm").get_by_text("narrator", exact=True).wait_for()

    page.get_by_label("Search").fill("NARR")
    card(page, "Berta").wait_for(state="detached")
    assert page.get_by_role("article").count() == 1
    page.get_by_label("Search").fill("nobody of that name")
    page.get_by_text("No voice matches").wait_for()
    page.get_by_label("Search").fill("")

    open_menu(page, "Berta").get_by_role("button", name="Duplicate").click()
    card(page, "Berta copy").wait_for()
    assert studio.profile("berta-copy").segments == studio.profile("berta").segments


def test_what_is_told_and_played_is_seen_from_every_card(
    open_page: Any, add: Any, studio: Any
) -> None:
    for number in range(8):
        add(f"Voice {number}")
    page = open_page(viewport={"width": 800, "height": 500})
    last = open_menu(page, "Ada")
    last.get_by_role("button", name="Delete").scroll_into_view_if_needed()
    last.get_by_role("button", name="Duplicate").click()
    page.wait_for_function(IN_SIGHT, arg="#vs-library-said .vs-notice")
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    page.wait_for_function(IN_SIGHT, arg="#vs-library-said .vs-notice")
    card(page, "Voice 7").get_by_role("button", name="Recording of Voice 7").click()
    page.wait_for_function(PLAYED)
    page.evaluate("document.querySelector('#vs-grid').scrollIntoView()")
    page.wait_for_function(IN_SIGHT, arg="#vs-library-player .vs-player")


def test_a_tag_that_is_too_long_is_refused_and_the_tags_stay(
    open_page: Any, add: Any, studio: Any
) -> None:
    add("Hanna", tags=("deep",))
    page = open_page()
    menu = open_menu(page, "Hanna")
    menu.get_by_label("Tags").fill("deep, " + "x" * 41)
    menu.get_by_role("button", name="Save tags").click()
    said(page).get_by_text("has 41 characters; 40 is the most").wait_for()
    assert studio.profile("hanna").tags == ("deep",)


def test_deleting_is_undone_and_an_export_comes_back(
    open_page: Any, add: Any, studio: Any, tmp_path: Path
) -> None:
    add("Carl", tags=("keep",))
    page = open_page()
    with page.expect_download() as download:
        open_menu(page, "Carl").get_by_role("button", name="Export").click()
    assert download.value.suggested_filename == "Carl.voiceprofile"
    kept = tmp_path / "Carl.voiceprofile"
    download.value.save_as(kept)

    ears.listen(page)
    open_menu(page, "Carl").get_by_role("button", name="Delete").click()
    card(page, "Carl").wait_for(state="detached")
    # The card of another voice stands there now; the keyboard goes to the way back instead.
    page.wait_for_function("document.activeElement.id === 'vs-library-said'")
    assert sum("Deleted Carl" in line for line in ears.heard(page)) == 1
    said(page).get_by_role("button", name="Undo").press("Enter")
    card(page, "Carl").wait_for()
    page.wait_for_function("document.activeElement.tagName !== 'BODY'")
    assert studio.profile("carl").tags == ("keep",)

    ticket = studio.delete("carl")  # elsewhere, or long ago: the notice with Undo is gone
    page.get_by_role("button", name="Deleted voices").click()
    row = said(page).get_by_role("listitem").filter(has_text="Carl, deleted")
    row.get_by_role("button", name="Bring Carl back").click()
    said(page).get_by_text("Carl is back.").wait_for()
    assert studio.profile("carl").tags == ("keep",)
    assert ticket not in {one.ticket for one in studio.deleted()}

    open_menu(page, "Carl").get_by_role("button", name="Delete").click()
    card(page, "Carl").wait_for(state="detached")
    page.locator("#vs-import input[type=file], input[type=file]").last.set_input_files(str(kept))
    card(page, "Carl").wait_for()
    assert studio.profile("carl").tags == ("keep",)

    # All of them as one file, which brings back what is gone, and nothing twice.
    with page.expect_download() as download:
        page.get_by_role("button", name="Back up all").click()
    backup = tmp_path / "all.voiceprofile"
    download.value.save_as(backup)
    studio.delete("carl")
    page.get_by_role("button", name="Deleted voices").click()
    said(page).get_by_role("button", name="Empty the bin").click()
    said(page).get_by_role("button", name="Keep").click()
    said(page).get_by_role("button", name="Bring Carl back").last.wait_for()
    said(page).get_by_role("button", name="Empty the bin").click()
    said(page).get_by_role("button", name="Delete for good").click()
    said(page).get_by_text("deleted for good.").wait_for()
    assert studio.deleted() == []
    page.locator("#vs-import input[type=file], input[type=file]").last.set_input_files(str(backup))
    said(page).get_by_text("1 voice restored.").wait_for()
    assert studio.profile("carl").tags == ("keep",)


def test_a_file_that_is_no_profile_is_refused_in_words(page: Any, tmp_path: Path) -> None:
    path = tmp_path / "fake.voiceprofile"
    path.write_bytes(b"PK\x03\x04 nothing")
    page.locator("input[type=file]").last.set_input_files(str(path))
    said(page).wait_for()
    assert "is-error" in str(said(page).get_attribute("class"))
    assert is_readable(said(page).inner_text())


def test_details_undo_a_cut_correct_words_and_take_more_clips(
    open_page: Any, add: Any, studio: Any, other_clip: Path, paused_clip: Path, shot: Any
) -> None:
    add("Dora")
    paused = [Clip(paused_clip, shorten_pauses=True)]
    paula = studio.create_profile("Paula", paused, consent="For a test.")
    page = open_page()
    card(page, "Dora").get_by_role("button", name="Details of Dora").click()
    details = page.locator("#vs-details")
    details.get_by_role("button", name="Undo the cut").click()
    details.get_by_role("button", name="Cut the silence").wait_for()
    assert studio.profile("dora").segments[0].report.trimmed_start_s == 0

    words = details.get_by_label("Transcript")
    words.fill("Other words.")
    details.get_by_role("button", name="Save words").click()
    details.get_by_text("The words are saved.").wait_for()
    assert studio.profile("dora").segments[0].transcript == "Other words."
    # The panel is drawn anew a moment later than it says so.
    revision = details.get_by_text(f"revision {studio.profile('dora').revision},")
    revision.wait_for(state="attached")  # behind "Details"

    ways = details.get_by_label("How an engine that clones is given the clips")
    assert ways.input_value() == "two-segment"
    ways.select_option("continuation")
    details.get_by_role("button", name="Save choice").click()
    details.get_by_text("The choice is saved.").wait_for()
    assert ways.input_value() == "continuation"
    assert studio.profile("dora").defaults.prompting.value == "continuation"

    details.get_by_role("button", name="Play clip 1").click()
    page.wait_for_function(PLAYED)
    page.keyboard.press("Escape")
    page.wait_for_function("document.querySelector('#vs-library-player audio').paused")
    page.get_by_role("button", name="Add clips to this voice").click()
    page.get_by_text("Adding clips to Dora.").wait_for()
    upload(page, other_clip)
    page.locator("#vs-clip-0").get_by_text("Full quality report").wait_for()
    assert page.get_by_label("Name of the voice").is_hidden()
    page.get_by_label("I am the speaker").check()
    page.get_by_label("Who agrees").fill("A tester")
    page.get_by_role("button", name="Save voice").click()
    details.get_by_text("Clip 2:").wait_for()
    assert axe.findings(page) == []
    details.get_by_text("Consent for this clip: I am the speaker").wait_for()
    shot(page, "voices-details")
    details.get_by_role("button", name="Remove clip 2").click()
    details.get_by_text("Clip 2:").wait_for(state="detached")
    page.get_by_role("button", name="Close", exact=True).click()

    card(page, "Paula").get_by_role("button", name="Details of Paula").click()
    details.get_by_role("button", name="Bring back the pauses").click()
    details.get_by_role("button", name="Bring back the pauses").wait_for(state="detached")
    assert studio.profile(paula.id).segments[0].report.pauses_shortened_s == 0
    page.get_by_role("button", name="Close", exact=True).press("Enter")
    details.get_by_text("Clip 1:").wait_for(state="hidden")
    page.wait_for_function("document.activeElement.tagName !== 'BODY'")


def test_a_window_follows_another_and_neither_overwrites_the_other(
    open_page: Any, add: Any, studio: Any
) -> None:
    add("Emil")
    page = open_page()
    menu = open_menu(page, "Emil")
    menu.get_by_label("Tags").fill("set here")
    studio.set_tags("emil", ["set elsewhere"])
    card(page, "Emil").get_by_text("set elsewhere").wait_for()
    # What was typed is still there, and so is where.
    assert menu.get_by_label("Tags").input_value() == "set here"
    assert page.evaluate("document.activeElement.value") == "set here"
    menu.get_by_role("button", name="Save tags").click()
    said(page).get_by_text("changed in another window").wait_for()
    assert studio.profile("emil").tags == ("set elsewhere",)

    # A change to something else is none to what was typed.
    menu.locator("summary").click()
    menu.get_by_label("Tags").fill("set here")
    studio.rename("emil", "Emil the second")
    menu = card(page, "Emil the second")
    menu.wait_for()
    menu.get_by_role("button", name="Save tags").click()
    menu.get_by_text("set here", exact=True).wait_for()
    assert studio.profile("emil").tags == ("set here",)


def test_a_voice_that_was_deleted_elsewhere_is_gone_everywhere(
    open_page: Any, open_tab: Any, add: Any, studio: Any
) -> None:
    """Also for who is just about to use it, and then it is called by its name."""
    solomon = add("Solomon")
    page = open_page()
    card(page, "Solomon").get_by_role("button", name="Details of Solomon").click()
    page.get_by_role("button", name="Add clips to this voice").click()
    page.get_by_text("Adding clips to Solomon.").wait_for()
    open_tab(page, "Chat")
    page.locator("#vs-chat-voice input").click()
    page.get_by_role("option", name="Solomon", exact=True).click()
    # The page does not look now: it is as if the voice had been deleted in this very moment.
    page.evaluate(
        "Object.defineProperty(document, 'hidden', { get: () => true, configurable: true })"
    )
    studio.delete(solomon.id)
    box = page.get_by_role("textbox", name="What shall the voice say?")
    box.fill("Are you there?")
    box.press("Enter")
    page.get_by_role("alert").get_by_text("Solomon was deleted. Choose another voice.").wait_for()
    assert box.input_value() == "Are you there?"

    page.evaluate("delete document.hidden")
    page.wait_for_function("document.querySelector('#vs-chat-voice input').value === 'Ada'")
    open_tab(page, "Voices")
    card(page, "Solomon").wait_for(state="detached")
    page.locator("#vs-details h3").wait_for(state="hidden")
    page.locator("#vs-make-target").get_by_text("Adding clips to Solomon").wait_for(
        state="detached"
    )
    open_tab(page, "Compare")
    page.locator("#vs-compare-voices").get_by_text("Solomon").wait_for(state="detached")


def test_play_says_what_goes_on_stops_and_plays(
    open_page: Any, add: Any, studio: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    add("Nora")
    begun, go_on = threading.Event(), threading.Event()
    closed: list[Utterance] = []
    take, close = Utterance.__next__, Utterance.close

    def slow(utterance: Utterance) -> SpeechFrame:
        begun.set()
        assert go_on.wait(30)
        return take(utterance)

    def noting(utterance: Utterance) -> None:
        close(utterance)
        closed.append(utterance)

    page = open_page()
    nora = card(page, "Nora")
    play = nora.get_by_role("button", name="a sentence by Nora")
    with monkeypatch.context() as patch:
        patch.setattr(Utterance, "__next__", slow)
        patch.setattr(Utterance, "close", noting)
        play.click()
        nora.get_by_role("button", name="Stop a sentence by Nora").wait_for()
        assert begun.wait(30)
        assert re.search(r"Getting ready|%", play.inner_text())
        # The second press of a double click is not one on Play.
        play.dblclick()
        assert play.inner_text().startswith("▶ Play")
        go_on.set()
        other = card(page, "Ada").get_by_role("button", name="a sentence by Ada")
        other.click()
        page.wait_for_function(PLAYED)
    assert not closed[0]._stats, "it was stopped before its end"
    assert "Ada, a new sentence" in page.locator(".vs-player-title").inner_text()
    assert play.inner_text().startswith("▶ Play")
    card(page, "Ada").get_by_role("button", name="Stop a sentence by Ada").click()
    page.wait_for_function("document.querySelector('#vs-library-player audio').paused")
    assert other.inner_text().startswith("▶ Play")


def test_a_name_is_only_ever_text(open_page: Any, add: Any, clip: Path, tmp_path: Path) -> None:
    add(EVIL, tags=("<b>bold</b>", "{{tag}} ${1+1} `x`"))
    page = open_page()
    shown = page.get_by_role("article").filter(has_text="onerror")
    shown.wait_for()
    assert "مرحبا" in shown.inner_text()
    assert "{{tag}} ${1+1} `x`" in shown.inner_text()
    shown.get_by_role("button", name="Details").click()
    page.locator("#vs-details h3").wait_for()
    evil_file = tmp_path / "<img src=x onerror=window.hacked=1>.flac"
    shutil.copy(clip, evil_file)
    upload(page, evil_file)
    page.locator("#vs-clip-0").get_by_text("Full quality report").wait_for()
    shown.get_by_role("button", name="Play", exact=False).first.click()
    page.wait_for_function(PLAYED)
    shown.locator("summary").click()
    shown.get_by_role("button", name="Delete").click()
    said(page).get_by_role("button", name="Undo").wait_for()
    assert page.evaluate("window.hacked") is None
    assert page.locator("#vs-library img, #vs-details img, #vs-make img").count() == 0


def test_a_damaged_profile_is_shown_with_its_error(
    open_page: Any, add: Any, studio: Any, profiles_dir: Path
) -> None:
    add("Fritz")
    add("Gerda")
    damaged = next(profiles_dir.rglob("fritz/metadata.json"))
    damaged.write_text("{ not json")
    page = open_page()
    found = page.get_by_role("article", name="Damaged voice fritz")
    found.wait_for()
    assert is_readable(found.inner_text())
    assert "Cannot be used" in found.inner_text()
    card(page, "Gerda").wait_for()
    found.get_by_role("button", name="Delete").click()
    found.wait_for(state="detached")


def test_a_thousand_voices_come_in_pages(page: Any, add: Any, studio: Any) -> None:
    add("Number one")
    whole = studio.profiles()
    many = [entry for entry in whole if entry.metadata] * 1_000

    class Many:
        def profiles(self) -> list[Any]:
            return many

    drawn: list[str] = []

    def draw(profile: Any) -> str:
        drawn.append(profile.id)
        return ""

    second = list_voices(Many(), draw, "", "Name", 2)  # type: ignore[arg-type]
    assert second.page == 2
    assert len(drawn) == 24
    assert second.html.count("<article") == 24
    assert "Next page" in second.html
    beyond = list_voices(Many(), draw, "", "Name", 10**9)  # type: ignore[arg-type]
    assert beyond.page == -(-len(many) // 24)
