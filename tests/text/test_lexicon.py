"""A person's own pronunciations: how they are written, where they apply, and plain words for damage."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.errors import TextError
from studio.studio import Studio
from studio.text import Lexicon, prepare, read_lexicon
from studio.text.lexicon import parse_lexicon

LEXICON = parse_lexicon(
    """
    # names
    Siobhan = shiv awn     # a friend
    New York = Noo Yawk
    Polish = /pˈOlɪʃ/
    polish = /pˈɑlɪʃ/
    kHz = kilo hurts
    SQL = sequel
    """
)


def spoken(text: str, lexicon: Lexicon = LEXICON) -> str:
    return prepare(text, "en", lexicon).spoken


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Siobhan left.", "Shiv awn left."),
        ("SIOBHAN, siobhan's", "Shiv awn, shiv awn s"),
        ("In new  york, not Newark", "In Noo Yawk, not Newark"),
        ("5 kHz and SQL or MySQL", "Five kilohertz and sequel or MySQL"),
        ("Siobhanna", "Siobhanna"),
    ],
)
def test_words_are_said_as_the_person_wants(text: str, said: str) -> None:
    assert spoken(text) == said


def test_phonemes_go_with_the_word_and_change_nothing_for_others() -> None:
    sentence = prepare("I polish Polish tables.", "en", LEXICON).sentences[0]
    assert sentence.spoken == "I polish Polish tables."
    told = [(word.spoken, word.phonemes) for word in sentence.words if word.phonemes]
    assert told == [("polish", "pˈɑlɪʃ"), ("Polish", "pˈOlɪʃ")]


def test_respellings_are_not_looked_up_again() -> None:
    turning = parse_lexicon("one = two\ntwo = one\nthree = three three")
    assert spoken("one two three", turning) == "two one three three"


def test_the_voice_comes_before_the_library() -> None:
    own, common = parse_lexicon("Ada = aah da"), parse_lexicon("ada = ay da\nBea = bay a")
    assert spoken("Ada and Bea", own.over(common)) == "Aah da and bay a"


@pytest.mark.parametrize(
    "line",
    [
        "Siobhan", "= shiv", "Siobhan =", "Siobhan = //", "Siobhan = /a", "Siobhan = /a/b/", "... = dots", "x = ...",
        "a = b\na = c", "x" * 500 + " = y", "Anna = /a1/", "A\x07nna = b", "a: b",
    ],
)  # fmt: skip
def test_what_is_no_entry_is_told_with_its_line(line: str) -> None:
    with pytest.raises(TextError) as told:
        parse_lexicon("good = fine\n" + line)
    assert "line " in str(told.value)
    assert len(str(told.value)) < 220


def test_a_file_is_read_anew_when_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "lexicon.txt"
    assert not read_lexicon(path)
    path.write_bytes("\ufeffAda = aah da\r\n".encode())
    assert spoken("Ada", read_lexicon(path)) == "Aah da"
    path.write_text("Ada = ay da da\n", "utf-8")
    assert spoken("Ada", read_lexicon(path)) == "Ay da da"


@pytest.mark.parametrize("content", [b"\xff\xfe\x00A", b"Ada = b\n" * 200_000, b"a = b\n" + b"c\n"])
def test_a_damaged_file_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "lexicon.txt"
    path.write_bytes(content)
    with pytest.raises(TextError, match=r"lexicon.txt"):
        read_lexicon(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(TextError, match=r"lexicon.txt"):
        read_lexicon(path)


def test_many_entries_cost_nothing_that_is_felt() -> None:
    many = parse_lexicon("\n".join(f"word{number} = other" for number in range(4_000)))
    assert spoken("word7 word77", many) == "other other"


def test_the_studio_reads_both_lexicons(tmp_path: Path) -> None:
    (tmp_path / "lexicon.txt").write_text("Ada = aah da", "utf-8")
    with Studio.open(tmp_path) as studio:
        assert studio.read("Ada paid $5").spoken == "Aah da paid five dollars"
        (tmp_path / "lexicon.txt").write_text("Ada", "utf-8")
        with pytest.raises(TextError, match="line 1"):
            studio.read("Ada")
    with Studio.open(tmp_path, lexicon=tmp_path / "none.txt") as studio, pytest.raises(
        TextError, match="not there"
    ):  # fmt: skip
        studio.read("Ada")
