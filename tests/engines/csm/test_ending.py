"""How a reply ends: by a frame of zeros in all 32 codebooks, at its longest, or by being closed.

A random model never says that it has finished, so these are random models that were taught to.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from transformers import CsmForConditionalGeneration

from studio.engines.csm.talk.generating import VoiceModel
from studio.engines.csm.talk.prompt import PromptText
from studio.errors import EngineError
from tests.engines.csm import own
from tests.engines.csm.tiny import link_zeros, make_model

TEXT = "how are you today?"
ENDS_AFTER = 5


@torch.no_grad()
def taught_to_end(folder: Path, *, all_books: bool) -> CsmForConditionalGeneration:
    """A model that ends ``TEXT``, spoken without a voice, after ``ENDS_AFTER`` frames.

    Without ``all_books`` the last codebook does not go along with the others. The head of
    codebook 0 answers to the state of the backbone at that frame, and to none before.
    """
    model = make_model(tied=False)
    mark = link_zeros(model)
    if not all_books:
        model.depth_decoder.codebooks_head.weight[-1, :, 0] = -mark

    states: list[torch.Tensor] = []
    hook = model.backbone_model.norm.register_forward_hook(
        lambda _module, _inputs, output: states.append(output[0, -1])
    )
    own.spoken_by(model, ENDS_AFTER + 1, input_ids=prompt_ids(folder))
    hook.remove()
    wanted = torch.zeros(ENDS_AFTER + 1)
    wanted[-1] = 20.0
    model.lm_head.weight[0] = torch.linalg.lstsq(torch.stack(states), wanted[:, None]).solution[
        :, 0
    ]
    return model


def prompt_ids(folder: Path) -> torch.Tensor:
    text = PromptText(folder / "tokenizer.json", own.shape_of(folder))
    return torch.from_numpy(text.ids(TEXT, 0))[None]


def test_ends_where_transformers_ends(checkpoint: Path) -> None:
    oracle = taught_to_end(checkpoint, all_books=True)
    expected = own.spoken_by(oracle, 20, input_ids=prompt_ids(checkpoint))
    assert expected.shape == (32, ENDS_AFTER + 1)
    assert not expected[:, -1].any()
    voices = own.from_oracle(oracle, checkpoint)
    reply = voices.speak(voices.prepare([]), TEXT, own.GREEDY)
    assert_array_equal(np.stack(list(reply), axis=1), expected[:, :-1])
    assert not reply.cut_short
    assert_array_equal(reply.memory.turns[-1].codes, expected[:, :-1])
    _the_next_turn_is_that_of_transformers(oracle, voices, expected)


def _the_next_turn_is_that_of_transformers(
    oracle: CsmForConditionalGeneration, voices: VoiceModel, first: own.Codes
) -> None:
    """The end frame was said but is not sound; the next turn reads it like that of a clip."""
    reply = voices.speak(voices.prepare([]), TEXT, own.GREEDY)
    list(reply)
    ids = voices.text.ids(TEXT, 0)
    again = own.embedded(oracle, [ids, first, ids])
    expected = own.spoken_by(oracle, 8, inputs_embeds=again)
    assert_array_equal(own.greedy(voices, reply.memory, TEXT, 8), expected)


def test_zeros_in_31_codebooks_are_not_the_end(checkpoint: Path) -> None:
    """transformers looks at the first 31 and stops; Sesame's generator looks at all, as we do."""
    oracle = taught_to_end(checkpoint, all_books=False)
    expected = own.spoken_by(oracle, 20, input_ids=prompt_ids(checkpoint))
    assert expected.shape == (32, ENDS_AFTER + 1)
    assert not expected[:-1, -1].any()
    assert expected[-1, -1] != 0
    voices = own.from_oracle(oracle, checkpoint)
    codes = own.greedy(voices, voices.prepare([]), TEXT, ENDS_AFTER + 4)
    assert_array_equal(codes[:, : ENDS_AFTER + 1], expected)


def test_an_end_before_the_first_frame(checkpoint: Path) -> None:
    oracle = taught_to_end(checkpoint, all_books=True)
    ids = prompt_ids(checkpoint)[0].numpy()
    with torch.no_grad():
        states = oracle.backbone_model(inputs_embeds=own.embedded(oracle, [ids]))
        state = states.last_hidden_state[0, -1]
        oracle.lm_head.weight[0] = 20.0 * state / state.square().sum()
    voices = own.from_oracle(oracle, checkpoint)
    reply = voices.speak(voices.prepare([]), TEXT, own.GREEDY)
    assert list(reply) == []
    assert not reply.cut_short
    assert reply.memory.positions == len(ids) + 1
    assert voices.prepare([], reply.memory).positions == len(ids) + 1


def test_the_longest_a_reply_may_get(voices: VoiceModel) -> None:
    reply = voices.speak(voices.prepare([]), TEXT, own.GREEDY, most=4)
    assert len(list(reply)) == reply.most_frames == 4
    assert reply.cut_short
    whole = voices.speak(voices.prepare([]), TEXT, own.GREEDY)
    assert len(list(whole)) == whole.most_frames < 200


def test_closing_leaves_nothing_behind(voices: VoiceModel) -> None:
    memory = voices.prepare([own.segment("the quick brown fox", own.random_codes(9))])
    before = [piece.clone() for piece in memory.pieces]
    expected = own.greedy(voices, memory, TEXT, 6)
    reply = voices.speak(memory, TEXT, own.GREEDY)
    next(reply)
    reply.close()
    reply.close()
    with pytest.raises(StopIteration):
        next(reply)
    with pytest.raises(EngineError, match="not spoken to its end"):
        _ = reply.memory
    for piece, was in zip(memory.pieces, before, strict=True):
        assert torch.equal(piece, was)
    assert_array_equal(own.greedy(voices, memory, TEXT, 6), expected)
