"""What quantising changes in what CSM says, on the weights that are on this machine.

The model in bfloat16 speaks a text in a voice, at the studio's own sampling with a fixed seed. Then
each quantised model reads the same voice, the same text and, frame by frame, what was spoken, and
is asked at every code what it would say next (teacher forcing): so that one early difference does
not make everything after it different. Everything runs as it does when the studio speaks, one row
at a time; one model is in memory at a time.

For each codebook: the Kullback-Leibler divergence from bfloat16 to the quantised model at
temperature 1, in nats, and how often both find the same code the likeliest.
"""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from bench import machine
from bench.csm_voice import Voice, starter
from bench.csm_weights import CsmSubject
from bench.figures import Report
from bench.material import SENTENCES
from bench.random_csm import write_checkpoint
from studio.cli.answer import table
from studio.codec.mimi import MimiCodec
from studio.codec.mimi_weights import MimiWeights
from studio.engines.csm.files.checkpoint import Checkpoint, open_checkpoint
from studio.engines.csm.model.kv import KvBuffers
from studio.engines.csm.model.network import CsmModel
from studio.engines.csm.model.sampling import Sampling, sample
from studio.engines.csm.start.loading import Plan, load_model
from studio.engines.csm.talk.generating import VoiceModel
from studio.engines.csm.talk.prefill import Prefill
from studio.engines.csm.talk.prompt import PromptText, count
from studio.errors import OptionsError
from studio.types import FRAME_S, Segment, SpeechOptions

FRAMES: Final = 100
QUICK_FRAMES: Final = 25
TEXT: Final = " ".join(SENTENCES[:3])
"""Ten seconds and more: as many frames as are compared."""

OPTIONS: Final = SpeechOptions(seed=1)
Choose = Callable[[int, int, Tensor], Tensor]
"""The code [1] for (frame, codebook, logits [1, codes])."""


@dataclass(frozen=True, eq=False)
class Prompt:
    """What every model reads before the first frame: clips with tokens, and then the text."""

    clips: tuple[Segment, ...]
    text: PromptText


@dataclass(frozen=True, eq=False)
class Script:
    """What bfloat16 said: ``frames`` int64 [n, codebooks], and the ``logits`` float32
    [n, codebooks, codes] that it drew them from."""

    frames: Tensor
    logits: Tensor


@dataclass(frozen=True)
class Distance:
    """How far a model is from the script, for each codebook."""

    divergence: list[float]
    agreement: list[float]

    def summary(self) -> dict[str, float]:
        first, others = slice(0, 1), slice(1, None)
        return {
            f"{name}_{books}": round(_mean(values[which]), 5)
            for name, values in (("kl", self.divergence), ("agreement", self.agreement))
            for books, which in (("codebook_0", first), ("codebooks_1_31", others))
        }


def measure(subject: CsmSubject, voice: Voice | None, folder: Path, *, quick: bool) -> Report:
    """Compare the models of ``subject``; ``folder`` is for weights that have to be made.

    Raises:
        StudioError: the weights or the voice cannot be used; the message says what to do.
    """
    voice = voice or starter()
    checkpoint = open_checkpoint(str(subject.folder or write_checkpoint(folder / "model")))
    prompt = prompt_of(checkpoint, voice)
    _say("bfloat16 speaks")
    script = speak(load(checkpoint, "none"), prompt, QUICK_FRAMES if quick else FRAMES)
    if not len(script.frames):
        raise OptionsError("The model said nothing in this voice. Choose another with --voice.")
    distances = {}
    for kind in subject.kinds:
        gc.collect()
        _say(f"{kind} reads what it said")
        distances[kind] = distance(load(checkpoint, kind), prompt, script)
    return _report(subject, voice, script, distances)


def prompt_of(checkpoint: Checkpoint, voice: Voice) -> Prompt:
    """``voice`` with its clips encoded by the codec of ``checkpoint``."""
    codec = MimiCodec(MimiWeights(checkpoint.entries, checkpoint.tensor))
    clips = []
    for clip in voice.clips:
        assert clip.audio is not None
        clips.append(replace(clip, tokens=codec.encode(clip.audio)))
    return Prompt(tuple(clips), PromptText(checkpoint.tokenizer_path, checkpoint.shape))


def load(checkpoint: Checkpoint, kind: str) -> Prefill:
    """The model kept as ``kind``, made in memory: nothing is left on the disk."""
    return Prefill(load_model(checkpoint, Plan.choose(kind, "cpu")).model)


def speak(reader: Prefill, prompt: Prompt, most: int) -> Script:
    """What the model says after ``prompt``, at most ``most`` frames."""
    sampling = Sampling(OPTIONS.temperature, OPTIONS.top_k)
    generator = torch.Generator(reader.model.device).manual_seed(OPTIONS.seed)
    books = reader.model.shape.codebooks
    noise: Tensor | None = None

    def draw(_: int, book: int, logits: Tensor) -> Tensor:
        nonlocal noise
        if book == 0:
            noise = sampling.draw_noise(books, generator)
        return sample(logits, sampling, None if noise is None else noise[book : book + 1])

    said = list(_follow(reader, prompt, draw, most))
    if not said:
        return Script(torch.zeros(0, books, dtype=torch.int64), torch.zeros(0, books, 0))
    frames, logits = zip(*said, strict=True)
    return Script(torch.stack(frames), torch.stack(logits))


def distance(reader: Prefill, prompt: Prompt, script: Script) -> Distance:
    """How far the model is from ``script``, which it reads after ``prompt``."""

    def forced(frame: int, book: int, _: Tensor) -> Tensor:
        return script.frames[frame, book : book + 1]

    divergence, agreement = [], []
    read_along = _follow(reader, prompt, forced, len(script.frames))
    for expected, (_, logits) in zip(script.logits, read_along, strict=True):
        divergence.append(divergence_of(expected, logits))
        agreement.append((expected.argmax(dim=-1) == logits.argmax(dim=-1)).double())
    return Distance(
        torch.stack(divergence).mean(dim=0).tolist(), torch.stack(agreement).mean(dim=0).tolist()
    )


def divergence_of(expected: Tensor, logits: Tensor) -> Tensor:
    """KL(expected || logits) in nats, float64 [codebooks], of logits [codebooks, codes]."""
    sure, unsure = expected.double().log_softmax(dim=-1), logits.double().log_softmax(dim=-1)
    return (sure.exp() * (sure - unsure)).sum(dim=-1)


@torch.inference_mode()
def _follow(
    reader: Prefill, prompt: Prompt, choose: Choose, most: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """Frames int64 [codebooks] as ``choose`` has them, with their logits float32
    [codebooks, codes]; up to the frame that ends the speech, or ``most``."""
    model = reader.model
    depth = model.new_depth_buffers()
    memory = VoiceModel(reader, prompt.text).prepare(prompt.clips)
    rows = (*memory.unread, prompt.text.ids(TEXT, prompt.clips[-1].speaker))
    at = memory.read + count(rows)
    with reader.working() as step:
        hidden = reader.continue_from(step, memory, rows)
        for number in range(most):
            frame, logits = _frame(model, depth, hidden, partial(choose, number))
            if not frame.any():
                return
            yield frame, logits
            hidden = model.backbone(model.embed_frames(frame[None]), step.kv.place(at, 1))
            at += 1


def _frame(
    model: CsmModel, depth: KvBuffers, hidden: Tensor, choose: Callable[[int, Tensor], Tensor]
) -> tuple[Tensor, Tensor]:
    """One frame and its logits after ``hidden`` [1, hidden], the backbone's last row."""
    logits = [model.codebook0_head(hidden)]
    codes = [choose(0, logits[0])]
    rows = torch.cat((model.depth_projector(hidden), model.embed_code(codes[0], 0)))
    at = 0
    for book in range(1, model.shape.codebooks):
        row = model.depth(rows, depth.place(at, len(rows)))[-1:]
        at += len(rows)
        logits.append(model.depth_heads[book - 1](row))
        codes.append(choose(book, logits[-1]))
        rows = model.embed_code(codes[-1], book)
    return torch.cat(codes), torch.cat(logits).float()


def _report(
    subject: CsmSubject, voice: Voice, script: Script, distances: dict[str, Distance]
) -> Report:
    where = machine.describe()
    frames = len(script.frames)
    data: dict[str, Any] = {
        "machine": where,
        "weights": subject.about,
        "random_weights": subject.random,
        "voice": voice.name,
        "frames": frames,
        "sampling": {
            "seed": OPTIONS.seed, "temperature": OPTIONS.temperature, "top_k": OPTIONS.top_k,
        },
        "against": "bfloat16",
        "kinds": {
            kind: {
                **one.summary(),
                "kl": [round(value, 5) for value in one.divergence],
                "agreement": [round(value, 4) for value in one.agreement],
            }
            for kind, one in distances.items()
        },
    }  # fmt: skip
    text = [
        machine.sentence(where),
        subject.about,
        f"{frames} frames ({frames * FRAME_S:.1f} s) said by bfloat16 in the voice {voice.name!r}.",
        "",
        _table(distances),
        "",
        "KL: divergence from bfloat16 in nats, 0 is no difference. Same: how often both find the "
        "same code the likeliest.",
        "",
        json.dumps(data),
    ]
    return Report(data, "\n".join(text))


def _table(distances: dict[str, Distance]) -> str:
    heads = ["Codebook"]
    for kind in distances:
        heads += [f">{kind} KL", f">{kind} same"]
    books = len(next(iter(distances.values())).divergence)
    chosen = [(str(book), slice(book, book + 1)) for book in range(books)]
    chosen.append((f"1 to {books - 1}", slice(1, None)))
    rows = []
    for name, which in chosen:
        row = [name]
        for one in distances.values():
            row += [f"{_mean(one.divergence[which]):.4f}", f"{_mean(one.agreement[which]):.1%}"]
        rows.append(row)
    return table(heads, rows)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _say(what: str) -> None:
    print(f"bench: csm: {what} ...", file=sys.stderr, flush=True)
