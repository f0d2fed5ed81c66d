"""The command line as a person or a script meets it: a real studio, real files, real processes."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import soundfile

from studio.audio.files import encode_wav
from studio.cli import main
from studio.cli.answer import plain, table
from tests.voices import spoken

ROOT = Path(__file__).resolve().parents[1]
WORDS = "The birch canoe slid on the smooth planks. Glue the sheet to the dark blue wall."
OTHER_WORDS = "These days a chicken leg is a rare dish. Rice is often served in round bowls."
CONSENT = "Made by a machine for this test."
SEGMENT_KEYS = {
    "id", "file", "consent", "duration_s", "speech_s", "lufs_before", "lufs_after",
    "true_peak_dbtp", "trimmed_start_s", "trimmed_end_s", "snr_db", "clipping_ratio", "verdict",
    "advice",
}  # fmt: skip
SPEECH_KEYS = {
    "engine", "seed", "sample_rate", "duration_s", "ttfa_s", "rtf", "profile_revision",
}  # fmt: skip


@dataclass(frozen=True)
class Done:
    status: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        return dict(json.loads(self.out))


Run = Callable[..., Done]


@pytest.fixture(scope="session")
def material(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two clips, things that are no clips, and a library with the voice Ada."""
    folder = tmp_path_factory.mktemp("cli")
    (folder / "ada.wav").write_bytes(encode_wav(spoken(WORDS, "en-us+f3")))
    (folder / "more.wav").write_bytes(encode_wav(spoken(OTHER_WORDS, "en-us+f3")))
    (folder / "text.wav").write_text("This is not sound.")
    (folder / "empty.wav").write_bytes(b"")
    (folder / "notes.voiceprofile").write_text("Nor is this an archive.")
    library = ["--profiles", str(folder / "library")]
    clip = [str(folder / "ada.wav"), "--transcript", WORDS, "--consent", CONSENT]
    assert main([*library, "build", "Ada", *clip]) == 0
    # Once tuned, she speaks at once in every copy of the library, and always the same.
    assert main([*library, "tune", "Ada"]) == 0
    return folder


@pytest.fixture
def workplace(material: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the material in the working directory; the library is ``profiles``."""
    for clip in ("ada.wav", "more.wav", "text.wav", "empty.wav", "notes.voiceprofile"):
        shutil.copy(material / clip, tmp_path / clip)
    shutil.copytree(material / "library", tmp_path / "profiles")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(workplace: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """One command in this process, over a library that holds Ada."""

    def one(*arguments: str) -> Done:
        capsys.readouterr()
        status = main(arguments)
        return Done(status, *capsys.readouterr())

    return one


def process(*arguments: str, cwd: Path, **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "studio", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **options.pop("env", {})},
        text=True,
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options,
    )


def assert_one_sentence(done: Done) -> None:
    assert done.status == 2
    lines = done.err.splitlines()
    assert len(lines) == 1, done.err
    assert re.fullmatch(r"[A-Z'\"\d–-].{10,500}[.?]", lines[0]), lines[0]
    assert lines[0].isprintable()
    assert "Traceback" not in done.err
    assert "Error" not in done.err


# Help


def test_nothing_prints_help(run: Run) -> None:
    done = run()
    assert done.status == 0
    for command in ("build", "speak", "compare", "bench"):
        assert re.search(rf"^ +{command} ", done.out, re.MULTILINE)


@pytest.mark.parametrize(
    "command",
    ["build", "add", "list", "show", "rename", "set", "delete", "undelete", "export", "import",
     "check", "speak", "tune", "read", "compare", "engines", "fetch", "doctor", "bench"],
)  # fmt: skip
def test_each_command_explains_itself(run: Run, command: str) -> None:
    done = run(command, "--help")
    assert done.status == 0
    assert f"python -m studio {command}" in done.out


def test_read_shows_what_will_be_said(run: Run, workplace: Path) -> None:
    done = run("read", "Dr. Lee paid $5.10. Ok? 🎉", "--json")
    assert (done.status, done.err) == (0, "")
    assert done.json == {
        "sentences": [
            {
                "text": "Dr. Lee paid $5.10.",
                "spoken": "Doctor Lee paid five dollars and ten cents.",
            },
            {"text": "Ok? 🎉", "spoken": "Ok?"},
        ]
    }
    assert run("read", "Am 3. Mai", "--language", "de").out == "Am dritten Mai\n"
    assert run("read", "🎉", "--json").json == {"sentences": []}
    (workplace / "ada.lexicon").write_text("GIF = jif")
    assert run("set", "Ada", "--lexicon", "ada.lexicon").status == 0
    assert run("read", "A GIF", "--voice", "Ada").out == "A jif\n"
    (workplace / "none.lexicon").write_text("")
    assert run("set", "Ada", "--lexicon", "none.lexicon").status == 0
    for wrong in (["--language", "klingon"], ["--engine", "csm9"], ["--voice", "Nobody"]):
        assert run("read", "Hello.", *wrong).status == 2


# Voices


def test_build_answers_with_the_quality_of_each_clip(run: Run, workplace: Path) -> None:
    (workplace / "more.txt").write_text(OTHER_WORDS)
    done = run("build", "Bea", "ada.wav", "more.wav", "--consent", CONSENT, "--json")
    assert (done.status, done.err) == (0, "")
    assert set(done.json) == {"profile", "id", "revision", "prompting", "consent", "segments"}
    assert done.json["profile"] == "Bea"
    assert done.json["revision"] == 1
    assert len(done.json["segments"]) == 2
    for segment in done.json["segments"]:
        assert set(segment) == SEGMENT_KEYS
        assert segment["lufs_after"] == pytest.approx(-20, abs=0.5)
        assert segment["true_peak_dbtp"] <= -0.9
        assert 0 < segment["speech_s"] <= segment["duration_s"]
    assert run("--json", "show", "bea").json == done.json
    # The words beside a clip were taken for its transcript.
    saved = next(workplace.glob("profiles/*/bea/metadata.json")).read_text()
    assert "These days a chicken leg" in saved
    assert "The birch canoe" not in saved


def test_advice_names_clips_by_their_files(run: Run, workplace: Path) -> None:
    done = run("build", "Bea", "ada.wav", "more.wav", "--consent", CONSENT)
    for name in ("ada.wav", "more.wav"):
        assert re.search(rf"^{name}: .* s of speech is short", done.out, re.MULTILINE)
    assert "clip-" not in done.out
    (workplace / "else").mkdir()
    shutil.copy(workplace / "more.wav", workplace / "else" / "ada.wav")
    said = run("build", "Cleo", "ada.wav", "else/ada.wav", "--consent", CONSENT).out
    assert len(set(re.findall(r"^ada\.wav \((clip-\w+)\): ", said, re.MULTILINE))) == 2


def test_add_keeps_what_was_there(run: Run) -> None:
    before = run("show", "Ada", "--json").json
    allowed = "Ada said yes to this one."
    after = run(
        "add", "Ada", "more.wav", "--transcript", OTHER_WORDS, "--consent", allowed, "--json"
    ).json
    assert after["revision"] == before["revision"] + 1
    assert after["segments"][0] == before["segments"][0]
    assert len(after["segments"]) == 2
    assert (after["consent"], after["segments"][1]["consent"]) == (CONSENT, allowed)
    assert allowed in run("show", "Ada").out


def test_prompting_is_chosen_with_the_voice_and_later(run: Run) -> None:
    build = ("build", "Bea", "more.wav", "--consent", CONSENT, "--json")
    assert run(*build, "--prompting", "continuation").json["prompting"] == "continuation"
    assert re.search(r"^Prompting +continuation$", run("show", "Bea").out, re.MULTILINE)
    changed = run("set", "Ada", "--prompting", "continuation", "--json").json
    assert (changed["prompting"], changed["revision"]) == ("continuation", 2)
    assert run("show", "Ada", "--json").json == changed
    assert run("set", "Ada", "--prompting", "two-segment", "--json").json["revision"] == 3


def test_tables_carry_names_and_units(run: Run) -> None:
    listed = run("list").out
    assert re.search(r"^Ada +1 +\d+\.\d s +en +1 +ada", listed, re.MULTILINE)
    shown = run("show", "Ada").out
    assert CONSENT in shown
    assert re.search(r"\d Hz .*\n", shown)
    assert re.search(r"-\d+\.\d LUFS .*-\d+\.\d dBTP .*\d s .*%", shown)


def test_options_for_all_commands_go_before_or_after(run: Run, workplace: Path) -> None:
    (workplace / "profiles").rename(workplace / "elsewhere")
    for arguments in (
        ("--profiles", "elsewhere", "--json", "list"),
        ("list", "--profiles", "elsewhere", "--json"),
        ("--json", "list", "--profiles", "elsewhere"),
        ("--profiles", "elsewhere", "list", "--json"),
    ):
        assert [one["profile"] for one in run(*arguments).json["profiles"]] == ["Ada"]
    assert run("list", "--json").json["profiles"] == []
    assert "No voices yet" in run("list").out


def test_rename_and_delete_and_back(run: Run) -> None:
    assert run("rename", "Ada", "Adele").status == 0
    assert run("show", "Adele").status == 0
    gone = run("delete", "Adele", "--json")
    assert gone.json["profile"] == "Adele"
    assert run("list", "--json").json["profiles"] == []
    assert_one_sentence(run("show", "Adele"))
    assert run("undelete", gone.json["ticket"]).status == 0
    assert run("show", "Adele").status == 0


def test_an_id_is_never_taken_for_the_name_of_another(run: Run, workplace: Path) -> None:
    """Ada is renamed Bea and keeps her id "ada"; a second Ada gets "ada-2"."""
    assert run("export", "Ada", "first").status == 0
    assert run("rename", "Ada", "Bea").status == 0
    assert run("import", "first.voiceprofile", "--json").json["id"] == "ada-2"
    before = snapshot(workplace)
    for arguments in (
        ("delete", "ada"), ("rename", "ada", "X"), ("add", "ada", "more.wav"), ("show", "ada"),
        ("export", "ada", "x"), ("set", "ada", "--prompting", "continuation"),
        ("speak", "ada", "Hello.", "--out", "x.wav"),
        ("compare", "Hello.", "ada", "--out-dir", "x"),
    ):  # fmt: skip
        done = run(*arguments)
        assert_one_sentence(done)
        assert "'Ada' (id ada-2) and 'Bea' (id ada)" in done.err
        assert "id:ada" in done.err
    assert snapshot(workplace) == before
    assert run("show", "Bea", "--json").json["id"] == "ada"
    assert run("rename", "id:ada-2", "Adele", "--json").json["id"] == "ada-2"
    assert run("show", "ada", "--json").json["profile"] == "Bea"
    assert run("delete", "id:ada", "--json").json["profile"] == "Bea"
    assert [one["id"] for one in run("list", "--json").json["profiles"]] == ["ada-2"]


def test_the_bin_is_listed_and_given_back_by_name(run: Run) -> None:
    assert run("undelete").out == "The bin is empty.\n"
    ticket = run("delete", "Ada", "--json").json["ticket"]
    listed = run("undelete")
    assert all(word in listed.out for word in ("Ada", "UTC", "Kept until", ticket))
    (one,) = run("undelete", "--json").json["deleted"]
    assert (one["profile"], one["id"], one["ticket"]) == ("Ada", "ada", ticket)
    assert one["kept_until"] > one["deleted_at"]
    assert run("undelete", "Ada").out == "Ada is back.\n"
    for again in (ticket, "Ada"):
        done = run("undelete", again)
        assert_one_sentence(done)
        assert "in the library (id ada)" in done.err
    run("delete", "Ada")
    missing = run("undelete", "Bob")
    assert_one_sentence(missing)
    assert "'Ada'" in missing.err


def test_the_bin_is_emptied_for_good(run: Run) -> None:
    run("delete", "Ada")
    assert_one_sentence(run("undelete", "Ada", "--empty"))
    assert run("undelete", "--empty").out == "1 voice deleted for good.\n"
    assert run("undelete").out == "The bin is empty.\n"
    assert_one_sentence(run("undelete", "Ada"))


def test_a_backup_is_restored_elsewhere_and_twice_changes_nothing(run: Run) -> None:
    assert run("build", "Bea", "more.wav", "--consent", CONSENT).status == 0
    made = run("backup", "all", "--json").json
    assert (made["saved"], made["left_out"]) == (["Ada", "Bea"], {})
    for added, unchanged in ((["Ada", "Bea"], []), ([], ["Ada", "Bea"])):
        done = run("restore", made["file"], "--profiles", "elsewhere", "--json").json
        assert (sorted(done["added"]), sorted(done["unchanged"])) == (added, unchanged)
    assert_one_sentence(run("restore", "more.wav"))


def test_nothing_that_is_not_the_studios_own_is_written_over(run: Run, workplace: Path) -> None:
    (workplace / "takes").mkdir()
    for name in ("song.wav", "song.flac", "song.voiceprofile", "w.safetensors", "takes/1-ada.wav"):
        shutil.copy(workplace / "more.wav", workplace / name)
    before = snapshot(workplace)
    for arguments in (
        ("export", "Ada", "song.wav"), ("export", "Ada", "song.voiceprofile"),
        ("export", "Ada", "song"), ("speak", "Ada", "Hello.", "--out", "ada.wav"),
        ("speak", "Ada", "Hello.", "--out", "song.flac"),
        ("speak", "Ada", "Hello.", "--out", "x.wav", "--codes", "w.safetensors"),
        ("speak", "Ada", "Hello.", "--out", "x.wav", "--codes", "more.wav"),
        ("compare", "Hello.", "Ada", "--out-dir", "takes"),
    ):  # fmt: skip
        assert_one_sentence(run(*arguments))
        assert snapshot(workplace) == before
    for _ in range(2):  # but what it made itself
        for name in ("a.wav", "a.flac"):
            assert run("speak", "Ada", "Hello.", "--out", name).status == 0
        assert run("compare", "Hello.", "Ada", "--out-dir", "new").status == 0
        exported = run("export", "Ada", "ada", "--json")
        assert exported.json["file"] == "ada.voiceprofile"


def test_a_file_that_is_no_archive_is_told_what_it_is(run: Run, workplace: Path) -> None:
    for name, what in (
        ("ada.wav", "recording (wav)"),
        ("text.wav", "text"),
        ("empty.wav", "empty"),
    ):
        done = run("import", name)
        assert_one_sentence(done)
        assert what in done.err


def test_export_and_import_lose_nothing(run: Run, workplace: Path) -> None:
    assert run("export", "Ada", "ada.voiceprofile").status == 0
    assert (workplace / "ada.voiceprofile").stat().st_size > 10_000
    done = run("import", "ada.voiceprofile", "--profiles", "elsewhere", "--json")
    assert done.status == 0
    assert done.json["segments"] == run("show", "Ada", "--json").json["segments"]
    small = run("export", "Ada", "small", "--without-originals", "--json").json["file"]
    assert Path(small).stat().st_size < (workplace / "ada.voiceprofile").stat().st_size


def test_a_damaged_voice_is_seen_and_hurts_no_other(run: Run, workplace: Path) -> None:
    run("build", "Bea", "more.wav", "--consent", CONSENT)
    next(workplace.glob("profiles/*/bea/metadata.json")).write_bytes(b'{"format_version": 1, ')
    listed = run("list", "--json")
    assert listed.status == 0
    assert {one["profile"]: bool(one["error"]) for one in listed.json["profiles"]} == {
        "Ada": False,
        "bea": True,
    }
    assert "DAMAGED" in run("list").out
    checked = run("check")
    assert_one_sentence(Done(checked.status, "", checked.err))
    assert "bea" in checked.out
    found = run("check", "--json")
    assert [one["profile"] for one in found.json["problems"]] == ["bea"]
    assert found.status == 2
    assert_one_sentence(run("show", "bea"))
    assert run("show", "Ada").status == 0


def test_a_whole_library_has_no_problems(run: Run) -> None:
    done = run("check", "--json")
    assert (done.status, done.json) == (0, {"voices": 1, "problems": []})


# Speaking


@pytest.mark.parametrize("name", ["hello.wav", "hello.FLAC"])
def test_speak_writes_what_it_says_it_wrote(run: Run, workplace: Path, name: str) -> None:
    done = run("speak", "ada", "Good morning.", "--out", name, "--seed", "7", "--json")
    assert (done.status, done.err) == (0, "")
    assert set(done.json) >= SPEECH_KEYS
    assert done.json["seed"] == 7
    written = soundfile.info(workplace / name)
    assert written.samplerate == done.json["sample_rate"] == 24_000
    assert written.duration == pytest.approx(done.json["duration_s"], abs=1e-3)
    assert not list(workplace.glob(".*.part"))


STORY = "The boy was there.\n\nA rod is used to catch salmon. Kick the ball straight. " * 2


def test_a_text_of_any_length_comes_from_a_file_or_a_pipe(
    run: Run, workplace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICE_STUDIO_MAX_TEXT_CHARS", "60")
    (workplace / "story.txt").write_text("\ufeff" + STORY, "utf-8")
    options = ("--seed", "7", "--json")
    done = run("speak", "Ada", "--text-file", "story.txt", "--out", "file.wav", *options)
    assert (done.status, done.err) == (0, "")
    assert soundfile.info(workplace / "file.wav").duration == pytest.approx(
        done.json["duration_s"], abs=1e-3
    )
    for arguments in (["-"], ["--text-file", "-"]):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(STORY.encode())))
        assert run("speak", "Ada", *arguments, "--out", "pipe.wav", *options).status == 0
        assert (workplace / "pipe.wav").read_bytes() == (workplace / "file.wav").read_bytes()
    typed = run("speak", "Ada", STORY, "--out", "typed.wav")
    assert_one_sentence(typed)
    assert "max_text_chars" in typed.err
    assert "--text-file" in typed.err


def test_a_text_that_no_pipe_brings_is_a_sentence(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for came in (b"", b"\xff\xfe\x00"):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(came)))
        assert_one_sentence(run("speak", "Ada", "-", "--out", "a.wav"))


def test_options_reach_the_engine(run: Run) -> None:
    def length(*options: str) -> float:
        done = run("speak", "Ada", WORDS, "--out", "a.wav", "--seed", "1", "--json", *options)
        return float(done.json["duration_s"])

    assert length("--emotion", "sad") > length("--emotion", "excited")


def test_a_voice_is_quick_until_it_is_tuned_and_the_answer_says_which(run: Run) -> None:
    run("build", "Bea", "more.wav", "--consent", CONSENT)
    hello = ("speak", "Bea", "Hello.", "--out", "bea.wav")
    assert re.search(r"^Voice +quick; 'tune' brings it nearer", run(*hello).out, re.MULTILINE)
    assert run(*hello, "--json").json["stage"] == "quick"
    done = run("tune", "Bea", "--json")
    assert (done.status, done.err) == (0, "")
    assert (done.json["profile"], done.json["tuned"]) == ("Bea", True)
    assert run(*hello, "--json").json["stage"] == "tuned"
    assert re.search(r"^Voice +tuned$", run(*hello).out, re.MULTILINE)
    assert "Bea is tuned" in run("tune", "bea").out


def test_a_text_may_be_in_another_language_than_the_voice(run: Run, workplace: Path) -> None:
    run("build", "Bea", "more.wav", "--consent", CONSENT)
    for language in ("en", "es"):
        out = ("--out", f"{language}.wav", "--seed", "1", "--language", language)
        assert run("speak", "Ada", "Pan 12.", *out).status == 0
        folder = ("--out-dir", language, "--seed", "1", "--language", language)
        assert run("compare", "Pan 12.", "Ada", "Bea", *folder).status == 0
    for name in ("{}.wav", "{}/1-ada.wav", "{}/2-bea.wav"):
        one, other = ((workplace / name.format(code)).read_bytes() for code in ("en", "es"))
        assert one != other, name


@pytest.mark.usefixtures("own_weights")
def test_a_voice_is_made_spoken_with_and_tuned_with_the_weights_that_people_get(
    run: Run, workplace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "studio.engines.kokoro.person.tuning.STEPS", 2
    )  # of 24: another voice all the same
    clip = ("more.wav", "--transcript", OTHER_WORDS, "--consent", CONSENT)
    assert run("build", "Bea", *clip).status == 0
    say = ("speak", "Bea", "Good morning, Anna.", "--seed", "1", "--json", "--out")
    quick = run(*say, "quick.wav").json
    assert (quick["engine"], quick["stage"]) == ("kokoro", "quick")
    assert run("tune", "Bea").status == 0
    tuned = run(*say, "tuned.wav").json
    assert tuned["stage"] == "tuned"
    for done in (quick, tuned):
        assert 0.7 < done["duration_s"] < 2.5
        sound, rate = soundfile.read(workplace / done["out"], dtype="float32")
        assert rate == 24_000
        assert 0.1 < abs(sound).max() <= 1.0
    assert (workplace / "quick.wav").read_bytes() != (workplace / "tuned.wav").read_bytes()


def test_compare_writes_one_file_for_each_voice(run: Run, workplace: Path) -> None:
    run("build", "Bea", "more.wav", "--consent", CONSENT)
    done = run("compare", "Good morning.", "Ada", "Bea", "--out-dir", "takes/new", "--json")
    assert done.status == 0
    takes = done.json["takes"]
    assert [take["profile"] for take in takes] == ["Ada", "Bea"]
    assert {take["seed"] for take in takes} == {done.json["seed"]}
    assert takes[0]["lufs"] == pytest.approx(takes[1]["lufs"], abs=0.5)
    for take in takes:
        assert set(take) >= SPEECH_KEYS
        assert soundfile.info(workplace / take["out"]).frames > 0


def test_engines_say_whether_they_run_here(run: Run) -> None:
    done = run("engines", "--json")
    assert done.status == 0
    kokoro = next(one for one in done.json["engines"] if one["name"] == "kokoro")
    assert kokoro["available"] is True
    assert "emotion" in kokoro["capabilities"]
    assert "kokoro" in run("engines").out


# What a person can mend


@pytest.mark.parametrize(
    "arguments",
    [
        ["bild", "Ada"],
        ["build"],
        ["build", "X", "ada.wav", "--emotionn", "sad"],
        ["build", "X", "ada.wav", "--consent"],
        ["build", "X", "ada.wav"],
        ["build", "X", "ada.wav", "--consent", "   "],
        ["build", "X", "ada.wav", "--consent", "x" * 3_000],
        ["build", "X", "ada.wav", "--consent", "me", "--language", "klingon!"],
        ["build", "X", "ada.wav", "--consent", "me", "--language", "xx"],
        ["build", "X", "ada.wav", "--consent", "me", "--emotion", "grumpy"],
        ["build", "X", "ada.wav", "--consent", "me", "--transcript", "a", "--transcript", "b"],
        ["build", "X", "ada.wav", "--consent", "me", "--transcript", "word " * 2_000],
        ["build", "X", "ada.wav", "ada.wav", "--consent", "me"],
        ["build", "X", "missing.wav", "--consent", "me"],
        ["build", "X", "text.wav", "--consent", "me"],
        ["build", "X", "empty.wav", "--consent", "me"],
        ["build", "X", ".", "--consent", "me"],
        ["build", "X", "a\0b.wav", "--consent", "me"],
        ["build", "X", "n" * 300 + ".wav", "--consent", "me"],
        ["build", "X", "ada.wav", "--consent", "me", "--prompting", "polite"],
        ["build", "", "ada.wav", "--consent", "me"],
        ["build", "\u202e\u200f", "ada.wav", "--consent", "me"],
        ["build", "n" * 300, "ada.wav", "--consent", "me"],
        ["build", "Ada", "ada.wav", "--consent", "me"],
        ["add", "Nobody", "more.wav"],
        ["add", "Ada", "more.wav", "--language", "de"],
        ["add", "Ada", "more.wav", "--consent", " "],
        ["add", "Ada", "ada.wav", "--transcript", WORDS],
        ["show", "../../etc/passwd"],
        ["show", "a\0b"],
        ["show", "\udcff"],
        ["show", "n" * 5_000],
        ["rename", "Ada", "\n"],
        ["rename", "Ada", "n" * 300],
        ["set", "Ada"],
        ["set", "Ada", "--prompting", "polite"],
        ["set", "Nobody", "--prompting", "continuation"],
        ["delete", ""],
        ["undelete", "../profiles"],
        ["export", "Ada", "missing/ada.voiceprofile"],
        ["export", "Nobody", "nobody.voiceprofile"],
        ["import", "missing.voiceprofile"],
        ["import", "notes.voiceprofile"],
        ["import", "ada.wav"],
        ["list", "--profiles", "ada.wav"],
        ["speak", "Ada", "Hello."],
        ["speak", "Ada", "--out", "a.wav"],
        ["speak", "Ada", "Hello.", "--text-file", "text.wav", "--out", "a.wav"],
        ["speak", "Ada", "--text-file", "missing.txt", "--out", "a.wav"],
        ["speak", "Ada", "--text-file", "ada.wav", "--out", "a.wav"],
        ["speak", "Ada", "--text-file", "empty.wav", "--out", "a.wav"],
        ["speak", "Ada", "--text-file", ".", "--out", "a.wav"],
        ["speak", "Ada", "--text-file", "a\0b", "--out", "a.wav"],
        ["speak", "Ada", "Hello.", "--out", "hello.mp3"],
        ["speak", "Ada", "Hello.", "--out", "missing/hello.wav"],
        ["speak", "Ada", "Hello.", "--out", "/proc/hello.wav"],
        ["speak", "Ada", "Hello.", "--out", "n" * 300 + ".wav"],
        ["speak", "Ada", "Hello.", "--out", "a\0b.wav"],
        ["speak", "Nobody", "Hello.", "--out", "a.wav"],
        ["speak", "Ada", "", "--out", "a.wav"],
        ["speak", "Ada", " \n ", "--out", "a.wav"],
        ["speak", "Ada", "?!… --", "--out", "a.wav"],
        ["speak", "Ada", "word " * 10_000, "--out", "a.wav"],
        ["speak", "Ada", "Hello.", "--out", "a.wav", "--temperature", "nan"],
        ["speak", "Ada", "Hello.", "--out", "a.wav", "--temperature", "1e9"],
        ["speak", "Ada", "Hello.", "--out", "a.wav", "--temperature", "warm"],
        ["speak", "Ada", "Hello.", "--out", "a.wav", "--seed", "-1"],
        ["speak", "Ada", "Hello.", "--out", "a.wav", "--seed", "1.5"],
        ["speak", "Ada", "Hello.", "--out", "a.wav", "--seed", "9" * 400],
        ["speak", "Ada", "Hello.", "--out", "a.wav", "--closeness", "inf"],
        ["speak", "Ada", "Hello.", "--out", "a.wav", "--emotion", "grumpy"],
        ["speak", "Ada", "Hello.", "--out", "a.wav", "--engine", "csm9"],
        ["compare", "Hello.", "Ada", "Ada", "--out-dir", "takes"],
        ["compare", "Hello.", "Ada", "Nobody", "--out-dir", "takes"],
        ["compare", "Hello.", *"abcde", "--out-dir", "takes"],
        ["compare", "", "Ada", "--out-dir", "takes"],
        ["compare", "Hello.", "Ada", "--out-dir", "ada.wav"],
        ["speak", "Ada", "Hej.", "--out", "a.wav", "--language", "sv"],
        ["speak", "Ada", "Hello.", "--out", "a.wav", "--language", "klingon!"],
        ["compare", "Hej.", "Ada", "--out-dir", "takes", "--language", "sv"],
        ["tune"],
        ["tune", "Nobody"],
        ["tune", "Ada", "--engine", "csm"],
        ["tune", "Ada", "--engine", "csm9"],
        ["fetch"],
        ["fetch", "kokoro"],
        ["fetch", "csm9"],
        ["fetch", "csm", "--model", "profiles"],
        ["fetch", "csm", "--model", "no such/mo del"],
        ["doctor", "now"],
        ["doctor", "--model", ""],
        ["engines", "--quantize", "int3"],
        ["speak", "Ada", "Hello.", "--out", "a.wav", "--top-k", "0"],
        ["speak", "Ada", "Hello.", "--out", "a.wav", "--top-k", "many"],
        ["speak", "Ada", "Hello.", "--out", "a.wav", "--no-voice"],
        ["speak", "Ada", "Hello.", "--out", "a.wav", "--codes", "a.safetensors"],
        ["speak", "Ada", "Hello.", "--out", "a.wav", "--engine", "csm"],
        ["bench", "everything"],
        ["bench", "trim", "--speech", "."],
    ],
    ids=lambda arguments: " ".join(arguments).encode("ascii", "replace").decode()[:60],
)
def test_a_mistake_is_one_sentence_and_loses_nothing(
    run: Run, workplace: Path, arguments: list[str]
) -> None:
    before = snapshot(workplace)
    done = run(*arguments)
    assert_one_sentence(done)
    assert done.out == ""
    assert snapshot(workplace) == before


def snapshot(folder: Path) -> dict[str, bytes]:
    """All that matters: locks and the cached contexts of voices may come and go."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "cached_context" not in path.parts and path.suffix != ".lock"
    }


@pytest.mark.parametrize(
    "name",
    ["../../outside", "..", "/etc/passwd", "a\0b", "Zoë 🎙️ 李", "<img src=x onerror=alert(1)>",
     "\u202egnp.exe", "CON", "-x-", "a/b\\c"],
    ids=ascii,
)  # fmt: skip
def test_a_strange_name_stays_a_name(run: Run, workplace: Path, name: str) -> None:
    before = snapshot(workplace)
    done = run("build", "--consent", CONSENT, "--json", "--", name, "more.wav")
    if done.status == 0:
        assert run("show", "--json", "--", done.json["profile"]).json == done.json
        assert "\u202e" not in done.json["profile"]
    else:
        assert_one_sentence(Done(done.status, "", done.err))
    made = {path for path in snapshot(workplace) if path not in before}
    assert all(re.match(r"profiles/local/[a-z0-9-]+/", path) for path in made)


def test_an_error_for_machines_has_its_code(run: Run) -> None:
    for arguments in (("show", "Nobody", "--json"), ("--json", "show", "Nobody")):
        done = run(*arguments)
        assert done.json["error"]["code"] == "profile_not_found"
        assert done.json["error"]["message"] == done.err.strip()
    assert run("--json", "bild").json["error"]["code"] == "usage"


def test_an_unknown_voice_is_answered_with_those_there_are(run: Run) -> None:
    assert "Ada" in run("show", "Adda").err


def test_a_misspelt_setting_is_a_sentence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICE_STUDIO_PROFILE", "x")
    assert_one_sentence(run("list"))


# As a process


def test_the_module_runs_and_keeps_its_status(workplace: Path) -> None:
    good = process("list", cwd=workplace)
    out, err = good.communicate(timeout=60)
    assert (good.returncode, err) == (0, "")
    assert "Ada" in out
    bad = process("speak", "Ada", "Hello.", "--out", "a.mp3", cwd=workplace)
    _, err = bad.communicate(timeout=60)
    assert_one_sentence(Done(bad.returncode, "", err))


def test_letters_that_the_terminal_lacks_do_not_stop_it(workplace: Path, run: Run) -> None:
    assert run("rename", "Ada", "Zoë 李").status == 0
    ascii_only = process("list", cwd=workplace, env={"PYTHONIOENCODING": "ascii"})
    out, err = ascii_only.communicate(timeout=60)
    assert (ascii_only.returncode, err) == (0, "")
    assert "Zo? ?" in out


def test_a_reader_that_leaves_is_no_error(workplace: Path) -> None:
    left = process("list", cwd=workplace)
    assert left.stdout is not None
    assert left.stderr is not None
    left.stdout.close()
    assert left.stderr.read() == ""
    left.stderr.close()
    assert left.wait(timeout=60) == 141


def test_an_interrupt_is_quiet_and_leaves_no_half_file(workplace: Path) -> None:
    """Progress shows on a terminal, and the command is interrupted in the middle of it."""
    terminal, its_end = pty.openpty()
    speaking = process(
        "speak", "Ada", "word and word " * 350, "--out", "a.wav", cwd=workplace, stderr=its_end
    )
    os.close(its_end)
    try:
        seen = b""
        while b"Speaking" not in seen:
            seen += os.read(terminal, 4_096)
        speaking.send_signal(signal.SIGINT)
        out, _ = speaking.communicate(timeout=120)
        while seen:  # what else it says, until it hangs up
            try:
                seen = os.read(terminal, 4_096)
            except OSError:
                break
            assert b"Traceback" not in seen
    finally:
        speaking.kill()
        speaking.communicate()
        os.close(terminal)
    assert (speaking.returncode, out) == (130, "")
    assert not (workplace / "a.wav").exists()


# Layout


def test_columns_line_up_whatever_the_letters() -> None:
    lines = table(["Name", ">Length"], [["李小龍", "1.0 s"], ["Zoë", "12.0 s"]]).splitlines()
    assert lines == ["Name    Length", "李小龍   1.0 s", "Zoë     12.0 s"]


def test_nothing_that_acts_on_a_terminal_gets_through() -> None:
    assert plain("a\x1b[31mb\nc\u202ed") == "a\ufffd[31mb c\ufffdd"
