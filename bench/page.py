"""What a person at the page waits for: from the click to the sound, in a real browser."""

from __future__ import annotations

import importlib.util
import shutil
import statistics
from typing import Any

from bench.figures import Figure, SkipPart
from bench.material import Setting, add_speaker, some_recording
from bench.speech import FIRST_SENTENCES
from bench.start import app_running
from studio.studio import Studio
from studio.types import SAMPLE_RATE

REPLIES = 3
PATIENCE_MS = 60_000
FINISHED = "['finished', 'stopped'].includes(window.voiceStudio.players.chat.state().state)"
HEARD = (
    "({...window.voiceStudio.players.chat.state(), stats: window.voiceStudio.players.chat.stats})"
)


def measure(setting: Setting) -> list[Figure]:
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is None:
        raise SkipPart("there is no Chromium here: apt-get install chromium")
    if importlib.util.find_spec("playwright") is None:
        raise SkipPart("playwright is not installed; it is in requirements-dev.txt")
    recording = some_recording(setting)
    profiles = setting.folder / "profiles"
    with Studio.open(profiles) as studio:
        add_speaker(studio, recording)
        studio.tune("speaker")  # which would go on in the background
    with app_running(profiles, starters=False) as (address, _):  # so that this voice is chosen
        replies = _replies(executable, address)
    return _figures(replies)


def _figures(replies: list[dict[str, Any]]) -> list[Figure]:
    silent = [reply for reply in replies if reply["silent"] or reply["firstSoundMs"] is None]
    if silent:
        raise SkipPart("this browser gives no sound")
    first_ms = [reply["firstSoundMs"] for reply in replies]
    engine_ms = [1000 * reply["stats"]["ttfa_s"] for reply in replies]
    made = [_samples_made(reply) for reply in replies]
    return [
        Figure(
            "click to first audible sample", statistics.median(first_ms), "ms", 600.0,
            baseline=statistics.median(engine_ms), baseline_name="of it the engine",
            note="replies: " + ", ".join(f"{value:.0f} ms" for value in first_ms),
        ),
        Figure(
            "samples made but not played",
            sum(abs(m - reply["played"]) for m, reply in zip(made, replies, strict=True)),
            "", 0.0, note=f"{REPLIES} replies, {sum(made):,} samples",
        ),
        Figure("gaps inside a reply", sum(reply["underruns"] for reply in replies), "", 0.0),
    ]  # fmt: skip


def _samples_made(reply: dict[str, Any]) -> int:
    """By the engine's own figures, which are rounded: to within two samples, what arrived."""
    made = round(reply["stats"]["duration_s"] * SAMPLE_RATE)
    return int(reply["received"]) if abs(made - reply["received"]) <= 2 else made


def _replies(executable: str, address: str) -> list[dict[str, Any]]:
    """What the player says of itself after each reply; the one before them warms up the app."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        page = browser.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(address)
        page.get_by_role("tab", name="Chat").click()
        heard = [_one_reply(page, text) for text in FIRST_SENTENCES[: REPLIES + 1]]
        browser.close()
    return heard[1:]


def _one_reply(page: Any, text: str) -> dict[str, Any]:
    box = page.locator("#vs-chat-box textarea")
    box.fill(f"{text} {text}")
    run_before = page.evaluate("window.voiceStudio.players.chat?.state().run ?? ''")
    page.get_by_role("button", name="Send", exact=True).click()
    page.wait_for_function(
        f"window.voiceStudio.players.chat.state().run !== {run_before!r} && {FINISHED}"
        " && window.voiceStudio.players.chat.state().run !== ''"
    )
    return dict(page.evaluate(HEARD))
