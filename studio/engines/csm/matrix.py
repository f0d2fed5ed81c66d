"""The matrices of the model: what a layer multiplies its input by.

Reading the weights is what speech costs, so how they are kept is chosen apart from the layers:
dense in the model's own type, or quantised to 8 or 4 bits.
"""

from __future__ import annotations

from typing import Protocol

from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - its usual name


class Matrix(Protocol):
    """A weight of ``rows`` outputs by ``columns`` inputs that can be multiplied by.

    Immutable; calls from several threads do not disturb one another.
    """

    @property
    def rows(self) -> int: ...

    @property
    def columns(self) -> int: ...

    @property
    def nbytes(self) -> int:
        """Bytes that are read for one product."""

    def __call__(self, x: Tensor) -> Tensor:
        """``x`` [..., columns] times the weight: [..., rows], in the type of ``x``."""


class DenseMatrix:
    """The weight as it is: a tensor [rows, columns]."""

    def __init__(self, weight: Tensor) -> None:
        self._weight = weight

    @property
    def rows(self) -> int:
        return self._weight.shape[0]

    @property
    def columns(self) -> int:
        return self._weight.shape[1]

    @property
    def nbytes(self) -> int:
        return self._weight.nbytes

    @property
    def weight(self) -> Tensor:
        return self._weight

    def __call__(self, x: Tensor) -> Tensor:
        return F.linear(x, self._weight)

    def __repr__(self) -> str:
        return f"DenseMatrix({self.rows}x{self.columns}, {self._weight.dtype})"
