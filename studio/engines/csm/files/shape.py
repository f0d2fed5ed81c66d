"""The sizes of a CSM model, read from the ``config.json`` of its checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from studio.errors import EngineUnavailableError

_DEFAULT_ROPE_THETA: Final = 500_000.0
_CODEC_CODES: Final = 2_048


@dataclass(frozen=True)
class Rope:
    """Rotary position embedding; ``factor`` 1 is the plain kind, otherwise llama3's scaling."""

    theta: float
    factor: float = 1.0
    low_freq_factor: float = 1.0
    high_freq_factor: float = 1.0
    original_positions: int = 1


@dataclass(frozen=True)
class TransformerShape:
    """One stack of Llama layers."""

    layers: int
    hidden: int
    heads: int
    kv_heads: int
    head_dim: int
    intermediate: int
    positions: int
    norm_eps: float
    rope: Rope


@dataclass(frozen=True)
class CsmShape:
    """The whole model. ``codes`` of the ``audio_vocabulary`` ids of a codebook are real codes;
    the others are reserved and never spoken."""

    backbone: TransformerShape
    depth: TransformerShape
    codebooks: int
    codes: int
    audio_vocabulary: int
    text_vocabulary: int
    begin_id: int

    @property
    def max_positions(self) -> int:
        return self.backbone.positions


def read_shape(config: Mapping[str, Any]) -> CsmShape:
    """The shape that ``config`` (a transformers CSM ``config.json``) describes.

    Both spellings of RoPE are read: ``rope_theta`` with ``rope_scaling``, and the
    ``rope_parameters`` of transformers 5.

    Raises:
        EngineUnavailableError: it is not a CSM configuration, or one that this runtime cannot run.
    """
    if config.get("model_type") != "csm":
        raise _refusal(f"it describes a model of type {config.get('model_type')!s:.40}, not csm")
    try:
        depth = config["depth_decoder_config"]
        backbone_shape = _read_stack(config)
        depth_shape = _read_stack(depth)
        shape = CsmShape(
            backbone=backbone_shape,
            depth=depth_shape,
            codebooks=int(config["num_codebooks"]),
            codes=int((config.get("codec_config") or {}).get("codebook_size", _CODEC_CODES)),
            audio_vocabulary=int(config["vocab_size"]),
            text_vocabulary=int(config["text_vocab_size"]),
            begin_id=int(config["bos_token_id"]),
        )
        backbone_width = int(depth.get("backbone_hidden_size", backbone_shape.hidden))
        end_code = int(config.get("codebook_eos_token_id", 0))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _refusal(f"a field is missing or not a number ({error!s:.60})") from error
    _require(shape.codes <= shape.audio_vocabulary, "it has fewer audio ids than the codec codes")
    _require(end_code == 0, "speech does not end with code 0")
    _require(backbone_width == backbone_shape.hidden, "its two stacks do not fit each other")
    _require(depth_shape.positions > shape.codebooks, "its depth decoder is too short")
    return shape


def _read_stack(config: Mapping[str, Any]) -> TransformerShape:
    _require(config.get("hidden_act", "silu") == "silu", "its activation is not silu")
    biased = config.get("attention_bias") or config.get("mlp_bias")
    _require(not biased, "its layers have biases")
    hidden, heads = int(config["hidden_size"]), int(config["num_attention_heads"])
    kv_heads = int(config.get("num_key_value_heads") or heads)
    _require(heads > 0 < kv_heads and heads % kv_heads == 0, "its attention heads do not divide")
    head_dim = int(config.get("head_dim") or hidden // heads)
    _require(head_dim % 2 == 0, "the size of its attention heads is odd")
    return TransformerShape(
        layers=int(config["num_hidden_layers"]),
        hidden=hidden,
        heads=heads,
        kv_heads=kv_heads,
        head_dim=head_dim,
        intermediate=int(config["intermediate_size"]),
        positions=int(config["max_position_embeddings"]),
        norm_eps=float(config.get("rms_norm_eps", 1e-5)),
        rope=_read_rope(config),
    )


def _read_rope(config: Mapping[str, Any]) -> Rope:
    fields = config.get("rope_parameters") or config.get("rope_scaling") or {}
    theta = float(fields.get("rope_theta") or config.get("rope_theta") or _DEFAULT_ROPE_THETA)
    kind = fields.get("rope_type") or fields.get("type") or "default"
    if kind == "default":
        return Rope(theta)
    _require(kind == "llama3", f"its position embedding is of kind {kind!s:.20}, not llama3")
    return Rope(
        theta,
        factor=float(fields["factor"]),
        low_freq_factor=float(fields["low_freq_factor"]),
        high_freq_factor=float(fields["high_freq_factor"]),
        original_positions=int(fields["original_max_position_embeddings"]),
    )


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise _refusal(otherwise)


def _refusal(reason: str) -> EngineUnavailableError:
    return EngineUnavailableError(
        f"The model's config.json cannot be used: {reason}. "
        "Choose a checkpoint of CSM in the transformers format, such as sesame/csm-1b."
    )
