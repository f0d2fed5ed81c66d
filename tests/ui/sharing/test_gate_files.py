"""A file is there for whoever it belongs to, however others write its name."""

from __future__ import annotations

import http.client
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from gradio_client import Client, handle_file

from studio.sharing.owners import Owner, visitor
from studio.ui.sharing.handed import Handed
from tests.ui.sharing.toy import PATIENCE_S, Toy

Ask = Callable[..., Any]
NOT_THERE = (404, '{"detail":"Not Found"}')


def owner(client: httpx.Client) -> Owner:
    return visitor(client.cookies["voice_studio_visit"])


def upload(client: httpx.Client, text: str, name: str = "clip.txt") -> str:
    answer = client.post("/gradio_api/upload", files={"files": (name, text.encode())})
    assert answer.status_code == 200, answer.text
    return str(answer.json()[0])


def got(client: httpx.Client, path: str, **options: Any) -> tuple[int, str]:
    answer = client.get(f"/gradio_api/file={path}", **options)
    return answer.status_code, answer.text


def test_an_upload_is_its_owners(toy: Toy, ada: httpx.Client, ben: httpx.Client) -> None:
    path = upload(ada, "Ada's words")
    assert Path(path).is_relative_to(toy.handed.folder(owner(ada)))
    assert got(ada, path) == (200, "Ada's words")
    assert got(ben, path) == got(ben, f"{path}x") == got(ada, f"{path}x") == NOT_THERE
    assert ada.head(f"/gradio_api/file={path}").status_code == 200
    assert ben.head(f"/gradio_api/file={path}").status_code == 404
    # Nothing of it is left where Gradio has put it.
    assert [one.name for one in toy.handed.uploads.iterdir() if "visit-" not in one.name] == []


def test_what_is_handed_out_is_its_owners(
    ada: httpx.Client, ben: httpx.Client, result_of: Ask
) -> None:
    shown = result_of(ada, "hand_out", "for Ada")
    assert got(ada, shown["path"]) == (200, "for Ada")
    assert got(ben, shown["path"]) == NOT_THERE
    assert ada.get(shown["url"]).text == "for Ada"
    assert ben.get(shown["url"]).status_code == 404


def test_a_copy_that_gradio_makes_elsewhere_is_nobodys(ada: httpx.Client, result_of: Ask) -> None:
    """Not even the asker's: what a function hands out has to lie in the asker's folder."""
    path = result_of(ada, "tone")["path"]
    assert Path(path).is_file()
    assert got(ada, path) == NOT_THERE


def got_as_written(toy: Toy, client: httpx.Client, path: str) -> tuple[int, str]:
    """What comes for exactly these characters, which httpx would tidy up."""
    url = httpx.URL(toy.url)
    connection = http.client.HTTPConnection(url.host, url.port, timeout=PATIENCE_S)
    cookie = f"voice_studio_visit={client.cookies['voice_studio_visit']}"
    connection.request("GET", path, headers={"Cookie": cookie})
    answer = connection.getresponse()
    found = answer.status, answer.read().decode()
    connection.close()
    return found


def spellings(toy: Toy, own: str, others: str) -> list[str]:
    """Ways to write the path ``others``, some of them by way of one's ``own`` folder."""
    folder, name = str(Path(own).parent), Path(others).name
    away = os.path.relpath(others, folder)
    return [
        others,
        f"/{others}",
        f"//{others}",
        f"{folder}/{away}",
        f"{folder}/./{away}",
        f"{folder}/x/../{away}",
        f"{folder}/{quote(away, safe='')}",
        f"{folder}/{quote(quote(away, safe=''), safe='')}",
        f"{folder}/{away}".replace("..", "%2e%2e"),
        f"{folder}/{away}".replace("..", "%252e%252e"),
        f"{folder}/{away}".replace("/", "\\"),
        quote(others, safe=""),
        quote(quote(others, safe=""), safe=""),
        others.replace("/", "\\"),
        os.path.relpath(others),
        f"{others}/",
        f"{others}%00",
        f"{others}%00.txt",
        f"{others}%0a",
        others.upper(),
        f"file://{others}",
        f"\\\\127.0.0.1\\{name}",
        f"//127.0.0.1/{name}",
        f"{toy.url}gradio_api/file={others}",
        f"{others}?x",
        f"{others}#x",
        "..",
        "",
        "/",
        str(Path(others).parent),
        str(toy.handed.uploads),
        "x" * 5_000,
        "/etc/hostname",
        "http://127.0.0.1/",
    ]


def test_however_it_is_written_anothers_file_is_not_there(
    toy: Toy, ada: httpx.Client, ben: httpx.Client
) -> None:
    own, others = upload(ben, "Ben's"), upload(ada, "Ada's")
    for path in spellings(toy, own, others):
        for start in ("file=", "file/"):
            assert got_as_written(toy, ben, f"/gradio_api/{start}{path}") == NOT_THERE, path


def test_ones_own_file_may_be_written_in_other_ways(toy: Toy, ada: httpx.Client) -> None:
    path = upload(ada, "Ada's", "a name with ümlauts.txt")
    quoted = quote(path, safe="")
    for url in (
        f"file={path}",
        f"file={quoted}",
        f"file/{path}",
        f"file={path}/../{quote(path[-3:])}",
    ):
        found = ada.get(f"/gradio_api/{url}")
        assert found.status_code == (404 if ".." in url else 200), url


def test_a_link_out_of_ones_folder_leads_nowhere(
    toy: Toy, ada: httpx.Client, ben: httpx.Client
) -> None:
    own, others = upload(ben, "Ben's"), upload(ada, "Ada's")
    link = Path(own).with_name("link.txt")
    link.symlink_to(others)
    assert got(ben, str(link)) == NOT_THERE
    body = {"data": [{"path": str(link), "meta": {"_type": "gradio.FileData"}}]}
    assert ben.post("/gradio_api/call/read", json=body).status_code == 404


def test_a_file_is_kept_by_no_cache_and_tells_nothing_of_the_request(ada: httpx.Client) -> None:
    path = upload(ada, "0123456789", "digits.txt")
    for span, status in (("", 200), ("bytes=2-4", 206), ("bytes=2-", 206)):
        headers = {"Range": span} if span else {}
        answer = ada.get(f"/gradio_api/file={path}", headers=headers | {"X-Secret": "secret"})
        assert answer.status_code == status
        assert answer.headers["cache-control"] == "private, no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "secret" not in str(answer.headers)
        assert ada.cookies["voice_studio_visit"] not in str(answer.headers)
        assert answer.text in "0123456789"


def test_an_event_gets_no_file_of_another(
    toy: Toy, ada: httpx.Client, ben: httpx.Client, result_of: Ask
) -> None:
    path = upload(ada, "Ada's")
    file = {"path": path, "meta": {"_type": "gradio.FileData"}}
    assert result_of(ada, "read", file) == "Ada's"
    absent = file | {"path": f"{path}.absent"}
    elsewhere = file | {"path": "http://127.0.0.1:1/x"}
    url = f"{toy.url}gradio_api/file={path}"
    tries: list[Any] = [
        file, absent, elsewhere, file | {"path": f"x/../{path}"}, [[{"deep": file}]], path,
        {"url": url}, f"see {url}", {path: 1}, file | {"path": "/etc/hostname"},
        file | {"path": os.path.relpath(path)}, {"path": path},
    ]  # fmt: skip
    for one in tries:
        for way in ("call/read", "run/read", "queue/join"):
            body = {"data": [one], "session_hash": "tab", "fn_index": 0}
            answer = ben.post(f"/gradio_api/{way}", json=body)
            assert (answer.status_code, answer.text) == NOT_THERE, one
        answer = ben.post("/gradio_api/call/v2/read", json={"file": one})
        assert (answer.status_code, answer.text) == NOT_THERE, one
        body = {"component_id": 1, "session_hash": "tab", "fn_name": "x", "data": one}
        answer = ben.post("/gradio_api/component_server", json=body)
        assert (answer.status_code, answer.text) == NOT_THERE, one
        body = {"data": [], "event_data": one, "session_hash": "tab", "fn_index": 0}
        assert ben.post("/gradio_api/queue/join", json=body).status_code == 404


def test_what_a_person_types_is_no_file(ada: httpx.Client, result_of: Ask) -> None:
    for text in ("/shrug", "/etc/passwd", "../x", "C:\\x", "http://example.org"):
        result_of(ada, "keep", text)
        assert result_of(ada, "recall", None) == text


def test_ones_own_file_that_was_cleared_away_stops_no_event(
    ada: httpx.Client, result_of: Ask
) -> None:
    path = upload(ada, "old")
    Path(path).unlink()
    said = f'<audio src="/gradio_api/file={path}">'
    result_of(ada, "keep", said)
    assert result_of(ada, "recall", None) == said


def test_the_same_upload_of_two_is_two_files(
    toy: Toy, ada: httpx.Client, ben: httpx.Client
) -> None:
    first, second = upload(ada, "the same"), upload(ben, "the same")
    assert first != second
    assert got(ada, first) == got(ben, second) == (200, "the same")
    assert got(ada, second) == got(ben, first) == NOT_THERE
    assert toy.handed.forget(owner(ada).id)
    assert got(ada, first) == NOT_THERE
    assert got(ben, second) == (200, "the same")
    files = [("files", (name, b"one text")) for name in ("a.txt", "b.txt")]
    both = ada.post("/gradio_api/upload", files=files).json()
    assert [got(ada, path) for path in both] == [(200, "one text")] * 2


def test_an_upload_without_a_name_is_not_kept(toy: Toy, ada: httpx.Client) -> None:
    before = set(toy.handed.uploads.iterdir())
    answer = ada.post("/gradio_api/upload", files={"files": ("???", b"nameless")})
    assert answer.status_code == 400
    assert "Give it a name" in answer.json()["detail"]
    assert set(toy.handed.uploads.iterdir()) == before


def test_gradio_clears_uploads_away_as_it_does_its_own(toy: Toy, ada: httpx.Client) -> None:
    path = upload(ada, "cleared away")
    known = toy.blocks.upload_file_set
    assert path in known
    assert not [one for one in known if "visit-" not in one]


def test_a_program_uploads_and_downloads(toy: Toy, tmp_path: Path) -> None:
    clip = tmp_path / "clip.txt"
    clip.write_text("by a program")
    client = Client(
        toy.url, verbose=False, headers=toy.program(), download_files=str(tmp_path / "down")
    )
    assert client.predict(handle_file(str(clip)), api_name="/read") == "by a program"
    assert Path(client.predict("said", api_name="/hand_out")).read_text() == "said"
    client.close()


def test_two_who_upload_the_same_at_the_same_moment_both_have_it(tmp_path: Path) -> None:
    handed, ada, ben = Handed(tmp_path), visitor("a"), visitor("b")
    upload = tmp_path / "hash" / "clip.txt"
    upload.parent.mkdir()
    upload.write_text("the same")
    first, second = handed.take_in(ada, upload), handed.take_in(ben, upload)
    assert first is not None
    assert second is not None
    assert first.read_text() == second.read_text() == "the same"
    assert not upload.parent.exists()
    # It is not for somebody who has not uploaded it: Gradio only tells of what was uploaded.
    assert handed.take_in(ben, tmp_path / "other" / "clip.txt") is None
    assert handed.take_in(ben, tmp_path.parent / "x" / "y") is None
    assert handed.take_in(ben, tmp_path) is None
    assert first.exists()


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "/", "a/b", "/etc"])
def test_only_an_owner_can_be_forgotten(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not the id of an owner"):
        Handed(tmp_path).forget(name)


def test_texts_name_anothers_folder_only_where_they_do(tmp_path: Path) -> None:
    handed, ada, ben = Handed(tmp_path), visitor("a"), visitor("b")
    own, others = handed.folder(ada), handed.folder(ben)
    for text in (f"{own}/x", f"a {own}/x b {own}/y", str(tmp_path), f"{tmp_path}x/y", "", "/"):
        assert not handed.names_anothers(ada, text), text
    for text in (f"{others}/x", f"{own}/x {others}/y", f"{own}/../x", f"{tmp_path}/", f"{own}x/y"):
        assert handed.names_anothers(ada, text), text
    assert json.loads(json.dumps(str(own))) == str(own)
