"""The Compare tab for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from studio import given
from studio.core.speech.comparison import MAX_VOICES
from studio.core.speech.request import SpeechRequest
from studio.errors import OptionsError
from studio.ui.compare.rounds import MIN_COLUMNS
from studio.ui.parts.endpoint import number, plainly, text, texts
from studio.ui.parts.sounds import file_stem, sound_file

if TYPE_CHECKING:
    from studio.studio import Studio


def build(studio: Studio) -> None:
    """Register ``compare``: figures of each take, and the takes as WAV files in the same order."""

    @plainly
    def compare(
        words: str,
        voices: object,
        seed: object,
        emotion: str,
        temperature: object,
        language: str,
    ) -> tuple[list[dict[str, Any]], list[str]]:
        names = texts(voices, "voices")
        if not MIN_COLUMNS <= len(names) <= MAX_VOICES:
            raise OptionsError(f"Choose {MIN_COLUMNS} to {MAX_VOICES} voices, not {len(names)}.")
        figures, files = [], []
        for take in studio.compare(
            text(words, "text"),
            [studio.find(name).id for name in names],
            SpeechRequest(
                seed=None if seed is None else given.whole_number(seed, "seed"),
                emotion=text(emotion, "emotion") or None,
                temperature=number(temperature, "temperature"),
                language=text(language, "language") or None,
            ),
        ):
            figures.append(
                {
                    "voice": take.profile.name,
                    "similarity": take.similarity,
                    "lufs": take.lufs,
                    "gain_db": take.gain_db,
                    **take.stats.to_json(),
                }
            )
            files.append(str(sound_file(take.audio, f"{file_stem(take.profile.name)}.wav")))
        return figures, files

    with gr.Column(visible=False):
        inputs = [
            gr.Textbox(label="text"),
            gr.JSON(label="voices, two to four names or ids"),
            gr.JSON(label="seed"),
            gr.Textbox("neutral", label="emotion"),
            gr.JSON(label="temperature"),
            gr.Textbox("", label="language, empty for each voice's own"),
        ]
        outputs = [gr.JSON(label="figures"), gr.File(label="takes", file_count="multiple")]
        run = gr.Button()
    run.click(compare, inputs, outputs, api_name="compare")
