"""The espeak-ng process: reads requests on stdin, writes sound and events on stdout.

Run as a script of its own, with the standard library only: ``espeak_child.py LIBRARY DATA``.
espeak-ng keeps its state in globals of C and is licensed under the GPL; in a process of its own
neither a crash nor the licence reaches the studio. Where the system can fork, every request is
spoken by a fork of the freshly initialised process: espeak-ng's flutter and noise run on from one
text to the next, and only so does the same text sound the same each time.

Both directions carry frames: a 4-byte big-endian length, then that many bytes. A request is one
frame of JSON (``text, voice, rate, pitch, range``); an answer is a frame of JSON (``sample_rate,
phonemes, words, sentences`` or ``error``) and a frame of 16-bit PCM in the machine's byte order.
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

SYNCHRONOUS = 2
PHONEME_EVENTS, PHONEME_IPA, DO_NOT_EXIT = 0x0001, 0x0002, 0x8000
CHARS_UTF8 = 1
POSITION_IS_CHARACTER = 1
RATE, PITCH, RANGE = 1, 3, 4
GIVE_UP_S = 20
END_OF_EVENTS, WORD, SENTENCE, PHONEME = 0, 1, 2, 7


class _Id(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Id),
    )


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


class Synthesizer:
    """espeak-ng, initialised once; ``speak`` collects one rendering."""

    def __init__(self, library: str, data: str) -> None:
        self._espeak = ctypes.CDLL(library)
        options = PHONEME_EVENTS | PHONEME_IPA | DO_NOT_EXIT
        self.sample_rate = self._espeak.espeak_Initialize(
            SYNCHRONOUS, 0, os.fsencode(data), options
        )
        if self.sample_rate <= 0:
            raise OSError(f"espeak-ng does not start with the data in {data}")
        # Breath is random noise, which espeak-ng seeds from the clock unless told otherwise.
        self._espeak.espeak_ng_SetRandSeed(ctypes.c_long(1))
        self._sound = bytearray()
        self._phonemes: list[tuple[int, str]] = []
        self._words: list[tuple[int, int, int]] = []
        self._sentences: list[int] = []
        self._callback = _Callback(self._receive)  # C keeps only the pointer
        self._espeak.espeak_SetSynthCallback(self._callback)

    def speak(self, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """The answer to one request: events at sample indices, and the sound."""
        voice = str(request["voice"])
        if self._espeak.espeak_SetVoiceByName(voice.encode()) != 0:
            return {"error": f"espeak-ng has no voice {voice!r}"}, b""
        for parameter, key in ((RATE, "rate"), (PITCH, "pitch"), (RANGE, "range")):
            self._espeak.espeak_SetParameter(parameter, int(request[key]), 0)
        self._sound = bytearray()
        self._phonemes, self._words, self._sentences = [], [], []
        text = str(request["text"]).replace("\0", " ").encode("utf-8", "replace")
        status = self._espeak.espeak_Synth(
            text, len(text) + 1, 0, POSITION_IS_CHARACTER, 0, CHARS_UTF8, None, None
        )
        if status != 0:
            return {"error": f"espeak-ng failed with status {status}"}, b""
        answer = {
            "sample_rate": self.sample_rate,
            "phonemes": self._phonemes,
            "words": self._words,
            "sentences": self._sentences,
        }
        return answer, bytes(self._sound)

    def _receive(self, sound: Any, count: int, events: Any) -> int:
        if sound and count > 0:
            self._sound += ctypes.string_at(sound, count * 2)
        index = 0
        while events[index].type != END_OF_EVENTS:
            event = events[index]
            if event.type == PHONEME:
                symbol = bytes(event.id.string).split(b"\0")[0].decode("utf-8", "ignore")
                self._phonemes.append((event.sample, symbol))
            elif event.type == WORD:
                self._words.append((event.sample, event.text_position - 1, event.length))
            elif event.type == SENTENCE:
                self._sentences.append(event.sample)
            index += 1
        return 0


def _read(stream: BinaryIO, count: int) -> bytes | None:
    data = stream.read(count)
    return data if data is not None and len(data) == count else None


def _write(stream: BinaryIO, payload: bytes) -> None:
    stream.write(struct.pack(">I", len(payload)))
    stream.write(payload)


def _answer(synthesizer: Synthesizer, body: bytes, answers: BinaryIO) -> None:
    answer, sound = synthesizer.speak(json.loads(body))
    _write(answers, json.dumps(answer).encode())
    _write(answers, sound)
    answers.flush()


def _answer_in_fork(synthesizer: Synthesizer, body: bytes, answers: BinaryIO) -> bool:
    """Whether the fork came to a good end."""
    child = os.fork()
    if child == 0:
        signal.alarm(GIVE_UP_S)
        try:
            _answer(synthesizer, body, answers)
        except BaseException:
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return status == 0


def serve(synthesizer: Synthesizer, requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer until the other side closes the pipe or dies, or a fork fails."""
    while True:
        header = _read(requests, 4)
        body = _read(requests, struct.unpack(">I", header)[0]) if header else None
        if body is None:
            return
        if not hasattr(os, "fork"):
            _answer(synthesizer, body, answers)
        elif not _answer_in_fork(synthesizer, body, answers):
            return


def main(library: str, data: str) -> None:
    """Serve on stdin and stdout; whatever the library prints goes to stderr instead."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the studio, which closes the pipe
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve(Synthesizer(library, data), sys.stdin.buffer, answers)


if __name__ == "__main__":
    main(sys.argv[1], str(Path(sys.argv[2])))
