"""The space of voices that the network can speak in, and the stock voices within it.

Every style stands for a voice, but most of the 256 numbers lead nowhere: what lies off the voices
that the network was trained with sounds broken. Forty directions through the published voices span
those that sound like somebody. ``assets/make_prior.py`` makes the figures.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

PRIOR_FILE: Final = Path(__file__).with_name("prior.safetensors")
"""Figures made of the voices of Kokoro-82M (hexgrad, Apache-2.0)."""


@dataclass(frozen=True, eq=False)
class Layers:
    """A small network of one hidden layer: ``first`` [inputs, hidden], ``second`` [hidden, out]."""

    first: Floats
    first_bias: Floats
    second: Floats
    second_bias: Floats
    straight: Floats
    """[inputs, out], past the hidden layer."""

    def __call__(self, x: Floats) -> Floats:
        hidden = np.tanh(x @ self.first + self.first_bias)
        made: Floats = hidden @ self.second + x @ self.straight + self.second_bias
        return made


@dataclass(frozen=True, eq=False)
class Prior:
    """``mean`` [256] and, by falling spread, ``directions`` [40, 256] with ``spreads`` [40].

    A voice is 40 coefficients in spreads. ``stock`` [54, 40] are those of the published voices
    ``names``; ``stock_embeddings`` [54, 256] is whom the speaker encoder hears in them and
    ``stock_pitch`` [54] the logarithm of their median pitch in Hz. ``heard`` maps an embedding and
    a log pitch to coefficients.
    """

    mean: Floats
    directions: Floats
    spreads: Floats
    stock: Floats
    stock_embeddings: Floats
    stock_pitch: Floats
    names: tuple[str, ...]
    heard: Layers

    @property
    def scaled_directions(self) -> Floats:
        """[40, 256]: how the style moves with each coefficient."""
        return self.directions * self.spreads[:, None]

    @property
    def style_spread(self) -> Floats:
        """Of each number of the style over the voices that the directions span, [256]."""
        spread: Floats = np.sqrt(np.square(self.scaled_directions).sum(axis=0))
        return spread

    def style(self, coefficients: Floats) -> Floats:
        """The style [256] of ``coefficients`` [40]: timbre first, then prosody."""
        made = self.mean + coefficients @ self.scaled_directions
        return np.asarray(made, np.float32)

    def to_natives(self, natives: str) -> Floats:
        """[256]: what published voices whose names begin with ``natives`` have in their styles and
        English ones have not. Women are held against women, and men against men."""
        ways = []
        for sex in "fm":
            own, english = self._mean_of(natives + sex), self._mean_of("a" + sex, "b" + sex)
            if own is not None and english is not None:
                ways.append(own - english)
        way: Floats = np.stack(ways).mean(axis=0)
        return way

    def _mean_of(self, *beginnings: str) -> Floats | None:
        rows = [row for row, name in enumerate(self.names) if name.startswith(beginnings)]
        return self.style(self.stock[rows].mean(axis=0)) if rows else None


@lru_cache(maxsize=1)
def load_prior() -> Prior:
    """The prior that comes with the studio."""
    from safetensors import safe_open

    with safe_open(PRIOR_FILE, framework="np") as file:  # type: ignore[no-untyped-call]
        names = json.loads(file.metadata()["names"])
        tensors = {
            name: file.get_tensor(name).astype(np.float32)
            for name in file.keys()  # noqa: SIM118
        }

    def layers(name: str) -> Layers:
        parts = ("first", "first_bias", "second", "second_bias", "straight")
        return Layers(*(tensors[f"{name}.{part}"] for part in parts))

    return Prior(
        mean=tensors["mean"],
        directions=tensors["directions"],
        spreads=tensors["spreads"],
        stock=tensors["stock"],
        stock_embeddings=tensors["stock_embeddings"],
        stock_pitch=tensors["stock_pitch"],
        names=tuple(names),
        heard=layers("heard"),
    )
