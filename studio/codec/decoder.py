"""Mimi's decoder as a function of (codes, what came before), so that streams cannot mix.

moshi keeps the state of a stream inside its modules: one model serves one stream. Here the weights
are moshi's and the state is a value that each stream owns. The arithmetic is the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from studio.codec import mimi_spec as spec
from studio.codec.decoder_transformer import DecoderTransformer, KeysAndValues
from studio.codec.mimi_weights import MimiWeights
from studio.codec.native_decoder import NativeDecoder, find_native
from studio.codec.seanet import Seanet

_Layers = Callable[[Tensor, KeysAndValues, list[Tensor]], Tensor]
"""Steps [steps, 512] to their sound [steps * 960]; moves on what was before them."""


@dataclass
class DecoderState:
    """All that a stream remembers: the transformer's window and what each convolution carries."""

    seen: KeysAndValues
    last_latent: Tensor
    carried: list[Tensor]


class Decoder:
    """Weights only; safe to use from several threads with a ``DecoderState`` each.

    ``codewords`` is [32, 2048, 256]. ``native`` allows the layers in C, on a processor.
    """

    def __init__(self, weights: MimiWeights, device: torch.device, native: bool = True) -> None:
        acoustic = spec.CODEBOOKS - spec.SEMANTIC_CODEBOOKS
        books = [weights.codebook("rvq_first", n) for n in range(spec.SEMANTIC_CODEBOOKS)]
        books += [weights.codebook("rvq_rest", n) for n in range(acoustic)]
        self.device = device
        self.codewords = torch.stack(books).to(device)
        self._all_codewords = self.codewords.flatten(0, 1)
        self._first_rows = torch.arange(spec.CODEBOOKS, device=device)[:, None] * spec.CODEBOOK_SIZE
        projections = [
            weights.tensor(f"quantizer.{name}.output_proj.weight")[..., 0]
            for name in ("rvq_first", "rvq_rest")
        ]
        self._projection = torch.cat(projections, dim=1).to(device)
        upsample = weights.tensor("upsample.convtr.convtr.convtr.weight")[:, 0].t().to(device)
        self._upsample_now, self._upsample_before = upsample.contiguous().chunk(2)
        transformer, seanet = DecoderTransformer(weights, device), Seanet(weights, device)
        self._silence = seanet.start()
        self._layers = _layers(transformer, seanet, native and device.type == "cpu")

    def start(self, most_frames: int) -> DecoderState:
        """The state before the first frame, for chunks of up to ``most_frames``."""
        return DecoderState(
            seen=KeysAndValues.empty(most_frames * spec.STEPS_PER_FRAME, self.device),
            last_latent=self._projection.new_zeros(1, spec.DIM),
            carried=[one.clone() for one in self._silence],
        )

    def __call__(self, codes: Tensor, state: DecoderState) -> Tensor:
        """int64 [32, frames] -> float32 [frames * 1920]; ``state`` is moved on."""
        steps = self._upsample(self._latent(codes), state)
        return self._layers(steps, state.seen, state.carried)

    def _latent(self, codes: Tensor) -> Tensor:
        """[32, frames] -> [frames, 512]: the sums of the codewords, projected."""
        chosen = functional.embedding(codes + self._first_rows, self._all_codewords)
        semantic = chosen[: spec.SEMANTIC_CODEBOOKS].sum(0)
        acoustic = chosen[spec.SEMANTIC_CODEBOOKS :].sum(0)
        return functional.linear(torch.cat((semantic, acoustic), dim=1), self._projection)

    def _upsample(self, latent: Tensor, state: DecoderState) -> Tensor:
        """[frames, 512] -> [2 * frames, 512]: a transposed convolution within each channel."""
        joined = torch.cat((state.last_latent, latent))
        state.last_latent.copy_(joined[-1:])
        now = joined[1:, None] * self._upsample_now
        return torch.addcmul(now, joined[:-1, None], self._upsample_before).view(-1, spec.DIM)


def _layers(transformer: DecoderTransformer, seanet: Seanet, native: bool) -> _Layers:
    library = find_native() if native else None
    if library is not None:
        return NativeDecoder(library, transformer, seanet)

    def in_torch(steps: Tensor, seen: KeysAndValues, carried: list[Tensor]) -> Tensor:
        return seanet(transformer(steps, seen), carried)

    return in_torch
