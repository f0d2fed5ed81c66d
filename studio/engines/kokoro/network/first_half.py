"""The first half of the network: from phonemes to when they sound, how high and how loud."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from studio.engines.kokoro.network.blocks import STYLE, Shape, StyledBlock, both_ways

SYMBOLS: Final = 178
MAX_FRAMES: Final = 50
"""A phoneme lasts at most so many frames of 25 ms."""

_HEAD: Final = 64
_EMBEDDING: Final = 128
_LAYERS: Final = 12
_MAX_TOKENS: Final = 512


@dataclass(frozen=True, eq=False)
class Reading:
    """Phonemes as the network has read them, before anything is decided about time.

    ``spoken`` [1, n, width + 128] with the prosody style in it, ``plain`` [1, width, n] without,
    ``frames`` [n] the wished length of each phoneme in frames of 25 ms, not yet rounded.
    """

    spoken: Tensor
    plain: Tensor
    frames: Tensor


class Prosody(nn.Module):
    """Phonemes and a prosody style to lengths, pitch and energy."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.bert = _Albert(shape)
        self.bert_encoder = nn.Linear(shape.bert, shape.text)
        self.predictor = _Predictor(shape.text)
        self.text_encoder = _TextEncoder(shape.text)

    def read(self, tokens: Tensor, style: Tensor) -> Reading:
        """``tokens`` int64 [1, n] with 0 at both ends, ``style`` [1, 128]."""
        spoken = self.predictor.text_encoder(self.bert_encoder(self.bert(tokens)), style)
        timed, _ = self.predictor.lstm(spoken)
        frames = torch.sigmoid(self.predictor.duration_proj(timed)).sum(dim=-1)[0]
        return Reading(spoken, self.text_encoder(tokens), frames)

    def curves(self, spoken: Tensor, style: Tensor) -> tuple[Tensor, Tensor]:
        """Pitch in Hz (near 0 where unvoiced) and energy, each [1, 2 t] every 12.5 ms, for
        ``spoken`` [1, t, width + 128] laid out in time, every 25 ms."""
        return self.predictor.curves(spoken, style)


class _Albert(nn.Module):
    """One layer, used twelve times over (Lan et al., "ALBERT", ICLR 2020; PL-BERT for phonemes)."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.embeddings = _Embeddings()
        self.encoder = _AlbertStack(shape)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.encoder(self.embeddings(tokens))  # type: ignore[no-any-return]


class _AlbertStack(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.embedding_hidden_mapping_in = nn.Linear(_EMBEDDING, shape.bert)
        self.albert_layer_groups = nn.ModuleList([_AlbertGroup(shape)])

    def forward(self, x: Tensor) -> Tensor:
        x = self.embedding_hidden_mapping_in(x)
        for _ in range(_LAYERS):
            x = self.albert_layer_groups[0](x)
        return x


class _AlbertGroup(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.albert_layers = nn.ModuleList([_AlbertLayer(shape)])

    def forward(self, x: Tensor) -> Tensor:
        return self.albert_layers[0](x)  # type: ignore[no-any-return]


class _Embeddings(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.word_embeddings = _table(SYMBOLS, _EMBEDDING)
        self.position_embeddings = _table(_MAX_TOKENS, _EMBEDDING)
        self.token_type_embeddings = _table(2, _EMBEDDING)
        self.LayerNorm = nn.LayerNorm(_EMBEDDING, eps=1e-12)

    def forward(self, tokens: Tensor) -> Tensor:
        places = self.position_embeddings.weight[: tokens.shape[1]]
        kind = self.token_type_embeddings.weight[0]
        return self.LayerNorm(self.word_embeddings(tokens) + places + kind)  # type: ignore[no-any-return]


def _table(rows: int, width: int) -> nn.Embedding:
    """Without the random numbers that it would begin with: drawing them on the meta device imports
    torch's compiler, which takes longer than loading the weights."""
    return nn.Embedding(rows, width, _weight=torch.zeros(rows, width))


class _AlbertLayer(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.attention = _Attention(shape.bert)
        self.ffn = nn.Linear(shape.bert, shape.bert_inner)
        self.ffn_output = nn.Linear(shape.bert_inner, shape.bert)
        self.full_layer_layer_norm = nn.LayerNorm(shape.bert, eps=1e-12)

    def forward(self, x: Tensor) -> Tensor:
        x = self.attention(x)
        more = self.ffn_output(functional.gelu(self.ffn(x), approximate="tanh"))
        return self.full_layer_layer_norm(x + more)  # type: ignore[no-any-return]


class _Attention(nn.Module):
    """Every phoneme looks at all others; what it was stays, and the sum is normed."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.query, self.key = nn.Linear(width, width), nn.Linear(width, width)
        self.value, self.dense = nn.Linear(width, width), nn.Linear(width, width)
        self.LayerNorm = nn.LayerNorm(width, eps=1e-12)

    def forward(self, x: Tensor) -> Tensor:
        query, key, value = (
            part(x).unflatten(-1, (-1, _HEAD)).transpose(1, 2)
            for part in (self.query, self.key, self.value)
        )
        seen = functional.scaled_dot_product_attention(query, key, value)
        return self.LayerNorm(x + self.dense(seen.transpose(1, 2).flatten(-2)))  # type: ignore[no-any-return]


class _ChannelNorm(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.gamma, self.beta = nn.Parameter(torch.ones(width)), nn.Parameter(torch.zeros(width))

    def forward(self, x: Tensor) -> Tensor:
        normed = functional.layer_norm(x.transpose(1, 2), self.gamma.shape, self.gamma, self.beta)
        return normed.transpose(1, 2)


class _TextEncoder(nn.Module):
    """What is said, apart from how: [1, n] to [1, width, n]."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.embedding = _table(SYMBOLS, width)
        self.cnn = nn.ModuleList(
            nn.Sequential(
                nn.Conv1d(width, width, 5, padding=2), _ChannelNorm(width), nn.LeakyReLU(0.2)
            )
            for _ in range(3)
        )
        self.lstm = both_ways(width, width)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.embedding(tokens).transpose(1, 2)
        for layer in self.cnn:
            x = layer(x)
        return self.lstm(x.transpose(1, 2))[0].transpose(1, 2)  # type: ignore[no-any-return]


class _StyledLayerNorm(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.fc = nn.Linear(STYLE, 2 * width)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        scale, shift = self.fc(style).unsqueeze(1).chunk(2, dim=-1)
        normed = functional.layer_norm(x, x.shape[-1:])
        return (1 + scale) * normed + shift  # type: ignore[no-any-return]


class _StyledText(nn.Module):
    """[1, n, width] to [1, n, width + 128]: the style is read before each layer and stands at the
    end."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.lstms = nn.ModuleList(
            part
            for _ in range(3)
            for part in (both_ways(width + STYLE, width), _StyledLayerNorm(width))
        )

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        everywhere = style.unsqueeze(1).expand(-1, x.shape[1], -1)
        x = torch.cat([x, everywhere], dim=-1)
        for lstm, norm in zip(self.lstms[::2], self.lstms[1::2], strict=True):
            x = torch.cat([norm(lstm(x)[0], style), everywhere], dim=-1)
        return x


class _Lengths(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.linear_layer = nn.Linear(width, MAX_FRAMES)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear_layer(x)  # type: ignore[no-any-return]


class _Predictor(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.text_encoder = _StyledText(width)
        self.lstm = both_ways(width + STYLE, width)
        self.shared = both_ways(width + STYLE, width)
        self.duration_proj = _Lengths(width)
        self.F0, self.N = _curve_blocks(width), _curve_blocks(width)
        self.F0_proj, self.N_proj = nn.Conv1d(width // 2, 1, 1), nn.Conv1d(width // 2, 1, 1)

    def curves(self, spoken: Tensor, style: Tensor) -> tuple[Tensor, Tensor]:
        common = self.shared(spoken)[0].transpose(1, 2)
        pitch = energy = common
        for block in self.F0:
            pitch = block(pitch, style)
        for block in self.N:
            energy = block(energy, style)
        return self.F0_proj(pitch)[:, 0], self.N_proj(energy)[:, 0]


def _curve_blocks(width: int) -> nn.ModuleList:
    return nn.ModuleList(
        [
            StyledBlock(width, width),
            StyledBlock(width, width // 2, upsample=True),
            StyledBlock(width // 2, width // 2),
        ]
    )
