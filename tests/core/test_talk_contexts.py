"""Conversations go on where they were, and all of them together hold no more than they may."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from studio.audio.files import encode_wav
from studio.core.making import Clip
from studio.core.talk_contexts import ConversationContext
from studio.studio import Studio
from tests.voices import spoken

WORDS = "The boy was there when the sun rose."
TALKS_MB = 0.2


@pytest.fixture(scope="module")
def studio(csm_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """One whose conversations may hold a few replies."""
    folder = tmp_path_factory.mktemp("studio")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    clip = folder / "anna.wav"
    clip.write_bytes(encode_wav(spoken(WORDS)))
    with Studio.open(
        folder / "profiles",
        model=str(csm_folder),
        device="cpu",
        quantize="none",
        cache_dir=folder / "cache",
        talks_mb=TALKS_MB,
    ) as opened:
        opened.create_profile("Anna", [Clip(clip, transcript=WORDS)], consent="A synthetic voice.")
        yield opened
    torch.set_num_threads(threads)


def say(studio: Studio, talk: ConversationContext, text: str) -> np.ndarray:
    """The codes of ``text``, which is said the same way each time."""
    frames = studio.speak("Anna", text, seed=1, conversation=talk)
    return np.stack([frame.tokens for frame in frames if frame.tokens is not None])


def test_all_conversations_together_have_a_budget_and_go_on_all_the_same(studio: Studio) -> None:
    talks = [ConversationContext() for _ in range(4)]
    before = [say(studio, talk, "One.") for talk in talks]
    assert all(np.array_equal(said, before[0]) for said in before)
    say(studio, talks[-1], "And two.")

    assert sum(talk.nbytes - talk.voice_bytes for talk in talks) <= TALKS_MB * 1e6
    assert talks[0].nbytes == 0, "the one that was quiet the longest is let go first"
    assert talks[-1].nbytes > 0

    # Nobody notices: neither who looks at how full it is, nor who goes on with it.
    kept = ConversationContext()
    say(studio, kept, "One.")
    assert talks[0].positions == kept.positions > talks[0].voice_positions
    assert kept.nbytes > 0
    np.testing.assert_array_equal(say(studio, talks[0], "Go on."), say(studio, kept, "Go on."))
    assert talks[0].positions == kept.positions


def test_a_conversation_in_which_a_reply_is_under_way_is_not_let_go(studio: Studio) -> None:
    talk = studio.converse("Anna")
    list(talk.reply("One."))
    used = talk.context_use
    under_way = talk.reply("Two.")
    next(under_way)
    others = [ConversationContext() for _ in range(4)]
    for other in others:
        say(studio, other, "One.")
    assert others[0].nbytes == 0
    assert talk._said.nbytes > 0
    list(under_way)
    assert used is not None
    assert talk.context_use is not None
    assert talk.context_use.history > used.history


def test_a_conversation_that_has_ended_holds_nothing(studio: Studio) -> None:
    talk = ConversationContext()
    say(studio, talk, "One.")
    held = studio._talks.nbytes
    del talk
    assert studio._talks.nbytes < held
