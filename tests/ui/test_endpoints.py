"""The Voices and Compare tabs for programs: every public endpoint, with good and with bad input."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from studio.core.saving import save_sound
from studio.core.voices.making import Clip
from studio.types import SAMPLE_RATE, Audio
from tests.voices import spoken

CONSENT = "I am the speaker."
LINE = "The gate to the garden was open, and the dog had gone for a walk by itself."
OURS = {
    "/list_voices", "/rename_voice", "/tag_voice", "/duplicate_voice", "/delete_voice",
    "/undo_delete", "/examine_clip", "/create_voice", "/export_voice", "/import_voice", "/compare",
}  # fmt: skip


@pytest.fixture(scope="module")
def client(server: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    connected = Client(
        server.url, verbose=False, download_files=str(tmp_path_factory.mktemp("downloads"))
    )
    yield connected
    connected.close()


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "garden.flac"
    save_sound(spoken(LINE, voice="en-us+m2"), path)
    return path


@pytest.fixture
def voice(server: Any, clip: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A voice of the test's own, gone again afterwards."""
    name = f"Voice of {request.node.name[:40]}"
    profile = server.studio.create_profile(name, [Clip(clip, LINE)], consent=CONSENT)
    yield profile.name
    for entry in server.studio.profiles():
        if entry.id.startswith(profile.id):
            server.studio.delete(entry.id)


def refusal(client: Client, api_name: str, *args: Any, **kwargs: Any) -> str:
    """The sentence that the endpoint answers with; no traceback, no name of a Python type."""
    with pytest.raises(AppError) as caught:
        client.predict(*args, api_name=api_name, **kwargs)
    sentence = str(caught.value)
    assert sentence
    for internal in ("Traceback", "Error:", "NoneType", "site-packages", "pydantic", "object at"):
        assert internal not in sentence
    assert sentence.rstrip().endswith((".", "?"))
    return sentence


def test_what_is_public_is_what_is_documented(client: Client) -> None:
    named = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert set(named) >= OURS
    others = set(named) - OURS
    assert not {name for name in others if "lambda" in name or name.endswith(("_1", "_2"))}


def test_a_voice_is_made_changed_exported_and_imported(
    client: Client, server: Any, clip: Path
) -> None:
    made = client.predict(
        name="Made by a program",
        clips=[handle_file(str(clip))],
        transcripts=[LINE],
        consent=CONSENT,
        language="en",
        tags=["calm"],
        api_name="/create_voice",
    )
    assert made["tags"] == ["calm"]
    assert made["segments"][0]["transcript"] == LINE
    assert made["segments"][0]["verdict"] in ("accept", "warn")

    renamed = client.predict("Made by a program", "Rex", api_name="/rename_voice")
    assert (renamed["id"], renamed["revision"]) == (made["id"], made["revision"] + 1)
    assert client.predict("Rex", ["a", "b"], api_name="/tag_voice")["tags"] == ["a", "b"]
    assert client.predict("Rex", "Rex again", api_name="/duplicate_voice")["name"] == "Rex again"

    exported = client.predict("Rex", api_name="/export_voice")
    assert Path(exported).suffix == ".voiceprofile"
    ticket = client.predict("Rex", api_name="/delete_voice")
    assert "Rex" not in names(client)
    assert client.predict(ticket, api_name="/undo_delete")["name"] == "Rex"

    client.predict("Rex", api_name="/delete_voice")
    brought = client.predict(handle_file(exported), api_name="/import_voice")
    assert brought["segments"][0]["transcript"] == LINE
    for name in (brought["name"], "Rex again"):
        client.predict(name, api_name="/delete_voice")


def test_a_clip_is_examined_without_being_saved(client: Client, clip: Path) -> None:
    before = names(client)
    report = client.predict(handle_file(str(clip)), True, False, api_name="/examine_clip")
    assert report["verdict"] in ("accept", "warn")
    assert report["lufs_after"] == pytest.approx(-20, abs=2)
    assert report["true_peak_dbtp"] <= -0.99
    assert names(client) == before


def test_voices_are_compared_at_one_loudness(client: Client, voice: str) -> None:
    figures, takes = client.predict(
        "One short line.", ["Ada", voice], 7, "neutral", 0.5, api_name="/compare"
    )
    assert [take["voice"] for take in figures] == ["Ada", voice]
    assert {take["seed"] for take in figures} == {7}
    assert figures[0]["lufs"] == pytest.approx(figures[1]["lufs"], abs=0.1)
    assert all(Path(take).read_bytes()[:4] == b"RIFF" for take in takes)


@pytest.mark.parametrize(
    ("api_name", "args", "says"),
    [
        ("/rename_voice", ("Nobody at all", "X"), "Nobody at all"),
        ("/rename_voice", ("Ada", ""), "name"),
        ("/rename_voice", ("Ada", "x" * 300), "300"),
        ("/rename_voice", ("Ada", 5), "must be a string"),
        ("/rename_voice", ("../../etc", "X"), "etc"),
        ("/rename_voice", ("\x00", "X"), ""),
        ("/tag_voice", ("Ada", "calm"), "list"),
        ("/tag_voice", ("Ada", ["x" * 500]), ""),
        ("/tag_voice", ("Ada", ["x"] * 0 + [str(n) for n in range(100)]), ""),
        ("/duplicate_voice", ("Ada", "Ada"), "Ada"),
        ("/delete_voice", ("Nobody at all",), "Nobody at all"),
        ("/undo_delete", ("no such ticket",), ""),
        ("/undo_delete", ("../../../etc",), ""),
        ("/export_voice", ("Nobody at all",), "Nobody at all"),
        ("/import_voice", (None,), "no file"),
        ("/examine_clip", (None, True, False), "no file"),
        ("/compare", ("Hello.", ["Ada"], 1, "neutral", 0.8), "2 to 4"),
        ("/compare", ("Hello.", ["Ada", "Ada"], 1, "neutral", 0.8), "once"),
        ("/compare", ("Hello.", ["Ada", "Nobody"], 1, "neutral", 0.8), "Nobody"),
        ("/compare", ("", ["Ada", "Ada2"], 1, "neutral", 0.8), ""),
        ("/compare", ("Hello.", "Ada", 1, "neutral", 0.8), "list"),
        ("/compare", ("Hello.", None, 1, "neutral", 0.8), "2 to 4"),
        ("/compare", ("Hello.", ["Ada", "Ada"], "seven", "neutral", 0.8), "number"),
    ],
)
def test_bad_input_gets_a_plain_sentence(
    client: Client, api_name: str, args: tuple[Any, ...], says: str
) -> None:
    before = names(client)
    assert says in refusal(client, api_name, *args)
    assert names(client) == before


@pytest.mark.parametrize(
    ("text", "emotion", "temperature", "seed"),
    [
        ("", "neutral", 0.8, 1),
        ("x" * 50_000, "neutral", 0.8, 1),
        ("Hello.", "furious", 0.8, 1),
        ("Hello.", "neutral", 1e9, 1),
        ("Hello.", "neutral", -1, 1),
        ("Hello.", "neutral", 0.8, -1),
        ("Hello.", "neutral", 0.8, 2**40),
    ],
)
def test_options_out_of_range_are_refused(
    client: Client, voice: str, text: str, emotion: str, temperature: float, seed: int
) -> None:
    refusal(client, "/compare", text, ["Ada", voice], seed, emotion, temperature)


def test_files_that_hold_no_voice_are_refused(client: Client, tmp_path: Path) -> None:
    bad = {
        "empty.wav": b"",
        "text.wav": b"This is not a sound. " * 50,
        "cut.flac": b"fLaC" + bytes(40),
        "not.voiceprofile": b"PK\x03\x04 and then nothing",
    }
    for name, content in bad.items():
        path = tmp_path / name
        path.write_bytes(content)
        endpoint = "/import_voice" if name.endswith("voiceprofile") else "/examine_clip"
        rest = () if endpoint == "/import_voice" else (True, False)
        refusal(client, endpoint, handle_file(str(path)), *rest)

    silence = tmp_path / "silence.flac"
    save_sound(Audio(np.zeros(3 * SAMPLE_RATE, np.float32)), silence)
    report = client.predict(handle_file(str(silence)), True, False, api_name="/examine_clip")
    assert report["verdict"] == "refuse"
    assert report["advice"]
    sentence = refusal(
        client, "/create_voice", "Silence", [handle_file(str(silence))], [], CONSENT, "en", []
    )
    assert report["advice"][0] in sentence


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": ""}, "name"),
        ({"consent": "  "}, "allowed"),
        ({"clips": None}, "clip"),
        ({"language": "klingon"}, "Choose"),
        ({"transcripts": ["a", "b"]}, "transcripts"),
        ({"transcripts": "a"}, "list"),
        ({"tags": 5}, "list"),
        ({"tags": ["x" * 41]}, "40 is the most"),
        ({"tags": [f"tag {number}" for number in range(21)]}, "20 is the most"),
    ],
)
def test_a_voice_that_lacks_something_is_not_made(
    client: Client, clip: Path, change: dict[str, Any], says: str
) -> None:
    before = names(client)
    asked = {
        "name": "Half a voice", "clips": [handle_file(str(clip))],
        "transcripts": [], "consent": CONSENT, "language": "en", "tags": [],
    }  # fmt: skip
    assert says in refusal(client, "/create_voice", **(asked | change))
    assert names(client) == before


def test_no_file_of_this_machine_can_be_named(client: Client) -> None:
    """Only what was uploaded can be read, whatever path a caller writes."""
    named = {"path": "/etc/hostname", "meta": {"_type": "gradio.FileData"}}
    for endpoint, rest in (("/examine_clip", (True, False)), ("/import_voice", ())):
        with pytest.raises(AppError):
            client.predict(named, *rest, api_name=endpoint)
        with pytest.raises((AppError, ValueError)):
            client.predict("/etc/hostname", *rest, api_name=endpoint)


def names(client: Client) -> list[str]:
    return [voice["name"] for voice in client.predict(api_name="/list_voices")]
