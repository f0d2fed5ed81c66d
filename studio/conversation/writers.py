"""Who writes the voice's part of a conversation.

Built-in writers and those of other packages take one route: an entry point of the group
``studio.writers`` whose value is a ``WriterSpec``. Nothing is imported until it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Protocol

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
    return list(dict.fromkeys(point.name for point in _points()))


def load_spec(name: str) -> WriterSpec:
    """The spec of the writer called ``name``.

    Raises:
        OptionsError: there is none of that name, or its package does not load.
    """
    for point in _points():
        if point.name != name:
            continue
        try:
            spec = point.load()
        except (ImportError, AttributeError) as error:
            raise OptionsError(
                f"The reply writer {name!r} does not load ({error}). Reinstall the package that "
                f"brings it, or choose another writer."
            ) from error
        if not isinstance(spec, WriterSpec):
            raise OptionsError(
                f"The entry point of the reply writer {name!r} is not a WriterSpec. "
                f"Tell whoever made it, or choose another writer."
            )
        return spec
    raise OptionsError(
        f"There is no reply writer {name!r}. Choose one of: {', '.join(writer_names())}."
    )


def load_writer(name: str) -> ReplyWriter:
    """The writer called ``name``, ready to write.

    Raises:
        OptionsError: there is none of that name, or its package does not load.
    """
    return load_spec(name).create()


def _points() -> list[EntryPoint]:
    return [*BUILT_IN, *entry_points(group=GROUP)]
