"""Cached contexts of a profile: derived from its segments, always safe to delete."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from studio.disk import fill_file, make_dir, remove_if_possible
from studio.store.layout import CONTEXTS, Layout, context_engine, context_name, engine_part, is_id


def context_file(layout: Layout, profile_id: str, engine: str, fingerprint: str) -> Path | None:
    """The cached context for exactly this fingerprint; None is a miss."""
    folder = layout.profile_dir(profile_id) / CONTEXTS
    path = layout.without_links(folder / context_name(engine, fingerprint))
    return path if path.is_file() else None


def write_context(
    layout: Layout,
    profile_id: str,
    engine: str,
    fingerprint: str,
    write: Callable[[Path], None],
) -> Path:
    """Let ``write`` fill a file, and keep it as the engine's only context. Under the lock."""
    folder = layout.without_links(layout.profile_dir(profile_id) / CONTEXTS)
    path = folder / context_name(engine, fingerprint)
    make_dir(folder)
    fill_file(path, write, layout.temporary(folder).with_suffix(".safetensors"))
    for old in contexts(layout.profile_dir(profile_id)):
        if old != path and context_engine(old.name) == engine_part(engine):
            remove_if_possible(old)
    return path


def mark_used(path: Path) -> None:
    """Remember in the file's time, which a copy of the library may lose, that it was used now."""
    with suppress(OSError):  # a disk that can only be read
        os.utime(path)


def recently_used(layout: Layout, engine: str) -> list[str]:
    """Ids of the profiles with a context of ``engine``, the one used last first."""
    found: dict[str, float] = {}
    with suppress(OSError):  # no library yet, or a voice that is deleted just now
        for folder in layout.owner_dir.iterdir():
            if not is_id(folder.name) or folder.is_symlink():
                continue
            for path in contexts(folder):
                if context_engine(path.name) == engine_part(engine):
                    found[folder.name] = max(found.get(folder.name, 0.0), path.stat().st_mtime)
    return sorted(found, key=lambda profile_id: -found[profile_id])


def contexts(profile_dir: Path) -> Iterator[Path]:
    """All files that could be cached contexts of the profile."""
    folder = profile_dir / CONTEXTS
    if folder.is_dir() and not folder.is_symlink():
        for path in sorted(folder.iterdir()):
            if context_engine(path.name) is not None:
                yield path
