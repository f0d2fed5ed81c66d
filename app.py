"""Voice Studio: settings, studio, page, serve. Also what a Hugging Face Space runs."""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Sequence
from contextlib import suppress

from studio.errors import SettingsError, StudioError
from studio.settings import Settings

SEE_HELP = "Type 'python app.py --help' to see what does."


def main(arguments: Sequence[str]) -> int:
    """Serve the page until it is interrupted; 2 when something has to be mended first."""
    try:
        settings = read_settings(arguments)
        with suppress(KeyboardInterrupt):
            serve(settings)
    except StudioError as error:
        tell(str(error))
        return 2
    return 0


def read_settings(arguments: Sequence[str]) -> Settings:
    parser = argparse.ArgumentParser(
        prog="python app.py",
        description="The studio in the browser.",
        allow_abbrev=False,
        exit_on_error=False,
    )
    parser.add_argument("--profiles", dest="profiles_dir", metavar="DIR", help="where voices are")
    parser.add_argument("--model", metavar="M", help="CSM: a folder, or an id on the hub")
    parser.add_argument("--quantize", metavar="Q", help="none, int8, int4 or auto")
    parser.add_argument("--port", metavar="N", help="port to serve on")
    try:
        options, unknown = parser.parse_known_args(arguments)
    except argparse.ArgumentError as error:
        raise SettingsError(f"{error.argument_name} does not fit: {error.message}.") from error
    if unknown:
        raise SettingsError(f"{unknown[0]!r} does not belong here. {SEE_HELP}")
    return Settings.read(
        **{name: value for name, value in vars(options).items() if value is not None}
    )


def serve(settings: Settings) -> None:
    # What these say about their own parts helps nobody who uses the studio.
    warnings.filterwarnings("ignore", module="gradio")

    # Gradio takes seconds to import: a mistake in the settings shows before that.
    from studio.sharing.safety import notes
    from studio.ui.serving import open_page

    with open_page(settings) as page:
        for sentence in notes(settings) if settings.is_shared else ():
            tell(sentence)
        page.launch()


def tell(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    status = main(sys.argv[1:])
    with suppress(OSError):  # whoever read what it said may be gone
        sys.stdout.flush()
    # Threads that answer pages may be in native code: Python's own end would abort around them.
    os._exit(status)
