"""The writer that says what was typed."""

from __future__ import annotations

from collections.abc import Iterator

from studio.conversation.history import History
from studio.conversation.writers import WriterSpec


class EchoWriter:
    """Gives back the person's own words, unchanged."""

    def write(self, history: History, persona: str) -> Iterator[str]:
        yield history.last_user_text


SPEC = WriterSpec("echo", "Reads what you type", EchoWriter)
