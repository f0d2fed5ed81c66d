"""Speech on a graphics card that is lent: made in a process that has the card, heard in this one.

This process keeps the weights in its memory and whatever was said as ids and codes. The other one
is forked with the weights, moves them to the card, reads the whole conversation anew, which a card
does in a moment, and sends frames. Keys and values never leave it: they would be megabytes for each
reply, and can always be made again.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from typing import Final

import torch

from studio.codec.mimi import MimiCodec
from studio.codec.mimi_weights import MimiWeights
from studio.engines.base import Lend
from studio.engines.csm.card.captured import capture_on
from studio.engines.csm.files.checkpoint import Checkpoint
from studio.engines.csm.identity import NAME
from studio.engines.csm.out_of_memory import out_of_memory_told
from studio.engines.csm.start.assemble import ModelParts, build_model
from studio.engines.csm.talk.context import CsmContext, ReadTurns, unread
from studio.engines.csm.talk.generating import VoiceModel
from studio.engines.csm.talk.prefill import Prefill
from studio.engines.csm.talk.speak import speak
from studio.text.prepared import PreparedText
from studio.types import SpeechFrame, SpeechOptions

START_S: Final = 15.0
"""To get the process, to move the weights, to make the kernels and to read a long conversation: the
first sound came after 3.2 s in a new process beside an H200, after 6.2 s step by step."""

CHARACTER_S: Final = 0.1
"""For each character of the text, should nothing be captured: step by step the H200 took 0.1 s for
a frame, which is more than one character. Captured, it took 4 ms."""

MOST_S: Final = 120.0
"""All that a visitor who is not signed in has for a day; who asks for more is refused."""


def seconds_for(memory: ReadTurns, text: PreparedText, options: SpeechOptions) -> float:
    """How long to ask for the card at most, to speak ``text``."""
    return min(MOST_S, START_S + CHARACTER_S * len(text.spoken))


class LentVoices:
    """A ``VoiceModel`` that is in this process's memory, speaking on ``device`` in another one."""

    def __init__(
        self, lend: Lend, device: torch.device, checkpoint: Checkpoint, caution: bool
    ) -> None:
        self._caution = caution
        self._device = device
        self._checkpoint = checkpoint
        self._here: VoiceModel | None = None
        self._there: tuple[VoiceModel, MimiCodec] | None = None
        """In the other process only, which may be asked more than once."""
        self._spoken = lend(NAME, self._speak, seconds_for)

    def speak(
        self, voices: VoiceModel, context: CsmContext, text: PreparedText, options: SpeechOptions
    ) -> Generator[SpeechFrame, None, None]:
        """What ``speak`` does, elsewhere. ``context`` has nothing but what is unread."""
        self._here = voices
        with closing(self._spoken(context.memory, text, options)) as made:
            for item in made:
                if isinstance(item, ReadTurns):
                    context.memory = item
                else:
                    yield item

    def close(self) -> None:
        """Let go of the weights."""
        self._here = None

    def _speak(
        self, memory: ReadTurns, text: PreparedText, options: SpeechOptions
    ) -> Generator[SpeechFrame | ReadTurns, None, None]:
        """The frames and, last, all that was said. For the other process."""
        context = CsmContext(memory)
        with out_of_memory_told():
            voices, codec = self._on_the_card()
            yield from speak(voices, codec, context, text, options, caution=self._caution)
        yield unread(context.memory)

    def _on_the_card(self) -> tuple[VoiceModel, MimiCodec]:
        if self._there is None:
            here, device = self._here, self._device
            assert here is not None
            model = here.reader.model
            moved = build_model(ModelParts(model, device), model.shape, model.dtype, device)
            weights = MimiWeights(self._checkpoint.entries, self._checkpoint.tensor)
            # All of it is new: a lock that was held at the fork is held in this process for ever.
            reader = Prefill(moved, capture_on(device))
            self._there = VoiceModel(reader, here.text), MimiCodec(weights, device)
        return self._there
