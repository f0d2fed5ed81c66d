"""The Voices tab as a person uses it: a real app, a real engine, a real Chromium."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio.core.making import Clip
from studio.core.saving import save_sound
from studio.types import SAMPLE_RATE, Audio
from studio.ui.voices_actions import list_voices
from tests.ui.conftest import CHROMIUM_FLAGS, PATIENCE_MS, horizontal_overflow, is_readable
from tests.voices import spoken

pytestmark = pytest.mark.browser

LINE = "Good morning. I like to walk by the river when nobody else is out there yet."
EVIL = "<img src=x onerror=window.hacked=1> مرحبا \N{STUDIO MICROPHONE}"
PLAYED = "document.querySelector('#vs-library-player audio').currentTime > 0.2"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip with half a second of silence before and a third after the words."""
    words = spoken(LINE, voice="en-us+m2").samples * 0.3
    before, after = np.zeros(SAMPLE_RATE // 2, np.float32), np.zeros(SAMPLE_RATE // 3, np.float32)
    path = tmp_path_factory.mktemp("clips") / "by the river.flac"
    save_sound(Audio(np.concatenate([before, words.astype(np.float32), after])), path)
    return path


@pytest.fixture(scope="module")
def other_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "second.flac"
    save_sound(
        spoken("Here is one more sentence, spoken by the very same person.", "en-us+m2"), path
    )
    return path


@pytest.fixture(scope="module")
def silence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "silence.flac"
    save_sound(Audio(np.zeros(2 * SAMPLE_RATE, np.float32)), path)
    return path


@pytest.fixture
def studio(server: Any) -> Iterator[Any]:
    """The studio of the page; voices that a test leaves behind are deleted after it."""
    kept = {entry.id for entry in server.studio.profiles()}
    yield server.studio
    for entry in server.studio.profiles():
        if entry.id not in kept:
            server.studio.delete(entry.id)


@pytest.fixture
def add(studio: Any, clip: Path) -> Callable[..., Any]:
    def create(name: str, *, tags: tuple[str, ...] = ()) -> Any:
        return studio.create_profile(name, [Clip(clip, LINE)], consent="For a test.", tags=tags)

    return create


def upload(page: Any, *paths: Path) -> None:
    page.locator("#vs-upload input[type=file]").set_input_files([str(path) for path in paths])


def card(page: Any, name: str) -> Any:
    return page.get_by_role("article", name=f"Voice {name}", exact=True)


def open_menu(page: Any, name: str) -> Any:
    found = card(page, name)
    found.locator("summary").click()
    return found


def said(page: Any) -> Any:
    return page.locator("#vs-library-said .vs-notice")


def fill_form(page: Any, name: str) -> None:
    page.get_by_label("Name of the voice").fill(name)
    page.get_by_label("I am the speaker").check()
    page.get_by_label("Who agrees").fill("A tester")


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
    assert "LUFS" in first.inner_text()
    assert first.locator(".vs-cut").count() == 2
    first.get_by_text("Full quality report").click()
    rows = first.get_by_role("row").all_inner_texts()
    assert any("Signal to noise" in row and "dB" in row for row in rows)
    assert "silent" in second.inner_text()
    assert second.get_by_label("Transcript").is_hidden()
    assert "not a sound" in third.inner_text()
    shot(page, "voices-clips")

    # What is missing is asked for, and nothing typed is lost.
    first.get_by_label("Transcript").fill(LINE)
    page.get_by_label("Name of the voice").fill("River")
    page.get_by_role("button", name="Save voice").click()
    page.locator("#vs-save-status").get_by_text("Tick the box").wait_for()
    assert page.get_by_label("Name of the voice").input_value() == "River"
    assert first.get_by_label("Transcript").input_value() == LINE

    fill_form(page, "River")
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
    saved = studio.profile("River")
    assert [segment.transcript for segment in saved.segments] == [LINE]
    assert "A tester" in saved.consent.statement
    assert clip.read_bytes() == original
    assert first.is_hidden()

    card(page, "River").get_by_role("button", name="Play a sentence by River").click()
    page.wait_for_function(PLAYED)
    assert "RTF" in page.locator(".vs-player-title").inner_text()
    card(page, "River").get_by_role("button", name="Recording of River").click()
    page.get_by_text("River, the recording").wait_for()
    page.wait_for_function(PLAYED)
    shot(page, "voices-saved")


def test_the_cut_is_undone_before_saving(page: Any, studio: Any, clip: Path) -> None:
    upload(page, clip)
    place = page.locator("#vs-clip-0")
    place.get_by_text("cut at the start").wait_for()
    place.get_by_label("Cut the silence").uncheck()
    place.get_by_text("nothing cut").wait_for()
    fill_form(page, "Uncut")
    page.get_by_role("button", name="Save voice").click()
    card(page, "Uncut").wait_for()
    report = studio.profile("Uncut").segments[0].report
    assert report.duration_s == pytest.approx(report.source_duration_s, abs=0.01)


def test_a_voice_is_renamed_tagged_found_and_duplicated(
    open_page: Any, add: Any, studio: Any
) -> None:
    add("Anton")
    add("Berta")
    page = open_page()
    menu = open_menu(page, "Anton")
    menu.get_by_label("Name").fill("Anton the calm")
    menu.get_by_label("Name").press("Enter")
    card(page, "Anton the calm").wait_for()

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
    assert studio.profile("Berta copy").segments == studio.profile("Berta").segments


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

    open_menu(page, "Carl").get_by_role("button", name="Delete").click()
    card(page, "Carl").wait_for(state="detached")
    said(page).get_by_role("button", name="Undo").click()
    card(page, "Carl").wait_for()
    assert studio.profile("Carl").tags == ("keep",)

    open_menu(page, "Carl").get_by_role("button", name="Delete").click()
    card(page, "Carl").wait_for(state="detached")
    page.locator("#vs-import input[type=file], input[type=file]").last.set_input_files(str(kept))
    card(page, "Carl").wait_for()
    assert studio.profile("Carl").tags == ("keep",)


def test_a_file_that_is_no_profile_is_refused_in_words(page: Any, tmp_path: Path) -> None:
    path = tmp_path / "fake.voiceprofile"
    path.write_bytes(b"PK\x03\x04 nothing")
    page.locator("input[type=file]").last.set_input_files(str(path))
    said(page).wait_for()
    assert "is-error" in str(said(page).get_attribute("class"))
    assert is_readable(said(page).inner_text())


def test_details_undo_a_cut_correct_words_and_take_more_clips(
    open_page: Any, add: Any, studio: Any, other_clip: Path, shot: Any
) -> None:
    add("Dora")
    page = open_page()
    card(page, "Dora").get_by_role("button", name="Details of Dora").click()
    details = page.locator("#vs-details")
    details.get_by_role("button", name="Undo the cut").click()
    details.get_by_role("button", name="Cut the silence").wait_for()
    assert studio.profile("Dora").segments[0].report.trimmed_start_s == 0

    words = details.get_by_label("Transcript")
    words.fill("Other words.")
    details.get_by_role("button", name="Save words").click()
    details.get_by_text("The words are saved.").wait_for()
    assert studio.profile("Dora").segments[0].transcript == "Other words."
    # The panel is drawn anew a moment later than it says so.
    details.get_by_text(f"revision {studio.profile('Dora').revision},").wait_for()

    ways = details.get_by_label("How an engine that clones is given the clips")
    assert ways.input_value() == "two-segment"
    ways.select_option("continuation")
    details.get_by_role("button", name="Save choice").click()
    details.get_by_text("The choice is saved.").wait_for()
    assert ways.input_value() == "continuation"
    assert studio.profile("Dora").defaults.prompting.value == "continuation"

    details.get_by_role("button", name="Play clip 1").click()
    page.wait_for_function(PLAYED)
    page.get_by_role("button", name="Add clips to this voice").click()
    page.get_by_text("Adding clips to Dora.").wait_for()
    upload(page, other_clip)
    page.locator("#vs-clip-0").get_by_text("Full quality report").wait_for()
    assert page.get_by_label("Name of the voice").is_hidden()
    page.get_by_label("I am the speaker").check()
    page.get_by_label("Who agrees").fill("A tester")
    page.get_by_role("button", name="Save voice").click()
    details.get_by_text("Clip 2:").wait_for()
    shot(page, "voices-details")
    details.get_by_role("button", name="Remove clip 2").click()
    details.get_by_text("Clip 2:").wait_for(state="detached")
    page.get_by_role("button", name="Close", exact=True).click()
    details.get_by_text("Clip 1:").wait_for(state="hidden")


def test_two_windows_do_not_overwrite_each_other(open_page: Any, add: Any, studio: Any) -> None:
    add("Emil")
    page = open_page()
    menu = open_menu(page, "Emil")
    studio.set_tags("Emil", ["set elsewhere"])
    menu.get_by_label("Tags").fill("set here")
    menu.get_by_role("button", name="Save tags").click()
    said(page).get_by_text("changed in another window").wait_for()
    card(page, "Emil").get_by_text("set elsewhere").wait_for()
    assert studio.profile("Emil").tags == ("set elsewhere",)


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


def test_a_voice_is_saved_with_the_keyboard_alone(page: Any, studio: Any, clip: Path) -> None:
    upload(page, clip)  # the file dialog itself is the system's
    page.locator("#vs-clip-0").get_by_text("Full quality report").wait_for()
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
    assert studio.profile("Keys").consent.statement.endswith("A tester.")
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
        assert studio.profile("Recorded").segments[0].report.speech_s > 3
    finally:
        chromium.close()


def test_a_thousand_voices_come_in_pages(page: Any, add: Any, studio: Any) -> None:
    add("Number one")
    whole = studio.profiles()
    many = [entry for entry in whole if entry.metadata] * 1_000

    class Many:
        def profiles(self) -> list[Any]:
            return many

    drawn: list[str] = []

    def draw(profile_id: str, revision: int) -> str:
        drawn.append(profile_id)
        return ""

    second = list_voices(Many(), draw, "", "Name", 2)  # type: ignore[arg-type]
    assert second.page == 2
    assert len(drawn) == 24
    assert second.html.count("<article") == 24
    assert "Next page" in second.html
    beyond = list_voices(Many(), draw, "", "Name", 10**9)  # type: ignore[arg-type]
    assert beyond.page == -(-len(many) // 24)
