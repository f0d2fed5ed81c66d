"""The process that reads other languages: killed, hanging, talking nonsense, started again."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from studio.engines.kokoro.network import parts
from studio.engines.kokoro.phonemes import espeak as module
from studio.engines.kokoro.phonemes.espeak import CHILD, Espeak
from studio.errors import EngineError

MISSING = parts.unavailable()
pytestmark = pytest.mark.skipif(MISSING is not None, reason=str(MISSING))

HANGS = "import sys\nsys.stdin.read()\n"
DIES = "import sys\nsys.stdin.buffer.read(4)\n"
HALF_AN_ANSWER = (
    "import sys\nsys.stdin.buffer.read(4)\n"
    "sys.stdout.buffer.write(b'\\0\\0\\1\\0half')\nsys.stdout.buffer.flush()\n"
)
ENDLESS = (
    "import sys\n"
    "sys.stdout.buffer.write(b'\\xff' * 9)\nsys.stdout.buffer.flush()\nsys.stdin.read()\n"
)
ANSWERS = (
    "import struct, sys\nsys.stdin.buffer.read(4)\nbody = {body!r}\n"
    "sys.stdout.buffer.write(struct.pack('>I', len(body)) + body)\n"
    "sys.stdout.buffer.flush()\nsys.stdin.read()\n"
)
NONSENSE = (b"nonsense", b"\xff\xfe", b"[]", b"7", b"{}", b'{"phonemes": null}')
ONCE = """import pathlib, runpy, sys
marker = pathlib.Path({marker!r})
if not marker.exists():
    marker.touch()
    exec({first!r})
else:
    runpy.run_path({child!r}, run_name="__main__")
"""


@pytest.fixture
def espeak() -> Iterator[Espeak]:
    with Espeak() as process:
        yield process


@pytest.fixture
def behave(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """From now on a process that is started runs this program in place of its own; with ``once``
    only the first one does. Whoever is silent for half a second hangs."""
    monkeypatch.setattr(module, "TIMEOUT_S", 0.5)

    def put(program: str, *, once: bool = False) -> None:
        if once:
            marker = str(tmp_path / "was started")
            program = ONCE.format(marker=marker, first=program, child=str(CHILD))
            monkeypatch.setattr(module, "TIMEOUT_S", 3.0)
        (tmp_path / "child.py").write_text(program)
        monkeypatch.setattr(module, "CHILD", tmp_path / "child.py")

    return put


@pytest.mark.parametrize("program", [HANGS, DIES, HALF_AN_ANSWER, ENDLESS])
def test_a_process_that_never_answers_is_a_sentence_and_leaves_none_behind(
    espeak: Espeak, behave: Callable[..., None], program: str
) -> None:
    behave(program)
    with pytest.raises(EngineError, match=r"stopped\. Try again") as caught:
        espeak.phonemes("Hallo", "de")
    assert "Error" not in str(caught.value)
    assert espeak.pid is None


@pytest.mark.parametrize("body", NONSENSE)
def test_a_whole_answer_that_is_nonsense_is_a_sentence(
    espeak: Espeak, behave: Callable[..., None], body: bytes
) -> None:
    behave(ANSWERS.format(body=body))
    with pytest.raises(EngineError, match=r"stopped\. Try again"):
        espeak.phonemes("Hallo", "de")


@pytest.mark.parametrize("program", [HANGS, DIES, HALF_AN_ANSWER, ENDLESS])
def test_one_bad_process_is_not_noticed(
    espeak: Espeak, behave: Callable[..., None], program: str
) -> None:
    with Espeak() as other:
        expected = other.phonemes("Guten Morgen", "de")
    behave(program, once=True)
    assert espeak.phonemes("Guten Morgen", "de") == expected


def test_killed_between_two_texts_it_is_started_again(espeak: Espeak) -> None:
    before = espeak.phonemes("Guten Morgen", "de")
    for _ in range(3):
        pid = espeak.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        assert espeak.phonemes("Guten Morgen", "de") == before
        assert espeak.pid != pid


def test_many_threads_get_their_own_answers(espeak: Espeak) -> None:
    words = ["eins", "zwei", "drei", "vier", "Wasser", "Feuer"]
    alone = [espeak.phonemes(word, "de") for word in words]
    answers: dict[int, str] = {}

    def ask(number: int) -> None:
        answers[number] = espeak.phonemes(words[number], "de")

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(len(words))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answers[n] for n in range(len(words))] == alone
    assert len(set(alone)) == len(words)


def test_what_is_not_closed_ends_with_its_owner() -> None:
    process = Espeak()
    process.phonemes("Hallo", "de")
    pid = process.pid
    assert pid is not None
    del process
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_after_close_it_speaks_again() -> None:
    process = Espeak()
    before = process.phonemes("Hallo", "de")
    process.close()
    process.close()
    assert process.phonemes("Hallo", "de") == before
    process.close()
