"""The Compare tab: rounds by themselves, and as a person goes through them in a browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from studio import Clip, SpeechRequest
from studio.core.saving import save_sound
from studio.errors import OptionsError, TextError
from studio.ui.compare.column_html import tally
from studio.ui.compare.rounds import CLOSEST, QUESTIONS, Round, play_round, reveal, vote
from tests.ui import axe
from tests.ui.conftest import horizontal_overflow, is_readable
from tests.voices import spoken

LINE = "Once there was a fox who lived by the sea. Every morning he counted the waves."
VOICES = {"Nora <3": "en-us+f4", "Otto": "en-us+m3", "Paul": "en-us+m6"}
ALL = ["Ada", *VOICES]
TEXT = "A short line."


@pytest.fixture(scope="module")
def names(server: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Four voices to compare; three of them go again."""
    folder = tmp_path_factory.mktemp("clips")
    made = []
    for number, (name, speaker) in enumerate(VOICES.items()):
        clip = folder / f"{number}.flac"
        save_sound(spoken(LINE, voice=speaker), clip)
        made.append(server.studio.create_profile(name, [Clip(clip, LINE)], consent="For tests."))
    yield ALL
    for profile in made:
        server.studio.delete(profile.id)


def final(studio: Any, voices: list[str], text: str = TEXT, **options: Any) -> Round:
    asked: dict[str, Any] = {"is_blind": False, "question": QUESTIONS[0]} | options
    *_, last = play_round(studio, text, voices, SpeechRequest(seed=3), **asked)
    return last


def ids(studio: Any, names: list[str]) -> list[str]:
    return [studio.find(name).id for name in names]


def test_takes_appear_one_by_one_on_shared_axes(server: Any, names: list[str]) -> None:
    studio = server.studio
    asked = {"is_blind": False, "question": QUESTIONS[0]}
    two = ids(studio, names[:2])
    rounds = list(play_round(studio, TEXT, two, SpeechRequest(seed=3), **asked))
    assert [sum(c.is_done for c in r.columns) for r in rounds] == [0, 1, 2]
    last = rounds[-1]
    assert [c.seed for c in last.columns] == [3, 3]
    axes = [re.findall(r">([\d.]+) s<|>(\d+)</span>", c.drawn) for c in last.columns]
    assert axes[0] == axes[1]
    html = last.shown()["html"]
    assert "<3" not in html
    assert "Nora &lt;3" in html
    for figure in ("First sound", "RTF", "Similarity", "Loudness gain"):
        assert html.count(figure) >= 2


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_blind_round_tells_nothing_before_it_is_revealed(
    server: Any, names: list[str], question: str
) -> None:
    studio = server.studio
    last = final(studio, ids(studio, names), is_blind=True, question=question)
    shown = last.shown()
    told = re.sub(r"[0-9a-f]{32}", "", str(shown))  # folders have random names
    for name, profile_id in zip(names, ids(studio, names), strict=True):
        assert name.split()[0] not in told
        assert profile_id not in told
    assert "First sound" not in told
    assert "vs-pitch" not in told
    assert ("Its own recording" in told) == (question == CLOSEST)
    assert all(f"Choose {letter}" in told for letter in "ABCD")

    revealed = str(reveal(last).shown())
    assert all(name.split()[0] in revealed for name in names)
    assert "Choose" not in revealed


def test_the_order_of_a_blind_round_is_shuffled(server: Any, names: list[str]) -> None:
    studio = server.studio
    orders = set()
    for _ in range(12):
        voices = ids(studio, names)
        asked = {"is_blind": True, "question": QUESTIONS[0]}
        first = next(play_round(studio, TEXT, voices, SpeechRequest(), **asked))
        orders.add(tuple(column.voice for column in first.columns))
        assert sorted(column.voice for column in first.columns) == sorted(names)
    assert len(orders) > 1


def test_votes_are_counted_by_voice_and_question(server: Any, names: list[str]) -> None:
    studio = server.studio
    last = final(studio, ids(studio, names[:2]), is_blind=True)
    after, counts = vote(last, "B", {})
    chosen, other = last.columns[1].voice, last.columns[0].voice
    assert after.is_revealed
    assert counts == {(QUESTIONS[0], chosen): (1, 1), (QUESTIONS[0], other): (0, 1)}
    assert vote(after, "A", counts) == (after, counts)
    assert vote(last, "Z", counts) == (last, counts)
    unfinished = replace(last, columns=(last.columns[0], replace(last.columns[1], drawn="")))
    assert vote(unfinished, "A", {}) == (unfinished, {})
    assert "<b>x</b>" not in tally({(QUESTIONS[0], "<b>x</b>"): (1, 2)})


@pytest.mark.parametrize("count", [0, 1, 5])
def test_two_to_four_voices_are_asked_for(server: Any, count: int) -> None:
    with pytest.raises(OptionsError, match="2 to 4"):
        final(server.studio, ["Ada"] * count)


def test_a_text_without_words_is_refused(server: Any, names: list[str]) -> None:
    two = ids(server.studio, names[:2])
    with pytest.raises(TextError):
        final(server.studio, two, text=" ")


# In the browser


@pytest.fixture
def compare(names: list[str], open_page: Callable[..., Any], open_tab: Any) -> Any:
    page = open_page()
    open_tab(page, "Compare")
    choose(page, names[:2])
    page.get_by_label("Text", exact=True).fill(TEXT)
    return page


def choose(page: Any, names: list[str]) -> None:
    """Select exactly these voices in the list."""
    box = offered(page)
    entry = box.get_by_role("combobox").or_(box.locator("input")).first
    while box.get_by_role("button", name=re.compile("^Remove ")).count():
        box.get_by_role("button", name=re.compile("^Remove ")).first.click()
    for name in names:
        entry.click()
        page.get_by_role("option", name=name, exact=True).click()
    page.keyboard.press("Escape")


def offered(page: Any) -> Any:
    """The list of voices, once it holds those that a new page offers."""
    box = page.locator("#vs-compare-voices")
    box.get_by_role("button", name=re.compile("^Remove ")).first.wait_for()
    return box


def start(page: Any) -> None:
    page.get_by_role("button", name="Compare", exact=True).click()


def takes(page: Any) -> Any:
    return page.locator("audio.vs-take")


@pytest.mark.browser
def test_two_then_four_voices_are_heard_side_by_side(
    compare: Any, names: list[str], shot: Any
) -> None:
    start(compare)
    compare.get_by_text("All takes are ready.").wait_for()
    assert takes(compare).count() == 2
    compare.get_by_role("link", name=f"Save this take (.wav) of {names[1]}").wait_for()
    assert axe.findings(compare) == []
    takes(compare).first.evaluate("take => take.play()")
    compare.keyboard.press("Escape")
    compare.wait_for_function(
        "[...document.querySelectorAll('audio.vs-take')].every((take) => take.paused)"
    )
    compare.get_by_role("button", name="Play all in turn").click()
    compare.wait_for_function(
        "[...document.querySelectorAll('audio.vs-take')].every((a) => a.currentTime > 0.2)"
    )
    with compare.expect_download() as download:
        compare.get_by_role("link", name="Save this take").first.click()
    saved = Path(download.value.path()).read_bytes()
    assert saved[:4] == b"RIFF"
    assert re.fullmatch(r"Ada-seed-\d+\.wav", download.value.suggested_filename)

    choose(compare, names)
    crosses = offered(compare).get_by_role("button", name=re.compile("^Remove "))
    crosses.nth(1).focus()
    assert crosses.nth(1).get_attribute("title") == f"Remove {names[1]}"
    crosses.nth(2).hover()
    assert crosses.nth(2).get_attribute("title") == f"Remove {names[2]}"
    compare.get_by_label("Seed", exact=True).fill("77")
    start(compare)
    takes(compare).nth(3).wait_for()
    compare.get_by_text("All takes are ready.").wait_for()
    assert takes(compare).count() == 4
    assert compare.get_by_role("img", name=re.compile("^Pitch over time")).count() == 4
    assert is_readable(compare.locator("#vs-compare").inner_text())
    assert compare.get_by_label("Seed", exact=True).input_value() == "77"
    shot(compare, "compare-four")


@pytest.mark.browser
def test_a_blind_test_hides_names_until_the_vote(compare: Any, shot: Any) -> None:
    assert compare.get_by_text("What to judge").is_hidden()
    compare.get_by_label("Blind").check()
    compare.get_by_label("Which is closest").check()
    start(compare)
    compare.get_by_role("button", name="Choose A").wait_for()
    blind = compare.locator("#vs-compare-takes").inner_html()
    assert "Ada" not in blind
    assert "Nora" not in blind
    shot(compare, "compare-blind")
    takes(compare).first.evaluate("(a) => a.play()")
    compare.wait_for_function("document.querySelector('audio.vs-take').currentTime > 0.2")
    compare.get_by_role("button", name="Choose B").click()
    compare.get_by_text("You chose B").wait_for()
    assert "Ada" in compare.locator("#vs-compare-takes").inner_text()
    rows = compare.locator("#vs-tally").get_by_role("row").all_inner_texts()
    assert sorted(row.split("\t")[-1].strip() for row in rows[1:]) == ["0 of 1", "1 of 1"]
    shot(compare, "compare-voted")


@pytest.mark.browser
def test_a_list_that_somebody_empties_is_not_filled_under_their_hands(
    server: Any, compare: Any
) -> None:
    box = offered(compare)
    crosses = box.get_by_role("button", name=re.compile("^Remove "))
    while crosses.count():
        crosses.first.click()
    copy = server.studio.duplicate("ada", "Ada once more")  # elsewhere: the page follows
    try:
        box.locator("input").first.click()
        compare.get_by_role("option", name="Ada once more").wait_for()
        assert crosses.count() == 0
    finally:
        server.studio.delete(copy.id)


def test_what_cannot_be_compared_is_said_and_nothing_is_lost(compare: Any) -> None:
    choose(compare, ["Ada"])
    start(compare)
    compare.locator("#vs-compare-said").get_by_text("Choose 2 to 4 voices").wait_for()
    assert compare.get_by_label("Text", exact=True).input_value() == TEXT
    choose(compare, ["Ada", "Otto"])
    compare.get_by_label("Seed", exact=True).fill("-5")
    start(compare)
    compare.locator("#vs-compare-said").get_by_text("Seed must be between").wait_for()


@pytest.mark.browser
def test_stop_ends_the_round_and_a_text_without_words_leaves_the_takes(
    compare: Any, shot: Any
) -> None:
    stop = compare.locator("#vs-compare-stop")
    assert stop.is_hidden(), "there is nothing to stop yet"
    start(compare)
    compare.get_by_text("All takes are ready.").wait_for()
    compare.get_by_label("Text", exact=True).fill("?!")
    start(compare)
    compare.locator("#vs-compare-said .is-error").wait_for()
    assert takes(compare).count() == 2

    compare.get_by_label("Text", exact=True).fill(" ".join([LINE] * 30))
    start(compare)
    stop.click()
    compare.get_by_text("Not spoken").first.wait_for()
    assert compare.get_by_text("Speaking …").count() == 0
    assert stop.is_hidden()
    shot(compare, "compare-stopped")


@pytest.mark.browser
def test_takes_fit_a_phone(names: list[str], phone: Any, open_tab: Any, shot: Any) -> None:
    open_tab(phone, "Compare")
    offered(phone)
    phone.get_by_label("Text", exact=True).fill(TEXT)
    start(phone)
    phone.get_by_text("All takes are ready.").wait_for()
    assert horizontal_overflow(phone) <= 0
    shot(phone, "compare-takes-phone")
