"""From clips to the parts of a profile: decoded, examined, cleaned, encoded, measured."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from studio import given
from studio.analysis.prosody import characteristics
from studio.audio.files import decode_flac, encode_flac
from studio.clips.clean import CleaningRecipe
from studio.clips.decoding.decode import OF_THE_FILE, DecodedClip, DecodeLimits, decode_clip
from studio.clips.examine import ExaminedClip, examine_clip
from studio.clips.findings import with_words
from studio.errors import ClipRefusedError, OptionsError, ProfileError, StudioError
from studio.profile import MAX_CLIPS, Characteristics, SegmentRecord, clean_transcript
from studio.settings import Settings
from studio.store import SegmentFiles
from studio.types import Audio, Emotion, Progress, Span, Verdict, read_emotion


@dataclass(frozen=True)
class Clip:
    """A recording that is to become a segment.

    ``path`` may be given as a string, and ``emotion`` by its name. ``examined`` spares decoding
    and examining it a second time; it must come from ``examine`` with the same ``trim`` and
    ``shorten_pauses``.

    Raises:
        OptionsError: one of them is of another kind, or there is no such emotion.
    """

    path: Path | str
    transcript: str = ""
    emotion: Emotion | str = Emotion.NEUTRAL
    trim: bool = True
    shorten_pauses: bool = False
    examined: ExaminedClip | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", given.path(self.path, "path of a clip"))
        object.__setattr__(self, "emotion", read_emotion(self.emotion))
        given.text(self.transcript, "transcript")


@dataclass(frozen=True, eq=False)
class MadeSegment:
    """A segment ready to be stored, with the sound it was made from."""

    record: SegmentRecord
    files: SegmentFiles
    cleaned: Audio
    speech: tuple[Span, ...]


def recipe(settings: Settings, *, trim: bool, shorten_pauses: bool) -> CleaningRecipe:
    """The cleaning that the settings ask for."""
    return CleaningRecipe(
        trim=trim,
        shorten_pauses=shorten_pauses,
        target_lufs=settings.target_lufs,
        ceiling_dbtp=settings.true_peak_ceiling_dbtp,
    )


def examine_file(
    path: Path | str, settings: Settings, *, trim: bool = True, shorten_pauses: bool = False
) -> ExaminedClip:
    """Decode and examine the file at ``path``; it is only read.

    Raises:
        ClipError: it cannot be decoded within the bounds of the settings.
        OptionsError: it is no path.
    """
    limits = DecodeLimits(
        max_bytes=round(settings.max_clip_mb * 1e6),
        max_seconds=settings.max_clip_s,
        timeout_s=settings.decode_timeout_s,
    )
    decoded = decode_clip(given.path(path, "path of a clip"), limits)
    return examine_clip(decoded, recipe(settings, trim=trim, shorten_pauses=shorten_pauses))


def make_segments(
    clips: Sequence[Clip],
    settings: Settings,
    *,
    language: str,
    present: Sequence[SegmentRecord] = (),
    on_progress: Progress | None = None,
) -> list[MadeSegment]:
    """Turn ``clips`` into segments for a voice that has those of ``present``.

    Raises:
        ClipError: a clip cannot be decoded, holds no usable speech, or stands twice. Of several
            clips the message names the one.
        ProfileError: there are no clips, or the words of one are too many.
        OptionsError: they are something else than a list of ``Clip``.
    """
    _require_clips(clips)
    if not clips:
        raise ProfileError("A voice needs at least one clip. Add a recording of 5 to 30 s.")
    if len(present) + len(clips) > MAX_CLIPS:
        raise ProfileError(f"A voice can have {MAX_CLIPS} clips at most. Take the best ones.")
    labels = _labels(clips)
    for clip, label in zip(clips, labels, strict=True):
        with _named(label, len(clips)):
            clean_transcript(clip.transcript)  # before time is spent on decoding
    made: list[MadeSegment] = []
    labelled: dict[str, str] = {}
    for number, (clip, label) in enumerate(zip(clips, labels, strict=True)):
        if on_progress is not None:
            on_progress(number / len(clips), f"Reading clip {number + 1} of {len(clips)}")
        with _named(label, len(clips)):
            examined = clip.examined or examine_file(
                clip.path, settings, trim=clip.trim, shorten_pauses=clip.shorten_pauses
            )
        if examined.report.verdict is Verdict.REFUSE:
            reason = examined.report.advice[0]
            raise ClipRefusedError(f"The clip {label} cannot be used. {reason}")
        segment = make_segment(
            examined,
            transcript=clip.transcript,
            emotion=Emotion(clip.emotion),
            language=language,
            source_name=display_file_name(Path(clip.path)),
        )
        _refuse_twice(segment, label, present, labelled)
        labelled[segment.record.id] = label
        made.append(segment)
    if on_progress is not None:
        on_progress(1.0, "Clips read")
    return made


def _require_clips(clips: object) -> None:
    """Refuse what is no list of ``Clip``: a path, say, where a list of clips is meant."""
    if not isinstance(clips, Sequence) or not all(isinstance(clip, Clip) for clip in clips):
        raise OptionsError(
            "The clips must be a list of Clip, such as [Clip('anna.wav')]: a Clip says of its "
            "file what is spoken in it, and how."
        )


def _labels(clips: Sequence[Clip]) -> list[str]:
    """What each clip is called in a message: its file, with its place where two have one name."""
    shown = [display_file_name(Path(clip.path)) for clip in clips]
    return [
        f"{name!r} (number {number})" if shown.count(name) > 1 else repr(name)
        for number, name in enumerate(shown, 1)
    ]


@contextmanager
def _named(label: str, clips: int) -> Iterator[None]:
    """Has an error say which of several ``clips`` it is about."""
    try:
        yield
    except StudioError as error:
        if clips == 1:
            raise
        raise type(error)(f"The clip {label} cannot be used. {error}") from error


def _refuse_twice(
    segment: MadeSegment, label: str, present: Sequence[SegmentRecord], made: Mapping[str, str]
) -> None:
    """``made`` has the clips before this one: their ids, and what they are called."""
    if segment.record.id in made:
        raise ClipRefusedError(
            f"The clips {made[segment.record.id]} and {label} hold the same sound. "
            "Leave one of them out."
        )
    for record in present:
        if record.id == segment.record.id:
            known = f", as {record.source_name!r}" if record.source_name else ""
            raise ClipRefusedError(
                f"The clip {label} is in this voice already{known}. Leave it out, or add another."
            )


def make_segment(
    examined: ExaminedClip,
    *,
    transcript: str,
    emotion: Emotion,
    language: str,
    source_name: str,
) -> MadeSegment:
    """The segment of one examined clip; its id follows from its sound."""
    words = clean_transcript(transcript)
    reference = encode_flac(examined.cleaned)
    original = encode_flac(_within_full_scale(examined.original))
    sha256 = hashlib.sha256(reference).hexdigest()
    record = SegmentRecord(
        id=f"clip-{sha256[:12]}",
        source_name=source_name,
        transcript=words,
        language=language,
        emotion=emotion,
        duration_s=examined.cleaned.duration_s,
        frames=None,
        sha256=sha256,
        original_sha256=hashlib.sha256(original).hexdigest(),
        report=with_words(examined.report, words),
    )
    files = SegmentFiles(reference=reference, original=original, tokens=None)
    return MadeSegment(record, files, examined.cleaned, examined.speech)


def remake_segment(
    record: SegmentRecord, original: bytes, settings: Settings, *, trim: bool, shorten_pauses: bool
) -> MadeSegment:
    """``record`` cleaned anew from its kept original."""
    audio = decode_flac(original)
    decoded = DecodedClip(
        audio=audio,
        format=record.report.source_format,
        sample_rate=record.report.source_sample_rate,
        channels=record.report.source_channels,
        duration_s=audio.duration_s,
        clipping_ratio=record.report.clipping_ratio,
        findings=tuple(f for f in record.report.findings if f.measure in OF_THE_FILE),
    )
    examined = examine_clip(decoded, recipe(settings, trim=trim, shorten_pauses=shorten_pauses))
    made = make_segment(
        examined,
        transcript=record.transcript,
        emotion=record.emotion,
        language=record.language,
        source_name=record.source_name,
    )
    return replace(made, record=made.record.model_copy(update={"consent": record.consent}))


def measure(parts: Sequence[tuple[Audio, Sequence[Span], str]]) -> Characteristics:
    """Traits of a voice over its cleaned clips: (sound, where it speaks, transcript) each."""
    sound = Audio(np.concatenate([audio.samples for audio, _, _ in parts]))
    spans: list[Span] = []
    offset_s = 0.0
    for audio, speech, _ in parts:
        spans += [Span(s.start_s + offset_s, s.end_s + offset_s) for s in speech]
        offset_s += audio.duration_s
    # A pace from words is only right when every clip has its words.
    transcripts = [transcript for _, _, transcript in parts]
    transcript = " ".join(transcripts) if all(transcripts) else ""
    return Characteristics(**asdict(characteristics(sound, spans, transcript)))


def display_file_name(path: Path) -> str:
    """The name of ``path`` fit to be shown and stored: printable, and at most 80 characters."""
    name = "".join(char for char in path.name if char.isprintable())
    return name if len(name) <= 80 else f"{name[:60]}…{name[-16:]}"


def _within_full_scale(audio: Audio) -> Audio:
    """FLAC holds [-1, 1]; a float recording may go beyond, and then keeps its shape, not level."""
    peak = float(np.max(np.abs(audio.samples), initial=0.0))
    if peak <= 1.0:
        return audio
    return replace(audio, samples=(audio.samples / peak).astype(np.float32))
