"""What the backbone has read: a value that is forked for each request and kept in a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from studio.engines import context_file
from studio.engines.base import Context
from studio.engines.csm.talk.prompt import PromptTurn, Rows, count, skip

FORMAT: Final = "2"
"""Changes with the layout of the prompt, of the keys and values, or of the file."""


@dataclass(frozen=True, eq=False)
class ReadTurns:
    """Everything that was read. Its tensors are never written to, so any number may share them.

    ``pieces`` are the keys and values of the positions read so far, one after another, each
    [layers, 2, kv_heads, positions, head_dim]; ``unread`` comes next and is read together with the
    text of the next turn. The first ``pinned`` of ``turns`` are the voice. ``held_back`` is a clip
    to be continued: it will be read together with the text that is to be spoken, as one turn.
    """

    pieces: tuple[Tensor, ...] = ()
    unread: tuple[Rows, ...] = ()
    turns: tuple[PromptTurn, ...] = ()
    pinned: int = 0
    held_back: PromptTurn | None = None

    @property
    def read(self) -> int:
        """Positions whose keys and values are there."""
        return sum(piece.shape[3] for piece in self.pieces)

    @property
    def positions(self) -> int:
        """Positions that are used, those of a held clip included."""
        # The clip goes on in what is spoken next, so it has no end frame.
        clip = 0 if self.held_back is None else self.held_back.positions - 1
        return self.read + count(self.unread) + clip

    @property
    def nbytes(self) -> int:
        return sum(piece.nbytes for piece in self.pieces)

    def first(self, positions: int) -> tuple[Tensor, ...]:
        """The pieces of the first ``positions``, shared."""
        kept, left = [], positions
        for piece in self.pieces:
            if left <= 0:
                break
            kept.append(piece[:, :, :, :left])
            left -= piece.shape[3]
        return tuple(kept)


def unread(memory: ReadTurns) -> ReadTurns:
    """``memory`` as if nothing of it had been read: ids and codes alone, 64 bytes a frame."""
    rows = [piece for turn in memory.turns for piece in turn.rows]
    return replace(memory, pieces=(), unread=tuple(rows))


class CsmContext:
    """A voice and the conversation so far. Speaking on it replaces its memory, never alters it."""

    def __init__(self, memory: ReadTurns) -> None:
        self.memory = memory

    @property
    def positions(self) -> int:
        return self.memory.positions

    @property
    def voice_positions(self) -> int:
        """Positions of the voice prompt, out of ``positions``."""
        memory = self.memory
        voice = sum(turn.positions for turn in memory.turns[: memory.pinned])
        return voice if memory.held_back is None else voice + memory.held_back.positions - 1

    @property
    def nbytes(self) -> int:
        """Bytes of keys and values; a fork shares them."""
        return self.memory.nbytes

    def fork(self) -> CsmContext:
        """Costs nothing: both share what was read."""
        return CsmContext(self.memory)

    def let_go(self) -> CsmContext:
        """The same, to be read again: what was said, without its keys and values."""
        return CsmContext(unread(self.memory))

    def resumed(self, voice: Context) -> CsmContext:
        """The same with the keys and values of ``voice``, which it begins with."""
        if not isinstance(voice, CsmContext):
            return self
        begun = voice.memory
        rows = unread(self.memory).unread
        rest = tuple(skip(rows, begun.read))
        return CsmContext(replace(self.memory, pieces=begun.pieces, unread=rest))


def save(context: CsmContext, fingerprint: str, path: Path) -> None:
    """Write ``context``; ``fingerprint`` names the engine whose weights read it."""
    memory = context.memory
    tensors = {f"unread.{index}": torch.tensor(rows) for index, rows in enumerate(memory.unread)}
    turns = [*memory.turns, *([] if memory.held_back is None else [memory.held_back])]
    for index, turn in enumerate(turns):
        tensors[f"turn.{index}.ids"] = torch.tensor(turn.ids)
        if turn.codes is not None:
            tensors[f"turn.{index}.codes"] = torch.tensor(turn.codes)
    if memory.pieces:
        tensors["kv"] = torch.cat(memory.pieces, dim=3).cpu()
    figures = {
        "turns": [[turn.speaker, turn.text] for turn in turns],
        "unread": len(memory.unread),
        "pinned": memory.pinned,
        "continues": memory.held_back is not None,
    }
    context_file.save(path, fingerprint, FORMAT, tensors, figures)


def load(fingerprint: str, device: torch.device, path: Path) -> CsmContext:
    """Read what ``save`` wrote.

    Raises:
        ContextMismatchError: the file is damaged or was made by an engine of other weights.
    """

    def context_of(tensors: Mapping[str, Tensor], figures: Mapping[str, Any]) -> CsmContext:
        return CsmContext(_read_turns(tensors, figures, device))

    return context_file.load(path, fingerprint, FORMAT, context_of)


def _read_turns(
    tensors: Mapping[str, Tensor], figures: Mapping[str, Any], device: torch.device
) -> ReadTurns:
    turns = []
    for index, (speaker, text) in enumerate(figures["turns"]):
        codes: Any = tensors.get(f"turn.{index}.codes")
        ids = tensors[f"turn.{index}.ids"].numpy()
        turns.append(PromptTurn(int(speaker), text, ids, None if codes is None else codes.numpy()))
    held_back = turns.pop() if figures["continues"] else None
    return ReadTurns(
        pieces=(tensors["kv"].to(device),) if "kv" in tensors else (),
        unread=tuple(tensors[f"unread.{index}"].numpy() for index in range(figures["unread"])),
        turns=tuple(turns),
        pinned=int(figures["pinned"]),
        held_back=held_back,
    )
