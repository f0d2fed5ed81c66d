"""When a visit ends nothing of it is left, and nobody else loses anything."""

from __future__ import annotations

import errno
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from studio.settings import Settings
from studio.sharing.owners import member
from tests.ui.visitors.conftest import Guest
from tests.ui.visitors.test_owner_matrix import events, filled, tree

MARK = "Wuxmarker"


def make_all(guest: Guest, clip: Path) -> str:
    """Leave something of every kind that a visitor can leave; the id of the voice."""
    voice = guest.make_voice(f"{MARK} one", clip, f"{MARK} said this.")
    guest.call("delete_voice", guest.make_voice(f"{MARK} two", clip))
    guest.call("export_voice", voice)
    guest.upload(clip)
    for event, inputs in events(guest):
        if any(name == "load" for _, name in event["targets"]):
            guest.ask(event["id"], filled(inputs, None, ""))
    for event, inputs in events(guest):
        data = filled(inputs, voice, "")
        if event["api_name"] == "say":
            data[:2] = ["run", f"{MARK} is spoken."]
            assert MARK in guest.ask(event["id"], data)
        if event["api_name"] == "show_5":
            assert MARK in guest.ask(event["id"], data, {"run": "run"})
        if event["api_name"] == "add_files":
            guest.ask(event["id"], [None, [guest.upload(clip)]])
    return voice


def folders(page: Any, guest: Guest) -> list[Path]:
    places = (page.studio.settings.profiles_dir, page.visitors.handed.uploads)
    return [place / guest.owner_id for place in places]


def kept_of(page: Any, owner_id: str, beginning: str) -> list[str]:
    """What the running page still keeps of an owner: sessions, events, contexts, works."""
    queue, shop = page.blocks._queue, page.studio._workshop
    sessions = [*page.blocks.app.state_holder.session_data, *queue.pending_messages_per_session]
    return [
        *(name for name in sessions if name.startswith(beginning)),
        *(event._id for event in queue.event_ids_to_events.values() if MARK in repr(event.data)),
        *(key for key in shop.memory._ready if key.startswith(owner_id)),
        *(name for name in shop.tuning._works if name.startswith(owner_id)),
    ]


@pytest.mark.parametrize("how", ["its time is over", "forget me now"])
def test_nothing_is_left_of_a_visit(
    page: Any, guest: Callable[[], Guest], clip_file: Path, how: str
) -> None:
    goes, stays = guest(), guest()
    kept = stays.make_voice("Stays", clip_file)
    make_all(goes, clip_file)
    assert kept_of(page, goes.owner_id, page.visitors.names.beginning(goes.owner_id))
    assert all(folder.exists() for folder in folders(page, goes))
    before = tree(folders(page, stays)[0])

    if how == "forget me now":
        forget = next(event for event, _ in events(goes) if event["api_name"] == "forget")
        goes.ask(forget["id"], [], {"what": "ask"})
        assert goes.voices() == ["Ada", f"{MARK} one"], "it asks first"
        assert "Everything of yours is deleted" in goes.ask(forget["id"], [], {"what": "all"})
        assert [folder for folder in folders(page, goes) if folder.exists()] == []
    page.visitors.visits.end(goes.owner_id)
    page.visitors.sweep()

    assert [folder for folder in folders(page, goes) if folder.exists()] == []
    assert goes.http.post("/gradio_api/call/list_voices", json={"data": []}).status_code == 401
    beginning = page.visitors.names.beginning(goes.owner_id)
    assert kept_of(page, goes.owner_id, beginning) == []

    assert stays.voices() == ["Ada", "Stays"]
    assert tree(folders(page, stays)[0]) == before
    assert stays.speak("Stays"), kept


def test_an_upload_is_gone_once_it_was_used(
    page: Any, guest: Callable[[], Guest], clip_file: Path
) -> None:
    me = guest()
    me.make_voice("Used", clip_file)
    assert me.call("examine_clip", me.upload(clip_file), True, False)[0]
    raw = clip_file.read_bytes()
    left = [path for path in folders(page, me)[1].rglob("*") if path.is_file()]
    assert not [path for path in left if path.read_bytes() == raw]


def test_nobody_fills_the_disk_with_uploads(
    page: Any, guest: Callable[[], Guest], clip_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    me, other = guest(), guest()
    raw = clip_file.read_bytes()
    monkeypatch.setattr(page.visitors.handed, "most_bytes", len(raw) * 1.5)

    def send(one: Guest, number: int) -> Any:
        files = {"files": (f"{number}.flac", raw + bytes(number))}
        return one.http.post("/gradio_api/upload", files=files)

    assert [send(me, number).status_code for number in range(4)] == [200, 200, 413, 413]
    assert "the most for one person" in send(me, 4).json()["detail"]
    assert send(other, 0).status_code == 200


def test_what_was_handed_out_long_ago_is_deleted_and_what_is_new_is_not(
    page: Any, guest: Callable[[], Guest]
) -> None:
    me = guest()
    old, new = (me.speak("Ada") for _ in range(2))
    hour = time.time() - page.studio.settings.copies_minutes * 60 - 1
    os.utime(old, (hour, hour))
    page.visitors.sweep()
    assert not Path(old).exists()
    assert Path(new).exists()


def test_a_clock_that_jumps_neither_ends_nor_prolongs_a_visit(
    page: Any, guest: Callable[[], Guest], monkeypatch: pytest.MonkeyPatch
) -> None:
    me = guest()
    left = page.visitors.visits.left_s(me.owner_id)
    now = time.time()
    for jump in (86_400, -86_400):
        monkeypatch.setattr(time, "time", lambda jump=jump: now + jump)
        assert 0 < page.visitors.visits.left_s(me.owner_id) <= left
        assert me.voices() == ["Ada"]


def test_a_disk_that_refuses_does_not_keep_the_others(
    page: Any, guest: Callable[[], Guest], clip_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, goes = guest(), guest()
    for one in (stuck, goes):
        one.make_voice("Anna", clip_file)
    delete = shutil.rmtree

    def refuse(path: Any, *args: Any, **kwargs: Any) -> None:
        if stuck.owner_id in str(path):
            if not kwargs.get("ignore_errors"):
                raise OSError(errno.EIO, "the disk is at fault")
            return
        delete(path, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", refuse)
        for one in (stuck, goes):
            page.visitors.visits.end(one.owner_id)
        page.visitors.sweep()
        assert folders(page, stuck)[0].exists()
        assert not folders(page, goes)[0].exists()
    page.visitors.sweep()
    assert not folders(page, stuck)[0].exists(), "the next sweep tries again"


def test_a_start_forgets_visitors_and_keeps_members(tmp_path: Path, clip_file: Path) -> None:
    from studio import Clip, Studio
    from studio.ui.visitors.studios import Visitors

    known = member("42")
    with Studio(Settings.read(profiles_dir=tmp_path / "profiles", shared="yes")) as studio:
        before = Visitors(studio, tmp_path / "uploads")
        token = before.visits.begin()
        visitor = before.visits.owner_of(token)
        assert visitor is not None
        for owner in (known, visitor):
            clips = [Clip(clip_file)]
            before.studio_of(owner).create_profile("Anna", clips, consent="Yes.")
        after = Visitors(studio, tmp_path / "uploads")
        after.sweep()
        assert [one.id for one in after.studio_of(known).profiles()] == ["anna"]
        assert not (tmp_path / "profiles" / visitor.id).exists()
