"""What a request may say: only sessions, events and files of whoever asks.

A session has the name that its browser made up, which others can make up too. So Gradio never sees
that name alone: ``Names`` puts before it a mark of the owner, which only the gate can make.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from studio.sharing.owners import Owner
from studio.ui.sharing.answers import not_there, too_large, unreadable
from studio.ui.sharing.handed import Handed

MOST_JSON: Final = 8_000_000
"""Bytes of a JSON body. The longest text and the history of a long talk have room in it."""

MOST_FILES: Final = 2_000
"""Files that one body may name, since each is looked up."""


class Names:
    """Names of sessions and uploads, so that nobody can name another's."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def beginning(self, owner_id: str) -> str:
        """How every name of what is an owner's begins. Nobody else can know it."""
        return hmac.new(self._key, owner_id.encode(), hashlib.sha256).hexdigest()[:16]

    def own(self, owner: Owner, name: str) -> str:
        """``name``, of what is ``owner``'s. One that Gradio has told the page stays as it is."""
        mark = self.beginning(owner.id)
        return name if name.startswith(mark) else mark + name

    def own_query(self, owner: Owner, query: bytes, name: str) -> bytes:
        """The query with its parameter ``name``, if it is there, as ``owner``'s."""
        pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
        given = [value for key, value in pairs if key == name]
        rest = [(key, value) for key, value in pairs if key != name]
        # The last one, which is the one that Gradio would take.
        rest += [(name, self.own(owner, value)) for value in given[-1:]]
        return urlencode(rest).encode()


def own_body(body: bytes, owner: Owner, names: Names, handed: Handed) -> bytes:
    """The JSON object ``body`` with its session as ``owner``'s; refused if it names another's."""
    found = _read(body)
    session, event = found.get("session_hash"), found.get("event_id")
    if not isinstance(session, str | None) or not isinstance(event, str | None):
        raise unreadable()
    if event is not None and not handed.is_event_of(owner, event):
        raise not_there()
    if session is not None:
        found["session_hash"] = names.own(owner, session)
    return _checked(found, owner, handed)


def own_parameters(body: bytes, owner: Owner, handed: Handed) -> bytes:
    """The JSON object ``body`` as it is; refused if it names files of another."""
    return _checked(_read(body), owner, handed)


def _read(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise unreadable() from None
    if not isinstance(found, dict):
        raise unreadable()
    return found


def _checked(found: dict[str, Any], owner: Owner, handed: Handed) -> bytes:
    """``found`` as JSON again, so that Gradio reads in it exactly what was looked at."""
    left: list[Any] = [found]
    files = 0
    while left:
        value = left.pop()
        if isinstance(value, str):
            if handed.names_anothers(owner, value):
                raise not_there()
        elif isinstance(value, list):
            left.extend(value)
        elif isinstance(value, dict):
            left.extend(value)
            left.extend(value.values())
            path = value.get("path")
            if isinstance(path, str):
                files += 1
                if files > MOST_FILES:
                    raise too_large(MOST_JSON)
                # Also an address elsewhere is none of theirs: Gradio would fetch it.
                if not handed.is_place_of(owner, path):
                    raise not_there()
    try:
        return json.dumps(found).encode()
    except RecursionError:
        raise unreadable() from None
