"""Written text to spoken sentences."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.engines.parametric.reading import read
from studio.engines.parametric.text import (
    MAX_SENTENCE_CHARS,
    PARAGRAPH_PAUSE_S,
    SENTENCE_PAUSE_S,
    require_speakable,
    sentences,
)
from studio.errors import TextError


def spoken(text: str, language: str = "en") -> list[str]:
    return [s.reading.spoken.strip() for s in sentences(text, language=language)]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("I paid $5.50.", "I paid five dollars fifty cents."),
        ("£1, 5 €, $1.2 million", "one pound, five euros, one point two million dollars"),
        ("€5bn and $1,000", "five billion euros and one thousand dollars"),
        ("on 2026-11-22", "on November twenty-second twenty twenty-six"),
        ("12/25/2024", "December twenty-fifth twenty twenty-four"),
        ("25/12/2024", "December twenty-fifth twenty twenty-four"),
        ("45/99/2020", "45/99/2020"),
        ("Nov 22, 2026", "November twenty-second twenty twenty-six"),
        ("22 November", "November twenty-second"),
        ("at 3:30 pm", "at three thirty P M"),
        ("14:05", "fourteen oh five"),
        ("3:00", "three o'clock"),
        ("in 1999 and the 1990s", "in nineteen ninety-nine and the nineteen nineties"),
        ("the 21st", "the twenty-first"),
        ("3/4 of it", "three quarters of it"),
        ("1,234,567.89", "one million two hundred thirty-four thousand five hundred sixty-seven"
         " point eight nine"),
        ("agent 007", "agent zero zero seven"),
        ("pages 3-5", "pages three to five"),
        ("-5°C", "minus five degrees Celsius"),
        ("3 kg at 100km/h", "three kilograms at one hundred kilometres per hour"),
        ("50%", "fifty percent"),
        ("+1 555 123", "plus one, five five five, one two three"),
        ("https://www.example.com/a?b=c", "example dot com"),
        ("docs.python.org", "docs dot python dot org"),
        ("a.b@c-d.com", "a dot b at c dash d dot com"),
        ("**Bold** `code` [link](http://x.y)", "Bold code link"),
        ("<b>bold</b>", "bold"),
        ("a < b & c", "a less than b and c"),
        ("Hi 😀 there 👩‍👩‍👧", "Hi there"),
        ("𝓗𝓮𝓵𝓵𝓸 ｗｏｒｌｄ", "Hello world"),
        ("naïve café", "naïve café"),
        ("Wow!!!", "Wow!"),
        ("and/or", "and or"),
        ("C# #1", "C sharp number one"),
        ("e.g. this", "for example this"),
    ],
)  # fmt: skip
def test_how_english_is_read(written: str, said: str) -> None:
    assert " ".join(spoken(written)) == said


def test_other_languages_keep_their_numbers_for_espeak() -> None:
    assert spoken("Das kostet 5,50 € am 3.4.", "de") == ["Das kostet 5,50 € am 3.4."]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("Dr. Smith met Mr. J. Doe.", ["doctor Smith met mister J. Doe."]),
        ("It is 3.5 long.", ["It is three point five long."]),
        ('"Really?" he said. (Yes.) OK', ['"Really?" he said.', "(Yes.)", "OK"]),
        ("So... what?", ["So, what?"]),
        ("hello there. how are you?", ["hello there.", "how are you?"]),
        ("At 5 p.m. we left.", ["At five P M we left."]),
        ("# Heading\n- one\n- two", ["Heading", "one", "two"]),
        ("a line that was wrapped at a column that is far enough to the right to\nbe one line", [
            "a line that was wrapped at a column that is far enough to the right to be one line"]),
        ("你好。世界！", ["你好。", "世界!"]),
    ],
)  # fmt: skip
def test_where_sentences_end(text: str, found: list[str]) -> None:
    assert spoken(text, "zh" if "你" in text else "en") == found


def test_a_paragraph_is_followed_by_a_longer_pause() -> None:
    pauses = [s.pause_s for s in sentences("One. Two.\n\nThree.", language="en")]
    assert pauses == [SENTENCE_PAUSE_S, PARAGRAPH_PAUSE_S, SENTENCE_PAUSE_S]


def test_positions_count_in_the_text() -> None:
    text = "Pay $5.50 now. Thanks!"
    first, second = sentences(text, language="en")
    assert text[: first.end].strip() == "Pay $5.50 now."
    after_amount = first.reading.spoken.index("cents") + len("cents")
    assert text[: first.reading.reached_at(after_amount)] == "Pay $5.50"
    assert second.end == len(text)


@given(st.text(max_size=600), st.sampled_from(["en", "de", "ru", "ja"]))
@settings(max_examples=150, deadline=None)
def test_any_text_is_read_in_order(text: str, language: str) -> None:
    end = 0
    for sentence in sentences(text, language=language):
        reached = sentence.reading.reached
        assert len(reached) == len(sentence.reading.spoken)
        assert list(reached) == sorted(reached)
        assert end <= reached[0] <= reached[-1] <= sentence.end <= len(text)
        end = sentence.end


@pytest.mark.parametrize(
    "hostile",
    ["a", ". ", "(", "1,1", "1/", "\n", "a.b", "<a ", "é", "www.", "-", "a@", "```", "[](x", "1:"],
)
def test_a_long_text_of_one_thing_is_read_at_once(hostile: str) -> None:
    text = hostile * (50_000 // len(hostile))
    assert all(
        len(s.reading.spoken) < 20 * MAX_SENTENCE_CHARS for s in sentences(text, language="en")
    )


def test_the_first_sentence_is_found_before_the_rest_is_read() -> None:
    text = "Hello. " + "word " * 2_000_000
    assert next(sentences(text, language="en")).reading.spoken.strip() == "Hello."


def test_a_script_that_the_voice_cannot_read_is_named() -> None:
    with pytest.raises(TextError, match="Cyrillic"):
        require_speakable("Привет, как дела?", language="en")
    require_speakable("Привет, как дела?", language="ru")
    assert spoken("The word спасибо means thanks.") == ["The word means thanks."]


def test_reading_a_stretch_leaves_the_rest_alone() -> None:
    reading = read("aa 5 bb 6", 3, 7, in_english=True)
    assert reading.spoken.strip() == "five bb"
    assert reading.reached[-1] == 7
