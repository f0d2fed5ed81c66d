"""Greedy float32 speech equals transformers' ``CsmForConditionalGeneration.generate``.

Token for token, for every way in which a prompt can come about. The oracle reads the sound of the
clips itself: it gets samples and encodes them with the Mimi in the checkpoint; we get the codes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from numpy.typing import NDArray
from transformers import CsmForConditionalGeneration, CsmProcessor

from studio.engines.csm.talk import context as contexts
from studio.engines.csm.talk.context import CsmContext
from studio.engines.csm.talk.generating import VoiceModel
from studio.engines.csm.talk.prompt import Rows
from studio.types import Segment
from tests.engines.csm import own

FRAMES = 12
TEXT = "how are you today?"

CPU = torch.device("cpu")


def sound(seconds: float, seed: int) -> NDArray[np.float32]:
    noise = np.random.default_rng(seed).standard_normal(int(24_000 * seconds))
    return (0.1 * noise).astype(np.float32)


class Prompt:
    """The same conversation for both: messages with sound, and segments with its codes."""

    def __init__(self, oracle: CsmForConditionalGeneration, processor: CsmProcessor) -> None:
        self._oracle = oracle
        self._processor = processor
        self._messages: list[dict[str, Any]] = []
        self.segments: list[Segment] = []

    def add(self, text: str, seconds: float, speaker: int) -> None:
        samples = sound(seconds, seed=len(self.segments))
        with torch.no_grad():
            encoded = self._oracle.codec_model.encode(torch.from_numpy(samples)[None, None])
        codes = encoded.audio_codes[0].numpy().astype(np.int16)
        self.segments.append(own.segment(text, codes, speaker))
        content = [{"type": "text", "text": text}, {"type": "audio", "path": samples}]
        self._messages.append({"role": str(speaker), "content": content})

    def spoken(self, text: str, speaker: int = 0) -> NDArray[np.int16]:
        last = {"role": str(speaker), "content": [{"type": "text", "text": text}]}
        inputs = self._processor.apply_chat_template(
            [*self._messages, last], tokenize=True, return_dict=True
        )
        # The attention mask has to go along: without it, transformers takes the audio tokens for
        # padding, since they have the same id.
        return own.spoken_by(self._oracle, FRAMES, **inputs)


@pytest.fixture
def prompt(oracle: CsmForConditionalGeneration, processor: CsmProcessor) -> Prompt:
    return Prompt(oracle, processor)


def test_text_only(prompt: Prompt, voices: VoiceModel) -> None:
    expected = prompt.spoken(TEXT)
    assert len(np.unique(expected)) > 100  # it says something, rather than one code for ever
    assert_array_equal(own.greedy(voices, voices.prepare([]), TEXT, FRAMES), expected)


def test_one_segment(prompt: Prompt, voices: VoiceModel) -> None:
    prompt.add("the quick brown fox", 1.0, speaker=0)
    memory = voices.prepare(prompt.segments)
    assert_array_equal(own.greedy(voices, memory, TEXT, FRAMES), prompt.spoken(TEXT))


def test_several_segments_of_two_speakers(prompt: Prompt, voices: VoiceModel) -> None:
    prompt.add("the quick brown fox", 1.0, speaker=0)
    prompt.add("jumps over: 1,234 lazy dogs!", 1.5, speaker=1)
    prompt.add("I am fine, thank you.", 0.7, speaker=0)
    memory = voices.prepare(prompt.segments)
    for speaker in (0, 1):
        expected = prompt.spoken(TEXT, speaker)
        assert_array_equal(own.greedy(voices, memory, TEXT, FRAMES, speaker), expected)


def test_a_prompt_that_is_read_in_several_blocks(prompt: Prompt, voices: VoiceModel) -> None:
    prompt.add("the quick brown fox", 25.0, speaker=0)
    memory = voices.prepare(prompt.segments)
    assert memory.positions > 300
    assert_array_equal(own.greedy(voices, memory, TEXT, FRAMES), prompt.spoken(TEXT))


def test_after_a_cached_prefix(prompt: Prompt, voices: VoiceModel, tmp_path: Path) -> None:
    prompt.add("the quick brown fox", 1.0, speaker=0)
    expected = prompt.spoken(TEXT)
    fresh = CsmContext(voices.prepare(prompt.segments))
    contexts.save(fresh, "weights", tmp_path / "voice.safetensors")
    loaded = contexts.load("weights", CPU, tmp_path / "voice.safetensors")
    for context in (loaded, loaded.fork(), fresh.fork(), fresh):
        assert_array_equal(own.greedy(voices, context.memory, TEXT, FRAMES), expected)


def test_segments_read_one_after_another(prompt: Prompt, voices: VoiceModel) -> None:
    prompt.add("the quick brown fox", 1.0, speaker=0)
    prompt.add("jumps over the lazy dog", 1.5, speaker=0)
    together = voices.prepare(prompt.segments)
    first = voices.prepare(prompt.segments[:1])
    one_by_one = voices.prepare(prompt.segments[1:], first)
    torch.testing.assert_close(
        torch.cat(one_by_one.pieces, dim=3), torch.cat(together.pieces, dim=3)
    )
    assert_array_equal(own.greedy(voices, one_by_one, TEXT, FRAMES), prompt.spoken(TEXT))


@pytest.mark.parametrize("first_reply", [6, 1])
def test_after_conversation_turns(
    first_reply: int, oracle: CsmForConditionalGeneration, voices: VoiceModel, tmp_path: Path
) -> None:
    """Replies stay read; what follows is as if the whole conversation had been the prompt."""
    clip = own.segment("the quick brown fox", own.random_codes(9))
    memory = voices.prepare([clip])
    rows: list[Rows] = [piece for turn in memory.turns for piece in turn.rows]
    for text, frames in ((TEXT, first_reply), ("over there, on the left", 5), ("thank you", 7)):
        ids = voices.text.ids(text, 0)
        expected = own.spoken_by(oracle, frames, inputs_embeds=own.embedded(oracle, [*rows, ids]))
        reply = voices.speak(memory, text, own.GREEDY, most=frames)
        codes = np.stack(list(reply), axis=1)
        assert_array_equal(codes, expected)
        rows += [ids, codes, np.zeros((32, 1), np.int16)]
        context = CsmContext(reply.memory)
        assert context.positions == sum(piece.shape[-1] for piece in rows)
        contexts.save(context, "weights", tmp_path / "talk.safetensors")
        memory = contexts.load("weights", CPU, tmp_path / "talk.safetensors").memory
    anew = voices.prepare(
        [own.segment(t.text, t.codes) for t in memory.turns if t.codes is not None]
    )
    everything = voices.prepare([], memory)
    torch.testing.assert_close(torch.cat(everything.pieces, dim=3), torch.cat(anew.pieces, dim=3))
