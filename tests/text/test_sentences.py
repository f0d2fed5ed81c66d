"""Where sentences end, and how each knows where it was typed."""

from __future__ import annotations

import pickle

import pytest

from studio.text import prepare
from tests.text.saying import spoken

WHOLE = [
    ("en", "The U.S. navy met the U.K. fleet off St. Ives at 3 p.m. on Sunday."),
    ("en", "Bring fruit, e.g. pears, i.e. anything sweet, etc. for the trip."),
    ("en", "Mr. J. R. Ewing, a.k.a. Bob, lives at 5 Hill St. near Mt. Fuji with Dr. No."),
    ("en", "See Fig. 3, No. 4 and pp. 5-6 of vol. II, approx. 2 ft. away."),
    ("en", '"Are you sure?" she asked him twice.'),
    ("en", "Wait... not yet… but soon."),
    ("en", "It grew by 3.5 percent (see p. 4. It is short) in version 2.0.1."),
    ("en", "She works for Acme Inc. in Washington D.C. on weekdays."),
    ("en", "On Jan. 5 he left Yahoo! for good."),
    ("de", "Am 3. Mai traf z. B. Dr. Lang, d. h. mein Arzt, im 2. Stock ca. 5 Leute."),
    ("de", "Friedrich II. war der 3. König, usw. und so fort."),
    ("es", "La Sra. Paz y el Sr. Gil viven en la Avda. Sol, p. ej. en el n.º 5 de EE. UU. ahora."),
    ("fr", "M. Noir et Mme Blanc, p. ex. vendredi, vont av. Foch."),
    ("it", "Il sig. Blu e la sig.ra Neri vanno, ad es. domani, in p.zza Dante."),
    ("pt", "O Sr. Reis e a Dra. Luz moram na Av. Brasil, p. ex. no nº 3."),
]


@pytest.mark.parametrize(("language", "text"), WHOLE)
def test_a_sentence_is_not_cut_at_other_dots(language: str, text: str) -> None:
    assert len(prepare(text, language).sentences) == 1


@pytest.mark.parametrize(
    ("language", "text", "count"),
    [
        ("en", "He moved to the U.S. The family came later.", 2),
        ("en", "We met at 5 p.m. Then it rained.", 2),
        ("en", "It lies on Main St. The house is red.", 2),
        ("en", "Is it you? It is I. Come in! ok, i will. good.", 5),
        ("en", "Plan B. We go. Was it him? No.", 4),
        ("en", "He left. (She stayed.) Then night fell.", 3),
        ("en", '"Go." He went. “Stay.” She stayed.', 4),
        ("en", "There were ten. 5 came back in 1999. 6 did not.", 3),
        ("en", "Well... Now what?! Nothing!!", 3),
        ("en", "First line\nSecond line\n\nThird, which is\nwrapped here.", 3),
        ("en", "Fine.That is all. It is 5 km. 3 of us went fl. 1200.", 4),
        ("es", "Son 3,5 km. 1 de mayo.", 2),
        ("de", "Er kam 1990. Danach ging er. Das war Nr. 3. Es regnete.", 4),
        ("de", "Er kam am 3. und ging am 4. wieder. Ende.", 2),
        ("es", "Vino de EE. UU. El resto no. ¿Quién? ¡Ella!", 4),
        ("zh", "你好。今天很好！你呢？我也好。", 4),
        ("ja", "はい。そうです！「いいえ。」", 3),
        ("hi", "ठीक है। चलो।", 2),
    ],
)
def test_sentences_end_where_they_end(language: str, text: str, count: int) -> None:
    found = prepare(text, language).sentences
    assert len(found) == count, [one.text for one in found]


def test_a_sentence_keeps_the_marks_that_are_heard() -> None:
    assert spoken("Well, yes; no: it — was... (really) “so”! Was it?") == [
        "Well, yes; no: it — was… really, so!",
        "Was it?",
    ]


def test_positions_count_characters_of_what_was_typed() -> None:
    text = "🎉 **Hi** &amp; bye. It cost $2,400, e\u0301 so."
    first, second = prepare(text, "en").sentences
    assert (first.start, first.end, second.end) == (0, second.start, len(text))
    assert text[second.start : second.end].strip() == second.text
    typed = {word.spoken: text[word.start : word.end] for word in (*first.words, *second.words)}
    assert typed["Hi"] == "Hi"
    assert typed["and"] == "&amp;"
    assert typed["thousand"] == typed["dollars"] == "$2,400"
    assert typed["é"] == "e\u0301"
    assert all(
        sentence.spoken[word.at :].startswith(word.spoken)
        for sentence in (first, second)
        for word in sentence.words
    )


def test_a_reader_can_follow_along() -> None:
    text = "He paid $12 today. Fine."
    sentence = prepare(text, "en").sentences[0]
    said = [sentence.spoken.index(word) for word in ("paid", "twelve", "today")]
    assert sentence.spoken == "He paid twelve dollars today."
    assert [sentence.reached(at) for at in said] == [2, 7, 11]
    assert sentence.reached(len(sentence.spoken)) == sentence.end == len("He paid $12 today. ")


def test_letters_that_are_spelt_can_stand_together() -> None:
    sentence = prepare("The BBC and APIs at 6 p.m.", "en").sentences[0]
    assert sentence.spoken == "The B B C and A P Is at six P M."
    assert sentence.compact == "The BBC and APIs at six PM."


@pytest.mark.parametrize("most", [20, 60, 200])
def test_a_long_sentence_is_cut_at_clauses(most: int) -> None:
    text = "The boat, which was old, drifted past the island; nobody saw it, and so it went on " * 6
    whole = prepare(text, "en")
    cut = whole.within(most)
    assert prepare(text, "en", max_chars=most) == cut
    assert all(len(sentence.spoken) <= most for sentence in cut.sentences)
    assert " ".join(sentence.spoken for sentence in cut.sentences) == whole.spoken
    assert [one.end for one in cut.sentences[:-1]] == [one.start for one in cut.sentences[1:]]
    assert cut.sentences[0].start == 0
    assert cut.sentences[-1].end == len(text)
    if most == 60:
        assert cut.sentences[0].spoken[-1] in ",;"


def test_paragraphs_are_told() -> None:
    told = [one.ends_paragraph for one in prepare("One. Two.\n\nThree. Four.", "en").sentences]
    assert told == [False, True, False, True]


def test_a_prepared_text_can_be_sent_to_another_process() -> None:
    prepared = prepare("It cost $5.", "en")
    assert pickle.loads(pickle.dumps(prepared)) == prepared
