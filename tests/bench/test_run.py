"""The bench itself: it finds its material, and one part that cannot run costs no other."""

from __future__ import annotations

import json
import sys
import types
from pathlib import Path

import pytest

from bench import machine, run
from bench.figures import Figure, SkipPart
from bench.material import SENTENCES, english_readers, find_speech, readers_with_two_clips
from bench.speech import FIRST_SENTENCES
from studio.errors import OptionsError

MANIFEST = """file,speaker_id,sex,language,transcript,kind,duration_s
a1.wav,anna,F,en,hello there,clean read,5.0
a2.wav,anna,F,en,"good, day",long clean read,9.0
b1.wav,bert,M,en,hello,clean read,5.0
b2.wav,bert,M,en,hello,NOISY,5.0
c1.wav,carl,M,de,hallo,clean read,5.0
c2.wav,carl,M,de,tag,clean read,5.0
d1.wav,dora,F,en,,clean read,5.0
"""


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three parts that end in the three ways a part can end."""

    def part(name: str, measure: object) -> None:
        module = types.ModuleType(f"bench.{name}")
        module.measure = measure  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, f"bench.{name}", module)

    def skips(setting: object) -> list[Figure]:
        raise SkipPart("it has no material")

    def breaks(setting: object) -> list[Figure]:
        raise ZeroDivisionError("of its own")

    part("good", lambda setting: [Figure("took", 2.0, "s", 1.0)])
    part("absent", skips)
    part("broken", breaks)
    monkeypatch.setattr(run, "PARTS", ("good", "absent", "broken"))


@pytest.mark.usefixtures("parts")
def test_every_part_is_accounted_for_and_json_comes_last(tmp_path: Path) -> None:
    report = run.measure([], quick=True)
    assert json.loads(report.text.splitlines()[-1]) == report.data
    assert [figure["part"] for figure in report.data["figures"]] == ["good"]
    assert report.data["missed"] == 1
    reasons = {one["part"]: one["reason"] for one in report.data["left_out"]}
    assert reasons["absent"] == "it has no material"
    assert "FAILED" in reasons["broken"]
    assert "broken was left out: FAILED" in report.text


@pytest.mark.usefixtures("parts")
def test_only_the_parts_asked_for_run() -> None:
    assert run.measure(["good"]).data["left_out"] == []


def test_an_unknown_part_is_refused_with_the_choices() -> None:
    with pytest.raises(OptionsError, match=r"'everything'.*build, speech"):
        run.measure(["everything"])


def test_every_part_that_is_listed_is_there() -> None:
    folder = Path(run.__file__).parent
    assert all((folder / f"{part}.py").is_file() for part in run.PARTS)


def test_the_machine_is_named() -> None:
    where = machine.describe()
    assert where["cores"] >= 1
    assert where["cpu"]
    assert str(where["cores"]) in machine.sentence(where)


def test_only_clean_english_readers_are_used(tmp_path: Path) -> None:
    (tmp_path / "MANIFEST.csv").write_text(MANIFEST)
    assert find_speech(tmp_path) == tmp_path
    assert set(english_readers(tmp_path)) == {"anna", "bert"}
    pairs = readers_with_two_clips(tmp_path)
    assert [clip.path.name for clip in pairs["anna"]] == ["a2.wav", "a1.wav"]
    assert pairs["anna"][0].transcript == "good, day"
    assert pairs["anna"][0].female
    assert set(pairs) == {"anna"}


def test_a_folder_without_a_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionsError, match=r"MANIFEST\.csv"):
        find_speech(tmp_path)


def test_first_sentences_have_ten_words_and_no_two_are_alike() -> None:
    assert {len(text.split()) for text in FIRST_SENTENCES} == {10}
    assert len(set(FIRST_SENTENCES) | set(SENTENCES)) == len(FIRST_SENTENCES) + len(SENTENCES)
