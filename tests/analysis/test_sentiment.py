"""The emotion that a text asks for, by example, and what may never happen."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.analysis.sentiment import guess_emotion
from studio.types import Emotion

EXAMPLES = {
    Emotion.NEUTRAL: [
        "The train leaves at nine.",
        "Please sit down.",
        "Hello, how are you?",
        "No.",
        "What time is it?",
        "I am not angry.",
        "He read the report on crime and closed the door.",
        "The meeting is on Tuesday! Bring your notes.",
    ],
    Emotion.HAPPY: [
        "I am so happy to see you.",
        "What a lovely day, I love it here.",
        "Thanks! That was kind of you.",
        "Good morning, my friend!",
        "See you tomorrow 😊",
        "That is nice :)",
    ],
    Emotion.EXCITED: [
        "WOW, that is AMAZING!!!",
        "We won! I can't believe it, we won!",
        "I can't wait to see you!",
        "This is the best day of my life!!",
        "Launch is tomorrow 🚀🎉",
        "LOOK AT THAT! IT FLIES!",
    ],
    Emotion.SAD: [
        "My dog died yesterday and I miss him.",
        "I feel so lonely and sad today.",
        "Unfortunately we lost everything.",
        "He is gone 😢",
        "I am sad. He left on Monday.",
        "It rains :(",
    ],
    Emotion.ANGRY: [
        "I hate you, get out!",
        "I am furious about this.",
        "How dare you speak to me like that!",
        "STOP IT RIGHT NOW!",
        "This is terrible! You ruined it!",
        "You are late again 😡",
        "Shut up and listen.",
    ],
    Emotion.CALM: [
        "Relax, and breathe slowly.",
        "Don't worry, it's okay.",
        "Close your eyes and rest now.",
        "Take your time, there is no rush.",
        "Evening falls 😌",
    ],
    Emotion.WHISPER: [
        "(whispers) Come closer.",
        "[whispering] Nobody must know.",
        "*quietly* I am here.",
        "Psst, over here.",
        "Shhh! The baby sleeps.",
        "It is a secret 🤫",
    ],
}


@pytest.mark.parametrize(
    ("text", "emotion"),
    [(text, emotion) for emotion, texts in EXAMPLES.items() for text in texts],
)
def test_examples(text: str, emotion: Emotion) -> None:
    assert guess_emotion(text).emotion is emotion


@pytest.mark.parametrize(
    "text",
    [
        "Das war die Hand, und der Krieg war nicht gut.",
        "Ich hasse dich",
        "pain au chocolat",
        "Me gusta mucho, es una maravilla para mí",
        "Je suis très heureux, je vous adore",
        "今天真是太好了",
        "Я очень счастлив!",
        "No me digas que no es una broma",
    ],
)
def test_other_languages_are_neutral(text: str) -> None:
    assert guess_emotion(text).emotion is Emotion.NEUTRAL


def test_smileys_count_in_any_language() -> None:
    assert guess_emotion("Das ist gut 😀").emotion is Emotion.HAPPY
    assert guess_emotion("今天 😭").emotion is Emotion.SAD


def test_a_direction_outweighs_the_words() -> None:
    assert guess_emotion("(whispers) I love this, it is wonderful!").emotion is Emotion.WHISPER
    assert guess_emotion("(angrily) How nice of you.").emotion is Emotion.ANGRY
    assert guess_emotion("(see page 4) How kind and lovely of you.").emotion is Emotion.HAPPY


def test_not_turns_a_word_round() -> None:
    assert guess_emotion("I can't relax, the noise is awful.").emotion is not Emotion.CALM
    assert guess_emotion("I am not sad at all.").emotion is not Emotion.SAD


def test_one_warm_sentence_in_a_long_plain_text_leaves_it_neutral() -> None:
    plain = "The table is made of oak. The door opens to the left. " * 20
    assert guess_emotion(plain + "I love it.").emotion is Emotion.NEUTRAL


def test_reason_names_the_emotion_and_what_decided() -> None:
    assert guess_emotion("I am furious about this.").reason == "angry, because of 'furious'."
    assert guess_emotion("It is nine.").reason == "neutral, because the words are plain."
    for emotion, texts in EXAMPLES.items():
        for text in texts:
            reason = guess_emotion(text).reason
            assert reason.startswith(emotion.value)
            assert reason.endswith(".")


@settings(max_examples=300, deadline=None)
@given(st.text() | st.text(string.printable + "😀😡’(*["))
def test_any_text_has_an_emotion(text: str) -> None:
    assert guess_emotion(text).emotion in Emotion
    assert guess_emotion(text).emotion is guess_emotion(text).emotion


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "piece", ["😀", "🐙", "!", "a ", "happy ", "(", "(a", "*", "not ", "no! ", "\u200d", "I"]
)
def test_five_thousand_characters_of_anything_are_read_quickly(piece: str) -> None:
    assert guess_emotion((piece * 5_000)[:5_000]).emotion in Emotion
