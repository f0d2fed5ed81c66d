"""How a voice is given to an engine that reads it as a prompt, chosen for each voice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from transformers import CsmForConditionalGeneration

from studio import SpeechRequest
from studio.engines.csm.talk.prompt import PromptText, Rows
from studio.errors import ProfileError
from studio.studio import Studio
from studio.types import Prompting
from tests.core.test_csm_voices import WORDS, add_voice
from tests.engines.csm import own

TEXT = "How are you today, my friend?"


@pytest.fixture(scope="module")
def model(csm_folder: Path) -> Path:
    return csm_folder


@pytest.fixture(scope="module")
def studio(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """With weights that are not rounded, so that it says exactly what others say."""
    folder = tmp_path_factory.mktemp("studio")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    settings = {"model": str(model), "quantize": "none", "device": "cpu", "cache_dir": folder}
    with Studio.open(folder / "profiles", **settings) as opened:
        add_voice(opened, folder, "Anna", WORDS)
        yield opened
    torch.set_num_threads(threads)


def said(studio: Studio) -> own.Codes:
    frames = list(studio.speak("anna", TEXT, SpeechRequest(temperature=0.0)))
    return np.stack([frame.tokens for frame in frames if frame.tokens is not None], axis=1)


def kept_contexts(studio: Studio, profile_id: str) -> set[str]:
    folder = studio.store.layout.profile_dir(profile_id) / "cached_context"
    return {path.name for path in folder.glob("csm-*")}


@pytest.mark.parametrize("prompting", list(Prompting))
def test_a_voice_speaks_as_transformers_does_with_the_same_prompt(
    studio: Studio, model: Path, prompting: Prompting
) -> None:
    studio.set_prompting("anna", prompting)
    spoken = said(studio)
    clip = studio.store.tokens("anna", studio.profile("anna").segments[0].id)
    assert clip is not None
    text = PromptText(model / "tokenizer.json", own.shape_of(model))
    end = np.zeros((32, 1), np.int16)
    rows: list[Rows] = [text.ids(WORDS, 0), clip.codes, end, text.ids(TEXT, 0)]
    if prompting is Prompting.CONTINUATION:
        rows = [text.ids(f"{WORDS} {TEXT}", 0), clip.codes]
    oracle = CsmForConditionalGeneration.from_pretrained(model, dtype=torch.float32).eval()
    expected = own.spoken_by(oracle, spoken.shape[1], inputs_embeds=own.embedded(oracle, rows))
    assert spoken.shape[1] > 5
    assert_array_equal(spoken, expected)


def test_a_changed_prompting_is_another_kept_context(studio: Studio, tmp_path: Path) -> None:
    add_voice(studio, tmp_path, "Bea", WORDS, pitch=60)
    names = []
    for prompting in (Prompting.TWO_SEGMENT, Prompting.CONTINUATION):
        studio.set_prompting("bea", prompting)
        assert not studio.prepare("bea")
        assert studio.prepare("bea")
        names.append(kept_contexts(studio, "bea"))
    assert [len(kept) for kept in names] == [1, 1]
    assert names[0] != names[1]


def test_an_engine_that_cannot_continue_a_clip_does_not_read_it_anew(studio: Studio) -> None:
    studio.set_prompting("anna", Prompting.TWO_SEGMENT)
    studio.prepare("anna", engine="kokoro")
    studio.set_prompting("anna", Prompting.CONTINUATION)
    assert studio.prepare("anna", engine="kokoro")


def test_the_choice_goes_with_the_voice(studio: Studio, tmp_path: Path) -> None:
    studio.set_prompting("anna", "continuation")
    exported = studio.export_profile("anna", tmp_path / "anna.voiceprofile")
    with Studio.open(tmp_path / "elsewhere") as other:
        taken_in = other.import_profile(exported)
    assert taken_in.defaults.prompting is Prompting.CONTINUATION


def test_nothing_is_saved_where_nothing_changes_or_the_choice_is_none(studio: Studio) -> None:
    before = studio.set_prompting("anna", Prompting.CONTINUATION)
    assert studio.set_prompting("anna", Prompting.CONTINUATION).revision == before.revision
    with pytest.raises(ProfileError, match="two-segment, continuation"):
        studio.set_prompting("anna", "polite")
    assert studio.profile("anna") == before
