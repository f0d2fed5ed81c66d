"""Text as tokens, equal to those of transformers' processor, and segments as turns."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from transformers import CsmProcessor

from studio.engines.csm.talk.generating import VoiceModel
from studio.engines.csm.talk.prompt import PromptText, count, skip
from studio.errors import EngineError, EngineUnavailableError, TextError
from studio.types import CodecTokens
from tests.engines.csm import own, tiny


@pytest.mark.parametrize(
    "text",
    [
        "how are you today?",
        "The quick  brown fox's 12,345 dogs\n... left!",
        "Grüße aus Köln, 東京 and \U0001f98a",
        "[1] in brackets",
        "unused",
    ],
)
@pytest.mark.parametrize("speaker", [0, 12])
def test_tokens_are_those_of_the_processor(
    text: str, speaker: int, voices: VoiceModel, processor: CsmProcessor
) -> None:
    message = {"role": str(speaker), "content": [{"type": "text", "text": text}]}
    expected = processor.apply_chat_template([message], tokenize=True, return_dict=True)
    ids = voices.text.ids(text, speaker)
    assert ids.tolist() == expected["input_ids"][0].tolist()
    assert ids[0] == tiny.BEGIN_ID
    assert ids[-1] == tiny.END_ID


@pytest.mark.parametrize("mark", [tiny.BEGIN, tiny.END, tiny.AUDIO, tiny.AUDIO_EOS])
def test_marks_in_a_text_are_text(mark: str, voices: VoiceModel) -> None:
    ids = voices.text.ids(f"say {mark} now", 0)[1:-1]
    assert ids.max() < tiny.BEGIN_ID


def test_an_empty_text(voices: VoiceModel) -> None:
    with pytest.raises(TextError, match="nothing to say"):
        voices.speak(voices.prepare([]), " \n ", own.GREEDY)


def test_a_turn_counts_its_text_its_frames_and_its_end(voices: VoiceModel) -> None:
    turn = voices.text.turn(" the fox ", 0, own.random_codes(9))
    assert turn.text == "the fox"
    assert turn.positions == count(turn.rows) == len(turn.ids) + 9 + 1
    assert not turn.rows[-1].any()
    assert replace(turn, codes=None).positions == len(turn.ids)


def test_skipping_rows() -> None:
    text, frames = np.arange(4), own.random_codes(3)
    assert [r.shape for r in skip([text, frames], 0)] == [(4,), (32, 3)]
    assert [r.shape for r in skip([text, frames], 4)] == [(32, 3)]
    (rest,) = skip([text, frames], 5)
    np.testing.assert_array_equal(rest, frames[:, 1:])
    assert list(skip([text, frames], 7)) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"transcript": " "}, "transcript"),
        ({"tokens": None}, "no codec tokens"),
        ({"tokens": CodecTokens(own.random_codes(4)[:8], "mimi", "1")}, "do not fit"),
        ({"tokens": CodecTokens(own.random_codes(4)[:, :0], "mimi", "1")}, "do not fit"),
        ({"tokens": CodecTokens(own.random_codes(4) + np.int16(2048), "mimi", "1")}, "do not fit"),
        ({"tokens": CodecTokens(own.random_codes(4) - np.int16(2048), "mimi", "1")}, "do not fit"),
    ],
)
def test_a_segment_that_cannot_be_read(
    change: dict[str, object], message: str, voices: VoiceModel
) -> None:
    broken = replace(own.segment("the fox", own.random_codes(4)), **change)
    with pytest.raises(EngineError, match=message):
        voices.prepare([broken])


def test_a_tokenizer_that_is_missing_damaged_or_of_another_model(
    checkpoint: Path, tmp_path: Path
) -> None:
    shape = own.shape_of(checkpoint)
    file = tmp_path / "tokenizer.json"
    with pytest.raises(EngineUnavailableError, match="missing or damaged"):
        PromptText(file, shape)
    good = (checkpoint / "tokenizer.json").read_text()
    file.write_text(good[:1000])
    with pytest.raises(EngineUnavailableError, match="missing or damaged"):
        PromptText(file, shape)
    file.write_text(good.replace(tiny.END, "<|end|>"))
    with pytest.raises(EngineUnavailableError, match="does not belong"):
        PromptText(file, shape)
    file.write_text(good)
    with pytest.raises(EngineUnavailableError, match="does not belong"):
        PromptText(file, replace(shape, begin_id=1))
    with pytest.raises(EngineUnavailableError, match="does not belong"):
        PromptText(file, replace(shape, text_vocabulary=100))
