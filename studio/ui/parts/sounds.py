"""Sound and files on their way to the browser.

A ``gr.HTML`` whose value is ``media(html, files)`` shows that HTML with the address of each file
put where ``src="<key>"`` or ``href="<key>"`` stands. Escaped text cannot hold a bare ``<key>``, so
nothing that a person typed is ever replaced.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from gradio.utils import get_upload_folder

from studio.core.saving import save_sound
from studio.sharing.owners import Owner
from studio.types import Audio
from studio.ui.sharing.asker import known_asker

# The addresses are filled in by the browser, because only Gradio knows where it is mounted.
MEDIA_TEMPLATE: Final = (
    "${Object.entries(value?.files ?? {}).reduce("
    "(html, [key, file]) => html.replaceAll('<' + key + '>', file.url), value?.html ?? '')}"
)


def media(html: str, files: Mapping[str, Path] | None = None, **more: Any) -> dict[str, Any]:
    """The value of an HTML component made with ``MEDIA_TEMPLATE``."""
    return {"html": html, "files": {k: served(p) for k, p in (files or {}).items()}, **more}


def served(path: Path) -> dict[str, Any]:
    """``path`` as Gradio passes files to the page; it gets its address on the way."""
    return {"path": str(path), "orig_name": path.name, "meta": {"_type": "gradio.FileData"}}


def sound_file(audio: Audio, name: str) -> Path:
    """``audio`` in a file called ``name`` among those that the page may serve for a while.

    What a voice said is a .wav, which says of itself that it is synthetic; a recording is a .flac.
    """
    path = download_folder() / name
    save_sound(audio, path, is_speech=path.suffix == ".wav")
    return path


def download_folder() -> Path:
    """A new folder whose files the page may serve, on a shared page to nobody but who asks now;
    Gradio clears it away with its other copies."""
    folder = copies_of(known_asker()) / uuid.uuid4().hex
    folder.mkdir(parents=True)
    return folder


@contextmanager
def used_once(*uploads: str | Path) -> Iterator[None]:
    """Delete ``uploads`` at the end: a recording is kept no longer than it is needed."""
    try:
        yield
    finally:
        served_from = Path(get_upload_folder()).resolve()
        for upload in map(Path, uploads):
            if upload.resolve().is_relative_to(served_from):
                upload.unlink(missing_ok=True)


def copies_of(owner: Owner | None) -> Path:
    """Where what is handed out to ``owner`` lies; None where there is only one."""
    return Path(get_upload_folder()) / (owner.id if owner else "local")


def file_stem(name: str) -> str:
    """``name`` fit for a file on any machine; letters of all scripts stay."""
    kept = re.sub(r"[^\w-]+", "-", name).strip("-_")
    return kept[:40] or "voice"
