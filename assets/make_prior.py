"""Makes ``studio/engines/kokoro/prior.safetensors`` from the published voices of Kokoro-82M.

    npm pack kokoro-js@1.2.1 && tar xzf kokoro-js-1.2.1.tgz
    python assets/make_prior.py package/voices --work /tmp/prior --samples 1500

Speaking the samples takes hours on two cores; it can be stopped, and goes on where it was. Several
processes with different ``--seed`` may fill the same folder. ``--samples 0`` only puts together
what is there.

The voices (hexgrad/Kokoro-82M) and the package are Apache-2.0.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from studio.analysis.speaker import embed
from studio.engines.kokoro.network.kokoro import Kokoro
from studio.engines.kokoro.network.loading import load_network
from studio.engines.kokoro.person.calibration import usual_layout
from studio.engines.kokoro.person.prior import PRIOR_FILE
from studio.engines.kokoro.speech.delivery import VOICED_HZ
from studio.engines.kokoro.speech.lines import Measuring
from studio.engines.kokoro.speech.rendering import halves, sound_of
from studio.types import Audio

Floats = NDArray[np.float32]

DIRECTIONS: Final = 40
ROW: Final = 60
"""Styles depend a little on the number of phonemes: those of a usual sentence."""

HIDDEN: Final = 128
STEPS: Final = 4_000
PHRASES: Final = (
    "wˌi wˈɔkt hˈOm əlˈɔŋ ðə ɹˈɪvəɹ.",
    "ʃi pˌʊt ɐ smˈɔl tˈAbᵊl ɪn ðə ɡˈɑɹdᵊn.",
    "nˈʌθɪŋ ɪn ðə lˈɛTəɹ ɪksplˈAnd ɪt.",
    "ðə wˈɛðəɹ wɪl ʧˈAnʤ bəfˌɔɹ nˈIt.",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("voices", type=Path, help="folder with the .bin files of kokoro-js")
    parser.add_argument("--work", type=Path, required=True, help="where spoken samples are kept")
    parser.add_argument("--samples", type=int, default=1_500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    space = principal_directions(options.voices)
    options.work.mkdir(parents=True, exist_ok=True)
    network = load_network(None)
    speak_stock(network, space, options.work)
    speak_samples(network, space, options.work, options.samples, options.seed)
    write(space, options.work)


class Space:
    """Mean, directions and spreads of the voices' styles, and where each voice is."""

    def __init__(self, styles: NDArray[np.float64], names: list[str]) -> None:
        self.names = names
        self.mean = styles.mean(axis=0)
        _, sizes, directions = np.linalg.svd(styles - self.mean, full_matrices=False)
        self.directions = directions[:DIRECTIONS]
        self.spreads = sizes[:DIRECTIONS] / np.sqrt(len(names) - 1)
        self.stock = (styles - self.mean) @ self.directions.T / self.spreads

    def style(self, coefficients: NDArray[np.float64]) -> torch.Tensor:
        style = self.mean + (coefficients * self.spreads) @ self.directions
        return torch.from_numpy(style.astype(np.float32))


def principal_directions(folder: Path) -> Space:
    files = sorted(folder.glob("*.bin"))
    if not files:
        sys.exit(f"There are no .bin files in {folder}.")
    styles = [np.fromfile(file, np.float32).reshape(510, 256)[ROW] for file in files]
    return Space(np.stack(styles).astype(np.float64), [file.stem for file in files])


def speak_stock(network: Kokoro, space: Space, work: Path) -> None:
    for name, coefficients in zip(space.names, space.stock, strict=True):
        path = work / f"stock-{name}.npz"
        if not path.exists():
            keep(path, coefficients, *spoken(network, space.style(coefficients), PHRASES[:2]))


def speak_samples(network: Kokoro, space: Space, work: Path, count: int, seed: int) -> None:
    """Mixtures of up to three voices, some beyond them, each moved a little at random."""
    for number in range(count):
        path = work / f"sample-{seed}-{number}.npz"
        if path.exists():
            continue
        drawn = np.random.default_rng((seed, number))
        mixed = int(drawn.integers(1, 4))
        parts = drawn.choice(len(space.stock), mixed, replace=False)
        coefficients = drawn.dirichlet(np.ones(mixed)) @ space.stock[parts]
        coefficients = coefficients * drawn.uniform(0.8, 1.5)
        coefficients += drawn.standard_normal(DIRECTIONS) * drawn.choice([0.15, 0.35, 0.5])
        phrase = PHRASES[int(drawn.integers(len(PHRASES)))]
        keep(path, coefficients, *spoken(network, space.style(coefficients), (phrase,)))


def spoken(network: Kokoro, style: torch.Tensor, phrases: tuple[str, ...]) -> tuple[Floats, float]:
    """Samples at 24 kHz and the logarithm of the median pitch."""
    timbre, prosody = halves(style)
    sounds, voiced = [], []
    with torch.inference_mode():
        for symbols in phrases:
            layout = usual_layout(network, symbols, prosody)
            sounds.append(sound_of(network, layout, timbre, Measuring(timbre), seed=1).numpy())
            voiced.append(layout.pitch_hz[layout.pitch_hz > VOICED_HZ].numpy())
    pitch = np.concatenate(voiced)
    return np.concatenate(sounds), float(np.log(np.median(pitch))) if len(pitch) else np.nan


def keep(path: Path, coefficients: NDArray[np.float64], samples: Floats, pitch: float) -> None:
    sound = (np.clip(samples, -1, 1) * 32_767).astype(np.int16)
    writing = path.with_suffix(".part.npz")
    np.savez(writing, coefficients=coefficients, sound=sound, pitch=pitch)
    writing.replace(path)


def heard(path: Path, rng: np.random.Generator) -> tuple[Floats, float, list[Floats]]:
    """Coefficients, log pitch, and embeddings: of the sound as it is, then as rooms and
    microphones change it."""
    kept = np.load(path)
    samples = kept["sound"].astype(np.float32) / 32_767
    sounds = [samples, *recorded(samples, rng)]
    embeddings = [embed(Audio(sound)) for sound in sounds]
    return kept["coefficients"].astype(np.float32), float(kept["pitch"]), embeddings


def recorded(samples: Floats, rng: np.random.Generator) -> Iterator[Floats]:
    """``samples`` through two made-up microphones in made-up rooms."""
    spectrum = np.fft.rfft(samples)
    hz = np.fft.rfftfreq(len(samples), 1 / 24_000)
    for _ in range(2):
        knots = np.geomspace(60, 12_000, 7)
        gains_db = rng.standard_normal(7) * 3.0
        curve_db = np.interp(np.log(np.maximum(hz, 1)), np.log(knots), gains_db)
        sound = np.fft.irfft(spectrum * 10 ** (curve_db / 20), len(samples))
        tail = rng.standard_normal(4_800) * np.exp(-np.arange(4_800) / rng.uniform(300, 2_000))
        room = np.concatenate([[1.0], tail / np.linalg.norm(tail) * rng.uniform(0.02, 0.25)])
        sound = np.convolve(sound, room)[: len(samples)]
        level = np.sqrt(np.mean(sound**2)) * 10 ** (-rng.uniform(20, 50) / 20)
        yield (sound + rng.standard_normal(len(sound)) * level).astype(np.float32)


def write(space: Space, work: Path) -> None:
    from safetensors.numpy import save_file

    rng = np.random.default_rng(0)
    stock = [heard(work / f"stock-{name}.npz", rng) for name in space.names]
    paths = sorted(work.glob("sample-*[0-9].npz"))
    samples = [one for path in paths if np.isfinite((one := heard(path, rng))[1])]
    tensors: dict[str, Floats] = {
        "mean": space.mean,
        "directions": space.directions,
        "spreads": space.spreads,
        "stock": space.stock,
        "stock_embeddings": np.stack([embeddings[0] for _, _, embeddings in stock]),
        "stock_pitch": np.array([pitch for _, pitch, _ in stock]),
    }
    everything = stock + samples
    asked = [np.append(one, pitch) for _, pitch, some in everything for one in some]
    answer = [coefficients for coefficients, _, some in everything for _ in some]
    tensors |= prefixed("heard", trained(np.stack(asked), np.stack(answer), weight=0.02))
    exact = ("mean", "directions", "spreads", "stock_pitch")
    ready = {
        name: np.ascontiguousarray(value, np.float32 if name in exact else np.float16)
        for name, value in tensors.items()
    }
    save_file(
        ready, PRIOR_FILE, metadata={"names": json.dumps(space.names), "licence": "Apache-2.0"}
    )
    size = PRIOR_FILE.stat().st_size
    print(f"{PRIOR_FILE.name}: {size / 1e3:.0f} kB, from {len(samples)} samples")


def prefixed(name: str, layers: dict[str, Floats]) -> dict[str, Floats]:
    return {f"{name}.{part}": value for part, value in layers.items()}


def trained(inputs: Floats, outputs: Floats, *, weight: float) -> dict[str, Floats]:
    """A network of one hidden layer from ``inputs`` [n, i] to ``outputs`` [n, o], with a tenth
    kept aside to say how well it does. ``weight`` is the cost of weights."""
    torch.manual_seed(0)
    x, y = (torch.from_numpy(np.asarray(one, np.float32)) for one in (inputs, outputs))
    middle, spread = x.mean(dim=0), x.std(dim=0) + 1e-3
    x = (x - middle) / spread
    first = torch.nn.Linear(x.shape[1], HIDDEN)
    second = torch.nn.Linear(HIDDEN, y.shape[1])
    straight = torch.nn.Linear(x.shape[1], y.shape[1], bias=False)
    parts = torch.nn.ModuleList([first, second, straight])
    aside = torch.arange(len(x)) >= len(x) * 9 // 10  # rows of one voice stand together
    optimiser = torch.optim.AdamW(parts.parameters(), lr=2e-3, weight_decay=weight)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=STEPS)

    def made(given: torch.Tensor) -> torch.Tensor:
        return second(torch.tanh(first(given))) + straight(given)

    for _ in range(STEPS):
        some = torch.randint(len(x), (256,))
        some = some[~aside[some]]
        noisy = x[some] + 0.1 * torch.randn_like(x[some])
        loss = (made(noisy) - y[some]).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    with torch.no_grad():
        error = (made(x[aside]) - y[aside]).square().mean() / y[aside].var(dim=0).mean()
        print(f"{x.shape[1]} to {y.shape[1]}: {error:.2f} of the variance is left, kept aside")
        first.weight /= spread
        first.bias -= first.weight @ middle
        straight.weight /= spread
        second.bias -= straight.weight @ middle
    return {
        "first": first.weight.T.detach().numpy(),
        "first_bias": first.bias.detach().numpy(),
        "second": second.weight.T.detach().numpy(),
        "second_bias": second.bias.detach().numpy(),
        "straight": straight.weight.T.detach().numpy(),
    }


if __name__ == "__main__":
    main()
