"""What quantising changes, measured on a small checkpoint through the real command."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from bench.csm_quality import OPTIONS, TEXT, distance, divergence_of, load, prompt_of, speak
from bench.csm_voice import Voice
from studio.audio.files import encode_wav
from studio.cli import main
from studio.engines.csm.files.checkpoint import open_checkpoint
from studio.engines.csm.talk.generating import VoiceModel
from studio.engines.csm.talk.prompt import PromptText
from studio.types import Audio, Segment
from tests.voices import spoken

WORDS = "The birch canoe slid on the smooth planks."


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, csm_folder: Path) -> Iterator[Path]:
    """A checkpoint, and a library with the voice Ada."""
    folder = tmp_path_factory.mktemp("quality")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    (folder / "model").symlink_to(csm_folder)
    (folder / "ada.wav").write_bytes(encode_wav(spoken(WORDS)))
    making = [str(folder / "ada.wav"), "--transcript", WORDS, "--consent", "A machine."]
    assert main(["--profiles", str(folder / "profiles"), "build", "Ada", *making]) == 0
    yield folder
    torch.set_num_threads(threads)


@pytest.mark.parametrize("voice", [None, "Ada"])
def test_the_command_reports_every_codebook_of_both_kinds(
    folder: Path, voice: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    common = ["--profiles", str(folder / "profiles"), "--model", str(folder / "model")]
    named = [] if voice is None else ["--voice", voice, "--quantize", "int4"]
    capsys.readouterr()
    assert main([*common, "bench", "csm", "--quality", "--quick", *named]) == 0
    lines = capsys.readouterr().out.splitlines()
    report = json.loads(lines[-1])
    assert not report["random_weights"]
    assert report["frames"] > 0
    kinds = report["kinds"]
    assert set(kinds) == ({"int4", "int8"} if voice is None else {"int4"})
    for name, kind in kinds.items():
        assert len(kind["kl"]) == len(kind["agreement"]) == 32
        assert kind["kl_codebook_0"] == kind["kl"][0]
        assert kind["kl_codebooks_1_31"] == pytest.approx(sum(kind["kl"][1:]) / 31, abs=1e-4)
        assert kind["agreement_codebook_0"] == pytest.approx(kind["agreement"][0], abs=1e-4)
        assert all(0 <= share <= 1 for share in kind["agreement"])
        assert any(line.startswith("Codebook") and f"{name} KL" in line for line in lines)
    if voice is None:
        # Four bits are further from sixteen than eight are; had nothing been quantised, all were 0.
        assert 0 < kinds["int8"]["kl_codebooks_1_31"] < kinds["int4"]["kl_codebooks_1_31"]


def test_what_is_read_along_is_what_the_studio_would_say(folder: Path) -> None:
    checkpoint = open_checkpoint(str(folder / "model"))
    voice = Voice("A", (Segment("a", WORDS, Audio(spoken(WORDS).samples[:24_000])),))
    reader = load(checkpoint, "none")
    prompt = prompt_of(checkpoint, voice)
    script = speak(reader, prompt, 8)
    voices = VoiceModel(reader, PromptText(checkpoint.tokenizer_path, checkpoint.shape))
    reply = voices.speak(voices.prepare(prompt.clips), TEXT, OPTIONS)
    said = [frame.tolist() for frame in itertools.islice(reply, 8)]
    assert len(said) > 1
    assert script.frames.tolist() == said

    # Whoever says it agrees with it wholly; to another voice other things come to mind.
    itself = distance(reader, prompt, script)
    assert itself.divergence == [0.0] * 32
    assert itself.agreement == [1.0] * 32
    other = replace(prompt, clips=(replace(prompt.clips[0], transcript="Quite other words."),))
    assert sum(distance(reader, other, script).divergence) > 0.1


def test_the_divergence_is_that_of_torch() -> None:
    generator = torch.Generator().manual_seed(0)
    sure, unsure = torch.randn(2, 32, 50, generator=generator)
    expected = torch.nn.functional.kl_div(
        unsure.log_softmax(-1), sure.log_softmax(-1), log_target=True, reduction="none"
    ).sum(-1)
    torch.testing.assert_close(divergence_of(sure, unsure).float(), expected)
    assert divergence_of(sure, sure).abs().max() < 1e-12
