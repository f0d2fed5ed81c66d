"""The Voices tab as tests take hold of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

PLAYED: Final = "document.querySelector('#vs-library-player audio').currentTime > 0.2"


def upload(page: Any, *paths: Path) -> None:
    page.locator("#vs-upload input[type=file]").set_input_files([str(path) for path in paths])


def card(page: Any, name: str) -> Any:
    return page.get_by_role("article", name=f"Voice {name}", exact=True)


def open_menu(page: Any, name: str) -> Any:
    found = card(page, name)
    found.locator("summary").click()
    return found


def said(page: Any) -> Any:
    return page.locator("#vs-library-said .vs-notice")


def fill_form(page: Any, name: str) -> None:
    page.get_by_label("Name of the voice").fill(name)
    page.get_by_label("I am the speaker").check()
    page.get_by_label("Who agrees").fill("A tester")
