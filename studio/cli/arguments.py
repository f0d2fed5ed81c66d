"""Which commands there are, what they take, and plain words for arguments that do not fit."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from studio import __version__
from studio.cli import doctor, engines, measuring, speech, voices, wording
from studio.cli.answer import Answer
from studio.errors import StudioError
from studio.studio import Studio
from studio.types import Emotion, Prompting

PROGRAM = "python -m studio"
COMMON = ("profiles", "model", "quantize", "json")
_NAME_OR_ID = "the voice: its name, or its id, to be sure as id:ID"
_PROMPTING = f"how its clips are read as a prompt: {', '.join(Prompting)}"
Command = Callable[[Studio, argparse.Namespace], Answer]


class UsageError(StudioError):
    """The arguments do not fit the command."""

    code = "usage"


class _Parser(argparse.ArgumentParser):
    def __init__(self, **options: Any) -> None:
        super().__init__(
            **options, allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter
        )

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{_rephrase(message)} Type '{self.prog} --help' to see how.")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The command and its options; ``run`` takes them and returns the answer.

    Raises:
        UsageError: they do not fit; the message says which.
        SystemExit: help or the version was asked for, and printed.
    """
    parser = _parser()
    return parser.parse_args(list(arguments) or ["--help"])


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog=PROGRAM,
        description="Make voice profiles from recordings, and let them speak.",
        epilog="A voice is named by its name or by its id (see 'list'). Where that could be two,\n"
        "nothing is done; 'id:anna' always means the voice whose id is anna.\n\n"
        "Exit status: 0 done, 2 something to mend (one sentence says what), 130 stopped.",
    )
    parser.add_argument("--version", action="version", version=f"Voice Studio {__version__}")
    _add_common(parser, profiles=None, model=None, quantize=None, json=False)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def add(name: str, run: Command, about: str, details: str = "") -> _Parser:
        command: _Parser = commands.add_parser(
            name, help=about, description=f"{about}.", epilog=details or None
        )
        _add_common(command, **dict.fromkeys(COMMON, argparse.SUPPRESS))
        command.set_defaults(run=_with_studio(run))
        return command

    _add_making(add)
    _add_keeping(add)
    _add_speaking(add)
    _add_engines(add)
    _add_measuring(add)
    return parser


def _add_common(parser: argparse.ArgumentParser, **defaults: Any) -> None:
    # On the command as well, and suppressed there, so that both places work and neither undoes
    # what the other said.
    parser.add_argument(
        "--profiles",
        metavar="DIR",
        type=Path,
        default=defaults["profiles"],
        help="folder of the voice profiles (default: from the settings)",
    )
    parser.add_argument(
        "--model",
        metavar="M",
        default=defaults["model"],
        help="weights of the engine csm: a folder, or an id on the model hub",
    )
    parser.add_argument(
        "--quantize",
        metavar="Q",
        default=defaults["quantize"],
        help="how the weights are kept: none, int8, int4 or auto",
    )
    parser.add_argument(
        "--json",
        action="store_true",
        default=defaults["json"],
        help="answer with one JSON object",
    )


def _with_studio(command: Command) -> Callable[[argparse.Namespace], Answer]:
    def run(options: argparse.Namespace) -> Answer:
        given = {name: getattr(options, name, None) for name in ("model", "quantize", "device")}
        settings = {name: value for name, value in given.items() if value is not None}
        with Studio.open(options.profiles, **settings) as studio:
            return command(studio, options)

    return run


def _add_making(add: Callable[..., _Parser]) -> None:
    sidecar = (
        "Transcripts: give --transcript once per clip, in the same order. Without it, a text file\n"
        "beside the clip is used if there is one: anna.txt for anna.wav."
    )
    build = add("build", voices.build, "Make a voice from one or more clips", sidecar)
    more = add("add", voices.add, "Add clips to a voice", sidecar)
    for command in (build, more):
        command.add_argument(
            "name",
            metavar="NAME",
            help="name of the new voice" if command is build else _NAME_OR_ID,
        )
        command.add_argument("clips", metavar="CLIP", nargs="+", type=Path, help="a recording")
        command.add_argument(
            "--transcript",
            metavar="T",
            action="append",
            default=[],
            help="the exact words of a clip; a closer match",
        )
        command.add_argument(
            "--emotion",
            metavar="E",
            default=Emotion.NEUTRAL.value,
            help=f"how the clips were spoken: {', '.join(Emotion)}",
        )
        command.add_argument(
            "--shorten-pauses", action="store_true", help="shorten long pauses inside the clips"
        )
        command.add_argument(
            "--no-trim", action="store_true", help="keep the silence at both ends of the clips"
        )
    build.add_argument("--language", metavar="L", default="en", help="such as en, de, pt-br")
    build.add_argument(
        "--prompting", metavar="P", default=Prompting.TWO_SEGMENT.value, help=_PROMPTING
    )
    build.add_argument(
        "--consent", metavar="WHO", default="", help="who allowed the use of this voice (required)"
    )
    more.add_argument("--language", metavar="L", help="must be the voice's own")
    more.add_argument(
        "--consent",
        metavar="WHO",
        help="who allowed the use of these clips, if not who allowed the voice",
    )


def _add_keeping(add: Callable[..., _Parser]) -> None:
    add("list", voices.list_voices, "List the voices")
    for name, run, about in (
        ("show", voices.show, "Show one voice and the quality of its clips"),
        ("rename", voices.rename, "Give a voice another name"),
        ("delete", voices.delete, "Put a voice into the bin; 'undelete' brings it back"),
        ("export", voices.export, "Write a voice to one .voiceprofile file"),
    ):
        command = add(name, run, about)
        command.add_argument("name", metavar="NAME", help=_NAME_OR_ID)
        if name == "rename":
            command.add_argument("new_name", metavar="NEW", help="the new name")
        if name == "export":
            command.add_argument(
                "file",
                metavar="FILE",
                type=Path,
                help="the file to write; gets the ending .voiceprofile if it has none, and takes "
                "the place of an earlier export of this voice only",
            )
            command.add_argument(
                "--without-originals",
                action="store_true",
                help="leave out the clips as they came: half the size, and cuts stay as they are",
            )
    change = add("set", voices.set_default, "Change how a voice speaks")
    change.add_argument("name", metavar="NAME", help=_NAME_OR_ID)
    changed = change.add_mutually_exclusive_group(required=True)
    changed.add_argument("--prompting", metavar="P", help=_PROMPTING)
    changed.add_argument(
        "--lexicon", metavar="FILE", type=Path, help="how it says certain words; see 'read'"
    )
    undelete = add("undelete", voices.undelete, "Bring a deleted voice back, or list them all")
    undelete.add_argument(
        "voice",
        metavar="VOICE",
        nargs="?",
        help="its name, its id as id:ID, or the ticket that 'delete' printed; "
        "without it: what can be brought back, and until when",
    )
    undelete.add_argument(
        "--empty", action="store_true", help="delete all that is in the bin for good"
    )
    for name, run, about in (
        ("backup", voices.back_up, "Write all voices to one .voiceprofile file"),
        ("restore", voices.restore, "Take in all voices of a backup; nothing is replaced"),
    ):
        moved = add(name, run, about)
        moved.add_argument("file", metavar="FILE", type=Path, help="the backup")
    take_in = add("import", voices.import_voice, "Take in a .voiceprofile file")
    take_in.add_argument("file", metavar="FILE", type=Path, help="the file to read")
    check = add("check", voices.check, "Look for damage in the library")
    check.add_argument("--repair", action="store_true", help="mend what can be mended")


def _add_speaking(add: Callable[..., _Parser]) -> None:
    speak = add("speak", speech.speak, "Let a voice say a text")
    speak.add_argument("name", metavar="NAME", help=_NAME_OR_ID)
    speak.add_argument(
        "text", metavar="TEXT", nargs="?", help="what it says, in quotes; - reads it from a pipe"
    )
    speak.add_argument(
        "--text-file",
        metavar="FILE",
        type=Path,
        help="a file with what it says, of any length",
    )
    speak.add_argument(
        "--out",
        metavar="FILE",
        type=Path,
        required=True,
        help=".wav or .flac to write, in place of nothing but an earlier one of the studio",
    )
    speak.add_argument(
        "--top-k", metavar="N", type=_whole_number, help="among how many codes each one is drawn"
    )
    speak.add_argument(
        "--no-voice",
        action="store_true",
        help="speak from the text alone; NAME then only gives its own settings",
    )
    speak.add_argument(
        "--codes",
        metavar="FILE",
        type=Path,
        help="also write the codes that were spoken, as safetensors",
    )
    tune = add(
        "tune",
        speech.tune,
        "Bring a voice nearer to its recordings",
        "The page does so by itself. A voice speaks without it, too, less like the person.",
    )
    tune.add_argument("name", metavar="NAME", help=_NAME_OR_ID)
    tune.add_argument("--engine", metavar="E", help="for which engine; see 'engines'")
    compare = add("compare", speech.compare, "Let several voices say the same text")
    compare.add_argument("text", metavar="TEXT", help="what they say, in quotes")
    compare.add_argument(
        "names", metavar="NAME", nargs="+", help="names or ids of the voices, as NAME or id:ID"
    )
    compare.add_argument(
        "--out-dir",
        metavar="DIR",
        type=Path,
        required=True,
        help="folder for the takes, one .wav each; made if missing",
    )
    read = add("read", wording.read, "Show what would be said of a text, in words")
    read.add_argument("text", metavar="TEXT", help="the text, in quotes; - reads it from the input")
    read.add_argument("--voice", metavar="NAME", help="as this voice would say it")
    read.add_argument(
        "--language", metavar="L", help="such as en, en-gb, de (default: the voice's, else en)"
    )
    read.add_argument("--engine", metavar="E", help="which engine would speak; see 'engines'")
    for command in (speak, compare):
        command.add_argument("--engine", metavar="E", help="which engine speaks; see 'engines'")
        command.add_argument("--emotion", metavar="E", help=f"{', '.join(Emotion)} or auto")
        command.add_argument(
            "--language", metavar="L", help="of the text, such as es (default: the voice's own)"
        )
        command.add_argument(
            "--temperature", metavar="X", type=_number, help="variation, 0 (none) to 2"
        )
        command.add_argument("--seed", metavar="N", type=_whole_number, help="to repeat a take")
        command.add_argument(
            "--closeness",
            metavar="X",
            type=_number,
            help="most natural (0) to closest to the person (1)",
        )


def _add_engines(add: Callable[..., _Parser]) -> None:
    add("engines", engines.engines, "List the engines and whether they can run here")
    fetch = add("fetch", engines.fetch, "Download the weights that an engine needs")
    fetch.add_argument("engine", metavar="ENGINE", help="which engine, such as csm")
    add("doctor", doctor.doctor, "Look at what is on this machine, and say what to do")


def _add_measuring(add: Callable[..., _Parser]) -> None:
    bench = add(
        "bench",
        measuring.bench,
        "Measure this machine: a table, and JSON in the last line",
        "The part csm runs on the weights of --model, or on random ones where there are none; it\n"
        "takes minutes and 8 GB of disk, and runs only when it is named. --quantize limits it to\n"
        "one way of keeping them.",
    )
    bench.add_argument("parts", metavar="PART", nargs="*", help="which parts (all but csm)")
    bench.add_argument("--quick", action="store_true", help="fewer repetitions, smaller sets")
    bench.add_argument("--speech", metavar="DIR", type=Path, help="recordings with a MANIFEST.csv")
    bench.add_argument(
        "--random-weights", action="store_true", help="csm: random weights, whatever is here"
    )
    bench.add_argument("--device", metavar="D", help="csm: where it runs: cpu, cuda or auto")
    bench.add_argument(
        "--quality",
        action="store_true",
        help="csm: what int8 and int4 change in what it says, instead of its speed",
    )
    bench.add_argument(
        "--voice", metavar="NAME", help="csm: whose voice --quality uses (default: a starter voice)"
    )


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"takes a number, not {text[:40]!r}") from None


def _whole_number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"takes a whole number, not {text[:40]!r}") from None


def _rephrase(message: str) -> str:
    """What argparse says, as a sentence; whatever it may say in another version stays readable."""
    if found := re.match(r"the following arguments are required: (.+)", message):
        return f"Missing: {found[1]}."
    if found := re.match(r"unrecognized arguments: (.+)", message):
        return f"{found[1]!r} does not belong here."
    if found := re.match(r"argument COMMAND: invalid choice: (\S+) \(choose from (.+)\)", message):
        return f"There is no command {found[1]}. Choose one of: {found[2]}.".replace("'", "")
    if found := re.match(r"argument (.+?): expected (?:one|at least one) argument", message):
        return f"{found[1]} needs a value."
    if found := re.match(r"argument (.+?): (.+)", message):
        return f"{found[1]} {found[2]}."
    return f"{message[:1].upper()}{message[1:]}."
