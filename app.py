"""Voice Studio: settings, studio, page, serve. Also what a Hugging Face Space runs."""

from __future__ import annotations

import sys
import warnings
from contextlib import suppress

from studio.errors import StudioError
from studio.settings import Settings


def main() -> int:
    """Serve the page until it is interrupted; 2 when something has to be mended first."""
    try:
        settings = Settings.read()
        with suppress(KeyboardInterrupt):
            serve(settings)
    except StudioError as error:
        tell(str(error))
        return 2
    return 0


def serve(settings: Settings) -> None:
    # What these say about their own parts helps nobody who uses the studio.
    warnings.filterwarnings("ignore", module="gradio|pyworld")

    # Gradio takes seconds to import: a mistake in the settings shows before that.
    from studio.studio import Studio
    from studio.ui.page import build, launch_arguments
    from studio.ui.starters import StarterVoices

    with Studio(settings) as studio:
        starters = StarterVoices(studio) if settings.starter_voices else None
        page = build(studio, starters)
        if starters is not None:
            starters.start()
        page.launch(**launch_arguments(studio))


def tell(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
