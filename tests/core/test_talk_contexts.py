"""Conversations go on where they were, and all of them together hold no more than they may."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from studio import SpeechRequest
from studio.audio.files import encode_wav
from studio.core.speech.talk_contexts import ConversationContext
from studio.core.voices.making import Clip
from studio.studio import Studio
from tests.voices import spoken

WORDS = "The boy was there when the sun rose."
TALKS_MB = 0.15


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
    frames = studio.speak("anna", text, SpeechRequest(seed=0), conversation=talk)
    return np.stack([frame.tokens for frame in frames if frame.tokens is not None])


def more_than_allowed(studio: Studio) -> list[ConversationContext]:
    """Conversations with one reply each, one after another, by one more than may be held."""
    talks = [ConversationContext()]
    say(studio, talks[0], "One.")
    voice, own = talks[0].voice_bytes, talks[0].nbytes - talks[0].voice_bytes
    assert own > 0
    for _ in range(int((TALKS_MB * 1e6 - voice) // own)):
        talks.append(ConversationContext())
        say(studio, talks[-1], "One.")
    return talks


def test_all_conversations_together_have_a_budget_and_go_on_all_the_same(studio: Studio) -> None:
    quiet, *others = more_than_allowed(studio)
    own = [talk.nbytes - talk.voice_bytes for talk in (quiet, *others)]
    assert quiet.nbytes == 0, "the one that was quiet the longest is let go first"
    assert min(own[1:]) > 0, "and no more of them than has to be"
    assert sum(own) + others[0].voice_bytes <= TALKS_MB * 1e6

    # Nobody notices: neither who looks at how full it is, nor who goes on with it.
    kept = others[-1]
    assert quiet.positions == kept.positions > quiet.voice_positions
    np.testing.assert_array_equal(say(studio, kept, "Two."), say(studio, quiet, "Two."))
    assert quiet.positions == kept.positions


def test_a_conversation_in_which_a_reply_is_under_way_is_not_let_go(studio: Studio) -> None:
    talk = studio.converse("anna")
    list(talk.reply("One.", SpeechRequest(seed=0)))
    under_way = talk.reply("Two.", SpeechRequest(seed=0))
    next(under_way)
    others = more_than_allowed(studio)
    assert others[0].nbytes == 0
    assert talk._said.nbytes > 0
    list(under_way)
    assert talk.context_use is not None
    assert talk.context_use.history > 0


def test_a_conversation_that_has_ended_holds_nothing(studio: Studio) -> None:
    talk = ConversationContext()
    say(studio, talk, "One.")
    held = studio._talks.nbytes
    del talk
    assert studio._talks.nbytes < held
