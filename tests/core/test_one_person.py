"""Clips of two people in one voice are named; clips of one person never are."""

from __future__ import annotations

import itertools
from collections import defaultdict
from pathlib import Path

import pytest

from studio import Clip, Studio
from studio.audio.files import encode_wav
from studio.clips.clean import CleaningRecipe
from studio.clips.decoding.decode import DecodeLimits, decode_clip
from studio.clips.examine import examine_clip
from studio.core.voices.making import MadeSegment, make_segment
from studio.core.voices.one_person import MEASURE, name_strangers, strange_clips
from studio.types import Emotion, Verdict
from tests.voices import spoken

ONE = "The boy was there when the sun rose, and a rod is used to catch pink salmon every year."
OTHER = "Glue the sheet to the dark blue background, and then wait until all of it has dried well."

READERS = {
    "1688": ["ls_1688-142285-0003.flac", "ls_1688-142285-0006.flac"],
    "1998": ["ls_1998-15444-0001.flac", "ls_1998-15444-0004.flac"],
    "3331": ["ls_3331-159605-0002.flac", "ls_3331-159605-0008.flac"],
    "LJ": ["lj_LJ001-0004.wav", "lj_LJ001-0007.mp3"],
    "1591": ["cml_fr_1591_1028_000023.wav", "cml_fr_1591_1028_000096.wav"],
    "p287": ["vctk_p287_003_clean.wav", "vctk_p287_003_noisy.wav"],
    "thorsten": ["thorsten_angry.wav", "thorsten_neutral.wav", "thorsten_whisper.wav"],
    "3503": ["cml_es_3503_2162_000104.wav"],
    "5703": ["ls_5703-47212-0000.ogg"],
}


def file_of(folder: Path, name: str, text: str, voice: str, pitch: int = 50) -> Path:
    path = folder / name
    path.write_bytes(encode_wav(spoken(text, voice, pitch)))
    return path


def test_a_second_person_among_the_clips_is_named(studio: Studio, tmp_path: Path) -> None:
    man = file_of(tmp_path, "man.wav", ONE, "en-us+m3", 30)
    again = file_of(tmp_path, "again.wav", OTHER, "en-us+m3", 30)
    woman = file_of(tmp_path, "woman.wav", OTHER, "en-us+f2", 75)
    made = studio.create_profile("Ben", [Clip(man), Clip(again), Clip(woman)], consent="yes")
    assert strange_clips(made) == ["woman.wav"]
    stranger = made.segments[2].report
    assert stranger.verdict is Verdict.WARN
    assert "man.wav" in stranger.advice[-1]

    alone = studio.create_profile("Cleo", [Clip(man)], consent="yes")
    assert strange_clips(studio.add_clips(alone.id, [Clip(again)])) == []
    added = studio.add_clips(alone.id, [Clip(woman)])
    assert strange_clips(added) == ["woman.wav"]
    # It stays said when the clip is cut anew.
    uncut = studio.set_trim(alone.id, added.segments[2].id, trim=False)
    assert strange_clips(uncut) == ["woman.wav"]
    # It ends with the clips that it was unlike.
    for segment in uncut.segments[:2]:
        left = studio.remove_clip(alone.id, segment.id)
    assert strange_clips(left) == []
    findings = left.segments[0].report.findings
    assert MEASURE not in {found.measure for found in findings}


@pytest.mark.speech
def test_readers_are_told_apart_and_none_from_themselves(speech_dir: Path) -> None:
    made: dict[str, list[MadeSegment]] = defaultdict(list)
    for reader, files in READERS.items():
        for file in files:
            examined = examine_clip(
                decode_clip(speech_dir / file, DecodeLimits()), CleaningRecipe()
            )
            made[reader].append(
                make_segment(
                    examined,
                    transcript="",
                    emotion=Emotion.NEUTRAL,
                    language="en",
                    source_name=file,
                )
            )

    def strangers(*segments: MadeSegment) -> int:
        named = name_strangers([s.record for s in segments], [s.cleaned for s in segments])
        return sum(any(f.measure == MEASURE for f in s.report.findings) for s in named)

    for reader, own in made.items():
        for pair in itertools.permutations(own, 2):
            assert strangers(*pair) == 0, reader
    long = [reader for reader in made if reader != "thorsten"]
    for one, other in itertools.pairwise([*long, long[0]]):
        assert strangers(made[one][0], made[other][0]) == 1, (one, other)
