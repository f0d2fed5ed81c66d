"""The espeak-ng process: asked, killed, closed."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

from studio.engines.parametric.espeak import Espeak, trimmed
from studio.engines.parametric.languages import LANGUAGES, espeak_voice
from studio.errors import EngineError

TEXT = "Hello there, my friend."


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_rendering_knows_its_sounds_and_words() -> None:
    with Espeak() as espeak:
        rendering = espeak.render(TEXT)
    assert 0.8 < rendering.duration_s < 3.0
    assert [TEXT[w.offset : w.offset + w.length] for w in rendering.words] == [
        "Hello", "there", "my", "friend",
    ]  # fmt: skip
    assert "h" in [phoneme.symbol for phoneme in rendering.phonemes]
    starts = [phoneme.start_s for phoneme in rendering.phonemes]
    assert starts == sorted(starts)
    assert starts[-1] <= rendering.duration_s


def test_the_same_text_sounds_the_same_whatever_was_said_before() -> None:
    with Espeak() as espeak:
        first = espeak.render(TEXT)
        espeak.render("Something else entirely.", voice="en-us+f2", rate_wpm=220, pitch=80)
        second = espeak.render(TEXT)
    with Espeak() as other:
        third = other.render(TEXT)
    np.testing.assert_array_equal(first.samples, second.samples)
    np.testing.assert_array_equal(first.samples, third.samples)


def test_a_killed_process_is_started_again() -> None:
    with Espeak() as espeak:
        before = espeak.render(TEXT)
        killed = espeak.pid
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        after = espeak.render(TEXT)
        assert espeak.pid not in (None, killed)
    np.testing.assert_array_equal(before.samples, after.samples)


def test_close_leaves_no_process() -> None:
    espeak = Espeak()
    espeak.start()
    pid = espeak.pid
    assert pid is not None
    assert is_running(pid)
    espeak.close()
    assert not is_running(pid)
    assert espeak.pid is None


def test_a_forgotten_espeak_leaves_no_process() -> None:
    espeak = Espeak()
    espeak.start()
    pid = espeak.pid
    assert pid is not None
    del espeak
    assert not is_running(pid)


def test_an_unknown_voice_is_an_error_and_the_next_call_works() -> None:
    with Espeak() as espeak:
        with pytest.raises(EngineError, match="no voice 'xx-none'"):
            espeak.render(TEXT, voice="xx-none")
        assert len(espeak.render(TEXT).samples)


def test_any_text_is_survived() -> None:
    with Espeak() as espeak:
        for text in ["", "\0", "a\0b", "\ud800", "[[h@loU]]", "<speak>x</speak>", "x" * 3_000]:
            assert np.isfinite(espeak.render(text).samples).all()


def test_threads_get_their_own_answers() -> None:
    texts = [TEXT, "Another sentence, somewhat longer than the first one."]
    with Espeak() as espeak:
        alone = [espeak.render(text).samples for text in texts]
        wrong: list[int] = []

        def ask(number: int) -> None:
            for _ in range(5):
                if not np.array_equal(espeak.render(texts[number % 2]).samples, alone[number % 2]):
                    wrong.append(number)

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []


def test_trimming_takes_silence_only_and_moves_the_events() -> None:
    with Espeak() as espeak:
        rendering = espeak.render("... Hello.")
    cut = trimmed(rendering)
    loud = np.flatnonzero(np.abs(cut.samples) > 0.02)
    assert loud[0] < 0.05 * 24_000
    energy = float((rendering.samples.astype(float) ** 2).sum())
    assert float((cut.samples.astype(float) ** 2).sum()) == pytest.approx(energy, rel=1e-3)
    assert all(0 <= word.start_s <= cut.duration_s for word in cut.words)


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="watching a process needs Linux")
def test_a_killed_studio_leaves_no_process() -> None:
    program = (
        "import os, signal\n"
        "from studio.engines.parametric.espeak import Espeak\n"
        "espeak = Espeak()\n"
        "espeak.render('Hello.')\n"
        "print(espeak.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGSTOP)\n"
    )
    studio = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    with studio:
        assert studio.stdout is not None
        pid = int(studio.stdout.readline())
        watched = os.pidfd_open(pid)
        studio.kill()
    try:
        ended, _, _ = select.select([watched], [], [], 10.0)
    finally:
        os.close(watched)
    assert ended


def test_every_language_has_its_voice() -> None:
    with Espeak() as espeak:
        for language in sorted(LANGUAGES):
            assert espeak.render("1 2 3", voice=espeak_voice(language)).duration_s > 0.3


def test_a_language_that_espeak_does_not_know_gets_a_voice_all_the_same() -> None:
    assert espeak_voice("xx") == espeak_voice("en") == "en-us"
    assert espeak_voice("de-at") == "de"
