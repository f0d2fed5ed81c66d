"""The command that shows what is said of a text."""

from __future__ import annotations

import argparse
import sys

from studio.cli.answer import Answer, plain
from studio.studio import Studio

STANDARD_INPUT = "-"
NOTHING = "There is nothing in this text that can be spoken."


def read(studio: Studio, options: argparse.Namespace) -> Answer:
    text = sys.stdin.read() if options.text == STANDARD_INPUT else options.text
    voice_id = None if options.voice is None else studio.find(options.voice).id
    prepared = studio.read(
        text, voice_id=voice_id, language=options.language, engine=options.engine
    )
    rows = [{"text": one.text, "spoken": one.spoken} for one in prepared.sentences]
    spoken = "\n".join(plain(one.spoken) for one in prepared.sentences)
    return Answer({"sentences": rows}, spoken or NOTHING)
