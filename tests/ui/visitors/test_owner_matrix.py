"""Nobody reaches what is another's, by whatever event, endpoint or address the page has.

What is tried is read from the page itself, so that a new endpoint or event is tried as well.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.ui.visitors.conftest import SENTENCE, Guest

NAME, WORDS, TAG = "Zyxana", "Quuxwort was said here.", "tag-of-zyx"
CONSENT = "Zyxana's mother agrees"
MARKS = (NAME, "Quuxwort", TAG, CONSENT)
UNKNOWN = {
    "id": "nobody-has",
    "name": "Nobodyhas",
    "ticket": "20260101t000000z-00000000-nobody-has",
}

NAMES_A_THING = {"voice", "voices", "ticket", "clip", "clips", "archive"}
HARMLESS: dict[str, Any] = {
    "name": "New one", "new_name": "New one", "transcripts": [],
    "transcripts_one_for_each_clip": [], "consent": "I agree.", "language": "en", "tags": [],
    "trim": True, "shorten_pauses": False,
    "text": "Hello.", "emotion": "neutral", "seed": 1, "temperature": 0.5, "closeness": 0.5,
    "engine": "auto", "writer": "echo", "top_k": 50, "with_voice": True, "options": {},
    "words": "Hello.", "message": "Hello.",
}  # fmt: skip


@dataclass
class Owned:
    """What Zyxana's owner has: how it can be named, and where it can be fetched."""

    guest: Guest
    voice: str
    ticket: str
    gone: str
    """The id of the voice that the ticket brings back."""
    clip: str
    files: list[str]
    run: str


def tree(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock" and "cached_context" not in path.parts
    }


def events(guest: Guest) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Each event of the page that the server answers, with its inputs."""
    config = guest.http.get("/config").json()
    parts = {part["id"]: part for part in config["components"]}
    for event in config["dependencies"]:
        if event["backend_fn"] and not any(name == "unload" for _, name in event["targets"]):
            yield event, [parts[number] for number in event["inputs"]]


def filled(inputs: list[dict[str, Any]], voice: str | None, text: str) -> list[Any]:
    """A value for each input: ``voice`` wherever one can be chosen, ``text`` wherever one types."""
    return [_value(part, voice, text) for part in inputs]


def _value(part: dict[str, Any], voice: str | None, text: str) -> Any:
    kind, props = part["type"], part["props"]
    if kind == "dropdown":
        choices = [value for _, value in props["choices"]]
        if choices and voice not in choices:
            return props.get("value")  # of something else than voices
        return [voice] * bool(voice) if props.get("multiselect") else voice
    if kind in ("textbox", "api", "html"):
        return text
    if kind in ("file", "audio", "uploadbutton", "state"):
        return None
    if kind in ("radio", "slider", "number", "checkbox", "json", "browserstate"):
        return props.get("value", props.get("default_value"))
    raise AssertionError(f"Say here how an input of the kind {kind!r} is filled.")


@pytest.fixture(scope="module")
def owned(page: Any, clip_file: Path) -> Iterator[Owned]:
    """Somebody with a voice, one in the bin, an export, a clip in the form and a talk."""
    guest = Guest(str(page.blocks.local_url), "mine")
    went_well, made = guest.call(
        "create_voice", NAME, [guest.upload(clip_file)], [WORDS], CONSENT, "en", [TAG]
    )
    assert went_well, made
    voice, clip = made[0]["id"], made[0]["segments"][0]["id"]
    gone = guest.make_voice(f"{NAME} two", clip_file)
    _, ticket = guest.call("delete_voice", gone)
    _, exported = guest.call("export_voice", voice)
    numbered = [(event["id"], event["targets"], inputs) for event, inputs in events(guest)]
    for number, targets, inputs in numbered:  # as a browser that opens the page
        if any(name == "load" for _, name in targets):
            guest.ask(number, filled(inputs, None, ""))
    files = [exported[0]["path"], guest.upload(clip_file)["path"]]
    say, inputs = next(
        (event["id"], inputs) for event, inputs in events(guest) if event["api_name"] == "say"
    )
    data = filled(inputs, voice, "")  # the first two are typed, and the seed is left empty
    run = "run-of-zyx"
    data[:2] = [run, "Quuxwort."]
    told = guest.ask(
        say, [None if value == voice and n > 2 else value for n, value in enumerate(data)]
    )
    files += sorted(set(re.findall(r'"path": ?"([^"]+\.wav)"', told)))
    assert len(files) == 3, told[-2_000:]
    yield Owned(guest, voice, ticket[0], gone, clip, files, run)
    guest.http.close()


@pytest.fixture(autouse=True)
def nothing_changes(page: Any, owned: Owned) -> Iterator[None]:
    folder = page.studio.settings.profiles_dir / owned.guest.owner_id
    before = tree(folder)
    yield
    assert tree(folder) == before
    assert owned.guest.voices() == ["Ada", NAME]
    assert owned.guest.http.get(f"/gradio_api/file={owned.files[0]}").status_code == 200


def assert_tells_nothing(told: str, what: str) -> None:
    for mark in MARKS:
        assert mark not in told, f"{what} told of {mark!r}: {told[:2_000]}"


def test_every_event_of_the_page_is_tried_with_what_is_anothers(
    owned: Owned, guest: Callable[[], Guest]
) -> None:
    me = guest()
    tried = 0
    for event, inputs in events(me):
        for what in (owned.ticket, "recording", "sentence"):
            sent = {
                "id": owned.voice, "revision": 1, "segment": owned.clip, "what": what,
                "value": "none", "run": owned.run, "played": 0, "reason": "stopped",
            }  # fmt: skip
            told = me.ask(event["id"], filled(inputs, owned.voice, owned.voice), sent)
            assert_tells_nothing(told, f"the event {event['api_name']} of {event['targets']}")
            tried += 1
    assert tried > 200


def test_the_name_of_anothers_session_opens_nothing(
    page: Any, owned: Owned, guest: Callable[[], Guest]
) -> None:
    me = guest()
    beginning = page.visitors.names.beginning(owned.guest.owner_id)
    for session in (owned.guest.session, beginning + owned.guest.session):
        for event, inputs in events(me):
            if event["api_name"] in ("show_5", "settle", "halt_1", "undo_restart", "save", "offer"):
                told = me.ask(event["id"], filled(inputs, "ada", ""), {"run": owned.run}, session)
                assert_tells_nothing(told, event["api_name"])
    config = me.http.get("/config").json()
    for part in config["components"]:
        for name in part["props"].get("server_fns", []):
            for asked in ([owned.run, 0], owned.run, owned.voice, None):
                told = me.http.post(
                    "/gradio_api/component_server",
                    json={
                        "data": asked, "fn_name": name, "component_id": part["id"],
                        "session_hash": owned.guest.session,
                    },
                )  # fmt: skip
                assert_tells_nothing(told.text, name)
                assert '"pcm"' not in told.text, "the sound of another's reply"


def test_every_endpoint_answers_for_what_is_anothers_as_for_what_is_not_there(
    owned: Owned, guest: Callable[[], Guest], clip_file: Path
) -> None:
    me = guest()
    found = me.http.get("/gradio_api/info").json()["named_endpoints"]
    assert len(found) >= 13
    tried = 0
    for endpoint, told in found.items():
        names = [parameter["parameter_name"] for parameter in told["parameters"]]
        unknown = {name for name in names if name not in NAMES_A_THING and name not in HARMLESS}
        assert not unknown, f"Say here whether {unknown} of {endpoint} names something of an owner."
        for tested in [name for name in names if name in NAMES_A_THING]:
            for theirs, nobodys in things(owned, tested):
                answers = []
                for thing in (theirs, nobodys):
                    data = [
                        thing if name == tested else default(me, name, clip_file) for name in names
                    ]
                    answers.append(json.dumps(me.call(endpoint.strip("/"), *data)))
                for mark in MARKS:
                    asked_for = json.dumps(theirs)
                    assert mark in asked_for or mark not in answers[0], (endpoint, answers[0])
                if isinstance(theirs, str):
                    named = theirs.removeprefix("id:").replace(owned.ticket, owned.gone)
                    answer = answers[0].replace(named, UNKNOWN["name" if named == NAME else "id"])
                    assert answer == answers[1], (endpoint, tested)
                else:
                    assert answers[0].startswith("[false"), (endpoint, tested, answers[0])
                tried += 1
    assert tried > 20


def things(owned: Owned, name: str) -> list[tuple[Any, Any]]:
    """What is another's for a parameter of this name, each beside what nobody has."""
    if name in ("clip", "archive", "clips"):
        file = {"path": owned.files[0], "meta": {"_type": "gradio.FileData"}}
        none = {"path": "/nowhere/at-all", "meta": {"_type": "gradio.FileData"}}
        return [([file], [none])] if name == "clips" else [(file, none)]
    if name == "ticket":
        return [(owned.ticket, UNKNOWN["ticket"])]
    pairs = [
        (owned.voice, UNKNOWN["id"]),
        (f"id:{owned.voice}", f"id:{UNKNOWN['id']}"),
        (NAME, UNKNOWN["name"]),
    ]
    return [([a, "Ada"], [b, "Ada"]) for a, b in pairs] if name == "voices" else list(pairs)


def default(me: Guest, name: str, clip_file: Path) -> Any:
    if name == "voice":
        return "Ada"
    if name == "voices":
        return ["Ada"]
    if name == "clip":
        return me.upload(clip_file)
    if name == "clips":
        return [me.upload(clip_file)]
    return HARMLESS.get(name)


def test_no_file_of_another_is_served_however_it_is_written(
    owned: Owned, guest: Callable[[], Guest]
) -> None:
    me = guest()
    nothing = me.http.get(f"/gradio_api/file={owned.files[0]}x")
    for file in owned.files:
        folder, name = file.rsplit("/", 1)
        own = f"{Path(file).parents[2]}/{me.owner_id}"
        climbed = f"{own}/../{owned.guest.owner_id}/{Path(file).parent.name}/{name}"
        for written in (
            file, quote(file, safe=""), quote(quote(file, safe=""), safe=""), f"{folder}/./{name}",
            f"{folder}/x/../{name}", climbed,
            file.replace("/", "//"), f"file://{file}", file.replace("/", "\\"), f"{file}%00",
        ):  # fmt: skip
            for address in (f"/gradio_api/file={written}", f"/gradio_api/file/{written}"):
                answer = me.http.get(address)
                assert (answer.status_code, answer.content) == (404, nothing.content), address
    for address in ("/etc/passwd", "../../etc/passwd", str(Path(owned.files[0]).parents[2])):
        assert me.http.get(f"/gradio_api/file={address}").status_code == 404


def test_a_name_that_another_has_is_free_and_tells_nothing(
    guest: Callable[[], Guest], clip_file: Path
) -> None:
    me = guest()
    assert me.make_voice(NAME, clip_file, SENTENCE) == NAME.casefold()
    assert me.voices() == ["Ada", NAME]
