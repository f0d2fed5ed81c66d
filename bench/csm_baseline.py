"""CSM as transformers runs it: the same weights in bfloat16, ``generate`` as its guide has it."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import torch
from transformers import CsmForConditionalGeneration, logging
from transformers.generation.streamers import BaseStreamer

NAME = "transformers bf16"
PROMPT_ROWS = 40
"""Of text. The time of a frame hardly depends on what was read before."""


class Transformers:
    """Makes frames of codes. It makes no sound of them, which ours does in its time."""

    def __init__(self, folder: Path, device: str) -> None:
        logging.set_verbosity_error()
        logging.disable_progress_bar()
        model = CsmForConditionalGeneration.from_pretrained(folder, dtype=torch.bfloat16)
        self._model = model.eval().to(device)
        self._ids = torch.arange(PROMPT_ROWS, device=device)[None]
        self.frame_seconds(1)  # the first call of all sets things up

    def frame_seconds(self, frames: int) -> list[float]:
        """Seconds from frame to frame, of ``frames`` of them at most, without the first."""
        clock = _Clock(self._ids.device)
        with torch.inference_mode():
            self._model.generate(
                input_ids=self._ids,
                attention_mask=torch.ones_like(self._ids),
                max_new_tokens=frames + 1,
                do_sample=True,
                depth_decoder_do_sample=True,
                streamer=clock,
            )
        # The first step is what was passed in, the second one reads it.
        steps: list[float] = np.diff(clock.times)[1:].tolist()
        return steps


class _Clock(BaseStreamer):
    """When each frame was there, on whatever device it was made."""

    def __init__(self, device: torch.device) -> None:
        self.times: list[float] = []
        self._device = device

    def put(self, value: torch.Tensor) -> None:
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)
        self.times.append(time.perf_counter())

    def end(self) -> None:
        pass
