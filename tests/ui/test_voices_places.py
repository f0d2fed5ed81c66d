"""What a visitor's form holds while several things happen to it at once, and what that costs."""

from __future__ import annotations

import copy
import gc
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.core.saving import save_sound
from studio.settings import Settings
from studio.studio import Studio
from studio.ui.voices import new_voice
from studio.ui.voices.places import Draft, ExaminedClips, KeptFile, Places
from tests.voices import spoken


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "a clip.flac"
    save_sound(spoken("A short clip, long enough to be used for a voice of its own."), path)
    return path


@pytest.fixture
def draft(source: Path) -> Callable[[], Draft]:
    return lambda: Draft(KeptFile(source), None, usable=False)


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "served"))
    return Studio(Settings(profiles_dir=tmp_path / "profiles"))


def test_two_uploads_at_once_take_places_of_their_own(draft: Callable[[], Draft]) -> None:
    places = Places(3)
    first, second, third = places.take(), places.take(), places.take()
    assert places.take() is None
    # The one that began last is done first.
    clips = {turn: draft() for turn in (third, first, second) if turn}
    assert all(places.put(turn, clip) for turn, clip in clips.items())
    assert places.held() == [clips[turn] for turn in (first, second, third) if turn]
    assert len(clips) == 3


def test_a_place_that_was_emptied_meanwhile_stays_empty(draft: Callable[[], Draft]) -> None:
    places = Places(1)
    upload = places.take()
    assert upload
    places.take_all()
    assert not places.put(upload, draft())

    newer = places.take()
    assert newer
    assert places.put(newer, draft())
    slow, quick = places.again(0), places.again(0)
    assert slow
    assert quick
    assert places.put(quick[0], draft())
    assert not places.put(slow[0], draft()), "the box that was ticked last counts"
    late = places.again(0)
    assert late
    places.empty(0)
    assert not places.put(late[0], draft())
    assert places.held() == [None]
    assert places.again(0) is None


def test_saving_frees_only_the_places_of_what_was_saved(draft: Callable[[], Draft]) -> None:
    places = Places(3)
    one, two = places.take(), places.take()
    assert one
    assert two
    places.put(one, draft())
    saved = places.held()
    places.put(two, draft())

    assert places.empty_saved(saved) == [True, False, False]
    assert [clip is not None for clip in places.held()] == [False, True, False]


def test_each_visitor_has_places_of_their_own(draft: Callable[[], Draft]) -> None:
    places = Places(1)
    other = copy.deepcopy(places)
    assert places.take()
    assert other.take()


def test_a_recording_is_kept_as_long_as_the_form_holds_it(source: Path, tmp_path: Path) -> None:
    upload = tmp_path / "upload.flac"
    upload.write_bytes(source.read_bytes())
    kept = KeptFile(upload, "called so.flac")
    upload.unlink()  # as Gradio does after an hour
    path = kept.path

    assert path.name == "called so.flac"
    assert path.read_bytes() == source.read_bytes()
    del kept
    gc.collect()
    assert not path.exists()


def test_recordings_of_all_forms_together_have_a_budget(studio: Studio, source: Path) -> None:
    measured = ExaminedClips(10**9)
    draft, _ = new_voice.examine(studio, measured, KeptFile(source))
    assert draft.clip is not None
    size = measured.nbytes
    assert size > 0

    examined = ExaminedClips(2 * size)
    drafts = [new_voice.examine(studio, examined, KeptFile(source))[0] for _ in range(2)]
    new_voice.chosen_clips(examined, drafts[:1], ["", "neutral"])  # not the oldest any more
    drafts.append(new_voice.examine(studio, examined, KeptFile(source))[0])
    assert examined.nbytes == 2 * size

    # What is not kept any more is saved all the same.
    chosen = new_voice.chosen_clips(examined, drafts, ["Words.", "neutral"] * 3)
    assert [clip.examined is None for clip in chosen] == [False, True, False]
    saved = studio.create_profile("Ada", chosen[1:2], consent="For a test.")
    assert saved.segments[0].source_name == source.name

    del drafts, chosen
    gc.collect()
    assert examined.nbytes == 0


def test_what_was_taken_out_comes_back_unless_something_new_is_there(
    draft: Callable[[], Draft],
) -> None:
    places = Places(2)
    turn, kept = places.take(), draft()
    assert turn
    assert places.put(turn, kept)
    taken = places.take_all()
    assert places.held() == [None, None]
    assert places.put_all(taken)
    assert places.held() == [kept, None]
    places.take_all()
    assert places.take(), "an upload is on its way"
    assert not places.put_all(taken)
