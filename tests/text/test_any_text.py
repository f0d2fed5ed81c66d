"""What holds for every text, whatever is in it."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.text import PreparedText, prepare

FULL = ["en", "en-gb", "es", "fr", "it", "pt", "de"]
PARTS = [
    "Hello", "there", "Dr.", "St.", "e.g.", "U.S.", "I", "A", "III", "$5.20", "€", "£", "3,400", "3.400", "1 250",
    "2024", "'90s", "5%", "-3", "+44 20 7946 0958", "2024-02-30", "31/02/2023", "25:61", "9:30", "am", "1/2", "½", "²",
    "km/h", "5km", "v1.2.3", "10.0.0.1", "a@b.co", "http://x.org/?a=b", "#1", "@you", "**", "`", "[a](b)", "&amp;", "<b>",
    "\n", "\n\n", "- ", "1. ", "# ", "(", ")", "“", "”", "'", "’", "—", "–", "-", "…", "...", "!", "?", ".", ",", ";", ":",
    "🎉", "你好", "。", "über", "é", "e\u0301", "KX204", "R&D", "NASA", "STOP", "x²", "0", "007", "1e9", "999999999999999999",
    "٣", "३", "１２", "Ⅳ", "①", "\u200d", "\x00", "\x1f", "\x04", "\x02", "\ud800",
]  # fmt: skip
HAN = "一二三四五六七八九十百千万億零〇两兩"
ANY = st.lists(st.sampled_from(PARTS) | st.text(max_size=6), max_size=14).flatmap(
    lambda parts: st.sampled_from(["", " "]).map(lambda gap: gap.join(parts))
)


def check(prepared: PreparedText) -> None:
    text, reached = prepared.text, 0
    for sentence in prepared.sentences:
        assert sentence.start == reached
        assert sentence.text == text[sentence.start : sentence.end].strip()
        assert sentence.words
        reached = sentence.end
        at, start, end = 0, sentence.start, sentence.start
        for word in sentence.words:
            assert word.spoken == sentence.spoken[word.at : word.at + len(word.spoken)]
            assert word.at >= at
            assert sentence.start <= start <= word.start <= word.end <= sentence.end
            assert word.end >= end
            at, start, end = word.at + len(word.spoken), word.start, word.end
        progress = [sentence.reached(count) for count in range(len(sentence.spoken) + 1)]
        assert progress == sorted(progress)
        assert progress[-1] == sentence.end
    assert not prepared.sentences or reached == len(text)


@pytest.mark.parametrize("language", FULL)
@given(text=ANY)
@settings(max_examples=30, deadline=None)
def test_any_text_is_read_in_words_and_knows_its_places(language: str, text: str) -> None:
    prepared = prepare(text, language)
    check(prepared)
    check(prepared.within(30))
    assert not any(char.isnumeric() for char in prepared.spoken if char not in HAN)
    for sentence in prepared.sentences:
        assert "\x04" not in sentence.spoken
        assert "  " not in sentence.spoken


@pytest.mark.parametrize("language", ["zh", "ja", "hi", "ru", "xx"])
@given(text=ANY)
@settings(max_examples=12, deadline=None)
def test_other_languages_break_at_nothing(language: str, text: str) -> None:
    prepared = prepare(text, language)
    check(prepared)
    check(prepared.within(30))


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "a.",
        "1",
        "1,",
        "1-",
        "(",
        "*",
        "_",
        "[",
        "<a ",
        "&#",
        "a@",
        "1/",
        "A.",
        "I",
        "…",
        "'",
        " \n",
    ],
)
def test_no_text_takes_long(unit: str) -> None:
    text = unit * (20_000 // len(unit))
    begun = time.process_time()
    prepare(text, "en")
    assert time.process_time() - begun < 5, unit


def test_shuffled_prose_is_read_at_once() -> None:
    parts = random.Random(3).choices(PARTS, k=3_000)
    begun = time.process_time()
    prepare(" ".join(part for part in parts if part != "\ud800"), "en")
    assert time.process_time() - begun < 5
