"""Which emotion a text asks for, guessed from its words. English, offline, and only a guess.

Polarity is VADER's: C. Hutto & E. Gilbert, "VADER: a parsimonious rule-based model for sentiment
analysis of social media text", ICWSM (2014). It knows good from bad only; short lists of words,
signs and stage directions tell angry from sad and excited from happy.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from studio.types import Emotion

if TYPE_CHECKING:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

# What is said at the start sets the tone; more than this would only cost time.
_READ_CHARS = 4_000
_MAX_SENTENCES = 60

# Below this VADER's compound says little: "please" alone has 0.32, "thank you" 0.36.
_CLEAR = 0.4
# Bad news without a word of grief is mostly reported, not felt.
_GRIM = 0.65
_STRONG = 0.6

_DIRECTION = re.compile(r"[(\[*]\s*([^()\[\]*]{1,40}?)\s*[)\]*]")
_DIRECTED: Mapping[Emotion, re.Pattern[str]] = {
    Emotion.WHISPER: re.compile(r"whisper|quiet(ly)?\b|under (his|her|their) breath|hushed"),
    Emotion.ANGRY: re.compile(r"\bangr|furious|shout|yell|rage"),
    Emotion.SAD: re.compile(r"\bsad|cry|crie|sob|sigh|tear"),
    Emotion.EXCITED: re.compile(r"excite|cheer(s|ing)\b|gasp"),
    Emotion.HAPPY: re.compile(r"happ|laugh|smil|giggl|cheerful|grin"),
    Emotion.CALM: re.compile(r"calm|gentl|soft|sooth|slow"),
}
_HUSH = re.compile(r"\b(p+s+t+|sh{2,})\b", re.IGNORECASE)

_SIGNS: Mapping[Emotion, str] = {
    Emotion.WHISPER: "🤫",
    Emotion.ANGRY: "😠😡🤬👿💢",
    Emotion.SAD: "😢😭😞😔🥺😿💔🙁😥😓",
    Emotion.EXCITED: "🤩🎉🥳🚀🔥🙌",
    Emotion.HAPPY: "😀😃😄😁😆😊🙂😍🥰😂🤣😸❤💕🌞👍😉😋",
    Emotion.CALM: "😌🧘🍃🌙😴",
}
_FACES = (
    (re.compile(r"(?<!\w)[:=;]-?[)D](?!\w)"), Emotion.HAPPY),
    (re.compile(r"(?<!\w)[:=]'?-?\((?!\w)"), Emotion.SAD),
)

# Angry whatever the polarity; these are seldom said in another mood.
_ANGRY_PHRASES = re.compile(
    r"\b(how dare|shut up|fed up|had enough|get out|leave me alone|never listen|sick of|"
    r"what is wrong with you|stop (it|that)|go away)\b"
)
_ANGRY = re.compile(
    r"\b(hate[ds]?|furious|angry|anger|mad|rage|outrage(ous|d)?|damn|idiots?|stupid|liars?|"
    r"unacceptable|ridiculous|disgust(ing|ed)|despise|betrayed|annoy(ed|ing))\b"
)
_SAD = re.compile(
    r"\b(sad(ly|ness)?|sorry|miss(ed|ing)?|died|dead|death|lost|loss|lonely|alone|cry(ing)?|"
    r"cried|tears|grief|griev\w+|mourn\w*|unfortunately|heartbroken|broken|hopeless|depress\w+|"
    r"regret\w*|goodbye|funeral|hurts?|unhappy|disappoint\w+|miserable)\b"
)
_EXCITED = re.compile(
    r"\b(can(no|')t wait|wow|amazing|incredible|unbelievable|awesome|fantastic|hooray|yay|"
    r"finally|we did it|i did it|we won|i won|thrilled|excit(ed|ing)|oh my god)\b"
)
_CALM = re.compile(
    r"\b(relax(ed|ing)?|breathe|calm(ly)?|gently|softly|peace(ful|fully)?|serene|tranquil|"
    r"soothing|rest now|take your time|no hurry|no rush|don't worry|do not worry|"
    r"close your eyes|it's (ok|okay|alright|all right)|unwind|meditat\w+)\b"
)
_NEGATED = re.compile(
    r"\b(not|never|no|cannot|can't|don't|isn't|wasn't|won't|hardly)\b[^.!?,;]{0,15}$"
)

# The little words of languages whose other words VADER would take for English ones ("die",
# "pain", "war").
_FOREIGN_WORDS = """
der das ist und nicht ein eine ich wir sie mit für auf den dem war au aux le les une est et je nous
vous pas pour dans qui que el los las un una es y no de del por con para muy il che di per sono è
della um uma não com het een van niet och att som är jest nie się ja på av
"""
_ENGLISH_WORDS = """
the a an i you he she it we they is are was were be been am do does did have has had and or but not
no of to in on at for with this that these those my your his her our their me him us them what how
why when where who will would can could should so very i'm you're it's don't can't that's there
here all just
"""
_FOREIGN = frozenset(_FOREIGN_WORDS.split())
_ENGLISH = frozenset(_ENGLISH_WORDS.split())
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


@dataclass(frozen=True)
class EmotionGuess:
    """An emotion, and in a few words why: "angry, because of 'furious'."."""

    emotion: Emotion
    reason: str


def guess_emotion(text: str) -> EmotionGuess:
    """The emotion that ``text`` seems to ask for, with the reason.

    In this order: stage directions such as "(whispers)", emoji, then words. Words are read in
    English only: a text in another language is neutral unless the signs say otherwise.
    """
    read = unicodedata.normalize("NFC", text[:_READ_CHARS]).replace("’", "'")
    return _from_directions(read) or _from_signs(read) or _from_words(read)


def _guess(emotion: Emotion, because: str) -> EmotionGuess:
    return EmotionGuess(emotion, f"{emotion}, because {because}.")


def _from_directions(text: str) -> EmotionGuess | None:
    for direction in _DIRECTION.finditer(text):
        for emotion, pattern in _DIRECTED.items():
            if pattern.search(direction[1].lower()):
                return _guess(emotion, f"of the direction '{direction[1]}'")
    if hush := _HUSH.search(text):
        return _guess(Emotion.WHISPER, f"of '{hush[0]}'")
    return None


def _from_signs(text: str) -> EmotionGuess | None:
    counts = {emotion: sum(map(text.count, signs)) for emotion, signs in _SIGNS.items()}
    for pattern, emotion in _FACES:
        counts[emotion] += len(pattern.findall(text))
    emotion = max(counts, key=lambda each: counts[each])
    if not counts[emotion]:
        return None
    return _guess(emotion, "of the smileys in the text")


def _from_words(text: str) -> EmotionGuess:
    words = [word.lower() for word in _WORD.findall(text)]
    if not words:
        return EmotionGuess(Emotion.NEUTRAL, "neutral, because there are no words to go by.")
    if not _is_english(words):
        return EmotionGuess(Emotion.NEUTRAL, "neutral, because only English words are understood.")
    lower = text.lower()
    polarity = _polarity(text)
    loud = _loudness(text)
    if found := _ANGRY_PHRASES.search(lower):
        return _guess(Emotion.ANGRY, f"of '{found[0]}'")
    dark = _ANGRY.search(lower) or _SAD.search(lower)
    if not loud and not dark and (found := _plainly(_CALM, lower)):
        return _guess(Emotion.CALM, f"of '{found[0]}'")
    if polarity < 0:
        return _negative(lower, polarity, loud)
    excited = _plainly(_EXCITED, lower)
    if excited and (loud or polarity >= _STRONG):
        return _guess(Emotion.EXCITED, f"of '{excited[0]}'")
    if (polarity >= _STRONG and loud >= 2) or loud >= 3:
        return _guess(Emotion.EXCITED, "of the exclamation marks and capitals")
    # "Not angry" counts as positive, but is no joy.
    if polarity >= _CLEAR and not dark:
        return _guess(Emotion.HAPPY, "the words are positive")
    return EmotionGuess(Emotion.NEUTRAL, "neutral, because the words are plain.")


def _negative(lower: str, polarity: float, loud: int) -> EmotionGuess:
    if found := _plainly(_ANGRY, lower):
        return _guess(Emotion.ANGRY, f"of '{found[0]}'")
    if found := _plainly(_SAD, lower):
        return _guess(Emotion.SAD, f"of '{found[0]}'")
    if loud and polarity <= -_CLEAR:
        return _guess(Emotion.ANGRY, "the words are negative and said loudly")
    if polarity <= -_GRIM:
        return _guess(Emotion.SAD, "the words are negative")
    return EmotionGuess(Emotion.NEUTRAL, "neutral, because the words are plain.")


def _plainly(pattern: re.Pattern[str], lower: str) -> re.Match[str] | None:
    """The first match that no "not" stands before."""
    for found in pattern.finditer(lower):
        if not _NEGATED.search(lower[max(0, found.start() - 30) : found.start()]):
            return found
    return None


def _is_english(words: list[str]) -> bool:
    plain = sum(word.isascii() for word in words)
    if plain * 2 < len(words):
        return False
    foreign = sum(word in _FOREIGN for word in words)
    english = sum(word in _ENGLISH for word in words)
    return foreign <= english


def _loudness(text: str) -> int:
    """How loud the text looks: exclamation marks, and words in capitals among others."""
    shouted = [word for word in _WORD.findall(text) if len(word) > 2 and word.isupper()]
    return min(text.count("!"), 3) + min(len(shouted), 3)


def _polarity(text: str) -> float:
    """VADER's compound over the sentences that have any, in [-1, 1]; plain ones weaken it."""
    # Signs are read by their own list, and VADER takes quadratic time over them.
    bare = "".join(char if char.isascii() or char.isalpha() else " " for char in text)
    sentences = [s for s in re.split(r"(?<=[.!?])\s+|\n+", bare) if s.strip()][:_MAX_SENTENCES]
    scores = [_analyzer().polarity_scores(sentence)["compound"] for sentence in sentences]
    coloured = [score for score in scores if score]
    if not coloured:
        return 0.0
    share = len(coloured) / len(scores)
    return float(sum(coloured) / len(coloured) * share**0.25)


@lru_cache(maxsize=1)
def _analyzer() -> SentimentIntensityAnalyzer:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer()
