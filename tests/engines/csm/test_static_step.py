"""Frames made in buffers that never move say what the usual ones say.

The same step is captured as a graph on a graphics card; here it runs as it is, once for each frame.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from torch import Tensor

from studio.engines.csm.card.captured import CudaGraphs, Work
from studio.engines.csm.card.static_step import MOST_CAPTURED, StaticStep
from studio.engines.csm.talk.generating import FrameStream, VoiceModel
from studio.engines.csm.talk.prefill import NOT_CAPTURED, Prefill
from studio.types import SpeechOptions
from tests.engines.csm import own
from tests.engines.csm.test_ending import ENDS_AFTER, taught_to_end

TEXT = "how are you today?"
CLIP = own.segment("the quick brown fox", own.random_codes(9))
SAMPLED = SpeechOptions(seed=11)


class RunsAsItIs:
    """A capture that has the work done step by step, after it was tried as on a card."""

    def __init__(self) -> None:
        self.captured = self.done = 0

    @torch.inference_mode()
    def __call__(self, work: Work, buffers: Sequence[Tensor]) -> Work:
        before = [buffer.clone() for buffer in buffers]
        work()
        for buffer, was in zip(buffers, before, strict=True):
            buffer.copy_(was)
        self.captured += 1

        def again() -> None:
            self.done += 1
            work()

        return again


def static(voices: VoiceModel) -> tuple[VoiceModel, RunsAsItIs]:
    capture = RunsAsItIs()
    return VoiceModel(Prefill(voices.reader.model, capture), voices.text), capture


def whole(reply: FrameStream) -> own.Codes:
    return np.stack(list(reply), axis=1)


def assert_same_memory(one: FrameStream, two: FrameStream) -> None:
    """Positions, turns, keys and values, and what is still to be read."""
    ours, theirs = one.memory, two.memory
    assert (ours.read, ours.positions) == (theirs.read, theirs.positions)
    torch.testing.assert_close(torch.cat(ours.pieces, dim=3), torch.cat(theirs.pieces, dim=3))
    for piece, other in zip(ours.unread, theirs.unread, strict=True):
        assert_array_equal(piece, other)
    for turn, expected in zip(ours.turns, theirs.turns, strict=True):
        assert_array_equal(turn.codes, expected.codes)


@pytest.mark.parametrize(
    "options",
    [
        own.GREEDY,
        SAMPLED,
        replace(SAMPLED, temperature=1.3),
        replace(SAMPLED, top_k=7),
        replace(SAMPLED, top_k=2048),
    ],
)
def test_it_says_what_the_usual_step_says(voices: VoiceModel, options: SpeechOptions) -> None:
    memory = voices.prepare([CLIP])
    other, _ = static(voices)
    usual = voices.speak(memory, TEXT, options, most=9)
    expected = whole(usual)
    for _ in range(2):  # also in buffers that another reply was made in
        reply = other.speak(memory, TEXT, options, most=9)
        assert_array_equal(whole(reply), expected)
        assert reply.cut_short
        assert_same_memory(reply, usual)


def test_contexts_that_grow_out_of_a_window(voices: VoiceModel) -> None:
    """The first window is 512 positions; what was made in it is seen from the next."""
    other, _ = static(voices)
    clip = own.segment("the quick brown fox", own.random_codes(470))
    memory = voices.prepare([clip])
    assert memory.read < 508
    usual = voices.speak(memory, TEXT, SAMPLED, most=25)
    reply = other.speak(memory, TEXT, SAMPLED, most=25)
    assert_array_equal(whole(reply), whole(usual))
    assert memory.read < 512 < reply.memory.read
    assert_same_memory(reply, usual)


def test_to_the_last_position(checkpoint: Path) -> None:
    """The frame that is made ahead has no place of its own behind the model's last position."""
    voices = own.from_checkpoint(checkpoint)
    other, _ = static(voices)
    memory = voices.prepare([own.segment("the quick brown fox", own.random_codes(1_000))])
    memory = voices.prepare([own.segment("over there", own.random_codes(1_009))], memory)
    text = "the quick brown fox jumps over"
    assert memory.positions + len(voices.text.ids(text, 0)) + 8 + 1 == 2_048
    usual, reply = (v.speak(memory, text, SAMPLED, most=8) for v in (voices, other))
    assert_array_equal(whole(reply), whole(usual))
    assert reply.memory.positions == 2_048
    assert_same_memory(reply, usual)


def test_the_end_is_seen_one_frame_late_and_leaves_no_trace(checkpoint: Path) -> None:
    voices = own.from_oracle(taught_to_end(checkpoint, all_books=True), checkpoint)
    other, capture = static(voices)
    usual = voices.speak(voices.prepare([]), TEXT, own.GREEDY)
    expected = whole(usual)
    assert expected.shape == (32, ENDS_AFTER)
    reply = other.speak(voices.prepare([]), TEXT, own.GREEDY)
    assert_array_equal(whole(reply), expected)
    assert not reply.cut_short
    # Those that were heard, the one that ends it, and one that was begun in vain.
    assert capture.done == ENDS_AFTER + 2
    assert_same_memory(reply, usual)
    for text in ("thank you", TEXT):
        assert_array_equal(
            own.greedy(other, reply.memory, text, 6), own.greedy(voices, usual.memory, text, 6)
        )


def test_one_frame_is_on_its_way_while_one_is_looked_at(voices: VoiceModel) -> None:
    other, capture = static(voices)
    reply = other.speak(voices.prepare([CLIP]), TEXT, SAMPLED, most=5)
    done = []
    for _ in reply:
        done.append(capture.done)
    assert done == [2, 3, 4, 5, 5]


def test_a_reply_that_is_finished_early(voices: VoiceModel) -> None:
    memory = voices.prepare([CLIP])
    replies = [v.speak(memory, TEXT, SAMPLED) for v in (voices, static(voices)[0])]
    for reply in replies:
        for _ in range(4):
            next(reply)
        reply.finish()
        assert next(reply, None) is None
        assert not reply.cut_short
    assert_same_memory(*replies)


def test_a_reply_that_is_closed_makes_no_further_frame(voices: VoiceModel) -> None:
    memory = voices.prepare([CLIP])
    other, capture = static(voices)
    expected = own.take_frames(voices.speak(memory, TEXT, SAMPLED), 6)
    reply = other.speak(memory, TEXT, SAMPLED)
    next(reply)
    reply.close()
    assert capture.done == 2
    assert_array_equal(own.take_frames(other.speak(memory, TEXT, SAMPLED), 6), expected)


def test_replies_that_alternate_do_not_mix(voices: VoiceModel) -> None:
    memory = voices.prepare([CLIP])
    other, _ = static(voices)
    seeds = [replace(SAMPLED, seed=seed) for seed in (1, 2)]
    expected = [own.take_frames(voices.speak(memory, TEXT, options), 5) for options in seeds]
    replies = [other.speak(memory, TEXT, options) for options in seeds]
    frames = [[next(reply) for reply in replies] for _ in range(5)]
    for index, reply in enumerate(replies):
        reply.close()
        assert_array_equal(np.stack([pair[index] for pair in frames], axis=1), expected[index])


def test_what_was_captured_is_used_again_and_bounded(voices: VoiceModel) -> None:
    memory = voices.prepare([])
    other, capture = static(voices)
    other.reader.warm_up()
    assert capture.captured == 4  # the first frame, and windows of 512, 1,024 and 2,048
    for temperature in (0.5, 0.8, 1.1):
        whole(other.speak(memory, TEXT, replace(SAMPLED, temperature=temperature), most=3))
    assert capture.captured == 4
    for top_k in range(1, 9):
        whole(other.speak(memory, TEXT, replace(SAMPLED, top_k=top_k), most=2))
    assert capture.captured == 4 + 2 * 8
    assert MOST_CAPTURED < 2 * 8
    with other.reader.working() as step:
        assert isinstance(step, StaticStep)
        before = capture.captured
        step.warm_up()
        assert capture.captured == before + 3


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a card")
def test_where_nothing_can_be_captured_it_speaks_all_the_same(
    voices: VoiceModel, caplog: pytest.LogCaptureFixture
) -> None:
    reader = Prefill(voices.reader.model, CudaGraphs(torch.device("cuda")))
    other = VoiceModel(reader, voices.text)
    with caplog.at_level(logging.WARNING):
        reader.warm_up()
        memory = other.prepare([CLIP])
        said = own.take_frames(other.speak(memory, TEXT, SAMPLED), 4)
    assert_array_equal(said, own.take_frames(voices.speak(memory, TEXT, SAMPLED), 4))
    assert len(caplog.records) == 1
    assert "without a CUDA graph" in caplog.text
    assert "\n" not in caplog.records[0].message
    assert reader.note == NOT_CAPTURED


def _run_out_of_memory(voices: VoiceModel) -> None:
    with voices.reader.working() as step:
        step.kv.tensor.fill_(torch.nan)
        step.from_hidden = None  # type: ignore[method-assign, assignment]
        raise torch.OutOfMemoryError


def test_buffers_in_which_something_failed_are_not_used_again(voices: VoiceModel) -> None:
    """Memory may run out in the middle of a step; what follows is made in whole buffers."""
    memory = voices.prepare([CLIP])
    for other in (static(voices)[0], VoiceModel(Prefill(voices.reader.model), voices.text)):
        expected = own.take_frames(other.speak(memory, TEXT, SAMPLED), 3)
        with pytest.raises(torch.OutOfMemoryError):
            _run_out_of_memory(other)
        assert_array_equal(own.take_frames(other.speak(memory, TEXT, SAMPLED), 3), expected)
