"""The writer that answers by a few rules: always there, offline, the same each time.

In the manner of J. Weizenbaum, "ELIZA: a computer program for the study of natural language
communication between man and machine", CACM 9 (1966): the first rule that fits answers, and what
was said is turned into a question. It is there to have something to talk to; it knows nothing,
and says so when asked.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from studio.conversation.history import History
from studio.conversation.rule_table import CLOSING, NAME_TOLD, RULES
from studio.conversation.writers import WriterSpec

# Longer than this, somebody's words said back to them are no question any more.
_MAX_TOPIC_CHARS = 60
_MAX_PERSONA_CHARS = 160

# What the person says of themselves, as it is said back to them.
_TURNED = {
    "i": "you", "me": "you", "my": "your", "mine": "yours", "myself": "yourself", "am": "are",
    "i'm": "you're", "i've": "you've", "i'd": "you'd", "i'll": "you'll", "you": "me",
    "your": "my", "yours": "mine", "yourself": "myself", "we": "you", "our": "your", "us": "you",
}  # fmt: skip


def _local_now() -> datetime:
    return datetime.now().astimezone()


@dataclass(frozen=True)
class RulesWriter:
    """Answers by rules. The same history at the same hour gets the same reply.

    ``now`` is the clock that questions about time and date are answered by.
    """

    now: Callable[[], datetime] = _local_now

    def write(self, history: History, persona: str) -> Iterator[str]:
        """Yield the reply word by word. Nothing is yielded when nothing was said."""
        text = " ".join(history.last_user_text.replace("’", "'").split())
        if not text:
            return
        yield from re.findall(r"\s*\S+", self._reply(text, history, persona))

    def _reply(self, text: str, history: History, persona: str) -> str:
        for pattern, replies in RULES:
            if match := pattern.search(text):
                values = {**self._known(history, persona), "topic": _topic(match)}
                fitting = [reply for reply in replies if _fits(reply, values)]
                if fitting:
                    return _pick(fitting, text, history).format(**values)
        return _pick(CLOSING, text, history)

    def _known(self, history: History, persona: str) -> dict[str, str]:
        """What a reply may fill in; empty where it is not known."""
        now = self.now()
        evening = "evening" if now.hour >= 18 else "afternoon"
        daytime = "morning" if now.hour < 12 else evening
        minute = f":{now.minute:02d}" if now.minute else " o'clock"
        told = [
            match[1]
            for turn in history
            if turn.role == "user" and (match := NAME_TOLD.search(turn.text))
        ]
        return {
            "daytime": daytime,
            "time": f"{now.hour % 12 or 12}{minute} in the {daytime}",
            "date": f"{now:%A}, {now:%B} {now.day}, {now.year}",
            "name": told[-1] if told else "",
            "persona": _first_sentence(persona),
        }


def _fits(reply: str, values: dict[str, str]) -> bool:
    """Whether everything that ``reply`` wants filled in is known."""
    return all(values[name] for name in re.findall(r"{(\w+)}", reply))


def _pick(replies: Sequence[str], text: str, history: History) -> str:
    """One of ``replies`` by the words and the place in the conversation; not the last one again."""
    turns = [turn.text for turn in history if turn.role == "voice"]
    index = (zlib.crc32(text.lower().encode("utf-8", "replace")) + len(turns)) % len(replies)
    if turns and replies[index] == turns[-1]:
        index = (index + 1) % len(replies)
    return replies[index]


def _topic(match: re.Match[str]) -> str:
    """The words that the rule asked for, turned round; empty when too long to say back."""
    said = match.groupdict().get("topic") or ""
    said = re.split(r"[.!?,;:]|\b(?:and|but|because)\b", said, maxsplit=1)[0].strip()
    if len(said) > _MAX_TOPIC_CHARS:
        return ""
    return " ".join(_TURNED.get(word.lower(), word) for word in said.split())


def _first_sentence(persona: str) -> str:
    first = re.split(r"(?<=[.!?])\s", " ".join(persona.split()), maxsplit=1)[0]
    if not first or len(first) > _MAX_PERSONA_CHARS:
        return ""
    return first if first[-1] in ".!?" else first + "."


SPEC = WriterSpec("rules", "Answers by simple rules", RulesWriter)
