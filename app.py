"""Voice Studio: settings, studio, page, serve. Also what a Hugging Face Space runs."""

from __future__ import annotations

import sys
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
    # Gradio takes seconds to import: a mistake in the settings shows before that.
    from studio.studio import Studio
    from studio.ui.page import build, launch_arguments

    with Studio(settings) as studio:
        if settings.starter_voices:
            studio.add_starter_voices(
                on_progress=lambda share, doing: tell(f"{doing} ({share:.0%})")
            )
        build(studio).launch(**launch_arguments(studio))


def tell(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
