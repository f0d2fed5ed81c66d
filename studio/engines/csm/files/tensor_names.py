"""Which tensors a checkpoint in the format of transformers must have, and of what shape."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from studio.engines.csm.files.shape import CsmShape, TransformerShape
from studio.engines.csm.files.tensor_file import TensorEntry
from studio.errors import EngineUnavailableError

_AUDIO_TABLES: Final = (
    "backbone_model.embed_tokens.embed_audio_tokens.weight",
    "depth_decoder.model.embed_tokens.weight",
)
_FLOATS: Final = {"F32": "float32", "F16": "float16", "BF16": "bfloat16"}
_SESAMES_OWN: Final = "text_embeddings.weight"


def expected_tensors(shape: CsmShape) -> dict[str, tuple[int, ...]]:
    """The shapes of all tensors of the two stacks by name.

    Both audio tables are among them; a checkpoint in which they are tied has only one.
    """
    hidden, depth = shape.backbone.hidden, shape.depth.hidden
    ids = shape.codebooks * shape.audio_vocabulary
    heads = (shape.codebooks - 1, depth, shape.audio_vocabulary)
    return {
        "embed_text_tokens.weight": (shape.text_vocabulary, hidden),
        **dict.fromkeys(_AUDIO_TABLES, (ids, hidden)),
        "lm_head.weight": (shape.audio_vocabulary, hidden),
        "depth_decoder.model.inputs_embeds_projector.weight": (depth, hidden),
        "depth_decoder.codebooks_head.weight": heads,
        **_stack("backbone_model", shape.backbone),
        **_stack("depth_decoder.model", shape.depth),
    }


def _stack(prefix: str, shape: TransformerShape) -> dict[str, tuple[int, ...]]:
    hidden, inner = shape.hidden, shape.intermediate
    queries, keys = shape.heads * shape.head_dim, shape.kv_heads * shape.head_dim
    layer = {
        "self_attn.q_proj": (queries, hidden),
        "self_attn.k_proj": (keys, hidden),
        "self_attn.v_proj": (keys, hidden),
        "self_attn.o_proj": (hidden, queries),
        "mlp.gate_proj": (inner, hidden),
        "mlp.up_proj": (inner, hidden),
        "mlp.down_proj": (hidden, inner),
        "input_layernorm": (hidden,),
        "post_attention_layernorm": (hidden,),
    }
    found: dict[str, tuple[int, ...]] = {f"{prefix}.norm.weight": (hidden,)}
    for index in range(shape.layers):
        found |= {f"{prefix}.layers.{index}.{name}.weight": size for name, size in layer.items()}
    return found


def check_tensors(entries: Mapping[str, TensorEntry], shape: CsmShape, folder: Path) -> None:
    """Refuse weights that are not those of a model of ``shape``.

    Raises:
        EngineUnavailableError: a tensor is missing or of another shape or type.
    """
    if _SESAMES_OWN in entries:
        raise EngineUnavailableError(
            f"The weights in {folder} are in Sesame's own form. Choose a checkpoint in the "
            "transformers format: on the hub, sesame/csm-1b has both."
        )
    expected = expected_tensors(shape)
    if any(table in entries for table in _AUDIO_TABLES):
        expected = {n: s for n, s in expected.items() if n in entries or n not in _AUDIO_TABLES}
    missing = [name for name in expected if name not in entries]
    if missing:
        raise EngineUnavailableError(
            f"The weights in {folder} do not fit its config.json: {missing[0]} is missing"
            f"{f', and {len(missing) - 1} more' if missing[1:] else ''}. {_OTHER}"
        )
    for name, wanted in expected.items():
        entry = entries[name]
        if entry.shape != wanted:
            raise EngineUnavailableError(
                f"The weights in {folder} do not fit its config.json: {name} is "
                f"{list(entry.shape)}, not {list(wanted)}. {_OTHER}"
            )
        if entry.dtype not in _FLOATS:
            raise EngineUnavailableError(
                f"The weights in {folder} cannot be used: {name} is of type {entry.dtype}, not "
                f"{', '.join(_FLOATS.values())}. Choose a checkpoint that is not quantised; "
                "the studio quantises it itself."
            )


_OTHER: Final = (
    "Fetch the model again with `python -m studio fetch csm`, or choose another checkpoint."
)
