"""Voices from any form of checkpoint, several streams at once, and clips that are continued."""

from __future__ import annotations

import gc
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from transformers import CsmForConditionalGeneration

from studio.engines.csm.talk.generating import VoiceModel
from studio.engines.csm.talk.prefill import Prefill
from studio.types import SpeechOptions
from tests.engines.csm import own
from tests.engines.csm.tiny import make_checkpoint, make_model

TEXT = "how are you today?"
CLIP = own.segment("the quick brown fox", own.random_codes(9))


def test_a_clip_that_is_continued(oracle: CsmForConditionalGeneration, voices: VoiceModel) -> None:
    """One turn of both texts, the frames of the clip, no end frame: the model goes on."""
    earlier = own.segment("over there", own.random_codes(4, seed=1))
    memory = voices.prepare([earlier, CLIP], continued=True)
    first = voices.prepare([earlier])
    assert memory.read == first.read
    assert memory.positions == voices.prepare([earlier, CLIP]).positions - 1

    ids = voices.text.ids(f"the quick brown fox {TEXT}", 0)
    rows = [piece for turn in first.turns for piece in turn.rows]
    rows += [ids, own.random_codes(9)]
    expected = own.spoken_by(oracle, 8, inputs_embeds=own.embedded(oracle, rows))
    reply = voices.speak(memory, TEXT, own.GREEDY, most=8)
    assert_array_equal(np.stack(list(reply), axis=1), expected)

    after = reply.memory
    assert after.held_back is None
    assert after.pinned == 2
    rows += [expected, np.zeros((32, 1), np.int16), voices.text.ids("thank you", 0)]
    next_expected = own.spoken_by(oracle, 5, inputs_embeds=own.embedded(oracle, rows))
    assert_array_equal(own.greedy(voices, after, "thank you", 5), next_expected)


@pytest.mark.parametrize("tied", [True, False])
def test_a_checkpoint_in_shards(tied: bool, tmp_path: Path) -> None:
    """Tied tables are in the file once; untied ones are two and differ."""
    folder = make_checkpoint(tmp_path, seed=3, sharded=True, tied=tied)
    assert len(list(folder.glob("*.safetensors"))) > 2
    voices = own.from_checkpoint(folder)
    oracle = make_model(seed=3, tied=tied)
    ids = torch.from_numpy(voices.text.ids(TEXT, 0))[None]
    expected = own.spoken_by(oracle, 6, input_ids=ids)
    assert_array_equal(own.greedy(voices, voices.prepare([]), TEXT, 6), expected)


def test_the_speaker_is_that_of_the_voice(voices: VoiceModel) -> None:
    memory = voices.prepare([own.segment("the quick brown fox", own.random_codes(9), speaker=3)])
    reply = voices.speak(memory, TEXT, own.GREEDY, most=1)
    list(reply)
    assert reply.memory.turns[-1].speaker == 3
    assert_array_equal(reply.memory.turns[-1].ids, voices.text.ids(TEXT, 3))


def test_reading_tells_how_far_it_is(voices: VoiceModel) -> None:
    shares: list[float] = []
    clip = own.segment("the quick brown fox", own.random_codes(600))
    voices.prepare([clip], progress=lambda share, _what: shares.append(share))
    assert shares == sorted(shares)
    assert len(shares) > 2
    assert shares[-1] == 1.0


def test_streams_that_alternate_do_not_mix(voices: VoiceModel) -> None:
    one, two = voices.prepare([CLIP]), voices.prepare([])
    expected = [own.greedy(voices, memory, TEXT, 6) for memory in (one, two)]
    replies = [voices.speak(memory, TEXT, own.GREEDY) for memory in (one, two)]
    frames = [[next(reply) for reply in replies] for _ in range(6)]
    for index, reply in enumerate(replies):
        reply.close()
        assert_array_equal(np.stack([pair[index] for pair in frames], axis=1), expected[index])


def test_streams_in_threads_do_not_mix(voices: VoiceModel) -> None:
    memory = voices.prepare([CLIP])

    def said(seed: int) -> own.Codes:
        return own.take_frames(voices.speak(memory, TEXT, SpeechOptions(seed=seed)), 6)

    expected = [said(seed) for seed in range(4)]
    with ThreadPoolExecutor(4) as threads:
        for ours, theirs in zip(threads.map(said, range(4)), expected, strict=True):
            assert_array_equal(ours, theirs)


def test_working_buffers_are_used_again(checkpoint: Path) -> None:
    voices = own.from_checkpoint(checkpoint)
    memory = voices.prepare([CLIP])
    with voices.reader.working() as step:
        buffers = step.kv.tensor.data_ptr()
    for _ in range(3):
        own.greedy(voices, memory, TEXT, 2)
        with voices.reader.working() as step:
            assert step.kv.tensor.data_ptr() == buffers


def test_buffers_of_many_streams_at_once_do_not_stay_for_ever(checkpoint: Path) -> None:
    model = own.from_checkpoint(checkpoint).reader.model
    with Prefill(model).working() as step:
        size = step.nbytes
        assert size >= step.kv.tensor.nbytes
    reader = Prefill(model, idle_bytes=3 * size)
    for at_once in (5, 2):
        with ExitStack() as streams:
            steps = [streams.enter_context(reader.working()) for _ in range(at_once)]
        buffers = [weakref.ref(one.kv) for one in steps]
        steps.clear()
        gc.collect()
        kept = [one for one in buffers if one() is not None]
        assert len(kept) == min(at_once, 3)
    least = Prefill(model, idle_bytes=0)
    with least.working() as step:
        buffer = step.kv.tensor.data_ptr()
    with least.working() as step:
        assert step.kv.tensor.data_ptr() == buffer, "those of one stream are always kept"


def test_bfloat16_speaks(checkpoint: Path) -> None:
    """It need not say the same as float32, but what it says first should mostly be that."""
    voices = own.from_checkpoint(checkpoint, dtype=torch.bfloat16)
    memory = voices.prepare([CLIP])
    assert memory.pieces[0].dtype is torch.bfloat16
    codes = own.greedy(voices, memory, TEXT, 3)
    exact = own.from_checkpoint(checkpoint)
    expected = own.greedy(exact, exact.prepare([CLIP]), TEXT, 3)
    assert codes[0, 0] == expected[0, 0]
