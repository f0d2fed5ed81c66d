"""What packages bring by name: entry points of one group, each of which names a spec.

Built-in specs and those of other packages take this one route. Nothing is imported until it is
asked for by name.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points
from typing import TypeVar

from studio.errors import StudioError

Spec = TypeVar("Spec")


def points(group: str, built_in: Iterable[EntryPoint]) -> list[EntryPoint]:
    """The entry points of ``group``: the built-in ones as they are given, then the others."""
    return [*built_in, *sorted(entry_points(group=group))]


def names_of(found: Iterable[EntryPoint]) -> list[str]:
    """Each name once; of two that share one, the first counts."""
    return list(dict.fromkeys(point.name for point in found))


def load(
    found: Iterable[EntryPoint],
    name: str,
    kind: type[Spec],
    noun: str,
    error: type[StudioError],
    also: Iterable[str] = (),
) -> Spec:
    """The spec called ``name``, which must be a ``kind``.

    ``noun`` is what a person calls such a thing, ``also`` what may be chosen beside the names.

    Raises:
        error: there is none of that name, or its package does not load.
    """
    found = list(found)
    choices = ", ".join([*also, *(other for other in names_of(found) if other != name)])
    point = next((point for point in found if point.name == name), None)
    if point is None:
        raise error(f"There is no {noun} {name!r}. Choose one of: {choices}.")
    try:
        spec = point.load()
    except (ImportError, AttributeError) as failure:
        raise error(
            f"The {noun} {name!r} does not load ({failure}). "
            f"Reinstall the package that brings it, or choose one of: {choices}."
        ) from failure
    if not isinstance(spec, kind):
        raise error(
            f"The entry point of the {noun} {name!r} is not of the type {kind.__name__}. "
            f"Tell whoever made it, or choose one of: {choices}."
        )
    return spec
