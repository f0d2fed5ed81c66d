"""Who owns voices, and who is asking at this moment."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final


class OwnerKind(StrEnum):
    LOCAL = "local"
    """The one owner of a studio on one's own machine."""

    VISITOR = "visitor"
    """Somebody whose space ends with the visit."""

    MEMBER = "member"
    """Somebody who has signed in, and finds their voices again."""

    NOBODY = "nobody"
    """Whoever has neither: sees the starter voices, and owns nothing."""


@dataclass(frozen=True)
class Owner:
    """``id`` is the name of the owner's folder; ``name`` is what the page calls a member."""

    id: str
    kind: OwnerKind
    name: str = ""


NOBODY: Final = Owner("nobody", OwnerKind.NOBODY)

_VISITOR: Final = re.compile(r"visit-[0-9a-f]{32}")

_asking: ContextVar[Owner | None] = ContextVar("asking", default=None)


def new_token() -> str:
    """What a visitor shows to be known again: 256 random bits. It is stored nowhere here."""
    return secrets.token_urlsafe(32)


def visitor(token: str) -> Owner:
    """The owner that ``token`` stands for. The token cannot be found from the folder's name."""
    return Owner(f"visit-{_digest('visit', token)}", OwnerKind.VISITOR)


def member(subject: str, name: str = "") -> Owner:
    """The owner whom a provider of logins calls ``subject``, which stays when names change."""
    return Owner(f"member-{_digest('member', subject)}", OwnerKind.MEMBER, name)


@contextmanager
def asking_as(owner: Owner) -> Iterator[None]:
    """Within this, ``owner`` is the one who asks."""
    before = _asking.set(owner)
    try:
        yield
    finally:
        _asking.reset(before)


def asking() -> Owner | None:
    """Who asks here, if somebody said so with ``asking_as``."""
    return _asking.get()


def visitor_folders(root: Path) -> list[str]:
    """The ids of visitors of whom there is a folder in ``root``."""
    if not root.is_dir():
        return []
    return [path.name for path in root.iterdir() if _VISITOR.fullmatch(path.name)]


def _digest(kind: str, secret: str) -> str:
    return hashlib.sha256(f"{kind}:{secret}".encode()).hexdigest()[:32]
