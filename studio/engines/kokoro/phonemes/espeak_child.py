"""The espeak-ng process: reads texts on stdin, writes phonemes on stdout.

Run as a script of its own, with the standard library only: ``espeak_child.py LIBRARY DATA``.
espeak-ng keeps its state in globals of C and is licensed under the GPL; in a process of its own
neither a crash nor the licence reaches the studio.

Both directions carry frames: a 4-byte big-endian length, then that many bytes of JSON. A request
is ``text`` and ``voice``; an answer is ``phonemes`` or ``error``.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import struct
import sys
from pathlib import Path
from typing import Any, BinaryIO

RETRIEVAL = 1
DO_NOT_EXIT = 0x8000
CHARS_UTF8 = 1
TIE = "^"
IPA_WITH_TIES = 0x02 | 0x80 | ord(TIE) << 8


class Phonemizer:
    """espeak-ng, initialised once."""

    def __init__(self, library: str, data: str) -> None:
        self._espeak = ctypes.CDLL(library)
        rate = self._espeak.espeak_Initialize(RETRIEVAL, 0, os.fsencode(data), DO_NOT_EXIT)
        if rate <= 0:
            raise OSError(f"espeak-ng does not start with the data in {data}")
        self._espeak.espeak_TextToPhonemes.restype = ctypes.c_char_p

    def read(self, request: dict[str, Any]) -> dict[str, Any]:
        """The answer to one request."""
        voice = str(request["voice"])
        if self._espeak.espeak_SetVoiceByName(voice.encode()) != 0:
            return {"error": f"espeak-ng has no voice {voice!r}"}
        text = str(request["text"]).replace("\0", " ").encode("utf-8", "replace")
        kept = ctypes.create_string_buffer(text)  # C reads from it until the last clause
        rest = ctypes.c_void_p(ctypes.addressof(kept))
        clauses = []
        while rest.value:
            said = self._espeak.espeak_TextToPhonemes(ctypes.byref(rest), CHARS_UTF8, IPA_WITH_TIES)
            clauses.append((said or b"").decode("utf-8", "ignore"))
        return {"phonemes": " ".join(filter(None, clauses))}


def _read(stream: BinaryIO, count: int) -> bytes | None:
    data = stream.read(count)
    return data if data is not None and len(data) == count else None


def serve(phonemizer: Phonemizer, requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer until the other side closes the pipe or dies."""
    while True:
        header = _read(requests, 4)
        body = _read(requests, struct.unpack(">I", header)[0]) if header else None
        if body is None:
            return
        answer = json.dumps(phonemizer.read(json.loads(body))).encode()
        answers.write(struct.pack(">I", len(answer)) + answer)
        answers.flush()


def main(library: str, data: str) -> None:
    """Serve on stdin and stdout; whatever the library prints goes to stderr instead."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the studio, which closes the pipe
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve(Phonemizer(library, data), sys.stdin.buffer, answers)


if __name__ == "__main__":
    main(sys.argv[1], str(Path(sys.argv[2])))
