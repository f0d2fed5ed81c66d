"""What is read: phonemes that the network knows, and how far the text is read with each."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import numpy as np
import pytest

from studio.engines.kokoro.network import parts
from studio.engines.kokoro.person.prior import load_prior
from studio.engines.kokoro.phonemes.espeak import Espeak
from studio.engines.kokoro.phonemes.ipa import LANGUAGES
from studio.engines.kokoro.phonemes.reader import MAX_SYMBOLS, PhonemeReader, Phonemes, vocabulary
from studio.errors import EngineError
from studio.text import prepare
from studio.text.lexicon import parse_lexicon

MISSING = parts.unavailable()
pytestmark = pytest.mark.skipif(MISSING is not None, reason=str(MISSING))


@pytest.fixture(scope="module")
def espeak() -> Iterator[Espeak]:
    with Espeak() as process:
        yield process


@pytest.fixture(scope="module")
def reader(espeak: Espeak) -> PhonemeReader:
    return PhonemeReader(espeak)


def read(
    reader: PhonemeReader, text: str, language: str = "en", lexicon: str = ""
) -> list[Phonemes]:
    prepared = prepare(text, language, parse_lexicon(lexicon))
    return [reader.read(sentence, language) for sentence in prepared.sentences]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Could you bring the other chair, please?", "en"),
        ("Could you bring the other chair, please?", "en-gb"),
        ("¿Dónde está la casa de tu hermano?", "es"),
        ("Où est la maison, mon ami ?", "fr"),
        ("Dove abita tua sorella, a Roma?", "it"),
        ("Onde fica a casa do teu irmão?", "pt"),
        ("तुम्हारा घर कहाँ है?", "hi"),
    ],
)
def test_every_language_gives_symbols_that_the_network_knows(
    reader: PhonemeReader, text: str, language: str
) -> None:
    (found,) = read(reader, text, language)
    assert len(found.symbols) > len(text) // 3
    assert set(found.symbols) <= set(vocabulary())
    assert found.symbols.endswith("?")
    assert found.symbols.count(" ") >= 3
    assert list(found.reached) == sorted(found.reached)
    assert found.reached[-1] == len(text)


def test_words_are_followed_in_what_was_typed(reader: PhonemeReader) -> None:
    text = "It costs $12, Anna."
    (found,) = read(reader, text)
    reached = [found.reached[found.symbols.index(mark)] for mark in (",", ".")]
    assert reached == [len("It costs $12"), len(text)]
    assert found.reached[0] == len("It")


def test_the_two_kinds_of_english_differ(reader: PhonemeReader) -> None:
    (american,), (british,) = (read(reader, "The tomato garden.", one) for one in ("en", "en-gb"))
    assert american.symbols != british.symbols
    assert "ɑː" in british.symbols


@pytest.mark.parametrize("language", ["en", "es"])
def test_phonemes_of_the_lexicon_go_before_the_readers_own(
    reader: PhonemeReader, language: str
) -> None:
    (found,) = read(reader, "Siobhan vive.", language, "Siobhan = /ʃəvˈɔn/")
    assert found.symbols.startswith("ʃəvˈɔn ")


def test_long_sentences_come_in_parts_and_lose_nothing(reader: PhonemeReader) -> None:
    (found,) = read(reader, "and so on " * 80)
    parts = list(found.parts())
    assert len(parts) > 1
    assert all(len(part.symbols) <= MAX_SYMBOLS for part in parts)
    assert "".join(part.symbols for part in parts) == found.symbols


def test_marks_alone_are_no_sound() -> None:
    assert list(Phonemes("...", (1, 2, 3)).parts()) == []


def test_a_killed_process_is_started_again(espeak: Espeak) -> None:
    before = espeak.phonemes("Guten Morgen", "de")
    killed = espeak.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    assert espeak.phonemes("Guten Morgen", "de") == before
    assert espeak.pid not in (None, killed)


def test_an_unknown_voice_is_an_error_and_the_next_call_works(espeak: Espeak) -> None:
    with pytest.raises(EngineError, match="no voice 'xx-none'"):
        espeak.phonemes("Hallo", "xx-none")
    assert espeak.phonemes("Hallo", "de")


def test_any_text_is_survived(espeak: Espeak) -> None:
    for text in ["", "\0", "a\0b", "\ud800", "[[h@loU]]", "<speak>x</speak>", "x" * 3_000]:
        assert isinstance(espeak.phonemes(text, "de"), str)


def test_close_leaves_no_process() -> None:
    process = Espeak()
    process.phonemes("Hallo", "de")
    pid = process.pid
    assert pid is not None
    process.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_languages_whose_voices_are_published_lead_to_them() -> None:
    prior = load_prior()
    for language in LANGUAGES.values():
        way = prior.to_natives(language.natives)
        assert way.shape == (256,)
        assert np.isfinite(way).all()
        assert np.abs(way).max() > 0.01
