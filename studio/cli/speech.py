"""Commands that let voices speak."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from studio.cli.answer import Answer, facts, figure, plain, table
from studio.cli.codes import require_codes_file, write_codes
from studio.cli.progress import ProgressLine
from studio.cli.texts import read_text
from studio.core.saving import require_sound_file, save_sound, sound_file
from studio.core.speech.comparison import Take
from studio.core.speech.request import SpeechRequest, own_engine, require_codes
from studio.errors import StorageError
from studio.studio import Studio
from studio.types import SAMPLE_RATE, SpeechStats, VoiceStage

WARM_UP_WORD = "A."
"""Spoken to nobody, so that an engine has loaded what it needs."""


_STAGES: Final = {
    VoiceStage.QUICK: [("Voice", "quick; 'tune' brings it nearer to the person")],
    VoiceStage.TUNED: [("Voice", "tuned")],
}


def speak(studio: Studio, options: argparse.Namespace) -> Answer:
    require_sound_file(options.out)
    if options.codes is not None:
        require_codes_file(options.codes, options.out)
    asked = replace(_asked(options), top_k=options.top_k, with_voice=not options.no_voice)
    voice = studio.find(options.name)
    text = read_text(options.text, options.text_file, studio.settings.max_text_chars)
    # Refuse a bad text or option before the voice is read, which takes seconds the first time.
    studio.speak_long(voice.id, text, asked).close()
    engine = options.engine or own_engine(voice)
    if options.codes is not None:
        require_codes(studio.engine_info(engine))
    codes = []
    with ProgressLine() as progress, sound_file(options.out, SAMPLE_RATE) as write:
        prepare_s = _make_ready(studio, voice.id, options.engine, progress, not options.no_voice)
        if options.codes is not None:
            require_codes(studio.engine_info(engine))  # another one may speak than was thought
        with studio.speak_long(voice.id, text, asked) as utterance:
            for frame in utterance:
                write(frame.samples)
                if options.codes is not None and frame.tokens is not None:
                    codes.append(frame.tokens)
                progress(frame.text_end / len(utterance.text), "Speaking")
            stats = utterance.stats
    # Now it is known; that weights are damaged may have shown only when they were loaded.
    passed_over = studio.engine_choice(engine).passed_over
    row = {
        **stats.to_json(),
        "prepare_s": round(prepare_s, 4),
        "passed_over": list(passed_over),
        "out": str(options.out),
    }
    if options.codes is not None:
        about = {
            "engine": stats.engine,
            "revision": studio.engine_info(stats.engine).revision,
            "seed": stats.seed,
            "temperature": utterance.options.temperature,
            "top_k": utterance.options.top_k,
            "text": utterance.text,
        }
        write_codes(options.codes, codes, about)
        row["codes"] = str(options.codes)
    notes = list(dict.fromkeys((*stats.notes, *passed_over)))
    return Answer(row, _speech_text(stats, prepare_s, options.out, options.codes, notes))


def tune(studio: Studio, options: argparse.Namespace) -> Answer:
    voice = studio.find(options.name)
    started = time.perf_counter()
    with ProgressLine() as progress:
        is_tuned = studio.tune(voice.id, engine=options.engine, on_progress=progress)
    took_s = time.perf_counter() - started
    said = (
        f"{voice.name} is tuned; it took {took_s:.0f} s."
        if is_tuned
        else "This engine reads voices in one step; there is nothing to tune."
    )
    return Answer({"profile": voice.name, "tuned": is_tuned, "took_s": round(took_s, 2)}, said)


def compare(studio: Studio, options: argparse.Namespace) -> Answer:
    asked = _asked(options)
    voice_ids = [studio.find(name).id for name in options.names]
    studio.compare(options.text, voice_ids, asked)  # refuses what cannot be compared
    _make_folder(options.out_dir)
    paths = [options.out_dir / f"{n}-{voice}.wav" for n, voice in enumerate(voice_ids, 1)]
    for path in paths:
        require_sound_file(path)
    rows = []
    with ProgressLine() as progress:
        for voice_id in voice_ids:
            _make_ready(studio, voice_id, options.engine, progress)
        for number, take in enumerate(studio.compare(options.text, voice_ids, asked)):
            save_sound(take.audio, paths[number])
            rows.append(_take_row(take, paths[number]))
            progress((number + 1) / len(voice_ids), f"{take.profile.name} has spoken")
    text = table(
        [
            "Voice",
            ">Length",
            ">TTFA",
            ">RTF",
            ">Similarity",
            ">Pitch",
            ">Loudness",
            ">Gain",
            "File",
        ],
        [
            [
                row["profile"],
                figure(row["duration_s"], "s", 2),
                figure(row["ttfa_s"] * 1000, "ms", 0),
                figure(row["rtf"], "", 3),
                figure(row["similarity"], "", 2),
                figure(row["pitch_hz"], "Hz", 0),
                figure(row["lufs"], "LUFS"),
                figure(row["gain_db"], "dB"),
                row["out"],
            ]
            for row in rows
        ],
    )
    passed_over = studio.engine_choice(options.engine).passed_over
    data = {
        "text": options.text,
        "seed": rows[0]["seed"],
        "passed_over": list(passed_over),
        "takes": rows,
    }
    about = f"Seed {rows[0]['seed']}, engine {rows[0]['engine']}."
    return Answer(data, "\n".join([text, "", about, *(plain(reason) for reason in passed_over)]))


def _make_ready(
    studio: Studio,
    voice_id: str,
    engine: str | None,
    progress: ProgressLine,
    with_voice: bool = True,
) -> float:
    """Let the engine start and read the voice; the seconds that it took.

    A command is a process of its own: what it has to load before its first word says nothing of
    the engine, and would otherwise be in the figures of that word.
    """
    started = time.perf_counter()
    if with_voice:
        studio.prepare(voice_id, engine=engine, on_progress=progress)
    with studio.speak(
        voice_id, WARM_UP_WORD, SpeechRequest(engine=engine, with_voice=with_voice)
    ) as first:
        next(first, None)
    return time.perf_counter() - started


def _asked(options: argparse.Namespace) -> SpeechRequest:
    return SpeechRequest(
        engine=options.engine,
        emotion=options.emotion,
        temperature=options.temperature,
        seed=options.seed,
        closeness=options.closeness,
        language=options.language,
    )


def _speech_text(
    stats: SpeechStats, prepare_s: float, path: Path, codes: Path | None, notes: Sequence[str]
) -> str:
    figures = facts(
        [
            ("File", str(path)),
            *([] if codes is None else [("Codes", str(codes))]),
            ("Length", figure(stats.duration_s, "s", 2)),
            ("Engine", stats.engine),
            *_STAGES.get(stats.stage, []),
            ("Emotion", stats.emotion.value),
            ("Seed", str(stats.seed)),
            ("Made ready in", figure(prepare_s, "s", 2)),
            ("First sound", figure(stats.ttfa_s * 1000, "ms after the request", 0)),
            ("Real-time factor", figure(stats.rtf, "s of work per s of speech", 3)),
            ("Voice revision", str(stats.profile_revision)),
        ]
    )
    return "\n".join([figures, *(plain(note) for note in notes)])


def _take_row(take: Take, path: Path) -> dict[str, Any]:
    voiced = take.pitch.f0_hz[np.isfinite(take.pitch.f0_hz)]
    return {
        "profile": take.profile.name,
        **take.stats.to_json(),
        "similarity": None if take.similarity is None else round(float(take.similarity), 4),
        "pitch_hz": round(float(np.median(voiced)), 1) if len(voiced) else None,
        "lufs": None if take.lufs is None else round(take.lufs, 2),
        "gain_db": round(take.gain_db, 2),
        "out": str(path),
    }


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"The folder {str(path)!r} cannot be made ({error.strerror}). Choose another."
        ) from error
