"""The page's scripts and stylesheets, in the order in which they are loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).resolve().parents[2] / "assets"

# Each script adds its part to ``window.voiceStudio``. What a part needs of another while it is
# loaded stands before it: several ask at once to be told of what is drawn, the player for sound.
SCRIPTS: Final = (
    "drawn.js",
    "dropdowns.js",
    "focus.js",
    "names.js",
    "spoken.js",
    "sight.js",
    "theme.js",
    "tabs.js",
    "list.js",
    "missing.js",
    "library_watch.js",
    "card_player.js",
    "takes.js",
    "context_meter.js",
    "chat_log.js",
    "audio_thread.js",
    "audio_line.js",
    "player_reply.js",
    "player_view.js",
    "player.js",
    "escape.js",
    "visit.js",
)

# The later one wins where two are equally exact.
STYLES: Final = (
    "engines.css",
    "studio.css",
    "tabs.css",
    "talk.css",
    "tuning.css",
    "visit.css",
    "voices.css",
    "voices_drawings.css",
    "voices_library.css",
    "voices_takes.css",
)


def scripts() -> str:
    """All scripts, as HTML for the head of the page."""
    return "\n".join(
        f"<script>{(FOLDER / name).read_text(encoding='utf-8')}</script>" for name in SCRIPTS
    )


def styles() -> list[Path]:
    return [FOLDER / name for name in STYLES]
