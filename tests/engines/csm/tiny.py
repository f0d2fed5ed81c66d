"""A small CSM checkpoint with seeded random weights, in the format that transformers writes.

Everything that decides how the real checkpoint is read is as it is there: names and layout of the
tensors, 32 codebooks of 2,048 codes and 3 reserved ids, llama3 RoPE scaling in both stacks (spelt
out, since the defaults of the configuration class are plain RoPE), a byte-level BPE tokenizer with
the template of Llama 3, and a Mimi inside. Only the sizes are small. The sizes are multiples of 64,
so that quantised matrices can be made of them.

    folder = make_checkpoint(tmp_path / "tiny")
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final, Literal

import torch
from tokenizers import AddedToken, Regex, Tokenizer, decoders, pre_tokenizers
from tokenizers.models import BPE
from tokenizers.processors import TemplateProcessing
from tokenizers.trainers import BpeTrainer
from transformers import (
    CsmConfig,
    CsmDepthDecoderConfig,
    CsmForConditionalGeneration,
    CsmProcessor,
    EncodecFeatureExtractor,
    GenerationConfig,
    MimiConfig,
    PreTrainedTokenizerFast,
)

from bench.random_csm import BACKBONE_ROPE, DEPTH_ROPE

Codec = Literal["small", "full"]

CODEBOOKS: Final = 32
CODEBOOK_SIZE: Final = 2_048
AUDIO_VOCABULARY: Final = CODEBOOK_SIZE + 3

BEGIN, END = "<|begin_of_text|>", "<|end_of_text|>"
AUDIO, AUDIO_EOS = "<|AUDIO|>", "<|audio_eos|>"

TEXT_VOCABULARY: Final = 512
_WORD_PIECES: Final = 384
_SPECIALS: Final = (BEGIN, END, AUDIO, AUDIO_EOS)
BEGIN_ID, END_ID, AUDIO_ID, AUDIO_EOS_ID = range(_WORD_PIECES, _WORD_PIECES + 4)

ENDING_SWING: Final = 4.0
"""So that a sampled reply ends after a few dozen frames at most, as a rule."""

_CORPUS: Final = (
    "the quick brown fox jumps over the lazy dog and the cat sat on the mat while it rained "
    "how are you today I am fine thank you where is the station it is over there on the left"
)

_CHAT_TEMPLATE: Final = (
    "{%- for message in messages %}"
    f"{{{{- '{BEGIN}[' + message['role'] + ']' }}}}"
    "{%- for part in message['content'] %}"
    "{%- if part['type'] == 'text' %}"
    f"{{{{- part['text'] + '{END}' }}}}"
    "{%- elif part['type'] == 'audio' %}"
    f"{{{{- '{AUDIO}{AUDIO_EOS}' }}}}"
    "{%- endif %}{%- endfor %}{%- endfor %}"
)


def make_checkpoint(
    folder: Path,
    *,
    seed: int = 0,
    dtype: torch.dtype = torch.float32,
    sharded: bool = False,
    codec: Codec = "small",
    tied: bool = True,
    max_positions: int = 2_048,
    ends: bool = False,
    layers: int = 3,
) -> Path:
    """Write a checkpoint into ``folder`` and return it.

    ``codec`` "small" is a Mimi of the real structure and frame rate with few channels (quick, for
    everything that is not about sound); "full" has the real sizes, which is what moshi can build.
    ``tied`` False gives the depth decoder an audio embedding of its own. ``ends`` makes one that
    ends what it says at some time (and is not tied); else it goes on for ever. ``layers`` are those
    of the backbone. The same seed gives the same weights.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tied = tied and not ends
    model = make_model(
        seed=seed, codec=codec, tied=tied, max_positions=max_positions, layers=layers
    )
    if ends:
        link_zeros(model)
        _end_now_and_then(model)
    model.to(dtype).save_pretrained(folder, max_shard_size="8MB" if sharded else "5GB")
    _make_processor().save_pretrained(folder)
    # Also the spelling of older versions of transformers, which is what the hub has.
    (folder / "preprocessor_config.json").write_text(json.dumps(_feature_extractor().to_dict()))
    return folder


def make_model(
    *,
    seed: int = 0,
    codec: Codec = "small",
    tied: bool = True,
    max_positions: int = 2_048,
    layers: int = 3,
) -> CsmForConditionalGeneration:
    """The same model without a file: float32, in evaluation mode."""
    config = CsmConfig(
        num_codebooks=CODEBOOKS,
        vocab_size=AUDIO_VOCABULARY,
        text_vocab_size=TEXT_VOCABULARY,
        hidden_size=128,
        intermediate_size=256,
        num_hidden_layers=layers,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=max_positions,
        rope_theta=500_000,
        rope_scaling=dict(BACKBONE_ROPE),
        bos_token_id=BEGIN_ID,
        pad_token_id=AUDIO_ID,
        audio_token_id=AUDIO_ID,
        audio_eos_token_id=AUDIO_EOS_ID,
        tie_codebooks_embeddings=tied,
        depth_decoder_config=CsmDepthDecoderConfig(
            num_codebooks=CODEBOOKS,
            vocab_size=AUDIO_VOCABULARY,
            backbone_hidden_size=128,
            hidden_size=64,
            intermediate_size=128,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            rope_theta=500_000,
            rope_scaling=dict(DEPTH_ROPE),
        ),
        codec_config=MimiConfig(frame_rate=12.5, **_codec_sizes(codec)),
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = CsmForConditionalGeneration(config).eval()
        _randomise(model)
    sampling = {"do_sample": True, "temperature": 0.9, "top_k": 50}
    model.generation_config = GenerationConfig(
        max_new_tokens=125, pad_token_id=AUDIO_ID, **sampling
    )
    books = CODEBOOKS - 1
    model.depth_decoder.generation_config = GenerationConfig(
        max_new_tokens=books, min_new_tokens=books, **sampling
    )
    return model


def make_tokenizer() -> Tokenizer:
    """Byte-level BPE with the pre-tokenizer and the template of Llama 3 and a small vocabulary."""
    words = (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
        r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    )
    tokenizer = Tokenizer(BPE(ignore_merges=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(words), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = BpeTrainer(
        vocab_size=_WORD_PIECES,
        min_frequency=1,
        show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    tokenizer.train_from_iterator([_CORPUS] * 4, trainer)
    missing = _WORD_PIECES - tokenizer.get_vocab_size()
    tokenizer.add_tokens([f"<unused {n}>" for n in range(missing)])
    tokenizer.add_special_tokens([AddedToken(name, special=True) for name in _SPECIALS])
    tokenizer.post_processor = TemplateProcessing(
        single=f"{BEGIN} $A {END}",
        pair=f"{BEGIN} $A {END} {BEGIN}:1 $B:1 {END}:1",
        special_tokens=[(BEGIN, BEGIN_ID), (END, END_ID)],
    )
    return tokenizer


def _codec_sizes(codec: Codec) -> dict[str, Any]:
    if codec == "full":
        return {}
    return {
        "hidden_size": 32,
        "num_filters": 4,
        "codebook_dim": 16,
        "vector_quantization_hidden_dimension": 16,
        "upsample_groups": 32,
        "num_hidden_layers": 1,
        "intermediate_size": 64,
        "num_attention_heads": 2,
        "num_key_value_heads": 2,
        "sliding_window": 250,
    }


@torch.no_grad()
def _randomise(model: CsmForConditionalGeneration) -> None:
    """Weights so large that the codes vary; transformers' own start gives one code for ever."""
    for name, weight in model.named_parameters():
        if name.startswith("codec_model."):
            continue
        if "embed" in name and "projector" not in name:
            weight.normal_()
        elif weight.ndim == 1:
            weight.normal_(1.0, 0.1)
        elif "codebooks_head" in name:
            weight.normal_(0.0, weight.shape[1] ** -0.5)
        else:
            weight.normal_(0.0, 1.5 * weight.shape[1] ** -0.5)
    # The reserved ids are never spoken. They cannot win here, so that transformers, which does
    # not know of that, does not choose them either.
    model.lm_head.weight[CODEBOOK_SIZE:] = 0.0
    model.depth_decoder.codebooks_head.weight[:, :, CODEBOOK_SIZE:] = 0.0
    for name, buffer in model.codec_model.named_buffers():
        if name.endswith("embed_sum"):
            buffer.normal_()
        elif name.endswith("cluster_usage"):
            buffer.uniform_(0.5, 2.0)


@torch.no_grad()
def link_zeros(model: CsmForConditionalGeneration) -> torch.Tensor:
    """Make code 0 of a codebook call for code 0 of the next one, in a model that is not tied.

    Its embedding has one direction that no other has, and the heads answer to that: returned,
    float32 [depth hidden].
    """
    depth = model.depth_decoder
    mark = torch.zeros(depth.config.hidden_size)
    mark[7] = 1.0
    row = torch.linalg.pinv(depth.model.inputs_embeds_projector.weight) @ (60.0 * mark)
    depth.model.embed_tokens.weight[:: depth.config.vocab_size] = row
    depth.codebooks_head.weight[:, :, 0] = mark
    return mark


@torch.no_grad()
def _end_now_and_then(model: CsmForConditionalGeneration) -> None:
    """Make code 0 of the first codebook swing so far that now and then it is the likeliest."""
    model.lm_head.weight[0] *= ENDING_SWING
    model.depth_decoder.codebooks_head.weight[:, :, 0] *= 3.0  # for certain, also when sampled


def _feature_extractor() -> EncodecFeatureExtractor:
    return EncodecFeatureExtractor(feature_size=1, sampling_rate=24_000)


def _make_processor() -> CsmProcessor:
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=make_tokenizer(),
        bos_token=BEGIN,
        eos_token=END,
        pad_token=END,
        model_input_names=["input_ids", "attention_mask"],
    )
    return CsmProcessor(_feature_extractor(), tokenizer, chat_template=_CHAT_TEMPLATE)
