"""From arguments to an exit status: one command, one answer, one place for what goes wrong."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import warnings
from collections.abc import Sequence

from studio.cli.answer import Answer, plain
from studio.cli.arguments import parse
from studio.errors import StudioError

DONE = 0
MENDABLE = 2
INTERRUPTED = 130  # 128 + SIGINT, as shells have it
PIPE_CLOSED = 141  # 128 + SIGPIPE


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; argument errors and all others end here."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        _never_fail_on_characters(stream)
    try:
        with warnings.catch_warnings():
            if not sys.warnoptions:  # a library's warnings are for developers, who can use -W
                warnings.simplefilter("ignore")
            status = _run(arguments)
        sys.stdout.flush()
    except SystemExit as finished:  # help and version, which argparse has printed
        return int(finished.code or DONE)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader left (`... | head`). Nothing more can be written, nor flushed at exit.
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    return status


def _run(arguments: list[str]) -> int:
    try:
        options = parse(arguments)
        answer: Answer = options.run(options)
    except StudioError as error:
        sentence = plain(str(error))
        if "--json" in arguments:
            print(json.dumps({"error": {"code": error.code, "message": sentence}}))
        print(sentence, file=sys.stderr)
        return MENDABLE
    print(json.dumps(answer.data, allow_nan=False) if options.json else answer.text)
    if answer.problem:
        print(plain(answer.problem), file=sys.stderr)
        return MENDABLE
    return DONE


def _never_fail_on_characters(stream: object) -> None:
    # A name may hold a letter that the terminal's encoding lacks; show "?" instead of failing.
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")
