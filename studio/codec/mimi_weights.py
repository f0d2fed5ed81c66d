"""Mimi's weights under moshi's names, whichever program they were saved for.

Two layouts are in use: moshi's own file, and that of transformers, in which Kyutai's ``mimi`` and
the ``codec_model.`` part of a CSM checkpoint come. They differ in names, in query, key and value
being one matrix or three, and in the order of rows that rotary positions ask for (neighbouring
rows in moshi, two halves in transformers). What goes where was read off both programs' state
dicts.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Protocol

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from studio.codec import mimi_spec as spec
from studio.errors import EngineUnavailableError

Take = Callable[[str], Tensor]
"""Gives the tensor of a name, as a mapping or an open safetensors file does."""

CSM_PREFIX: Final = "codec_model."

# The first match wins; a name of neither kind stays as it is.
_TRANSFORMERS_NAMES: Final = (
    (r"^(encoder|decoder)\.model\.", r"\1.layers."),
    (r"\.(?:conv\.conv|convtr\.convtr)\.(weight|bias)$", r".conv.\1"),
    (r"^(downsample|upsample)\.(?:conv|convtr)\.conv\.", r"\1.conv."),
    (r"_transformer\.transformer\.", "_transformer."),
    (r"\.out_projs\.0\.", ".o_proj."),
    (r"\.linear1\.", ".mlp.fc1."),
    (r"\.linear2\.", ".mlp.fc2."),
    (r"\.norm1\.", ".input_layernorm."),
    (r"\.norm2\.", ".post_attention_layernorm."),
    (r"\.layer_scale_1\.", ".self_attn_layer_scale."),
    (r"\.layer_scale_2\.", ".mlp_layer_scale."),
    (r"\.rvq_first\.", ".semantic_residual_vector_quantizer."),
    (r"\.rvq_rest\.", ".acoustic_residual_vector_quantizer."),
    (r"_quantizer\.vq\.", "_quantizer."),
    (r"\._codebook\.embedding_sum$", ".codebook.embed_sum"),
    (r"\._codebook\.", ".codebook."),
)
_FUSED: Final = ".self_attn.in_projs.0.weight"
_PARTS: Final = ("q", "k", "v")

# moshi's own loader renames these as well: they come from an older version of it.
_OLD_MOSHI_NAMES: Final = (
    (".in_proj_weight", ".in_projs.0.weight"),
    (".in_proj.weight", ".in_projs.0.weight"),
    (".out_proj.weight", ".out_projs.0.weight"),
    ("._codebook.cluster_size", "._codebook.cluster_usage"),
    ("._codebook.embed_sum", "._codebook.embedding_sum"),
    ("._codebook.embed_avg", "._codebook.embedding_sum"),
)
# Says that training has begun; nothing reads it afterwards.
_FLAG: Final = re.compile(r"codebook\.(_?initialized|inited)$")


class MimiWeights:
    """Mimi's tensors, read one at a time and only when asked for.

    ``names`` are all names of what holds the weights, ``take`` gives the tensor of one of them;
    names outside the codec's part of a CSM checkpoint are passed over. Safe to use from several
    threads if ``take`` is.

    Raises:
        EngineUnavailableError: tensors of Mimi are missing, or some are there that it has not.
    """

    def __init__(self, names: Iterable[str], take: Take) -> None:
        self._take = take
        self._sources = _sources(list(names))

    @classmethod
    def open(cls, path: Path) -> MimiWeights:
        """The weights in one safetensors file: moshi's, transformers', or a whole CSM checkpoint.

        Raises:
            EngineUnavailableError: it is not a readable safetensors file, or as above.
        """
        try:
            file: Any = safe_open(path, framework="pt")  # type: ignore[no-untyped-call]
        except (OSError, SafetensorError) as error:
            raise EngineUnavailableError(
                f"The codec's weights in {path} cannot be read ({error}). Fetch them again."
            ) from error
        return cls(file.keys(), file.get_tensor)

    def tensor(self, name: str) -> Tensor:
        """The float32 tensor that moshi calls ``name``.

        Raises:
            EngineUnavailableError: its shape or type is not Mimi's, or it holds NaN.
        """
        sources = self._sources[name]
        parts = [self._take(source) for source in sources]
        for source, part in zip(sources, parts, strict=True):
            is_float = part.dtype.is_floating_point
            _require_part(name, len(sources), source, str(part.dtype), is_float, tuple(part.shape))
        parts = [part.to(torch.float32) for part in parts]
        if len(parts) > 1:
            parts = [_neighbouring(parts[0]), _neighbouring(parts[1]), parts[2]]
        whole = parts[0] if len(parts) == 1 else torch.cat(parts)
        if not bool(torch.isfinite(whole).all()):
            raise EngineUnavailableError(
                f"The codec's weights are damaged: {sources[0]} holds values that are not numbers. "
                "Fetch the checkpoint again."
            )
        return whole

    def codebook(self, quantizer: str, layer: int) -> Tensor:
        """The codewords float32 [2048, 256] of one layer of ``rvq_first`` or ``rvq_rest``.

        Raises:
            EngineUnavailableError: as for ``tensor``, or the codebook was never filled.
        """
        stem = f"quantizer.{quantizer}.vq.layers.{layer}._codebook."
        sums = self.tensor(f"{stem}embedding_sum")
        if not bool(sums.any()):
            raise EngineUnavailableError(
                f"The codec's weights were never trained: {stem}embedding_sum is all zeros. "
                "Choose another checkpoint."
            )
        usage = self.tensor(f"{stem}cluster_usage")
        return sums / usage.clamp(min=spec.SMALLEST_USAGE)[:, None]

    def revision(self) -> str:
        """The first 16 hex digits of the sha256 over all weights, the same in every layout."""
        digest = hashlib.sha256()
        for name in sorted(SHAPES):
            digest.update(name.encode())
            digest.update(self.tensor(name).contiguous().numpy().data)
        return digest.hexdigest()[:16]


class TensorEntry(Protocol):
    """What the header of a safetensors file says of a tensor."""

    @property
    def dtype(self) -> str:
        """As the format spells it: "F32", "BF16", "I8"."""

    @property
    def shape(self) -> tuple[int, ...]: ...


def check_header(entries: Mapping[str, TensorEntry]) -> None:
    """Refuse what ``MimiWeights`` could not read, by the headers alone: no tensor is touched.

    What only the numbers show (NaN, a codebook that was never filled) is found when they are read.

    Raises:
        EngineUnavailableError: tensors of Mimi are missing, too many, or of another shape or type.
    """
    for name, sources in _sources(list(entries)).items():
        for source in sources:
            entry = entries[source]
            is_float = entry.dtype.startswith(("F", "BF"))
            _require_part(name, len(sources), source, entry.dtype, is_float, entry.shape)


def transformers_names(name: str) -> tuple[str, ...]:
    """What transformers calls moshi's ``name``: one name, or those of query, key and value."""
    if name.endswith(_FUSED):
        stem = transformers_names(name.removesuffix(_FUSED) + ".")[0]
        return tuple(f"{stem}self_attn.{part}_proj.weight" for part in _PARTS)
    for pattern, replacement in _TRANSFORMERS_NAMES:
        name = re.sub(pattern, replacement, name)
    return (name,)


def _sources(names: list[str]) -> dict[str, tuple[str, ...]]:
    """For each of moshi's names, the names among ``names`` that it is made of."""
    inside = [name for name in names if name.startswith(CSM_PREFIX)]
    prefix = CSM_PREFIX if inside else ""
    there = {name.removeprefix(prefix): name for name in inside or names if not _FLAG.search(name)}
    if any(name.startswith("encoder.model.") for name in there):
        there = {_present_moshi_name(name): whole for name, whole in there.items()}
        wanted: dict[str, tuple[str, ...]] = {name: (name,) for name in SHAPES}
    else:
        wanted = {name: transformers_names(name) for name in SHAPES}
    needed = {source for sources in wanted.values() for source in sources}
    missing, extra = sorted(needed - there.keys()), sorted(there.keys() - needed)
    if missing:
        raise EngineUnavailableError(
            f"The codec's weights are not complete: {len(missing)} of {len(needed)} tensors are "
            f"missing, the first is {prefix}{missing[0]}. Fetch the checkpoint again."
        )
    if extra:
        raise EngineUnavailableError(
            f"The codec's weights are not Mimi's: there are {len(extra)} tensors too many, the "
            f"first is {prefix}{extra[0]}. Choose a checkpoint with Mimi of 32 codebooks."
        )
    return {name: tuple(there[source] for source in sources) for name, sources in wanted.items()}


def _require_part(
    name: str, parts: int, source: str, dtype: str, is_float: bool, shape: tuple[int, ...]
) -> None:
    """See that ``source`` can be one of the ``parts`` that moshi's ``name`` is made of."""
    whole = SHAPES[name]
    wanted = (whole[0] // parts, *whole[1:])
    if shape != wanted or not is_float:
        raise EngineUnavailableError(
            f"The codec's weights are not Mimi's: {source} is {dtype} {list(shape)} and should be "
            f"floats {list(wanted)}. Fetch the checkpoint again."
        )


def _present_moshi_name(name: str) -> str:
    for old, new in _OLD_MOSHI_NAMES:
        name = name.replace(old, new)
    return name


def _neighbouring(halves: Tensor) -> Tensor:
    """Rows of a query or key matrix from transformers' order (two halves) to moshi's (pairs)."""
    rows = halves.view(spec.HEADS, 2, spec.HEAD_DIM // 2, spec.DIM)
    return rows.transpose(1, 2).reshape(spec.DIM, spec.DIM)


def _shapes() -> Iterator[tuple[str, tuple[int, ...]]]:
    widest = spec.FILTERS * 2 ** len(spec.RATIOS)
    yield from _convolution("encoder.model.0.conv.conv", spec.FILTERS, 1, spec.FIRST_TAPS)
    width, index = spec.FILTERS, 1
    for ratio in reversed(spec.RATIOS):
        yield from _residual(f"encoder.model.{index}", width)
        yield from _convolution(f"encoder.model.{index + 2}.conv.conv", 2 * width, width, 2 * ratio)
        width, index = 2 * width, index + 3
    yield from _convolution(f"encoder.model.{index + 1}.conv.conv", spec.DIM, width, spec.LAST_TAPS)
    yield from _transformer("encoder_transformer")
    yield "downsample.conv.conv.conv.weight", (spec.DIM, spec.DIM, 2 * spec.STEPS_PER_FRAME)
    for quantizer, layers in (
        ("rvq_first", spec.SEMANTIC_CODEBOOKS),
        ("rvq_rest", spec.CODEBOOKS - spec.SEMANTIC_CODEBOOKS),
    ):
        yield f"quantizer.{quantizer}.input_proj.weight", (spec.CODEBOOK_DIM, spec.DIM, 1)
        yield f"quantizer.{quantizer}.output_proj.weight", (spec.DIM, spec.CODEBOOK_DIM, 1)
        for layer in range(layers):
            stem = f"quantizer.{quantizer}.vq.layers.{layer}._codebook."
            yield f"{stem}cluster_usage", (spec.CODEBOOK_SIZE,)
            yield f"{stem}embedding_sum", (spec.CODEBOOK_SIZE, spec.CODEBOOK_DIM)
    yield "upsample.convtr.convtr.convtr.weight", (spec.DIM, 1, 2 * spec.STEPS_PER_FRAME)
    yield from _transformer("decoder_transformer")
    yield from _convolution("decoder.model.0.conv.conv", widest, spec.DIM, spec.FIRST_TAPS)
    width, index = widest, 2
    for ratio in spec.RATIOS:
        stem = f"decoder.model.{index}.convtr.convtr"
        yield f"{stem}.weight", (width, width // 2, 2 * ratio)
        yield f"{stem}.bias", (width // 2,)
        yield from _residual(f"decoder.model.{index + 1}", width // 2)
        width, index = width // 2, index + 3
    yield from _convolution(f"decoder.model.{index}.conv.conv", 1, width, spec.LAST_TAPS)


def _convolution(
    stem: str, out: int, into: int, taps: int
) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield f"{stem}.weight", (out, into, taps)
    yield f"{stem}.bias", (out,)


def _residual(stem: str, width: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield from _convolution(f"{stem}.block.1.conv.conv", width // 2, width, spec.RESIDUAL_TAPS)
    yield from _convolution(f"{stem}.block.3.conv.conv", width, width // 2, 1)


def _transformer(stem: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    for layer in range(spec.LAYERS):
        inside = f"{stem}.transformer.layers.{layer}"
        yield f"{inside}.self_attn.in_projs.0.weight", (3 * spec.DIM, spec.DIM)
        yield f"{inside}.self_attn.out_projs.0.weight", (spec.DIM, spec.DIM)
        yield f"{inside}.linear1.weight", (spec.FEED_FORWARD, spec.DIM)
        yield f"{inside}.linear2.weight", (spec.DIM, spec.FEED_FORWARD)
        for number in (1, 2):
            yield f"{inside}.norm{number}.weight", (spec.DIM,)
            yield f"{inside}.norm{number}.bias", (spec.DIM,)
            yield f"{inside}.layer_scale_{number}.scale", (spec.DIM,)


SHAPES: Final = dict(_shapes())
"""Shape of every weight of Mimi, by the name that moshi gives it."""
