"""Any file that holds sound, to mono 24 kHz float32, within bounds that a stranger cannot move.

The file is sniffed here and decoded in a child process (``child``), which gets the open file and
never its name, and which may crash, hang or run out of memory alone.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np

from studio.clips.decoding.answer import Answer, ask_child
from studio.clips.decoding.sniff import HEAD_BYTES, Container, describe_stranger, sniff
from studio.errors import ClipTooLargeError, UnreadableClipError
from studio.types import SAMPLE_RATE, Audio, Finding, Verdict

_TAKES: Final = "WAV, FLAC, MP3, OGG, Opus, M4A, AAC, WebM, AIFF or a video with sound"
_ADVICE: Final = "Cut out the 10 to 30 s that sound best."

_MENDABLE: Final = 1e-3
"""A file with more of its samples than this being no numbers is damaged, not blemished."""

_AS_CLAIMED: Final = 0.98
_CUT_OFF: Final = 0.9
"""Parts of the length that a file claims. Headers are wrong by a few percent in files that lack
nothing; where more is missing, the end of the file is."""

OF_THE_FILE: Final = frozenset({"samples", "file", "channels"})
"""Measures that only decoding finds; they hold for whatever is made of the clip later."""

_FULL_SCALE: Final = 0.999

_MAX_SOUNDS: Final = 3
"""The average of the channels, and two of them."""

_MAX_ANSWER_LINE: Final = 1_000_000
"""Bytes of what the child says before the samples, and of what resampling may add to them."""


@dataclass(frozen=True)
class DecodeLimits:
    """How much one file may cost. Seconds and channels are counted while decoding."""

    max_bytes: int = 50_000_000
    max_seconds: float = 600.0
    max_channels: int = 64
    timeout_s: float = 30.0
    max_rss_bytes: int = 1_500_000_000


@dataclass(frozen=True, eq=False)
class DecodedClip:
    """A clip as it was recorded: mono 24 kHz float32, finite, within [-1, 1].

    ``sample_rate``, ``channels`` and ``duration_s`` are the file's own. ``scale_db`` is the
    constant gain that brought a float file from above full scale into range; 0 for nearly all.
    ``clipping_ratio`` is the part of the file's samples in flat tops at its own peak level.
    ``rivals`` are single channels of the file that may hold a voice more clearly, best first.
    """

    audio: Audio
    format: str
    sample_rate: int
    channels: int
    duration_s: float
    scale_db: float = 0.0
    clipping_ratio: float = 0.0
    findings: tuple[Finding, ...] = ()
    rivals: tuple[DecodedClip, ...] = ()


def decode_clip(path: Path, limits: DecodeLimits) -> DecodedClip:
    """The sound in the file at ``path``, whatever it is called.

    Raises:
        UnreadableClipError: it cannot be opened, is not sound, is too damaged, or the system
            stopped its decoding.
        ClipTooLargeError: it is over one of ``limits``.
    """
    with _opened(path) as file:
        _check_size(file, limits)
        head = file.read(HEAD_BYTES)
        container = sniff(head)
        if container is None:
            raise UnreadableClipError(
                f"The file is {describe_stranger(head)} and not a sound. Choose a {_TAKES}."
            )
        file.seek(0)
        answer, raw = _ask_child(file, container, limits)
    if "problem" in answer:
        raise _refusal(answer, limits)
    return _clip(answer, raw, container)


def _opened(path: Path) -> BinaryIO:
    shown = "".join(c for c in (path.name or str(path)) if c.isprintable() and c not in "<>&")[:60]
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise UnreadableClipError(f"{shown!r} is not a file. Choose a {_TAKES}.")
        return path.open("rb")
    except FileNotFoundError as error:
        raise UnreadableClipError(f"There is no file {shown}. Check its name and place.") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name is not allowed"
        raise UnreadableClipError(
            f"The file {shown} cannot be opened: {reason.lower()}. "
            "Copy it to a folder of yours under a plain name and try again."
        ) from error


def _check_size(file: BinaryIO, limits: DecodeLimits) -> None:
    size = os.fstat(file.fileno()).st_size
    if size == 0:
        raise UnreadableClipError("The file is empty. Record or export the clip again.")
    if size > limits.max_bytes:
        raise ClipTooLargeError(
            f"The file has {size / 1e6:,.0f} MB; {limits.max_bytes / 1e6:,.0f} MB is the most "
            f"(the setting max_clip_mb). {_ADVICE}"
        )


def _ask_child(
    file: BinaryIO, container: Container, limits: DecodeLimits
) -> tuple[Answer, memoryview]:
    options = {
        "libsndfile": container.libsndfile,
        "demuxer": container.demuxer,
        "max_seconds": limits.max_seconds,
        "max_channels": limits.max_channels,
        "max_rss_bytes": limits.max_rss_bytes,
        "timeout_s": limits.timeout_s,
    }
    most = _MAX_SOUNDS * round(limits.max_seconds * SAMPLE_RATE) * 4 + _MAX_ANSWER_LINE
    return ask_child(file, options, timeout_s=limits.timeout_s, max_answer_bytes=most)


def _refusal(answer: Answer, limits: DecodeLimits) -> ClipTooLargeError | UnreadableClipError:
    match answer["problem"]:
        case "seconds":
            return ClipTooLargeError(
                f"The clip is {_spoken_time(answer['seconds'])} long; "
                f"{_spoken_time(limits.max_seconds)} is the most (the setting max_clip_s). "
                f"{_ADVICE}"
            )
        case "channels":
            return ClipTooLargeError(
                f"The clip has {answer['channels']:,} channels; {limits.max_channels} is the most. "
                "Export it as mono or stereo."
            )
        case "values":
            return ClipTooLargeError(
                f"The clip holds too much sound ({answer['channels']} channels at "
                f"{answer['sample_rate']:,} Hz) for its length. Export it as mono at 48,000 Hz."
            )
        case "time":
            return ClipTooLargeError(
                f"Decoding the clip took longer than {limits.timeout_s:g} s (the setting "
                f"decode_timeout_s) and was stopped. {_ADVICE}"
            )
        case "memory":
            return ClipTooLargeError(
                f"Decoding the clip takes more memory than it may have. {_ADVICE}"
            )
        case "stopped":
            return UnreadableClipError(
                "The system stopped the decoding of the clip before its end, as it does when "
                "memory runs out. Close other programs, or use a shorter clip, and try again."
            )
        case "start":
            return UnreadableClipError(
                f"The program that decodes clips did not start ({answer['reason'].lower()}). "
                "Close other programs and try again."
            )
        case "crashed":
            return UnreadableClipError(
                "The decoder failed before the end of the clip. "
                "Export it again, as WAV or FLAC if you can."
            )
        case "sample_rate":
            return UnreadableClipError(
                f"The clip has {answer['sample_rate']:,} samples per second; 8,000 to 192,000 can "
                "be used. Export it at 48,000 Hz."
            )
        case _ if answer.get("reason") == "there is no sound track":
            return UnreadableClipError(
                "The file has no sound track. Choose a recording that holds the voice."
            )
    return UnreadableClipError(
        "The file is damaged or incomplete, and no sound could be read from it. "
        "Export or download it again, as WAV or FLAC if you can."
    )


def _clip(answer: Answer, raw: memoryview, container: Container) -> DecodedClip:
    clips: list[DecodedClip] = []
    start = 0
    for sound in answer["sounds"]:
        samples = np.frombuffer(raw[start : start + sound["bytes"]], dtype="<f4")
        start += sound["bytes"]
        peak = float(np.abs(samples).max(initial=0.0))
        scale = _FULL_SCALE / peak if peak > 1 else 1.0
        clips.append(
            DecodedClip(
                audio=Audio((samples * np.float32(scale)).astype(np.float32, copy=False)),
                format=container.name,
                sample_rate=answer["sample_rate"],
                channels=answer["channels"],
                duration_s=answer["seconds"],
                scale_db=float(20 * np.log10(scale)),
                clipping_ratio=sound["clipping_ratio"],
                findings=tuple(_findings(answer, sound, alone=bool(clips))),
            )
        )
    return replace(clips[0], rivals=tuple(clips[1:]))


def _findings(answer: Answer, sound: Answer, *, alone: bool) -> Iterator[Finding]:
    """What is to be said of one of the sounds in a file; ``alone`` is one that was chosen."""
    if sound["damaged"]:
        if sound["damaged_ratio"] > _MENDABLE:
            raise UnreadableClipError(
                f"{sound['damaged_ratio']:.0%} of the clip's samples are not numbers that a sound "
                "can have. Export it again, as 16- or 24-bit WAV."
            )
        yield _warning("samples", f"{sound['damaged']} damaged samples were silenced; export anew.")
    held_s, claimed_s = answer["seconds"], answer["claimed_seconds"]
    if answer["broken"] or held_s < _CUT_OFF * claimed_s:
        yield _warning(
            "file",
            f"The file is cut off or damaged: {held_s:.1f} s of it could be read. "
            "Listen to the end, and upload it again if words are missing.",
        )
    elif held_s < _AS_CLAIMED * claimed_s:
        yield Finding(
            "file",
            Verdict.ACCEPT,
            f"The file says that it is {claimed_s:.1f} s long and holds {held_s:.1f} s, all of "
            "which was read. Listen to the end, and upload it again if words are missing.",
        )
    if sound["channel"] is not None:
        name = _channel_name(sound["channel"], answer["channels"])
        why = (
            "the voice is there, and noise in the rest. If it is the wrong one, export the "
            "right one alone, as mono."
            if alone
            else "the channels cancel each other when they are mixed."
        )
        yield Finding("channels", Verdict.ACCEPT, f"Only {name} is used: {why}")


def _channel_name(channel: int, channels: int) -> str:
    if channels == 2:
        return f"the {('left', 'right')[channel]} channel"
    return f"channel {channel + 1} of {channels}"


def _warning(measure: str, sentence: str) -> Finding:
    return Finding(measure, Verdict.WARN, sentence)


def _spoken_time(seconds: float) -> str:
    """3600 -> "1 h 0 min", 90 -> "1 min 30 s", 600 -> "10 min", 12 -> "12 s"."""
    whole = round(seconds)
    hours, minutes, rest = whole // 3_600, whole // 60 % 60, whole % 60
    if hours:
        return f"{hours} h {minutes} min"
    if minutes:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{whole} s"
