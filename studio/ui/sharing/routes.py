"""What Gradio's server answers, and what of it a shared page lets through.

Everything that is not in ``KINDS`` is not there. ``REFUSED`` says which of Gradio's own routes
those are, and why: so a test can tell a route that is left out from one that a newer Gradio brings.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from starlette.routing import compile_path

API: Final = "/gradio_api"


class Kind(StrEnum):
    PAGE = "page"
    """The page itself. Whoever looks at it begins a visit."""

    PUBLIC = "public"
    """The same for everybody, and nobody's."""

    BODY = "body"
    """A JSON object that may name a session, an event and files."""

    PARAMETERS = "parameters"
    """A JSON object of a function's own parameters, which may name files."""

    EVENT = "event"
    """Like ``BODY``; the answer names a new event of the asker's."""

    PARAMETERS_EVENT = "parameters event"
    """Like ``PARAMETERS``; the answer names a new event of the asker's."""

    RESULT = "result"
    """What came of the event whose id is in the path."""

    QUEUE = "queue"
    """What comes of all events of the session that the query names."""

    HEARTBEAT = "heartbeat"
    """Open as long as the session that the path names."""

    UPLOAD = "upload"
    PROGRESS = "progress"
    """How far an upload is that the query names."""

    FILE = "file"
    SIGN_IN = "sign in"
    SIGN_OUT = "sign out"


IS_EVERYBODYS: Final = frozenset({Kind.PAGE, Kind.PUBLIC, Kind.SIGN_IN, Kind.SIGN_OUT})
"""What needs no owner. Whatever else a route is of, it touches somebody's data."""


def _kinds() -> dict[tuple[str, str], Kind]:
    slashed = ("", "/")
    found: dict[tuple[str, str], Kind] = {
        ("GET", "/"): Kind.PAGE,
        ("HEAD", "/"): Kind.PUBLIC,
        ("GET", "/login/huggingface"): Kind.SIGN_IN,
        ("GET", "/login/callback"): Kind.SIGN_IN,
        ("GET", "/logout"): Kind.SIGN_OUT,
    }
    for path in (
        "/assets/{path:path}", "/static/{path:path}", "/svelte/{path:path}", "/favicon.ico",
        "/theme.css", "/robots.txt", "/manifest.json", "/pwa_icon", "/pwa_icon/{size}",
        "/config", "/config/", f"{API}/theme.css", f"{API}/info", f"{API}/info/",
        f"{API}/openapi.json", f"{API}/app_id", f"{API}/app_id/", f"{API}/startup-events",
    ):  # fmt: skip
        found["GET", path] = Kind.PUBLIC
    for end in slashed:
        for name in ("run/{api_name}", "api/{api_name}", "component_server", "reset"):
            found["POST", f"{API}/{name}{end}"] = Kind.BODY
        found["POST", f"{API}/call/{{api_name}}{end}"] = Kind.EVENT
        found["POST", f"{API}/call/v2/{{api_name}}{end}"] = Kind.PARAMETERS_EVENT
    return found | {
        ("POST", f"{API}/cancel"): Kind.BODY,
        ("POST", f"{API}/queue/join"): Kind.EVENT,
        ("GET", f"{API}/queue/data"): Kind.QUEUE,
        ("GET", f"{API}/call/{{api_name}}/{{event_id}}"): Kind.RESULT,
        ("GET", f"{API}/call/v2/{{api_name}}/{{event_id}}"): Kind.RESULT,
        ("GET", f"{API}/heartbeat/{{session_hash}}"): Kind.HEARTBEAT,
        ("POST", f"{API}/upload"): Kind.UPLOAD,
        ("GET", f"{API}/upload_progress"): Kind.PROGRESS,
        ("GET", f"{API}/file={{path_or_url:path}}"): Kind.FILE,
        ("HEAD", f"{API}/file={{path_or_url:path}}"): Kind.FILE,
        ("GET", f"{API}/file/{{path:path}}"): Kind.FILE,
    }


KINDS: Final = _kinds()

REFUSED: Final = frozenset({
    # FastAPI's own list of all routes; Gradio's, of the functions, is in /gradio_api.
    "/openapi.json",
    # Passwords of Gradio's own, which the studio has none of.
    "/login", "/login/", f"{API}/token", f"{API}/token/", f"{API}/user", f"{API}/user/",
    f"{API}/login_check", f"{API}/login_check/",
    # They tell how many people are there, what they do and what their sessions are called.
    "/monitoring", "/monitoring/summary", "/monitoring/{key}", f"{API}/queue/status",
    f"{API}/profiling/traces", f"{API}/profiling/summary", f"{API}/profiling/clear",
    # A deep link is a copy of all that a session shows, for whoever has the link.
    f"{API}/deep_link",
    # They fetch from other servers, or run ffmpeg over what they are sent.
    f"{API}/proxy={{url_path:path}}", f"{API}/process_recording",
    # Streams of Gradio's own players: the page has its own, whose sound comes in events.
    f"{API}/stream/{{event_id}}", f"{API}/stream/{{event_id}}/close",
    f"{API}/stream/{{session_hash}}/{{run}}/{{component_id}}/playlist.m3u8",
    f"{API}/stream/{{session_hash}}/{{run}}/{{component_id}}/{{segment_id}}.{{ext}}",
    f"{API}/stream/{{session_hash}}/{{run}}/{{component_id}}/playlist-file",
    # For whoever develops an app; the page is made of no custom components.
    f"{API}/dev/reload", f"{API}/custom_component/{{id}}/{{environment}}/{{type}}/{{file_name}}",
    f"{API}/vibe-edit", f"{API}/vibe-edit/", f"{API}/undo-vibe-edit", f"{API}/undo-vibe-edit/",
    f"{API}/vibe-code", f"{API}/vibe-code/", f"{API}/vibe-starter-queries",
    f"{API}/vibe-starter-queries/",
})  # fmt: skip

# The same patterns that Gradio's server finds its routes by, so that both see the same in a path.
_PATTERNS: Final = [(method, compile_path(path)[0], kind) for (method, path), kind in KINDS.items()]


def kind_of(method: str, path: str) -> tuple[Kind, Mapping[str, Any]] | None:
    """What a request is about, and the parts of its path by name; None for what is not there."""
    for asked, pattern, kind in _PATTERNS:
        found = pattern.match(path) if asked == method else None
        if found:
            return kind, found.groupdict()
    return None
