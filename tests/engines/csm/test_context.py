"""What was read is a value: shared by forks, kept in a file, refused when it does not fit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from numpy.testing import assert_array_equal
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from studio.engines.base import Context
from studio.engines.csm.talk import context as contexts
from studio.engines.csm.talk.context import CsmContext
from studio.engines.csm.talk.generating import VoiceModel
from studio.errors import ContextMismatchError
from tests.engines.csm import own

CPU = torch.device("cpu")
CLIP = own.segment("the quick brown fox", own.random_codes(9))


@pytest.fixture
def kept(voices: VoiceModel, tmp_path: Path) -> Path:
    path = tmp_path / "voice.safetensors"
    contexts.save(CsmContext(voices.prepare([CLIP])), "weights", path)
    return path


def test_it_is_a_context(voices: VoiceModel) -> None:
    context = CsmContext(voices.prepare([CLIP]))
    assert isinstance(context, Context)
    assert (
        context.positions
        == context.voice_positions
        == len(voices.text.ids(CLIP.transcript, 0)) + 10
    )


def test_a_fork_shares_and_does_not_follow(voices: VoiceModel) -> None:
    context = CsmContext(voices.prepare([CLIP]))
    fork = context.fork()
    assert fork.memory.pieces[0].data_ptr() == context.memory.pieces[0].data_ptr()
    reply = voices.speak(fork.memory, "how are you?", own.GREEDY, most=3)
    list(reply)
    fork.memory = reply.memory
    assert fork.positions > context.positions == fork.voice_positions
    assert fork.memory.pieces[0].data_ptr() == context.memory.pieces[0].data_ptr()
    assert fork.nbytes > context.nbytes > 0


@pytest.mark.parametrize("continued", [False, True])
@pytest.mark.parametrize("replies", [0, 1, 2])
def test_it_is_kept_whole(
    replies: int, continued: bool, voices: VoiceModel, tmp_path: Path
) -> None:
    memory = voices.prepare([CLIP], continued=continued)
    for index in range(replies):
        reply = voices.speak(memory, f"turn {index}", own.GREEDY, most=index + 1)
        list(reply)
        memory = reply.memory
    contexts.save(CsmContext(memory), "weights", tmp_path / "a.safetensors")
    loaded = contexts.load("weights", CPU, tmp_path / "a.safetensors").memory
    assert loaded.positions == memory.positions
    assert loaded.pinned == memory.pinned
    assert (loaded.held_back is None) == (memory.held_back is None)
    assert [t.text for t in loaded.turns] == [t.text for t in memory.turns]
    for ours, theirs in zip(loaded.turns, memory.turns, strict=True):
        assert ours.codes is not None
        assert theirs.codes is not None
        assert_array_equal(ours.codes, theirs.codes)
    if memory.pieces:
        assert torch.equal(loaded.pieces[0], torch.cat(memory.pieces, dim=3))
    expected = own.greedy(voices, memory, "over there", 4)
    assert_array_equal(own.greedy(voices, loaded, "over there", 4), expected)


def test_of_other_weights(kept: Path) -> None:
    with pytest.raises(ContextMismatchError, match="another engine or version"):
        contexts.load("other weights", CPU, kept)


def test_not_there_or_not_one_at_all(kept: Path, tmp_path: Path) -> None:
    with pytest.raises(ContextMismatchError, match="damaged"):
        contexts.load("weights", CPU, tmp_path / "none.safetensors")
    kept.write_bytes(b"not a context")
    with pytest.raises(ContextMismatchError, match="damaged"):
        contexts.load("weights", CPU, kept)


@pytest.mark.parametrize("where", [0.3, 0.6, 0.99])
def test_truncated_or_with_one_wrong_byte(kept: Path, where: float) -> None:
    whole = kept.read_bytes()
    at = int(len(whole) * where)
    kept.write_bytes(whole[:at])
    with pytest.raises(ContextMismatchError, match="damaged"):
        contexts.load("weights", CPU, kept)
    kept.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    with pytest.raises(ContextMismatchError, match="damaged"):
        contexts.load("weights", CPU, kept)


@pytest.mark.parametrize(
    "change",
    [
        {"format": "0"},
        {"figures": "{"},
        {"figures": json.dumps({"turns": [], "unread": 0, "pinned": 0, "continues": False})},
        {"figures": "{}"},
    ],
)
def test_with_a_header_that_was_altered(kept: Path, change: dict[str, str]) -> None:
    with safe_open(kept, framework="pt") as file:
        header = file.metadata()
    save_file(load_file(kept), kept, metadata=header | change)
    with pytest.raises(ContextMismatchError):
        contexts.load("weights", CPU, kept)
