"""What the bench of CSM is asked for, and what of it goes together."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.csm_weights import CsmOptions, choose
from studio.cli import main
from studio.errors import EngineUnavailableError
from tests.engines.csm.tiny import make_checkpoint


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(make_checkpoint(tmp_path_factory.mktemp("weights") / "model"))


def test_weights_that_are_here_are_used(model: str) -> None:
    subject = choose(CsmOptions(model, "cpu"))
    assert subject.folder == Path(model)
    assert not subject.random
    assert model in subject.about
    assert set(subject.kinds) == {"int4", "int8"}


def test_without_the_usual_weights_they_are_random_and_it_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    subject = choose(CsmOptions("sesame/csm-1b", "cpu", quantize="int8"))
    assert subject.random
    assert "random" in subject.about
    assert "python -m studio fetch csm" in subject.about
    assert subject.kinds == ("int8",)


def test_weights_that_were_named_are_never_replaced_by_random_ones(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailableError, match="nothing-here"):
        choose(CsmOptions(str(tmp_path / "nothing-here"), "cpu"))


def test_agreement_on_random_weights_is_said_to_mean_little() -> None:
    assert "says little about a trained model" in choose(CsmOptions(quality=True)).about


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["csm", "--quality", "--quantize", "none"], "int8 or int4"),
        (["csm", "--quality", "--device", "cuda"], "processor"),
        (["csm", "store", "--quality", "--random-weights"], "by itself"),
        (["--quality"], "part 'csm'"),
        (["store", "--random-weights"], "part 'csm'"),
        (["store", "--device", "cpu"], "part 'csm'"),
        (["csm", "--device", "tpu"], "'tpu'"),
        (["csm", "--quantize", "int3"], "'int3'"),
        (["csm", "--voice", "Ada"], "--quality"),
        (["csm", "--quality", "--voice", "Nobody"], "Nobody"),
        (["csm", "--model", "nothing-here"], "nothing-here"),
        (["csm", "--fast"], "'--fast'"),
    ],
)
def test_what_does_not_fit_is_one_sentence_before_anything_runs(
    arguments: list[str],
    reason: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["bench", *arguments]) == 2
    told = capsys.readouterr()
    assert not told.out
    assert reason in told.err
    assert len(told.err.splitlines()) == 1
