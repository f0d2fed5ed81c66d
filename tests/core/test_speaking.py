"""Speaking through the facade: frames, figures, defaults, cancelling, cached contexts."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio import Clip, SpeechRequest, Studio
from studio.errors import EngineError, OptionsError, ProfileNotFoundError, Stopped, TextError
from studio.types import FRAME_SAMPLES, Emotion

ROOT = Path(__file__).resolve().parents[2]


def test_frames_join_to_the_audio_and_the_figures_fit(studio: Studio) -> None:
    text = "Open the window. It is warm in here."
    utterance = studio.speak("anna", text, SpeechRequest(seed=11))
    frames = list(utterance)
    assert [frame.index for frame in frames] == list(range(len(frames)))
    assert all(len(frame.samples) == FRAME_SAMPLES for frame in frames[:-1])
    assert frames[-1].text_end == len(text)
    samples = sum(len(frame.samples) for frame in frames)
    stats = utterance.stats
    assert stats.duration_s == pytest.approx(samples / stats.sample_rate)
    assert stats.seed == 11
    assert stats.profile_revision == studio.profile("anna").revision
    assert stats.context_was_cached
    assert 0 < stats.ttfa_s < 60
    assert 0 < stats.rtf < 60


def test_the_same_seed_says_it_the_same_way(studio: Studio) -> None:
    def say(seed: int | None) -> np.ndarray:
        return (
            studio.speak("anna", "The same again, please.", SpeechRequest(seed=seed))
            .audio()
            .samples
        )

    np.testing.assert_array_equal(say(5), say(5))
    assert not np.array_equal(say(5)[:20_000], say(6)[:20_000])


def test_a_drawn_seed_can_be_used_again(studio: Studio) -> None:
    utterance = studio.speak("anna", "Say that once more.")
    first = utterance.audio().samples
    again = (
        studio.speak("anna", "Say that once more.", SpeechRequest(seed=utterance.stats.seed))
        .audio()
        .samples
    )
    np.testing.assert_array_equal(first, again)


def test_closing_ends_it_and_the_voice_speaks_on(studio: Studio) -> None:
    utterance = studio.speak("anna", "This one is cut short. " * 20)
    next(utterance)
    utterance.close()
    assert list(utterance) == []
    with pytest.raises(EngineError, match="not spoken to its end"):
        _ = utterance.stats
    assert studio.speak("anna", "And this one is not.").audio().duration_s > 0.5


@pytest.mark.parametrize(
    ("text", "problem"),
    [("", "nothing to say"), (" \n ", "nothing to say"), ("a" * 50_000, "5,000")],
)
def test_text_that_cannot_be_spoken(studio: Studio, text: str, problem: str) -> None:
    with pytest.raises(TextError, match=problem):
        studio.speak("anna", text)


@pytest.mark.parametrize("text", [b"Hello.", None, ["Hello."], 7])
def test_what_is_no_text_is_a_sentence_at_the_call(studio: Studio, text: Any) -> None:
    with pytest.raises(OptionsError, match="text must be a string"):
        studio.speak("anna", text)
    with pytest.raises(OptionsError, match="text must be a string"):
        studio.speak_long("anna", text)
    with pytest.raises(OptionsError, match="text must be a string"):
        studio.compare(text, ["anna"])
    with pytest.raises(OptionsError, match="text must be a string"):
        studio.converse("anna").reply(text)


def test_a_text_that_is_too_long_names_the_setting(studio: Studio) -> None:
    with pytest.raises(TextError, match=r"10,000 characters; 5,000 .* setting max_text_chars"):
        studio.speak("anna", "a" * 10_000)


def test_a_language_that_no_engine_here_speaks_is_refused_before_anything_is_spoken(
    studio: Studio, clip_file: Path
) -> None:
    made = studio.create_profile("Kli", [Clip(clip_file)], consent="yes", language="tlh")
    with pytest.raises(TextError, match=r"'kokoro' does not speak 'tlh'; it speaks English"):
        studio.speak(made.id, "Hello.")
    assert studio.speak(made.id, "Hello.", SpeechRequest(language="en")).audio().duration_s > 0
    with studio.speak("anna", "Hello.") as utterance:
        next(utterance)
    assert utterance.notes == ()


@pytest.mark.parametrize("text", ["?!…", "🎉🎉", "\u200b"])
def test_text_without_words(studio: Studio, text: str) -> None:
    with pytest.raises(TextError):
        studio.speak("anna", text).audio()


@pytest.mark.parametrize("temperature", [float("nan"), 1e9, -1.0])
def test_impossible_temperatures(studio: Studio, temperature: float) -> None:
    with pytest.raises(OptionsError, match="between 0 and 2"):
        studio.speak("anna", "Hello.", SpeechRequest(temperature=temperature))


def test_an_unknown_emotion_lists_the_known_ones(studio: Studio) -> None:
    with pytest.raises(OptionsError, match=r"neutral, happy, .*auto"):
        studio.speak("anna", "Hello.", SpeechRequest(emotion="grumpy"))


def test_auto_takes_the_emotion_from_the_text_and_says_so(studio: Studio) -> None:
    utterance = studio.speak(
        "anna", "I am so happy, this is wonderful!", SpeechRequest(emotion="auto")
    )
    assert utterance.options.emotion in {Emotion.HAPPY, Emotion.EXCITED}
    assert any("from the text" in note for note in utterance.notes)


def test_an_unknown_voice_lists_the_known_ones(studio: Studio) -> None:
    with pytest.raises(ProfileNotFoundError, match="Anna"):
        studio.speak("Hannah", "Hello.")


def test_a_damaged_cached_context_costs_nothing_but_time(studio: Studio) -> None:
    metadata = studio.profile("anna")
    folder = studio.settings.profiles_dir / "local" / metadata.id / "cached_context"
    (cached,) = folder.iterdir()
    whole = studio.speak("anna", "Listen.", SpeechRequest(seed=1)).audio().samples
    cached.write_bytes(cached.read_bytes()[:1000])
    with Studio.open(studio.settings.profiles_dir) as fresh:
        utterance = fresh.speak("anna", "Listen.", SpeechRequest(seed=1))
        assert utterance.audio().duration_s > 0
        assert not utterance.stats.context_was_cached
        fresh.tune("anna")
        again = fresh.speak("anna", "Listen.", SpeechRequest(seed=1)).audio().samples
        np.testing.assert_allclose(again, whole, atol=1e-4)
    with Studio.open(studio.settings.profiles_dir) as fresh:
        assert fresh.prepare("anna"), "the mended context was not kept"


def test_a_corrected_transcript_is_read_anew(studio: Studio) -> None:
    segment = studio.profile("anna").segments[0]
    assert studio.prepare("anna")
    studio.set_transcript("anna", segment.id, "Other words.")
    assert not studio.prepare("anna")


def test_preparing_shows_how_far_it_is(studio: Studio) -> None:
    segment = studio.profile("anna").segments[0]
    studio.set_transcript("anna", segment.id, "Other words.")
    seen: list[float] = []
    studio.prepare("anna", on_progress=lambda share, what: seen.append(share))
    assert len(seen) >= 3
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


@pytest.mark.parametrize("step", [1, 3, 4])
def test_reading_a_voice_stops_at_its_next_step_and_keeps_nothing(
    studio: Studio, step: int
) -> None:
    forget_reading(studio)
    told: list[float] = []

    def stop(share: float, _: str) -> None:
        told.append(share)
        if len(told) == step:
            raise Stopped

    utterance = studio.speak("anna", "Hello.", SpeechRequest(seed=1), on_progress=stop)
    with pytest.raises(Stopped), utterance:
        next(utterance)
    assert len(told) == step
    assert kept_readings(studio) == []
    assert studio.prepare("anna") is False
    assert len(kept_readings(studio)) == 1


def test_who_waits_for_a_voice_that_another_reads_can_leave(studio: Studio) -> None:
    forget_reading(studio)
    under_way, go_on = threading.Event(), threading.Event()

    def slowly(share: float, _: str) -> None:
        under_way.set()
        assert go_on.wait(30)

    def leave(share: float, _: str) -> None:
        raise Stopped

    reader = threading.Thread(target=lambda: studio.prepare("anna", on_progress=slowly))
    reader.start()
    assert under_way.wait(30)
    with pytest.raises(Stopped):
        studio.prepare("anna", on_progress=leave)
    go_on.set()
    reader.join()
    assert studio.prepare("anna") is True


def forget_reading(studio: Studio) -> None:
    for path in kept_readings(studio):
        path.unlink()


def kept_readings(studio: Studio) -> list[Path]:
    return list((studio.store.layout.profile_dir("anna") / "cached_context").glob("*"))


SAY = """
import hashlib, sys
from studio import SpeechRequest, Studio
with Studio.open(sys.argv[1]) as studio:
    for emotion in ("neutral", "whisper"):
        request = SpeechRequest(seed=5, emotion=emotion)
        audio = studio.speak("anna", "The same words. And then some more?", request).audio()
        print(emotion, hashlib.sha256(audio.samples.tobytes()).hexdigest())
"""


def test_the_same_seed_says_it_the_same_way_in_every_process(studio: Studio) -> None:
    command = [sys.executable, "-c", SAY, str(studio.settings.profiles_dir)]
    said = [subprocess.check_output(command, cwd=ROOT, timeout=120) for _ in range(2)]
    assert said[0] == said[1]
    assert len(set(said[0].split())) == 4


def test_words_that_cannot_be_read_are_named(studio: Studio) -> None:
    utterance = studio.speak("anna", "Good morning, 世界. It is a café.")
    assert utterance.audio().duration_s > 0.3
    (note,) = utterance.notes
    assert note == "Left out, since it cannot be read in this language: 世界."


def test_two_people_at_once(studio: Studio) -> None:
    texts = ["One is speaking here.", "Two has something else to say, and more of it."]
    alone = [studio.speak("anna", text, SpeechRequest(seed=2)).audio().samples for text in texts]
    together: dict[int, np.ndarray] = {}

    def speak(number: int) -> None:
        together[number] = (
            studio.speak("anna", texts[number], SpeechRequest(seed=2)).audio().samples
        )

    threads = [threading.Thread(target=speak, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(2):
        np.testing.assert_array_equal(together[number], alone[number])


def test_the_engines_say_what_they_are(studio: Studio) -> None:
    engines = {engine.name: engine for engine in studio.engines()}
    assert engines["kokoro"].available
    assert "offline" in engines["kokoro"].label
    assert not engines["csm"].available
    assert "weights" in (engines["csm"].reason or "")
