"""Make the starter voices: the clips in assets/starters, from nothing but text.

    python assets/make_starters.py              # writes assets/starters
    python assets/make_starters.py --out /tmp/x # elsewhere, to listen first

espeak-ng says a few sentences; the WORLD vocoder then gives each voice a pitch that wanders like a
person's, its own size of throat, its own colour, some breath and an uneven pace. Run by hand after
a change here; what it writes is committed. The same text gives the same clip.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyworld
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from studio.audio.files import encode_flac  # noqa: E402
from studio.audio.loudness import integrated_lufs, true_peak_dbtp  # noqa: E402
from studio.engines.parametric import vocoder  # noqa: E402
from studio.engines.parametric.espeak import Espeak  # noqa: E402
from studio.types import SAMPLE_RATE, Audio  # noqa: E402

TARGET_LUFS = -20.0
EDGE_S = 0.25
# A quiet room, about 60 dB under the speech: digital silence is what no recording has.
ROOM_RMS = 10 ** (-78 / 20)
FRAMES_PER_S = round(1 / vocoder.HOP_S)


@dataclass(frozen=True)
class Recipe:
    """One voice. Frequencies in Hz, pitch distances in semitones, levels in dB."""

    id: str
    name: str
    description: str
    tags: tuple[str, ...]
    sentences: tuple[str, ...]

    # One without breath of its own (not f2, f3 or f5): espeak-ng draws that anew in each process.
    espeak_voice: str
    rate_wpm: int
    pause_s: float

    # Pitch: its middle, how much of espeak-ng's melody stays, how far it falls along a sentence
    # and how far it wanders by itself.
    f0_hz: float
    melody: float
    fall_st: float
    wander_st: float

    # Timbre: formants moved by a factor, slope and colour of the spectrum, breath from 0 to 1.
    formants: float
    tilt_db_per_octave: float
    colour_db: float
    breath: float

    seed: int


RECIPES = (
    Recipe(
        id="ada",
        name="Ada",
        description="A clear, unhurried voice for stories and explanations.",
        tags=("starter", "higher", "calm"),
        sentences=(
            "Early in the morning the harbour is almost silent.",
            "A few gulls argue over breakfast, and the first boat slips out between grey stones.",
            "I like to watch until the sun has climbed above the chimneys.",
        ),
        espeak_voice="en-us+f1",
        rate_wpm=158,
        pause_s=0.42,
        f0_hz=196.0,
        melody=0.9,
        fall_st=2.2,
        wander_st=0.5,
        formants=1.02,
        tilt_db_per_octave=-2.0,
        colour_db=2.8,
        breath=0.25,
        seed=12,
    ),
    Recipe(
        id="bruno",
        name="Bruno",
        description="A deep, slow voice with time to spare.",
        tags=("starter", "lower", "slow"),
        sentences=(
            "If you want good bread, begin the evening before.",
            "Mix the flour with cool water, cover the bowl, and let time do the heavy work.",
            "By noon the whole house will smell of it, and the neighbours will find a reason "
            "to visit.",
        ),
        espeak_voice="en-us+m3",
        rate_wpm=160,
        pause_s=0.45,
        f0_hz=92.0,
        melody=0.8,
        fall_st=2.8,
        wander_st=0.45,
        formants=0.93,
        tilt_db_per_octave=-3.0,
        colour_db=2.8,
        breath=0.12,
        seed=23,
    ),
    Recipe(
        id="clara",
        name="Clara",
        description="A bright, quick voice that likes to tell what happened.",
        tags=("starter", "higher", "lively"),
        sentences=(
            "We packed the orange tent, two blankets, and far too much cheese.",
            "By Thursday the path had vanished in the rain, so we sang loudly, and laughed at "
            "every puddle we could not avoid.",
            "Next year we shall do exactly the same.",
        ),
        espeak_voice="en-us+f4",
        rate_wpm=176,
        pause_s=0.32,
        f0_hz=238.0,
        melody=1.25,
        fall_st=3.0,
        wander_st=0.6,
        formants=1.12,
        tilt_db_per_octave=-0.5,
        colour_db=2.8,
        breath=0.1,
        seed=37,
    ),
    Recipe(
        id="dario",
        name="Dario",
        description="A light, even voice for news and instructions.",
        tags=("starter", "lower", "even"),
        sentences=(
            "The old clock in the tower has been five minutes slow for as long as anyone "
            "remembers.",
            "Trains leave by it, children are called home by it, and nobody has ever thought of "
            "putting it right.",
        ),
        espeak_voice="en-us+m7",
        rate_wpm=172,
        pause_s=0.4,
        f0_hz=128.0,
        melody=1.0,
        fall_st=2.0,
        wander_st=0.5,
        formants=1.04,
        tilt_db_per_octave=-0.5,
        colour_db=2.8,
        breath=0.35,
        seed=53,
    ),
)


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the starter voices.")
    parser.add_argument("--out", type=Path, default=ROOT / "assets" / "starters")
    out: Path = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    with Espeak() as espeak:
        for recipe in RECIPES:
            clip = render(recipe, espeak)
            data = encode_flac(clip, subtype="PCM_16")
            (out / f"{recipe.id}.flac").write_bytes(data)
            print(f"{recipe.name}: {clip.duration_s:.1f} s, {len(data) / 1e3:.0f} kB")
    listing = {"licence": "CC0-1.0", "voices": [entry(recipe) for recipe in RECIPES]}
    text = json.dumps(listing, indent=2, ensure_ascii=False) + "\n"
    (out / "starters.json").write_text(text, encoding="utf-8")


def entry(recipe: Recipe) -> dict[str, object]:
    """What ``starters.json`` says of one voice."""
    return {
        "id": recipe.id,
        "name": recipe.name,
        "file": f"{recipe.id}.flac",
        "language": "en",
        "transcript": " ".join(recipe.sentences),
        "tags": list(recipe.tags),
        "description": recipe.description,
        "licence": "CC0-1.0",
        "made": "espeak-ng, reshaped with the WORLD vocoder by assets/make_starters.py; "
        "no person was recorded",
    }


def render(recipe: Recipe, espeak: Espeak) -> Audio:
    """The clip of one voice, at the level that the studio brings every reference to."""
    random = np.random.default_rng(recipe.seed)
    parts = [silence(EDGE_S)]
    for sentence in recipe.sentences:
        parts += [speak(sentence, recipe, espeak, random), silence(recipe.pause_s)]
    parts[-1] = silence(EDGE_S)
    sound = np.concatenate(parts)
    room = gaussian_filter1d(random.standard_normal(len(sound)), 1.5)
    level = 10 ** (level_gain_db(Audio(sound)) / 20)
    sound = level * sound + ROOM_RMS / room.std() * room
    return Audio(sound.astype(np.float32))


def level_gain_db(clip: Audio) -> float:
    """Gain to the target loudness, kept under a true peak of -1 dB."""
    loudness, peak = integrated_lufs(clip), true_peak_dbtp(clip)
    if loudness is None or peak is None:
        raise SystemExit("espeak-ng gave silence. Is espeakng-loader installed?")
    return min(TARGET_LUFS - loudness, -1.2 - peak)


def silence(seconds: float) -> NDArray[np.float32]:
    return np.zeros(round(seconds * SAMPLE_RATE), dtype=np.float32)


def speak(
    sentence: str, recipe: Recipe, espeak: Espeak, random: np.random.Generator
) -> NDArray[np.float32]:
    """One sentence in the voice of ``recipe``: float32 [n] at 24 kHz."""
    said = espeak.render(sentence, voice=recipe.espeak_voice, rate_wpm=recipe.rate_wpm)
    features = vocoder.analyse(
        said.samples, quick=False, f0_floor=60.0, f0_ceil=500.0, aperiodicity=False
    )
    features = uneven_pace(with_all_aperiodicity(features, said.samples), random)
    shaped = vocoder.Features(
        melody(features.f0_hz, recipe, random),
        timbre(features.envelope, recipe, random),
        breathy(features.aperiodicity, recipe.breath),
    )
    return synthesise(shaped)


def with_all_aperiodicity(
    features: vocoder.Features, samples: NDArray[np.float32]
) -> vocoder.Features:
    """``features`` of ``samples`` with that of every frame: there is time for it here."""
    times = np.arange(len(features)) * vocoder.HOP_S
    sound, rate, size = samples.astype(np.float64), SAMPLE_RATE, vocoder.FFT_SIZE
    noise = pyworld.d4c(sound, features.f0_hz, times, rate, fft_size=size)
    return vocoder.Features(features.f0_hz, features.envelope, noise)


def synthesise(features: vocoder.Features) -> NDArray[np.float32]:
    """The sound of ``features``: float32 [frames * HOP_SAMPLES]."""
    sound = pyworld.synthesize(
        np.ascontiguousarray(features.f0_hz),
        np.ascontiguousarray(features.envelope),
        np.ascontiguousarray(features.aperiodicity),
        SAMPLE_RATE,
        vocoder.HOP_S * 1_000,
    )
    return np.asarray(sound[: len(features) * vocoder.HOP_SAMPLES], dtype=np.float32)


def wandering(count: int, cycles_per_s: float, random: np.random.Generator) -> NDArray[np.float64]:
    """Slow noise [count], one value a frame, with a standard deviation of 1."""
    width = FRAMES_PER_S / (2 * np.pi * cycles_per_s)
    noise = random.standard_normal(count + 2 * round(4 * width))
    smooth = gaussian_filter1d(noise, width)[round(4 * width) :][:count]
    # The deviation of white noise after a Gaussian of this width.
    return smooth * np.sqrt(2 * width * np.sqrt(np.pi))


def uneven_pace(features: vocoder.Features, random: np.random.Generator) -> vocoder.Features:
    """Stretch and squeeze time by a few percent, as nobody speaks by a clock."""
    count = len(features)
    pace = np.exp(0.07 * wandering(count, 1.2, random))
    read = np.cumsum(pace) - pace[0]
    read *= (count - 1) / read[-1]
    before = np.minimum(read.astype(int), count - 2)
    share = (read - before)[:, None]

    def between(rows: NDArray[np.float64]) -> NDArray[np.float64]:
        return (1 - share) * rows[before] + share * rows[before + 1]

    nearest = np.rint(read).astype(int)
    return vocoder.Features(
        features.f0_hz[nearest],
        np.exp(between(np.log(features.envelope))),
        between(features.aperiodicity),
    )


def melody(
    f0_hz: NDArray[np.float64], recipe: Recipe, random: np.random.Generator
) -> NDArray[np.float64]:
    """The pitch of a sentence: moved to the voice, softened, falling and wandering."""
    voiced = f0_hz > 0
    times = np.arange(len(f0_hz))
    semitones = 12 * np.log2(np.interp(times, times[voiced], f0_hz[voiced]) / recipe.f0_hz)
    semitones = recipe.melody * (semitones - np.median(semitones[voiced]))
    # espeak-ng's pitch moves in straight lines; muscles round the corners.
    semitones = gaussian_filter1d(semitones, 5.0)
    semitones += recipe.fall_st * (0.5 - times / len(times))
    semitones += recipe.wander_st * wandering(len(times), 1.5, random)
    semitones += 0.12 * wandering(len(times), 9.0, random)
    return np.where(voiced, recipe.f0_hz * 2 ** (semitones / 12), 0.0)


def timbre(
    envelope: NDArray[np.float64], recipe: Recipe, random: np.random.Generator
) -> NDArray[np.float64]:
    """The envelope [frames, bins] with the voice's formants, slope and colour."""
    bins = np.arange(vocoder.BINS)
    hz = bins * SAMPLE_RATE / vocoder.FFT_SIZE
    log = np.log(envelope)
    # Above 5 kHz the move fades out, so that hissing sounds keep their place.
    factor = 1 + (recipe.formants - 1) * np.clip((9_000 - hz) / 4_000, 0, 1)
    source = np.clip(bins / factor, 0, bins[-1])
    low = np.minimum(source.astype(int), bins[-1] - 1)
    log = log[:, low] + (source - low) * (log[:, low + 1] - log[:, low])
    # espeak-ng jumps from one setting of the formants to the next.
    log = gaussian_filter1d(log, 1.6, axis=0)

    octaves = np.log2(np.clip(hz, 150, 8_000) / 1_000)
    shape_db = recipe.tilt_db_per_octave * octaves + recipe.colour_db * colour(hz, recipe.seed)
    breathing_db = 0.8 * wandering(len(log), 2.0, random)
    return np.exp(log + (shape_db + breathing_db[:, None]) * np.log(10) / 10)


def colour(hz: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """A smooth random curve over pitch-like frequency: the resonances of one head."""
    random = np.random.default_rng(seed + 1_000)
    place = np.log1p(hz / 700) / np.log1p(hz[-1] / 700)
    waves = np.arange(2, 9)
    weights = random.standard_normal(len(waves)) / np.sqrt(len(waves) / 2)
    phases = random.uniform(0, 2 * np.pi, len(waves))
    curve: NDArray[np.float64] = (
        weights[:, None] * np.cos(np.pi * waves[:, None] * place + phases[:, None])
    ).sum(axis=0)
    return curve


def breathy(aperiodicity: NDArray[np.float64], breath: float) -> NDArray[np.float64]:
    """Add noise to the tone, from about 2 kHz up, where breath is heard."""
    hz = np.arange(vocoder.BINS) * SAMPLE_RATE / vocoder.FFT_SIZE
    share = (0.15 + breath) / (1 + np.exp(-(hz - 3_000) / 700))
    return np.clip(np.maximum(aperiodicity, share), 0.001, 1.0)


if __name__ == "__main__":
    main()
