"""The codec: sound to codec tokens, and codec tokens to sound, whole or as they come.

Example::

    codec = MimiCodec(MimiWeights.open(path))
    with codec.stream() as stream:
        for codes in frames:                  # int16 [32, 1]
            play(stream.decode(codes))        # float32 [1920]
"""

from __future__ import annotations

import copy
import threading
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from studio.codec import mimi_spec as spec
from studio.codec.decoder import Decoder, DecoderState
from studio.codec.mimi_weights import MimiWeights
from studio.codec.to_host import ToHost
from studio.errors import EngineError
from studio.types import FRAME_SAMPLES, SAMPLE_RATE, Audio, CodecTokens

if TYPE_CHECKING:
    from studio.codec.encoder import Encoder

# Longer pieces gain nothing on a CPU, and the room for one is part of every stream's memory.
_STREAM_FRAMES: Final = 8
_WHOLE_FRAMES: Final = 32


class MimiCodec:
    """Mimi with 32 codebooks in float32. Safe to use from several threads.

    The encoder half is loaded with the first clip, so that a studio that only speaks never holds
    it; ``weights`` must stay readable until then. It runs on the processor wherever the decoder
    does: a card rounds convolutions to 10 bits unless the whole process forbids it, and one clip
    would have other tokens on other machines. Where it can be compiled, the decoder runs in C,
    unless ``native`` is False.

    Raises:
        EngineUnavailableError: the weights are not Mimi's; the message says how.
    """

    name: Final = spec.NAME

    def __init__(
        self, weights: MimiWeights, device: str | torch.device = "cpu", *, native: bool = True
    ) -> None:
        self._weights = weights
        self._device = torch.device(device)
        self._decoder = Decoder(weights, self._device, native)
        self._encoder: Encoder | None = None
        self._loading = threading.Lock()

    @cached_property
    def revision(self) -> str:
        """16 hex digits over all weights: equal weights, equal revision, in whichever file."""
        return self._weights.revision()

    def encode(self, audio: Audio) -> CodecTokens:
        """The tokens of ``audio`` at 24 kHz; silence fills the last frame up."""
        if audio.sample_rate != SAMPLE_RATE:
            raise ValueError(f"the codec takes {SAMPLE_RATE} Hz, not {audio.sample_rate}")
        with torch.inference_mode():
            if not len(audio.samples):
                codes = np.empty((spec.CODEBOOKS, 0), np.int16)
            else:
                samples = torch.tensor(audio.samples)
                codes = self._loaded_encoder()(samples).to(torch.int16).numpy()
        return CodecTokens(codes, self.name, self.revision)

    def decode(self, codes: NDArray[np.integer[Any]]) -> NDArray[np.float32]:
        """Codes [32, frames] as sound: float32 [frames * 1920], equal to the stream's.

        Raises:
            EngineError: a code is outside the codebooks.
        """
        return _decode(self._decoder, codes, self._decoder.start(_WHOLE_FRAMES), _WHOLE_FRAMES)

    def stream(self) -> MimiStream:
        """A new stream, which begins in silence; any number of them may be open."""
        return MimiStream(self._decoder)

    def _loaded_encoder(self) -> Encoder:
        with self._loading:
            if self._encoder is None:
                # Imports moshi, which only clips need.
                from studio.codec.encoder import Encoder

                codewords = self._decoder.codewords.cpu()
                self._encoder = Encoder(self._weights, codewords, torch.device("cpu"))
            return self._encoder


class MimiStream:
    """One utterance on its way to sound; frames join exactly. For one thread at a time.

    On a graphics card it has a queue of its own, of high priority, so that a chunk does not wait
    behind the frames that are being made meanwhile.
    """

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder
        on_card = decoder.device.type == "cuda"
        self._queue = torch.cuda.Stream(decoder.device, priority=-1) if on_card else None  # type: ignore[no-untyped-call]
        with self._in_queue():
            self._state: DecoderState | None = decoder.start(_STREAM_FRAMES)

    def decode(self, codes: NDArray[np.integer[Any]]) -> NDArray[np.float32]:
        """The next codes [32, frames] as sound: float32 [frames * 1920].

        Raises:
            EngineError: a code is outside the codebooks; the stream stays where it was.
        """
        if self._state is None:
            raise ValueError("the stream is closed")
        with self._in_queue():
            return _decode(self._decoder, codes, self._state, _STREAM_FRAMES)

    def _in_queue(self) -> AbstractContextManager[object]:
        return nullcontext() if self._queue is None else torch.cuda.stream(self._queue)

    def mark(self) -> DecoderState:
        """Where the stream is, for ``rewind``: a copy of some 16 MB."""
        if self._state is None:
            raise ValueError("the stream is closed")
        with torch.inference_mode():
            return copy.deepcopy(self._state)

    def rewind(self, mark: DecoderState) -> None:
        """Go back to ``mark``, as if nothing had been decoded since; any number of times."""
        with torch.inference_mode():
            self._state = copy.deepcopy(mark)

    def close(self) -> None:
        """Free what the stream remembers; closing twice does nothing."""
        self._state = None

    def __enter__(self) -> MimiStream:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _decode(
    decoder: Decoder, codes: NDArray[np.integer[Any]], state: DecoderState, most_frames: int
) -> NDArray[np.float32]:
    _require_codes(codes)
    frames = codes.shape[1]
    sound = np.empty(frames * FRAME_SAMPLES, np.float32)
    with torch.inference_mode():
        rows = torch.from_numpy(codes.astype(np.int64)).to(decoder.device)
        for start in range(0, frames, most_frames):
            made = ToHost(decoder(rows[:, start : start + most_frames], state)).read().numpy()
            first = start * FRAME_SAMPLES
            sound[first : first + len(made)] = made
    return sound


def _require_codes(codes: NDArray[np.integer[Any]]) -> None:
    if codes.ndim != 2 or codes.shape[0] != spec.CODEBOOKS or codes.dtype.kind not in "iu":
        raise ValueError(
            f"codes are integers [{spec.CODEBOOKS}, frames], not {codes.dtype} {list(codes.shape)}"
        )
    wrong = codes[(codes < 0) | (codes >= spec.CODEBOOK_SIZE)]
    if len(wrong):
        raise EngineError(
            f"The codec has no code {wrong[0]}; its codes run from 0 to {spec.CODEBOOK_SIZE - 1}. "
            "The tokens were not made for it: make them again from the sound."
        )
