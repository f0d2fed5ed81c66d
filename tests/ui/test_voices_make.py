"""Making a voice in the Voices tab: a real app, a real engine, a real Chromium."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from studio.core.saving import save_sound
from studio.types import SAMPLE_RATE, Audio
from tests.ui import axe, ears
from tests.ui.conftest import CHROMIUM_FLAGS, IN_SIGHT, LINE, PATIENCE_MS, horizontal_overflow
from tests.ui.voices_tab import PLAYED, card, fill_form, open_menu, upload
from tests.voices import spoken

pytestmark = pytest.mark.browser

PARTNER: Final = "#vs-chat-voice input"
MARKED: Final = """(fields) => [...document.querySelectorAll('[aria-invalid]')]
  .map((field) => field.closest('.block').id).join() === fields.join()"""
FOCUS: Final = "document.activeElement.closest('.block')?.id ?? document.activeElement.tagName"
IS_PARTNER: Final = f"(name) => document.querySelector('{PARTNER}').value === name"


@pytest.fixture(scope="module")
def silence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "silence.flac"
    save_sound(Audio(np.zeros(2 * SAMPLE_RATE, np.float32)), path)
    return path


def test_from_a_clip_to_a_voice_that_plays(
    page: Any, studio: Any, clip: Path, silence: Path, tmp_path: Path, shot: Any
) -> None:
    text = tmp_path / "letter.wav"
    text.write_text("Dear all, this is not a sound. " * 20)
    original = clip.read_bytes()
    upload(page, clip, silence, text)

    first, second, third = (page.locator(f"#vs-clip-{n}") for n in range(3))
    third.get_by_text("Cannot be used", exact=False).first.wait_for()
    assert "cut at the start" in first.inner_text()
    # Less than the 10 s that are asked for is not "Good".
    assert first.locator(".vs-clip-head").inner_text().endswith("! Short")
    assert first.locator(".vs-cut").count() == 2
    first.get_by_text("Full quality report").click()
    rows = first.get_by_role("row").all_inner_texts()
    assert any("Signal to noise" in row and "dB" in row for row in rows)
    assert "LUFS" in first.inner_text()
    assert "silent" in second.inner_text()
    assert second.get_by_label("Transcript").is_hidden()
    assert "not a sound" in third.inner_text()
    assert page.get_by_role("group", name="Clip by the river.flac").count() == 1
    assert {str(audio.get_attribute("aria-label")) for audio in first.locator("audio").all()} == {
        "by the river.flac, before cleaning",
        "by the river.flac, after cleaning",
    }
    shot(page, "voices-clips")

    # What is missing is asked for, all of it at once, and nothing typed is lost.
    first.get_by_label("Transcript").fill(LINE)
    page.get_by_role("button", name="Save voice").click()
    page.wait_for_function(MARKED, arg=["vs-name", "vs-consent", "vs-who"])
    asked_for = page.locator("#vs-save-status").get_by_role("listitem")
    assert asked_for.count() == 3
    name = page.get_by_label("Name of the voice")
    assert name.evaluate("field => field === document.activeElement")
    assert axe.findings(page) == []
    page.keyboard.type("Ada")
    page.wait_for_function(MARKED, arg=["vs-consent", "vs-who"])
    page.get_by_role("button", name="Save voice").click()
    page.wait_for_function(MARKED, arg=["vs-name", "vs-consent", "vs-who"])
    assert "There is a voice called 'Ada' already" in asked_for.first.inner_text()
    name.fill("River")
    page.get_by_label("Who agrees").fill("A tester")
    page.get_by_role("button", name="Save voice").click()
    page.wait_for_function(MARKED, arg=["vs-consent"])
    page.locator("#vs-save-status").get_by_text("Tick the box").wait_for()
    page.wait_for_function(f"{FOCUS} === 'vs-consent'")
    assert name.input_value() == "River"
    assert first.get_by_label("Transcript").input_value() == LINE

    fill_form(page, "River")
    page.wait_for_function(MARKED, arg=[])
    page.evaluate(
        """() => {
          window.told = new Set();
          const status = document.querySelector('#vs-save-status');
          new MutationObserver(() => window.told.add(status.innerText))
            .observe(status, {subtree: true, childList: true, characterData: true});
        }"""
    )
    page.get_by_role("button", name="Save voice").click()
    page.get_by_text("River is saved and ready to speak.").wait_for()
    told = " ".join(page.evaluate("[...window.told]"))
    assert "%" in told
    assert "River is saved. Getting it ready to speak" in told
    card(page, "River").wait_for()
    saved = studio.profile("river")
    assert [segment.transcript for segment in saved.segments] == [LINE]
    assert "A tester" in saved.consent.statement
    assert clip.read_bytes() == original
    assert first.is_hidden()

    card(page, "River").get_by_role("button", name="Play a sentence by River").click()
    page.wait_for_function(PLAYED)
    assert "kokoro ·" in page.locator(".vs-player-title").inner_text()
    card(page, "River").get_by_role("button", name="Recording of River").click()
    page.get_by_text("River, the recording").wait_for()
    page.wait_for_function(PLAYED)
    shot(page, "voices-saved")


def test_a_voice_that_was_just_made_is_talked_with_and_compared(
    open_page: Callable[..., Any], studio: Any, clip: Path, open_tab: Callable[[Any, str], None]
) -> None:
    page = open_page(viewport={"width": 1280, "height": 600})
    upload(page, clip)
    fill_form(page, "River")
    page.get_by_role("button", name="Save voice").click()
    link = page.get_by_role("link", name="Open Chat")
    link.wait_for()
    page.wait_for_function(IN_SIGHT, arg="#vs-save-status .vs-notice")
    link.click()
    page.get_by_role("tab", name="Chat", selected=True).wait_for()
    page.wait_for_function(IS_PARTNER, arg="River")
    open_tab(page, "Compare")
    page.locator("#vs-compare-voices").get_by_text("River", exact=True).wait_for()

    # Whoever was chosen since then stays, whatever happens to the library.
    open_tab(page, "Chat")
    page.locator(PARTNER).click()
    page.get_by_role("option", name="Ada", exact=True).click()
    open_tab(page, "Voices")
    renamed = open_menu(page, "River")
    renamed.get_by_label("Name").fill("Stream")
    renamed.get_by_role("button", name="Rename").click()
    card(page, "Stream").wait_for()
    open_tab(page, "Chat")
    page.locator(PARTNER).click()
    page.get_by_role("option", name="Stream", exact=True).wait_for()
    page.keyboard.press("Escape")
    page.wait_for_function(IS_PARTNER, arg="Ada")

    # Deleted and made again it is the one, too.
    open_tab(page, "Voices")
    open_menu(page, "Stream").get_by_role("button", name="Delete").click()
    card(page, "Stream").wait_for(state="detached")
    upload(page, clip)
    fill_form(page, "River")
    page.get_by_role("button", name="Save voice").click()
    page.wait_for_function(IS_PARTNER, arg="River")


def test_the_cut_is_undone_before_saving_and_starting_over_is_undone(
    page: Any, studio: Any, clip: Path
) -> None:
    upload(page, clip)
    place = page.locator("#vs-clip-0")
    place.get_by_text("cut at the start").wait_for()
    place.get_by_label("Cut the silence").uncheck()
    place.get_by_text("nothing cut").wait_for()
    place.get_by_label("Transcript").fill(LINE)
    fill_form(page, "Uncut")

    page.get_by_role("button", name="Start over").focus()
    page.keyboard.press("Enter")
    place.wait_for(state="hidden")
    page.get_by_text("The form is empty again.").wait_for()
    page.wait_for_function(f"{FOCUS} === 'vs-save-status'")
    page.get_by_role("button", name="Undo", exact=True).click()
    place.get_by_text("nothing cut").wait_for()
    assert place.get_by_label("Transcript").input_value() == LINE
    assert page.get_by_label("Name of the voice").input_value() == "Uncut"
    assert page.get_by_label("I am the speaker").is_checked()
    page.get_by_role("button", name="Save voice").click()
    card(page, "Uncut").wait_for()
    assert studio.profile("uncut").segments[0].transcript == LINE
    report = studio.profile("uncut").segments[0].report
    assert report.duration_s == pytest.approx(report.source_duration_s, abs=0.01)


def test_a_voice_is_saved_with_the_keyboard_alone(page: Any, studio: Any, clip: Path) -> None:
    ears.listen(page)
    page.locator("#vs-upload button").first.focus()
    upload(page, clip)  # the file dialog itself is the system's
    page.locator("#vs-clip-0").get_by_text("Full quality report").wait_for()
    page.locator("#vs-upload").get_by_text("Click to Upload").wait_for()
    page.wait_for_function(f"{FOCUS} === 'vs-upload'")
    assert [line.split(".")[0] for line in ears.heard(page)] == [
        "Listening to by the river",
        "by the river",
    ]
    seen = []
    page.get_by_label("Transcript").first.focus()
    for _ in range(40):
        focus = page.evaluate(
            "(() => { const e = document.activeElement; const label = e.closest('label') ?? e;"
            " return [(label.innerText ?? '').split('\\n')[0], e.innerText ?? '']; })()"
        )
        label = focus[0]
        seen.append(label)
        if label.startswith("Name of the voice"):
            page.keyboard.type("Keys")
        elif label.startswith("I am the speaker"):
            page.keyboard.press("Space")
        elif label.startswith("Who agrees"):
            page.keyboard.type("A tester")
        elif label.startswith("Save voice"):
            page.keyboard.press("Enter")
            break
        page.keyboard.press("Tab")
    card(page, "Keys").wait_for()
    page.get_by_text("Keys is saved and ready to speak.").wait_for()
    page.wait_for_function(f"{FOCUS} === 'vs-save-status'")
    # The count of voices is told when it changes.
    said = [line for line in ears.heard(page) if "voice" not in line]
    assert said == [
        "Keys is saved. Getting it ready to speak …",
        "Keys is saved and ready to speak. Open Chat",
    ]
    assert studio.profile("keys").consent.statement.endswith("A tester.")
    stops = ("Name of the voice", "I am the speaker", "Who agrees", "Save voice")
    ordered = [next(i for i, label in enumerate(seen) if label.startswith(s)) for s in stops]
    assert ordered == sorted(ordered)


def test_everything_has_a_name_and_fits_a_phone(phone: Any, clip: Path, shot: Any) -> None:
    upload(phone, clip)
    phone.locator("#vs-clip-0").get_by_text("Full quality report").click()
    assert horizontal_overflow(phone) <= 0
    shot(phone, "voices-clips-phone")
    nameless = phone.evaluate(
        """[...document.querySelectorAll('#vs-make, #vs-library')].flatMap((panel) =>
             [...panel.querySelectorAll('button, input, textarea, select, summary, audio')])
           .filter((e) => e.offsetParent && !(e.ariaLabel || e.textContent?.trim() || e.title
             || e.labels?.length || e.closest('label')?.textContent.trim()
             || e.getAttribute('aria-labelledby')))
           .map((e) => e.outerHTML.slice(0, 120))"""
    )
    assert nameless == []


def test_a_voice_is_recorded_with_the_microphone(
    server: Any, browser: Any, studio: Any, clip: Path, tmp_path: Path
) -> None:
    """Chromium hears a file instead of a microphone; it plays it over and over."""
    heard = tmp_path / "heard.wav"
    save_sound(spoken(LINE, voice="en-us+f3"), heard)
    chromium = browser.browser_type.launch(
        executable_path=shutil.which("chromium") or shutil.which("chromium-browser"),
        args=[*CHROMIUM_FLAGS, f"--use-file-for-fake-audio-capture={heard}"],
    )
    try:
        page = chromium.new_context(permissions=["microphone"]).new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(server.url)
        recorder = page.locator("#vs-record")
        recorder.get_by_role("button", name="Record", exact=True).click()
        page.wait_for_timeout(5_500)  # how long the person speaks
        recorder.get_by_role("button", name="Stop", exact=True).click()
        page.locator("#vs-clip-0").get_by_text("Full quality report").wait_for()
        assert "Cannot be used" not in page.locator("#vs-clip-0").inner_text()
        fill_form(page, "Recorded")
        page.get_by_role("button", name="Save voice").click()
        card(page, "Recorded").wait_for()
        assert studio.profile("recorded").segments[0].report.speech_s > 3
    finally:
        chromium.close()
