"""The text that a command is to have spoken: from its arguments, a file or a pipe."""

from __future__ import annotations

import sys
from pathlib import Path

from studio.errors import TextError

PIPE = "-"


def read_text(text: str | None, file: Path | None, longest: int) -> str:
    """What stands in ``text``, or in ``file``; "-" for either is standard input.

    Raises:
        TextError: there is no text, or both; it cannot be read; or one that was typed has more
            than ``longest`` characters.
    """
    if text is not None and file is not None:
        raise TextError("There are two texts: one typed, and one in a file. Leave one out.")
    if PIPE in (text, str(file)):
        return _decoded(_from_pipe(), "What came through the pipe")
    if file is not None:
        return _decoded(_from_file(file), repr(file.name))
    if text is None:
        raise TextError(
            "Missing: what to say. Type it in quotes, or give --text-file FILE, or - to read it "
            "from a pipe."
        )
    if len(text) > longest:
        raise TextError(
            f"The text has {len(text):,} characters; {longest:,} is the most that can be typed "
            f"(the setting max_text_chars). Put it into a file and give --text-file, which takes "
            f"any length."
        )
    return text


def _from_pipe() -> bytes:
    if sys.stdin is None:
        raise TextError("Nothing can be read from a pipe here. Give --text-file FILE.")
    return sys.stdin.buffer.read()


def _from_file(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a character that no name can have
        reason = getattr(error, "strerror", None) or str(error)
        raise TextError(
            f"The text in {file.name[:60]!r} cannot be read ({reason}). Check the name of the file."
        ) from error


def _decoded(data: bytes, what: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise TextError(f"{what} is not readable text. Save it as UTF-8.") from None
