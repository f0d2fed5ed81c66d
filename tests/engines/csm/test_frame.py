"""The step that makes a frame: nothing in it depends on what a tensor holds."""

from __future__ import annotations

from itertools import pairwise

import torch

from studio.engines.csm.model.frame import FrameStep
from studio.engines.csm.model.kv import MovingPlace
from studio.engines.csm.model.sampling import Sampling
from studio.engines.csm.talk.generating import VoiceModel
from tests.engines.csm import own

GREEDY = Sampling(0.0, 1)


@torch.inference_mode()
def test_a_position_that_only_the_device_knows(voices: VoiceModel) -> None:
    """As in a captured graph: one place for all frames, of fixed size, moved on by a tensor."""
    memory = voices.prepare([own.segment("the quick brown fox", own.random_codes(9))])
    rows = [voices.text.ids("how are you?", 0)]
    start = memory.read + len(rows[0])
    frames = []
    for moving in (False, True):
        with voices.reader.working() as step:
            hidden = voices.reader.continue_from(step, memory, rows)
            frame = step.from_hidden(hidden, GREEDY, None)
            place = MovingPlace(step.kv, window=64)
            spoken = [frame]
            for at in range(start, start + 8):
                place.positions.fill_(at)
                frame = step(frame, place if moving else step.kv.place(at, 1), GREEDY, None)
                spoken.append(frame)
            frames.append(torch.stack(spoken))
    assert torch.equal(*frames)
    assert all(not torch.equal(one, two) for one, two in pairwise(frames[0]))


@torch.inference_mode()
def test_what_was_never_read_is_never_looked_at(voices: VoiceModel) -> None:
    """It is not a number, so one look at it would be seen in everything that follows."""
    step = FrameStep(voices.reader.model)
    assert step.kv.tensor.isnan().all()
    hidden = voices.reader.continue_from(
        step, voices.prepare([]), [voices.text.ids("how are you?", 0)]
    )
    assert hidden.isfinite().all()
