"""The chat's endpoints for programs, callable with ``gradio_client``: ``/speak``, ``/reply``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gradio.events import api

from studio import given
from studio.core.speech.request import SpeechRequest
from studio.ui.chat.talk import LiveReply
from studio.ui.parts.endpoint import number, plainly, text
from studio.ui.parts.sounds import served

if TYPE_CHECKING:
    from studio.core.speech.utterance import Utterance
    from studio.studio import Studio

Spoken = tuple[dict[str, Any], dict[str, Any]]


def build(studio: Studio) -> None:
    """Register the endpoints; call it inside the page."""

    @plainly
    def speak(
        voice: str,
        words: str,
        emotion: str = "neutral",
        temperature: float | None = None,
        seed: int | None = None,
        closeness: float | None = None,
        engine: str | None = None,
        top_k: int | None = None,
        language: str | None = None,
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Let a voice say some words: a WAV file, and the figures of the utterance."""
        request = _request(emotion, temperature, seed, closeness, engine, top_k, language)
        profile = studio.find(text(voice, "voice"))
        spoken = studio.speak(profile.id, text(words, "words"), request)
        return _spoken(profile.name, spoken)

    @plainly
    def reply(
        voice: str,
        message: str,
        writer: str = "rules",
        emotion: str = "auto",
        temperature: float | None = None,
        seed: int | None = None,
        closeness: float | None = None,
        engine: str | None = None,
        top_k: int | None = None,
        language: str | None = None,
    ) -> tuple[str, dict[str, Any], dict[str, Any]]:
        """Let a voice answer a message: its words, a WAV file, and the figures."""
        request = _request(emotion, temperature, seed, closeness, engine, top_k, language)
        profile = studio.find(text(voice, "voice"))
        conversation = studio.converse(profile.id, writer=text(writer, "writer"))
        answer = conversation.reply(text(message, "message"), request)
        return answer.text, *_spoken(profile.name, answer)

    for endpoint in (speak, reply):
        api(endpoint)


def _request(
    emotion: object,
    temperature: object,
    seed: object,
    closeness: object,
    engine: object,
    top_k: object,
    language: object,
) -> SpeechRequest:
    return SpeechRequest(
        emotion=text(emotion, "emotion"),
        temperature=number(temperature, "temperature"),
        seed=_whole(seed, "seed"),
        top_k=_whole(top_k, "top_k"),
        closeness=number(closeness, "closeness"),
        engine=None if engine is None else text(engine, "engine"),
        language=None if language is None else text(language, "language"),
    )


def _whole(value: object, name: str) -> int | None:
    return None if value is None else given.whole_number(value, name)


def _spoken(voice: str, speech: Utterance) -> Spoken:
    take = LiveReply(run="", voice=voice)
    for _ in take.record(speech):
        pass
    assert take.stats is not None  # nobody cancels it
    return served(take.keep()), take.stats.to_json()
