"""How a person wants certain words said: respelt, or in phonemes.

One entry a line, ``word = respelling`` or ``word = /phonemes/``; "#" begins a remark.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from studio.errors import TextError

MAX_ENTRIES: Final = 5_000
MAX_LINE_CHARS: Final = 200
MAX_BYTES: Final = 1_000_000

_REMARK: Final = re.compile(r"(?:^|\s)#.*")


@dataclass(frozen=True)
class Pronunciation:
    """``typed`` is said as ``respelling``; or, where that is "", as ``phonemes``."""

    typed: str
    respelling: str = ""
    phonemes: str = ""


@dataclass(frozen=True)
class Found:
    """``entry`` applies to the characters ``start`` to ``end``."""

    entry: Pronunciation
    start: int
    end: int


class Lexicon:
    """Entries by what is typed. Case does not matter, unless two entries differ by it alone.

    Respellings are final: they are not looked up again, so that no entries can chase each other.
    """

    def __init__(self, entries: tuple[Pronunciation, ...] = ()) -> None:
        self.entries = entries
        self._exact = {entry.typed: entry for entry in entries}
        self._by_first: dict[str, list[Pronunciation]] = {}
        for entry in sorted(self._exact.values(), key=lambda entry: -len(entry.typed)):
            self._by_first.setdefault(_first_run(entry.typed), []).append(entry)

    def __bool__(self) -> bool:
        return bool(self.entries)

    def over(self, other: Lexicon) -> Lexicon:
        """Both; where they differ, this one holds."""
        own = {entry.typed.casefold() for entry in self.entries}
        kept = tuple(entry for entry in other.entries if entry.typed.casefold() not in own)
        return Lexicon((*kept, *self.entries))

    def find(self, text: str) -> Iterator[Found]:
        """Where in ``text`` entries apply, from left to right; of two, the longer one."""
        if not self:
            return
        done = 0
        for match in _START.finditer(text):
            if match.start() < done:
                continue
            found = self._at(text, match.start())
            if found is not None:
                yield found
                done = found.end

    def _at(self, text: str, start: int) -> Found | None:
        for entry in self._by_first.get(_first_run(text, start), ()):
            match = _pattern(entry.typed).match(text, start)
            if match is not None:
                exact = self._exact.get(" ".join(match.group().split()), entry)
                return Found(exact, start, match.end())
        return None


_START: Final = re.compile(r"(?<![^\W_])(?=\S)")
_RUN: Final = re.compile(r"[^\W_]+|\S")


def _first_run(text: str, start: int = 0) -> str:
    found = _RUN.match(text, start)
    return found.group().casefold() if found else ""


@lru_cache(maxsize=4_096)
def _pattern(typed: str) -> re.Pattern[str]:
    words = r"\s+".join(re.escape(word) for word in typed.split())
    ending = r"(?![^\W_])" if typed[-1].isalnum() else ""
    return re.compile(words + ending, re.IGNORECASE)


def parse_lexicon(text: str, source: str = "The lexicon") -> Lexicon:
    """The entries in ``text``; ``source`` names it in errors.

    Raises:
        TextError: a line is no entry; the message says which, and what one looks like.
    """
    return Lexicon(tuple(_entries(text, source)))


def _entries(text: str, source: str) -> Iterator[Pronunciation]:
    seen: dict[str, int] = {}
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        bare = _REMARK.sub("", line).strip()
        if not bare:
            continue
        if len(seen) >= MAX_ENTRIES:
            raise TextError(f"{source} has more than {MAX_ENTRIES:,} entries. Take some out.")
        entry = _entry(bare)
        if isinstance(entry, str):
            raise TextError(f"{source}, line {number}: {entry}")
        first = seen.setdefault(entry.typed, number)
        if first != number:
            raise TextError(
                f"{source}, line {number}: {entry.typed!r} is already in line {first}. Keep one."
            )
        yield entry


_EXAMPLE: Final = "Write for example 'Siobhan = shiv awn' or 'Siobhan = /ʃəvˈɔn/'."


def _entry(line: str) -> Pronunciation | str:
    """What a line says, or what is wrong with it."""
    if len(line) > MAX_LINE_CHARS:
        return f"it has more than {MAX_LINE_CHARS} characters. {_EXAMPLE}"
    typed, equals, said = (part.strip() for part in line.partition("="))
    if not equals or not typed or not said:
        return f"{line[:40]!r} is no entry. {_EXAMPLE}"
    if not any(char.isalnum() for char in typed):
        return f"{typed[:40]!r} has no letter and no digit. {_EXAMPLE}"
    if any(not char.isprintable() for char in line):
        return f"it holds characters that cannot be seen. {_EXAMPLE}"
    typed = " ".join(typed.split())
    if not said.startswith("/"):
        if not any(char.isalnum() for char in said):
            return f"nothing in {said[:40]!r} can be said. {_EXAMPLE}"
        return Pronunciation(typed, respelling=" ".join(said.split()))
    phonemes = said[1:-1].strip() if said.endswith("/") else ""
    if not phonemes or "/" in phonemes or any(char.isdigit() for char in phonemes):
        return f"{said[:40]!r} are no phonemes between two slashes. {_EXAMPLE}"
    return Pronunciation(typed, phonemes=phonemes)


def read_lexicon(path: Path) -> Lexicon:
    """The entries in the file at ``path``; none where there is no such file. It is read anew when
    it has changed.

    Raises:
        TextError: it cannot be read, is too large, or a line is no entry.
    """
    try:
        if not path.exists():
            return Lexicon()
        state = path.stat()
        if state.st_size > MAX_BYTES:
            raise TextError(f"The lexicon {path.name!r} is larger than 1 MB. Take entries out.")
        return _read(path, state.st_mtime_ns, state.st_size)
    except UnicodeDecodeError:
        raise TextError(
            f"The lexicon {path.name!r} is not text in UTF-8. Save it as plain text in UTF-8."
        ) from None
    except OSError as error:
        raise TextError(
            f"The lexicon {path.name!r} cannot be read ({error.strerror}). Mend or remove it."
        ) from error


@lru_cache(maxsize=8)
def _read(path: Path, changed_ns: int, size: int) -> Lexicon:
    """``changed_ns`` and ``size`` tell a file that was changed from what was read of it."""
    return parse_lexicon(path.read_text(encoding="utf-8"), f"The lexicon {path.name!r}")
