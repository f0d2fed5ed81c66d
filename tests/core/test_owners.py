"""One studio for many owners: voices of their own, shared machinery, and an end of both."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio import Clip, SpeechRequest, Studio
from studio.errors import ProfileError, ProfileNotFoundError, QuotaError
from tests.core.conftest import TRANSCRIPT

AS_ASKED = SpeechRequest(seed=1)


@pytest.fixture
def shared(made_library: Path, tmp_path: Path) -> Iterator[Studio]:
    """A studio whose own voice Anna is for everybody."""
    shutil.copytree(made_library / "local", tmp_path / "profiles" / "starters")
    settings = {"owner": "starters", "shared": "yes", "owner_voices": 2}
    with Studio.open(tmp_path / "profiles", **settings) as studio:
        yield studio


def add(studio: Studio, clip: Path, name: str) -> str:
    made = studio.create_profile(name, [Clip(clip, transcript=TRANSCRIPT)], consent="Yes.")
    return made.id


def test_everybody_speaks_with_the_common_voice_and_with_their_own(
    shared: Studio, clip_file: Path
) -> None:
    mine, yours = shared.of("mine"), shared.of("yours")
    assert mine.speak("anna", "Hello.", AS_ASKED).audio().duration_s > 0
    berta = add(mine, clip_file, "Berta")
    assert mine.speak(berta, "Hello.", AS_ASKED).audio().duration_s > 0
    assert [one.id for one in yours.profiles()] == ["anna"]
    with pytest.raises(ProfileNotFoundError):
        yours.speak(berta, "Hello.")
    with pytest.raises(ProfileError, match="for everybody"):
        yours.rename("anna", "Mine")


def test_the_same_clips_of_two_owners_are_not_read_for_each_other(
    shared: Studio, clip_file: Path
) -> None:
    """That it was read before would tell one that the other has the recording, too."""
    mine, yours = shared.of("mine"), shared.of("yours")
    assert not mine.prepare(add(mine, clip_file, "Berta"))
    assert not yours.prepare(add(yours, clip_file, "Berta"))
    assert shared.of("mine").prepare("berta"), "one owner's own is kept"


def test_the_work_on_a_voice_is_seen_by_its_owner_alone(shared: Studio, clip_file: Path) -> None:
    mine, yours = shared.of("mine"), shared.of("yours")
    for studio in (mine, yours):
        add(studio, clip_file, "Berta")
    with shared.speak("anna", "One. Two.") as utterance:
        next(utterance)
        mine.prepare("berta")
        assert mine.tuning("berta") is not None
        assert yours.tuning("berta") is None
        yours.stop_tuning("berta")
        assert mine.tuning("berta") is not None
        shared.forget("mine")
        assert mine.tuning("berta") is None


def test_what_an_owner_may_keep_is_limited(shared: Studio, clip_file: Path) -> None:
    mine = shared.of("mine")
    for name in ("Berta", "Clara"):
        add(mine, clip_file, name)
    with pytest.raises(QuotaError):
        add(mine, clip_file, "Dora")
    kept = mine.kept()
    assert kept.voices == 2
    assert 0 < kept.minutes < 1
    assert 0 < kept.megabytes < 10
    assert shared.kept().voices == 1, "the common ones are nobody's share"


def test_nothing_is_left_of_an_owner_who_is_forgotten(shared: Studio, clip_file: Path) -> None:
    mine, yours = shared.of("mine"), shared.of("yours")
    for studio in (mine, yours):
        studio.prepare(add(studio, clip_file, "Berta"))
    mine.delete(add(mine, clip_file, "Clara"))
    shared.forget("mine")
    assert not (shared.settings.profiles_dir / "mine").exists()
    assert not [key for key in shared._workshop.memory._ready if key.startswith("mine/")]
    assert [one.id for one in shared.of("mine").profiles()] == ["anna"]
    assert yours.prepare("berta")


def test_a_guest_that_is_closed_leaves_the_studio_open(shared: Studio) -> None:
    shared.of("mine").close()
    assert shared.speak("anna", "Hello.", AS_ASKED).audio().duration_s > 0
