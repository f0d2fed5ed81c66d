"""A Hugging Face hub on 127.0.0.1 with one model: as much of its protocol as a download needs."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import huggingface_hub

MODEL = "anna/voice"
COMMIT = "c0ffee" * 6 + "beef"


class Hub(ThreadingHTTPServer):
    """``token`` is who may fetch (None: anybody); ``gated`` whether the others are told that they
    can ask. ``cut`` bytes are sent of the file ``cut_file`` before the connection breaks, once."""

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder = folder
        self.token: str | None = None
        self.gated = True
        self.status = 200
        self.cut_file, self.cut = "", 0
        self.ranges: list[str] = []
        self.fetched: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def serve(folder: Path) -> Generator[Hub, None, None]:
    with Hub(folder) as hub:
        thread = threading.Thread(target=hub.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield hub
        finally:
            hub.shutdown()
            thread.join()


def forget_connections() -> None:
    """Make the hub's package connect anew, with the settings it has now; its name for that
    depends on the version."""
    of_http = huggingface_hub.utils
    forget = getattr(of_http, "close_session", None) or of_http.reset_sessions
    forget()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Hub

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, body: bool) -> None:
        hub, path = self.server, self.path.partition("?")[0]
        if hub.status != 200:
            return self._send(hub.status, {}, b"")
        if not re.match(rf"/(api/models/)?{MODEL}(/|$)", path):
            return self._send(404, {"X-Error-Code": "RepoNotFound"}, b"")
        if path.startswith("/api/"):
            files = sorted(p for p in hub.folder.iterdir())
            siblings = [{"rfilename": p.name, "size": p.stat().st_size} for p in files]
            about = {"id": MODEL, "sha": COMMIT, "siblings": siblings}
            return self._send(200, {}, json.dumps(about).encode())
        if hub.token and self.headers.get("Authorization") != f"Bearer {hub.token}":
            code = {"X-Error-Code": "GatedRepo"} if hub.gated else {}
            return self._send(403, code, b"")
        return self._send_file(hub.folder / path.rpartition("/")[2], body)

    def _send_file(self, path: Path, body: bool) -> None:
        if not path.is_file():
            return self._send(404, {"X-Error-Code": "EntryNotFound"}, b"")
        hub, content, status = self.server, path.read_bytes(), 200
        headers = {
            "X-Repo-Commit": COMMIT,
            "ETag": f'"{hashlib.sha256(content).hexdigest()}"',
            "Accept-Ranges": "bytes",
        }
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range") or "")
        if body and asked:
            start = int(asked[1])
            status, whole = 206, len(content)
            headers["Content-Range"] = f"bytes {start}-{whole - 1}/{whole}"
            content = content[start:]
            if start:
                hub.ranges.append(path.name)
        if body:
            hub.fetched.append(path.name)
        cut = hub.cut if body and path.name == hub.cut_file else 0
        if cut:
            hub.cut_file = ""
        return self._send(status, headers, content, body, cut)

    def _send(
        self, status: int, headers: dict[str, str], content: bytes, body: bool = True, cut: int = 0
    ) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if body:
            self.wfile.write(content[: cut or None])
        if cut:
            self.wfile.flush()
            self.close_connection = True
