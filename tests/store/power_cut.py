"""A model of what a disk holds after the power was cut.

``Recorder`` notes the changes that an action makes. ``Durable`` replays the first of them on a
small model of a journaling file system: the content of a file is safe once the file was synced,
a name once its folder was, and a rename is one change that touches two folders. What was not
synced may be on the disk or not, in any combination.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.store.system_calls import SystemCalls


@dataclass(frozen=True)
class Change:
    kind: str
    path: str
    other: str = ""
    data: bytes = b""


class Recorder(SystemCalls):
    """``with Recorder() as recorder``: notes every change in ``recorder.changes``, and does it."""

    def __init__(self) -> None:
        super().__init__()
        self.changes: list[Change] = []

    def instead_of(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, dir_fd: int | None = None, **named: Any) -> Any:
            first = args[0]
            path = _path_of(first) if isinstance(first, int) else _below(first, dir_fd)
            is_new = name == "open" and args[1] & os.O_CREAT and not os.path.lexists(path)
            done = None
            if name != "fsync":
                done = (
                    real(*args, **named) if dir_fd is None else real(*args, dir_fd=dir_fd, **named)
                )
            if name == "write":
                self.changes.append(Change("write", path, data=bytes(first_bytes(args[1], done))))
            elif name in ("rename", "replace"):
                self.changes.append(Change("rename", path, other=os.fspath(args[1])))
            elif name != "open":
                self.changes.append(Change(name, path))
            elif is_new:
                self.changes.append(Change("create", path))
            return done

        return call


def first_bytes(data: Any, count: int) -> bytes:
    return bytes(data)[:count]


def _path_of(descriptor: int) -> str:
    return str(Path(f"/proc/self/fd/{descriptor}").readlink())


def _below(path: Any, dir_fd: int | None) -> str:
    return str(Path("" if dir_fd is None else _path_of(dir_fd)) / path)


@dataclass
class _Node:
    """A file (``live``, ``safe`` content) or a folder (names by ``live``, ``safe``)."""

    is_folder: bool
    live: bytes = b""
    safe: bytes = b""
    live_names: dict[str, _Node] = field(default_factory=dict)
    safe_names: dict[str, _Node] = field(default_factory=dict)


@dataclass
class _Pending:
    """A change of names that is not safe yet: (folder, name, what it names or None) each."""

    entries: list[tuple[_Node, str, _Node | None]]


class Durable:
    """The disk as it was before the action, all of it safe, and then the changes."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._top = _read(root)
        self._pending: list[_Pending] = []

    def apply(self, change: Change) -> None:
        folder, name = self._find(change.path)
        if change.kind == "write":
            folder.live_names[name].live += change.data
        elif change.kind == "fsync":
            self._sync(folder.live_names[name] if name else folder)
        elif change.kind in ("create", "mkdir"):
            self._rename([(folder, name, _Node(change.kind == "mkdir"))])
        elif change.kind in ("unlink", "rmdir"):
            self._rename([(folder, name, None)])
        else:
            target, new_name = self._find(change.other)
            self._rename([(target, new_name, folder.live_names[name]), (folder, name, None)])

    def after_a_cut(self, place: Path) -> Iterator[str]:
        """Write to ``place`` each disk that a cut could leave, one after the other."""
        count = len(self._pending)
        everything = set(range(count))
        choices = {frozenset(range(kept)) for kept in range(count + 1)}
        choices |= {frozenset({one}) for one in everything}
        choices |= {frozenset(everything - {one}) for one in everything}
        for kept in choices:
            for content in ("safe", "live"):
                names = self._names_with(kept)
                _write(self._top, place, names, content)
                yield f"{sorted(kept)} of {count} changes of names, {content} contents"

    def _find(self, path: str) -> tuple[_Node, str]:
        parts = Path(path).relative_to(self._root).parts
        node = self._top
        for part in parts[:-1]:
            node = node.live_names[part]
        return node, parts[-1] if parts else ""

    def _rename(self, entries: list[tuple[_Node, str, _Node | None]]) -> None:
        for folder, name, node in entries:
            if node is None:
                folder.live_names.pop(name)
            else:
                folder.live_names[name] = node
        self._pending.append(_Pending(entries))

    def _sync(self, node: _Node) -> None:
        if not node.is_folder:
            node.safe = node.live
            return
        for pending in [p for p in self._pending if any(f is node for f, _, _ in p.entries)]:
            for folder, name, named in pending.entries:
                _set(folder.safe_names, name, named)
            self._pending.remove(pending)

    def _names_with(self, kept: frozenset[int]) -> dict[int, dict[str, _Node]]:
        """The names of each folder that has pending changes, with those ``kept`` made."""
        names: dict[int, dict[str, _Node]] = {}
        for index, pending in enumerate(self._pending):
            for folder, name, node in pending.entries:
                made = names.setdefault(id(folder), dict(folder.safe_names))
                if index in kept:
                    _set(made, name, node)
        return names


def _set(names: dict[str, _Node], name: str, node: _Node | None) -> None:
    if node is None:
        names.pop(name, None)
    else:
        names[name] = node


def _read(path: Path) -> _Node:
    if path.is_file():
        content = path.read_bytes()
        return _Node(False, content, content)
    names = {entry.name: _read(entry) for entry in path.iterdir()}
    return _Node(True, live_names=names, safe_names=dict(names))


def _write(node: _Node, path: Path, names: dict[int, dict[str, _Node]], content: str) -> None:
    if not node.is_folder:
        path.write_bytes(node.safe if content == "safe" else node.live)
        return
    path.mkdir()
    for name, child in names.get(id(node), node.safe_names).items():
        _write(child, path / name, names, content)
