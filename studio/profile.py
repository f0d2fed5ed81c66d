"""What a voice profile is: the schema of ``metadata.json``.

The file is the contract with every other machine: unknown keys fail, a newer format is refused by
name, and an older one is brought up to date by ``studio.store.migrations``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Annotated, Final, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator, model_validator

from studio import given
from studio.errors import ConsentError, ProfileError, ProfileNameError
from studio.types import CleaningReport, Emotion, Prompting

FORMAT_VERSION: Final = 4
MAX_NAME_CHARS: Final = 80
MAX_TAGS: Final = 20
MAX_TAG_CHARS: Final = 40
MAX_CLIPS: Final = 64
MAX_TRANSCRIPT_CHARS: Final = 5_000
MAX_CONSENT_CHARS: Final = 2_000
MAX_LEXICON_CHARS: Final = 20_000

Finite = Annotated[float, Field(allow_inf_nan=False)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
SegmentId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
_LANGUAGE: Final = r"^[a-z]{2,3}(-[a-z0-9]{2,8})?$"
_LANGUAGES: Final = (
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv "
    "cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr "
    "ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw "
    "ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv "
    "ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq "
    "sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh "
    "yi yo za zh zu"
)
"""Codes of two letters (ISO 639-1). Those of three are some eight thousand, and not listed."""

Language = Annotated[str, Field(pattern=_LANGUAGE)]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Consent(_Record):
    """Who allowed this voice to be used: the statement as given, and when."""

    statement: str = Field(min_length=1, max_length=MAX_CONSENT_CHARS)
    given_at: AwareDatetime


class Characteristics(_Record):
    """What was measured of the voice over all its clips. None where it could not be measured."""

    f0_median_hz: Finite | None = None
    f0_low_hz: Finite | None = None
    f0_high_hz: Finite | None = None
    pace_syllables_per_s: Finite | None = None
    lufs: Finite | None = None
    spectral_tilt_db_per_octave: Finite | None = None


class SegmentRecord(_Record):
    """One reference clip of the profile, with the hash of each of its files.

    ``sha256`` is that of the cleaned clip; ``original_sha256`` is None when the clip as it was
    before cutting is not kept; ``frames`` and ``tokens_sha256`` are set once codec tokens exist.
    The store writes all four from the bytes it is given. ``consent`` is what was stated for this
    clip, where that is not what was stated for the voice.
    """

    id: SegmentId
    source_name: str = Field("", max_length=200)
    transcript: str = Field("", max_length=MAX_TRANSCRIPT_CHARS)
    language: Language = "en"
    emotion: Emotion = Emotion.NEUTRAL
    duration_s: Finite = Field(gt=0)
    frames: int | None = Field(None, ge=1)
    sha256: Sha256
    original_sha256: Sha256 | None = None
    tokens_sha256: Sha256 | None = None
    consent: Consent | None = None
    report: CleaningReport


class Defaults(_Record):
    """How this voice speaks unless told otherwise. None leaves it to the settings."""

    engine: str | None = None
    emotion: Emotion | None = None
    temperature: Finite | None = Field(None, ge=0, le=2)
    top_k: int | None = Field(None, ge=1, le=2_048)
    seed: int | None = Field(None, ge=0, le=2**32 - 1)
    closeness: Finite | None = Field(None, ge=0, le=1)
    prompting: Prompting = Prompting.TWO_SEGMENT


class ProfileMetadata(_Record):
    """``metadata.json``, whole. ``revision`` goes up by one with every save."""

    format_version: int = Field(FORMAT_VERSION, ge=1)
    revision: int = Field(1, ge=1)
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")
    name: str = Field(min_length=1, max_length=MAX_NAME_CHARS)
    language: Language = "en"
    created_at: AwareDatetime
    updated_at: AwareDatetime
    consent: Consent
    tags: tuple[Annotated[str, Field(min_length=1, max_length=MAX_TAG_CHARS)], ...] = Field(
        (), max_length=MAX_TAGS
    )
    characteristics: Characteristics = Characteristics()
    segments: tuple[SegmentRecord, ...] = Field(max_length=MAX_CLIPS)
    defaults: Defaults = Defaults()
    persona: str = Field("", max_length=4_000)
    lexicon: str = Field("", max_length=MAX_LEXICON_CHARS)
    """How this voice says certain words, a line for each; over the lexicon of all voices."""

    starter: bool = False
    """Came with the studio, so that it can say whose voice this is: nobody's."""

    @field_validator("name")
    @classmethod
    def _name_is_one_visible_line(cls, name: str) -> str:
        if any(_is_hidden(char) or char in _LINE_BREAKS for char in name):
            raise ValueError("the name holds control or direction marks")
        return name

    @model_validator(mode="after")
    def _segments_are_told_apart(self) -> Self:
        if len({segment.id for segment in self.segments}) < len(self.segments):
            raise ValueError("two segments have the same id")
        return self


_JOINERS: Final = "\u200c\u200d"
"""Zero-width joiners: emoji families and several scripts are spelt with them."""

_LINE_BREAKS: Final = "\t\n\r\x0b\x0c\x85\u2028\u2029"


def clean_name(name: str) -> str:
    """``name`` as it is shown and stored: NFC, one line, without control or direction marks.

    Cleaning a clean name changes nothing.

    Raises:
        ProfileNameError: nothing is left, or it is too long.
        OptionsError: it is not a string.
    """
    visible = _visible(given.text(name, "name"))
    if not visible:
        raise ProfileNameError("The voice needs a name. Type one, such as 'Anna, calm'.")
    if len(visible) > MAX_NAME_CHARS:
        raise ProfileNameError(
            f"The name has {len(visible)} characters; {MAX_NAME_CHARS} is the most. Shorten it."
        )
    return visible


def clean_tags(tags: Sequence[str]) -> tuple[str, ...]:
    """``tags`` as they are stored: cleaned as names are, each once, none empty.

    Raises:
        ProfileError: one of them is too long, or there are too many.
        OptionsError: it is one string, or something else than strings.
    """
    listed = given.texts(tags, "tags")
    cleaned = [tag for tag in dict.fromkeys(_visible(tag) for tag in listed) if tag]
    for tag in cleaned:
        if len(tag) > MAX_TAG_CHARS:
            raise ProfileError(
                f"The tag '{tag[:MAX_TAG_CHARS]}…' has {len(tag)} characters; {MAX_TAG_CHARS} is "
                "the most. Shorten it."
            )
    if len(cleaned) > MAX_TAGS:
        raise ProfileError(
            f"{len(cleaned)} tags are too many for a voice; {MAX_TAGS} is the most. Leave some out."
        )
    return tuple(cleaned)


def _visible(name: str) -> str:
    """``name`` NFC, on one line, without control or direction marks; may be empty."""
    spaced = "".join(
        " " if char in _LINE_BREAKS or unicodedata.category(char) == "Zs" else char for char in name
    )
    shown = "".join(
        char
        for char in spaced
        if not _is_hidden(char) and unicodedata.category(char) not in {"Co", "Cn"}
    )
    # Last, because taking marks out can bring a letter and its accent together.
    return unicodedata.normalize("NFC", re.sub(r" +", " ", shown).strip(" " + _JOINERS))


def clean_transcript(words: str) -> str:
    """``words`` on one line, as they are stored.

    Raises:
        ProfileError: there are too many of them.
        OptionsError: they are not a string.
    """
    cleaned = _one_line(given.text(words, "transcript"))
    if len(cleaned) > MAX_TRANSCRIPT_CHARS:
        raise ProfileError(
            f"The transcript has {len(cleaned):,} characters; {MAX_TRANSCRIPT_CHARS:,} is the most "
            f"for a clip. Keep to the words that are in the clip."
        )
    return cleaned


def clean_consent(statement: str) -> str:
    """``statement`` on one line, as it is stored.

    Raises:
        ConsentError: it says nothing, or is too long.
        OptionsError: it is not a string.
    """
    cleaned = _one_line(given.text(statement, "consent statement"))
    if not cleaned:
        raise ConsentError(
            "Say who allowed this voice to be used, for example: "
            "'I am the speaker' or 'Anna allowed it by e-mail on 3 May'."
        )
    if len(cleaned) > MAX_CONSENT_CHARS:
        raise ConsentError(
            f"The consent statement has {len(cleaned):,} characters; {MAX_CONSENT_CHARS:,} is the "
            f"most. Say who allowed what, and keep the rest elsewhere."
        )
    return cleaned


def clean_language(code: str) -> str:
    """``code`` as a language tag in small letters, such as "en" or "pt-br".

    Raises:
        ProfileError: it is not one, or of two letters that stand for no language.
        OptionsError: it is not a string.
    """
    tag = given.text(code, "language").strip().lower().replace("_", "-")
    language = tag.split("-")[0]
    unknown = len(language) == 2 and language not in _LANGUAGES.split()
    if unknown or not re.fullmatch(_LANGUAGE, tag):
        raise ProfileError(
            f"{code[:40]!r} is not a language code. Give one such as 'en', 'de' or 'pt-br'."
        )
    return tag


def read_prompting(prompting: Prompting | str) -> Prompting:
    """The way of prompting that goes by this name.

    Raises:
        ProfileError: there is none; the message lists those there are.
    """
    try:
        return Prompting(prompting)
    except ValueError:
        raise ProfileError(
            f"There is no prompting {str(prompting)[:40]!r}. Choose one of: {', '.join(Prompting)}."
        ) from None


def name_key(name: str) -> str:
    """What two names have in common when a person would take them for the same."""
    compatible = unicodedata.normalize("NFKC", name).casefold()
    plain = "".join(char for char in compatible if not _is_hidden(char) and char not in _JOINERS)
    return " ".join(unicodedata.normalize("NFKC", plain).split())


def _one_line(text: str) -> str:
    # Direction marks stay: some scripts need them. Surrogates could not be written to a file.
    shown = "".join(" " if unicodedata.category(c) in {"Cc", "Cs"} else c for c in text)
    return unicodedata.normalize("NFC", " ".join(shown.split()))


def _is_hidden(char: str) -> bool:
    """Control, format (direction) and surrogate characters, which nobody sees in a name."""
    return unicodedata.category(char) in {"Cc", "Cf", "Cs"} and char not in _JOINERS
