"""Voice Studio: settings, studio, page, serve. Also what a Hugging Face Space runs."""

from __future__ import annotations

import sys

from studio.errors import StudioError
from studio.settings import Settings


def main() -> int:
    """Serve the page until it is interrupted; 2 when a setting has to be mended first."""
    try:
        settings = Settings.read()
    except StudioError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2

    # Gradio takes seconds to import: a mistake in the settings shows before that.
    from studio.studio import Studio
    from studio.ui.page import build, launch_arguments

    with Studio(settings) as studio:
        build(studio).launch(**launch_arguments(studio))
    return 0


if __name__ == "__main__":
    sys.exit(main())
