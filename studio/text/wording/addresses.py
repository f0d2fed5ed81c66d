"""E-mail and web addresses, file names, versions and what else is full of dots and slashes."""

from __future__ import annotations

import re
from typing import Final

from studio.text.wording.language import Kind, Language
from studio.text.wording.numbers import digits, whole_number
from studio.text.wording.spelling import runs, spell
from studio.text.wording.word_sets import word_set

_ENDINGS: Final = (
    "com|org|net|edu|gov|mil|int|info|biz|app|dev|xyz|online|site|shop|blog|cloud|tech|store|"
    "museum|io|ai|co|me|tv|uk|us|de|fr|es|it|pt|br|eu|ch|at|nl|be|pl|ru|cn|jp|in|au|nz|ca|mx|ar|"
    "cl|se|no|fi|dk|ie|gr|cz|hu|ro|tr|il|za|kr|tw|hk|sg"
)
_FILE_ENDINGS: Final = (
    "py|pyc|js|ts|tsx|jsx|json|toml|yaml|yml|md|txt|csv|tsv|html?|css|xml|pdf|docx?|xlsx?|pptx?|"
    "png|jpe?g|gif|svg|webp|wav|mp3|mp4|flac|ogg|opus|m4a|mov|avi|mkv|zip|tar|gz|rar|7z|exe|dmg|"
    "sh|bat|ps1|c|h|cpp|hpp|cs|java|rs|go|rb|php|sql|ini|cfg|conf|log|ipynb|onnx|safetensors|env|"
    "lock|gitignore"
)
_SAID_AS_WORDS: Final = word_set(
    """
    com org net edu gov mil int info biz app dev online site shop blog cloud tech store museum
    json toml md5 zip tar java log env lock doc docs wave yaml rar dot bat conf opus flac
    safetensors onnx gitignore
    """
)
_MARKS: Final = {
    ".": "dot", "/": "slash", "-": "dash", "_": "underscore", "@": "at", "+": "plus", ":": "colon",
    "~": "tilde", "#": "hash", "%": "percent", "&": "and", "=": "equals", "\\": "backslash",
}  # fmt: skip


def said_parts(address: str, language: Language, *, quiet: str = "") -> str:
    """``address`` part by part; marks in ``quiet`` are not said."""
    said = []
    for part in re.findall(r"[^\W\d_]+|\d+|\W|_", address):
        if part.isdigit():
            said.append(_figures(part, language))
        elif part.isalpha():
            said.append(_name(part))
        elif part not in quiet and part in _MARKS:
            said.append(language.words.get(_MARKS[part], _MARKS[part]))
    return " ".join(filter(None, said))


def _name(part: str) -> str:
    """A part of an address: a word, or letters where it can be no word."""
    small = part.lower()
    vowels = re.search(r"[aeiouyà-ÿ]", small)
    if small in _SAID_AS_WORDS or not part.isascii():
        return part
    if not vowels or len(part) == 1:
        return spell(part)
    if part.isupper() and len(part) <= 4:
        return spell(part)
    return part


def _figures(part: str, language: Language) -> str:
    return whole_number(part, language) if len(part) <= 3 else digits(part, language)


def _email(found: re.Match[str], language: Language) -> str:
    return said_parts(found.group().removeprefix("mailto:"), language)


def _url(found: re.Match[str], language: Language) -> str | None:
    bare = re.sub(r"^(?:[a-zA-Z][a-zA-Z+]{1,9}://)?(?:www\.)?", "", found.group())
    path = re.sub(r"[?#].*$", "", bare).rstrip("/")
    return _ending_spelt(path, language)


def _ending_spelt(path: str, language: Language) -> str:
    """A host's last part is spelt where it is a country: "dot U K"."""
    host, slash, rest = path.partition("/")
    head, dot, ending = host.rpartition(".")
    if not dot or ending.lower() in _SAID_AS_WORDS or len(ending) > 2:
        return said_parts(path, language)
    said = f"{said_parts(head + dot, language)} {spell(ending)}"
    return f"{said} {said_parts(slash + rest, language)}" if rest else said


def _file(found: re.Match[str], language: Language) -> str | None:
    stem, _, ending = found.group().rpartition(".")
    if not stem:
        return f"{language.words['dot']} {ending}"
    said = ending if ending.lower() in _SAID_AS_WORDS else _spelt_ending(ending, language)
    return f"{said_parts(stem, language, quiet='_-')} {language.words['dot']} {said}"


def _spelt_ending(ending: str, language: Language) -> str:
    return " ".join(
        _figures(run, language) if run.isdigit() else spell(run) for run in runs(ending)
    )


def _identifier(found: re.Match[str], language: Language) -> str:
    return said_parts(found.group(), language, quiet="_")


def _path(found: re.Match[str], language: Language) -> str:
    return said_parts(found.group().rstrip("/\\"), language, quiet="_")


def _ip(found: re.Match[str], language: Language) -> str | None:
    parts, _, port = found.group().partition(":")
    if any(int(part) > 255 for part in parts.split("/")[0].split(".")):
        return None
    dot = f" {language.words['dot']} "
    said = dot.join(language.cardinal(int(part)) for part in parts.split("/")[0].split("."))
    if "/" in parts:
        said += f" {language.words['slash']} {language.cardinal(int(parts.split('/')[1]))}"
    return f"{said} {language.words['colon']} {_figures(port, language)}" if port else said


_GROUPED: Final = re.compile(r"\d{1,3}(?:\.\d{3})+")


def _version(found: re.Match[str], language: Language) -> str | None:
    prefix, numbers, tail = found["prefix"] or "", found["numbers"], found["tail"] or ""
    if not prefix and "." in language.grouping and _GROUPED.fullmatch(numbers):
        return None
    point = f" {language.words['point']} "
    said = point.join(whole_number(part, language) for part in numbers.split(".") if part)
    lead = f"{language.words['version']} " if prefix else ""
    behind = said_parts(tail, language, quiet="-.+") if tail else ""
    return f"{lead}{said} {behind}".rstrip()


_NAMED: Final = re.compile(
    r"\b(?:[Vv]ersion|[Vv]ersi[oó]n|[Vv]ers[ãa]o|[Vv]ersione|[Rr]elease|Python|Java|Ubuntu|Debian|iOS|macOS|"
    r"Android|Windows|PHP|Ruby|Node|CUDA|PyTorch|Kotlin|Swift|Firefox|Chrome)[ ]$"
)


def _named_version(found: re.Match[str], language: Language) -> str | None:
    """Two numbers behind the name of what has versions: 3.12 is "three point twelve" there."""
    if not _NAMED.search(found.string, max(0, found.start() - 12), found.start()):
        return None
    point = f" {language.words['point']} "
    return point.join(whole_number(part, language) for part in found.group().split("."))


KINDS: Final = (
    Kind(
        "email",
        re.compile(
            r"(?:mailto:)?[\w.+%-]{1,64}@[^\W_](?:[\w-]{0,62})(?:\.[^\W_][\w-]{0,62}){1,6}"
        ),
        _email,
    ),
    Kind(
        "url",
        re.compile(
            r"(?:(?:https?|ftps?|file|ssh|wss?)://[^\s<>\"'()]{1,500}|www\.[^\s<>\"'()]{1,500})"
            r"(?<![.,;:!?])"
        ),
        _url,
    ),
    Kind(
        "domain",
        re.compile(
            rf"(?:localhost(?=:)|(?:[a-zA-Z0-9](?:[\w-]{{0,62}})\.){{1,4}}(?:{_ENDINGS}))(?![\w-]|\.\w)"
            r"(?::\d{2,5}(?!\d))?(?:/[^\s<>\"'()]{0,500})?(?<![.,;:!?])",
            re.IGNORECASE,
        ),
        lambda found, language: (
            None
            if re.fullmatch(r"(?:[A-Za-z]\.)+[A-Za-z]{1,2}|\d.*\.(?:in|me|no|at|it)", found.group())
            else _url(found, language)
        ),
    ),
    Kind(
        "file",
        re.compile(rf"(?:[\w-]{{0,80}}\.){{1,4}}(?:{_FILE_ENDINGS})(?![\w-]|\.\w)"),
        lambda found, language: (
            None if re.fullmatch(r"\d+\.\w", found.group()) or re.fullmatch(
                r"[A-Za-z]\.[a-z]", found.group()) else _file(found, language)
        ),
    ),
    Kind("identifier", re.compile(r"_{0,2}[^\W_]+(?:_+[^\W_]+)+_{0,2}(?!\w)"), _identifier),
    Kind(
        "path",
        re.compile(
            r"(?<!\w)(?:[A-Z]:\\[\w\\. -]{0,200}[\w\\]"
            r"|(?:~|\.{1,2})?(?:/[\w.-]{1,80}){2,12}/?|~/[\w.-]{1,80})"
            r"(?<![.,;:!?])(?![\w/])"
        ),
        _path,
    ),
)  # fmt: skip
"""In this order: what is more particular comes first."""

DOTTED_KINDS: Final = (
    Kind("named_version", re.compile(r"\d{1,4}(?:\.\d{1,4})+(?![\w]|\.\d)"), _named_version),
    Kind(
        "ip",
        re.compile(r"\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2}|:\d{2,5})?(?![\w]|\.\d)"),
        _ip,
    ),
    Kind(
        "version",
        re.compile(
            r"(?P<prefix>[vV]\.?[ ]?(?=\d+[.\d]))?(?P<numbers>\d{1,6}(?:\.\d{1,6}){2,6})"
            r"(?P<tail>[-+.]?(?:alpha|beta|rc|dev|post|a|b)[-.]?\d{0,4})?(?![\w]|\.\d)"
        ),
        _version,
    ),
    Kind(
        "short_version",
        re.compile(
            r"(?P<prefix>[v]\.?[ ]?)(?P<numbers>\d{1,6}(?:\.\d{1,6})?)"
            r"(?P<tail>[-+.]?(?:alpha|beta|rc|dev|post|a|b)[-.]?\d{0,4})?(?![\w]|\.\d)"
        ),
        _version,
    ),
)  # fmt: skip
"""Behind dates, which may have dots, too."""
