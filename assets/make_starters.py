"""Make the starter voices: the clips in assets/starters, from nothing but text.

    python assets/make_starters.py              # writes assets/starters
    python assets/make_starters.py --out /tmp/x # elsewhere, to listen first

Each voice is a point between the published voices of the studio's own network, moved away from all
of them, so that it is nobody's. Run by hand after a change here; what it writes is committed.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from studio.analysis import speaker  # noqa: E402
from studio.audio.loudness import integrated_lufs, true_peak_dbtp  # noqa: E402
from studio.engines.base import EngineSetup  # noqa: E402
from studio.engines.kokoro.engine import KokoroEngine  # noqa: E402
from studio.engines.kokoro.person.calibration import calibrate  # noqa: E402
from studio.engines.kokoro.person.prior import Prior, load_prior  # noqa: E402
from studio.engines.kokoro.person.voice import StudioVoice  # noqa: E402
from studio.text import prepare  # noqa: E402
from studio.types import SAMPLE_RATE, Audio, SpeechOptions, VoiceStage  # noqa: E402

TARGET_LUFS: Final = -20.0
EDGE_S: Final = 0.25
ROOM_RMS: Final = 10 ** (-78 / 20)
"""A quiet room, about 60 dB under the speech: digital silence is what no recording has."""

MADE: Final = (
    "spoken by Kokoro-82M in a voice between its own ones, by assets/make_starters.py; "
    "no person was recorded"
)


@dataclass(frozen=True)
class Recipe:
    """One voice: shares of published voices, and how far it is moved at random from there, in
    spreads of the prior. ``seed`` draws the move. Pitch in Hz, pace in syllables a second."""

    id: str
    name: str
    description: str
    language: str
    tags: tuple[str, ...]
    sentences: tuple[str, ...]
    shares: dict[str, float]
    moved: float
    pitch_hz: float
    pace: float
    temperature: float
    seed: int


RECIPES: Final = (
    Recipe(
        id="ada",
        name="Ada",
        description="A clear, unhurried voice for stories and explanations.",
        language="en",
        tags=("starter", "higher", "calm"),
        sentences=(
            "Early in the morning the harbor is almost silent.",
            "A few gulls argue over breakfast, and the first boat slips out between gray stones.",
            "I like to watch until the sun has climbed above the chimneys.",
        ),
        shares={"af_heart": 0.35, "af_kore": 0.35, "if_sara": 0.3},
        moved=0.5,
        pitch_hz=176.0,
        pace=3.9,
        temperature=0.6,
        seed=12,
    ),
    Recipe(
        id="bruno",
        name="Bruno",
        description="A deep, slow British voice with time to spare.",
        language="en-gb",
        tags=("starter", "lower", "slow", "British"),
        sentences=(
            "If you want good bread, begin the evening before.",
            "Mix the flour with cool water, cover the bowl, and let time do the heavy work.",
            "By noon the whole house will smell of it, and the neighbours will find a reason "
            "to visit.",
        ),
        shares={"bm_george": 0.4, "bm_lewis": 0.3, "bm_daniel": 0.3},
        moved=0.5,
        pitch_hz=96.0,
        pace=4.2,
        temperature=0.6,
        seed=23,
    ),
    Recipe(
        id="clara",
        name="Clara",
        description="A bright, quick British voice that likes to tell what happened.",
        language="en-gb",
        tags=("starter", "higher", "lively", "British"),
        sentences=(
            "We packed the orange tent, two blankets, and far too much cheese.",
            "By Thursday the path had vanished in the rain, so we sang loudly, and laughed at "
            "every puddle we could not avoid.",
            "Next year we shall do exactly the same.",
        ),
        shares={"bf_isabella": 0.6, "bf_alice": 0.4},
        moved=0.5,
        pitch_hz=226.0,
        pace=4.6,
        temperature=1.0,
        seed=37,
    ),
    Recipe(
        id="dario",
        name="Dario",
        description="A light, even voice for news and instructions.",
        language="en",
        tags=("starter", "lower", "even"),
        sentences=(
            "The old clock in the tower has been five minutes slow for as long as anyone "
            "remembers.",
            "Trains leave by it, children are called home by it, and nobody has ever thought of "
            "putting it right.",
        ),
        shares={"am_michael": 0.6, "am_liam": 0.5, "bm_lewis": -0.2},
        moved=0.5,
        pitch_hz=124.0,
        pace=4.3,
        temperature=0.4,
        seed=54,
    ),
)


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the starter voices.")
    parser.add_argument("--out", type=Path, default=ROOT / "assets" / "starters")
    out: Path = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    engine, prior = KokoroEngine(EngineSetup()), load_prior()
    for recipe in RECIPES:
        clip = render(recipe, engine, prior)
        path = out / f"{recipe.id}.flac"
        soundfile.write(path, clip.samples, clip.sample_rate, subtype="PCM_16")
        nearest, alike = most_alike(prior, clip)
        print(
            f"{recipe.name}: {clip.duration_s:.1f} s, {path.stat().st_size / 1e3:.0f} kB, "
            f"likeness {alike:.2f} to {nearest}, the nearest published voice"
        )
    listing = {"licence": "CC0-1.0", "voices": [entry(recipe) for recipe in RECIPES]}
    text = json.dumps(listing, indent=2, ensure_ascii=False) + "\n"
    (out / "starters.json").write_text(text, encoding="utf-8")


def entry(recipe: Recipe) -> dict[str, object]:
    """What ``starters.json`` says of one voice."""
    return {
        "id": recipe.id,
        "name": recipe.name,
        "file": f"{recipe.id}.flac",
        "language": recipe.language,
        "transcript": " ".join(recipe.sentences),
        "tags": list(recipe.tags),
        "description": recipe.description,
        "licence": "CC0-1.0",
        "made": MADE,
    }


def render(recipe: Recipe, engine: KokoroEngine, prior: Prior) -> Audio:
    """The clip of one voice, at the level that the studio brings every reference to."""
    random = np.random.default_rng(recipe.seed)
    text = prepare(" ".join(recipe.sentences), recipe.language)
    options = SpeechOptions(temperature=recipe.temperature, seed=recipe.seed)
    frames = engine.stream(voice_of(recipe, engine, prior, random), text, options)
    edge = np.zeros(round(EDGE_S * SAMPLE_RATE), dtype=np.float32)
    sound = np.concatenate([edge, *(frame.samples for frame in frames), edge])
    room = gaussian_filter1d(random.standard_normal(len(sound)), 1.5)
    level = 10 ** (level_gain_db(Audio(sound)) / 20)
    sound = level * sound + ROOM_RMS / room.std() * room
    return Audio(sound.astype(np.float32))


def voice_of(
    recipe: Recipe, engine: KokoroEngine, prior: Prior, random: np.random.Generator
) -> StudioVoice:
    coefficients = np.zeros(prior.stock.shape[1])
    for name, share in recipe.shares.items():
        coefficients += share * prior.stock[prior.names.index(name)]
    coefficients += recipe.moved * random.standard_normal(len(coefficients))
    style = prior.style(coefficients.astype(np.float32))
    return StudioVoice(
        natural=style,
        close=style,
        calibration=calibrate(engine.network(), torch.from_numpy(style)),
        language=recipe.language,
        stage=VoiceStage.TUNED,
        pitch_hz=recipe.pitch_hz,
        pace=recipe.pace,
    )


def level_gain_db(clip: Audio) -> float:
    """Gain to the target loudness, kept under a true peak of -1 dB."""
    loudness, peak = integrated_lufs(clip), true_peak_dbtp(clip)
    if loudness is None or peak is None:
        raise SystemExit("The network gave silence.")
    return min(TARGET_LUFS - loudness, -1.2 - peak)


def most_alike(prior: Prior, clip: Audio) -> tuple[str, float]:
    """The published voice that the speaker encoder takes the clip for, and how much."""
    alike: NDArray[np.float32] = prior.stock_embeddings @ speaker.embed(clip)
    place = int(np.argmax(alike))
    return prior.names[place], float(alike[place])


if __name__ == "__main__":
    main()
