"""Who writes the voice's part of a conversation.

Built-in writers and those of other packages take one route: an entry point of the group
``studio.writers`` whose value is a ``WriterSpec``. Nothing is imported until it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from typing import Protocol

from studio import plugins
from studio.conversation.history import History
from studio.errors import OptionsError

GROUP = "studio.writers"

BUILT_IN = (
    EntryPoint("echo", "studio.conversation.echo:SPEC", GROUP),
    EntryPoint("rules", "studio.conversation.rules:SPEC", GROUP),
)


class ReplyWriter(Protocol):
    """Writes one reply. Holds no conversation of its own; may be called from several threads."""

    def write(self, history: History, persona: str) -> Iterator[str]:
        """Yield the reply to the last turn of ``history`` in pieces, as they are written.

        Joined, the pieces are the reply exactly. ``persona`` says who the voice is; it may be
        empty. Closing the iterator stops the writing.
        """


@dataclass(frozen=True)
class WriterSpec:
    """How to get one writer; ``label`` is what a person chooses by."""

    name: str
    label: str
    create: Callable[[], ReplyWriter]


def writer_names() -> list[str]:
    """Names of all writers, built-in ones first."""
    return plugins.names_of(plugins.points(GROUP, BUILT_IN))


def load_spec(name: str) -> WriterSpec:
    """The spec of the writer called ``name``.

    Raises:
        OptionsError: there is none of that name, or its package does not load.
    """
    found = plugins.points(GROUP, BUILT_IN)
    return plugins.load(found, name, WriterSpec, "reply writer", OptionsError)


def load_writer(name: str) -> ReplyWriter:
    """The writer called ``name``, ready to write.

    Raises:
        OptionsError: there is none of that name, or its package does not load.
    """
    return load_spec(name).create()
