"""The basic voice, stopped in the middle: how much of its work falls between two frames."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from studio.engines.parametric.carrying import CarriedSource
from studio.engines.parametric.context import ParametricContext
from studio.engines.parametric.delivery import Delivery
from studio.engines.parametric.espeak import Espeak, Rendering
from studio.engines.parametric.frames import Framer, Outlet
from studio.engines.parametric.speaking import speak
from studio.engines.parametric.voice import ParametricVoice
from studio.types import FRAME_SAMPLES, SpeechFrame, SpeechOptions
from tests.engines.conftest import make_ready

TEXT = (
    "I met them at the station this morning, and we walked home through the long and winding "
    "streets of the old town without a single word between us. It was late!"
)


class Watched:
    """The source of the real voice; it notes what was taken from it, and that it was let go."""

    def __init__(self, source: CarriedSource) -> None:
        self._source = source
        self.parts: list[int] = []
        """The samples of each part; 0 where only a step was done."""
        self.let_go = 0

    def render(self, spoken: str, delivery: Delivery) -> Rendering:
        return self._source.render(spoken, delivery)

    def sound(
        self, rendering: Rendering, delivery: Delivery, closeness: float
    ) -> Iterator[NDArray[np.float32]]:
        try:
            for part in self._source.sound(rendering, delivery, closeness):
                self.parts.append(len(part))
                yield part
        finally:
            self.let_go += 1


@pytest.fixture
def watched() -> Iterator[Watched]:
    context = make_ready("parametric").context
    assert isinstance(context, ParametricContext)
    assert isinstance(context.voice, ParametricVoice)
    espeak = Espeak()
    yield Watched(CarriedSource(context.voice, context.calibration, espeak))
    espeak.close()


def test_at_most_one_step_is_done_between_two_frames(watched: Watched) -> None:
    stream = speak(watched, TEXT, SpeechOptions(seed=3), language="en", gain_db=0.0)
    next(stream)
    done = [len(watched.parts)]
    for _ in stream:
        done.append(len(watched.parts))
    assert max(np.diff(done)) == 1
    blocks = sum(samples > 0 for samples in watched.parts)
    assert blocks >= 5, "two sentences, the first in several blocks"
    assert len(watched.parts) == 3 * blocks + 2, "three steps a block, and the pitch of a sentence"


@pytest.mark.parametrize("taken", [1, 5, 8, 20])
def test_nothing_is_made_after_the_stream_was_closed(watched: Watched, taken: int) -> None:
    stream = speak(watched, TEXT, SpeechOptions(seed=3), language="en", gain_db=0.0)
    for _ in range(taken):
        next(stream)
    done = len(watched.parts)
    stream.close()
    assert len(watched.parts) == done
    assert watched.let_go == 1


def test_frames_that_wait_keep_their_order_and_none_is_lost() -> None:
    framer, outlet = Framer(10), Outlet()
    given: list[SpeechFrame] = []
    for frames in (2, 1, 7, 0):
        given += outlet.push(framer.push(np.zeros(frames * FRAME_SAMPLES + 1, np.float32)))
        given += outlet.one()
    assert len(given) < 10
    given += outlet.rest()
    assert [frame.index for frame in given] == list(range(10))
    assert not [*outlet.one(), *outlet.rest()]
