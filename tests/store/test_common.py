"""Voices that everybody hears and nobody changes, and how much one owner may keep."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.errors import ProfileError, ProfileExistsError, ProfileNotFoundError, QuotaError
from studio.store import Limits, ProfileStore
from studio.store.archives.archive import backup
from tests.store.samples import FINGERPRINT, contents, files, make, record

PLENTY = Limits(voices=100, minutes=1_000, megabytes=1_000)


@pytest.fixture
def common(tmp_path: Path) -> ProfileStore:
    store = ProfileStore(tmp_path / "profiles", "starters")
    make(store, "Ada")
    return store


@pytest.fixture
def mine(tmp_path: Path, common: ProfileStore) -> ProfileStore:
    return ProfileStore(tmp_path / "profiles", "mine", common=common, limits=PLENTY)


@pytest.fixture
def yours(tmp_path: Path, common: ProfileStore) -> ProfileStore:
    return ProfileStore(tmp_path / "profiles", "yours", common=common, limits=PLENTY)


def test_common_voices_are_read_like_ones_own(mine: ProfileStore, common: ProfileStore) -> None:
    make(mine, "Berta")
    assert [(one.id, one.is_common) for one in mine.list()] == [("ada", True), ("berta", False)]
    assert [one.id for one in mine.own()] == ["berta"]
    assert mine.find("Ada") == "ada"
    assert contents(mine, "ada") == contents(common, "ada")
    assert [one.id for one in common.list()] == ["ada"], "they do not see mine"


def test_common_voices_cannot_be_changed_and_it_is_said_what_to_do(
    mine: ProfileStore, common: ProfileStore
) -> None:
    ada = mine.load("ada")
    before = contents(common, "ada")
    for change in (
        lambda: mine.update(
            ada.model_copy(update={"name": "Mine"}), expected_revision=ada.revision
        ),
        lambda: mine.delete("ada"),
    ):
        with pytest.raises(ProfileError, match=r"for everybody.*Duplicate it"):
            change()
    assert contents(common, "ada") == before
    copy = mine.duplicate("ada", "Ada of mine")
    assert mine.delete(copy.id).id == copy.id


def test_a_name_and_an_id_of_a_common_voice_are_taken(mine: ProfileStore) -> None:
    with pytest.raises(ProfileExistsError):
        make(mine, "ada")
    assert mine.free_id("Ada") == "ada-2"


def test_nobody_reaches_a_voice_of_another_and_cannot_tell_it_from_none(
    mine: ProfileStore, yours: ProfileStore
) -> None:
    voice = make(mine, "Secret")
    for ask in (
        lambda store, it: store.load(it),
        lambda store, it: store.find(it),
        lambda store, it: store.delete(it),
        lambda store, it: store.duplicate(it, "Copy"),
        lambda store, it: store.reference(it, voice.segments[0].id),
        lambda store, it: store.write_context(it, "csm", FINGERPRINT, lambda path: None),
    ):
        with pytest.raises(ProfileNotFoundError) as theirs:
            ask(yours, "secret")
        with pytest.raises(ProfileNotFoundError) as none:
            ask(yours, "nobody")
        assert str(theirs.value).replace("secret", "nobody") == str(none.value)
    assert yours.context_file("secret", "csm", FINGERPRINT) is None
    for name in ("../mine/secret", "mine/secret", "..", "/", "secret\0"):
        with pytest.raises(ProfileNotFoundError):
            yours.load(name)
    assert mine.load("secret") == voice
    assert make(yours, "Secret").id == "secret", "the name is free: that tells nothing"


def test_what_engines_have_read_of_a_common_voice_is_kept_for_all(
    mine: ProfileStore, yours: ProfileStore
) -> None:
    mine.write_context("ada", "csm", FINGERPRINT, lambda path: path.write_bytes(b"read"))
    kept = yours.context_file("ada", "csm", FINGERPRINT)
    assert kept is not None
    assert kept.read_bytes() == b"read"


def test_a_backup_and_a_check_are_of_ones_own_voices(
    mine: ProfileStore, common: ProfileStore, tmp_path: Path
) -> None:
    make(mine, "Berta")
    (common.layout.profile_dir("ada") / "metadata.json").write_text("{")
    assert mine.check() == []
    made = backup(mine, tmp_path / "all.voiceprofile")
    assert ([one.name for one in made.saved], list(made.left_out)) == (["Berta"], [])


def test_nothing_is_left_of_an_owner_who_is_forgotten(
    mine: ProfileStore, yours: ProfileStore
) -> None:
    make(mine, "Anna")
    make(yours, "Anna")
    mine.delete(make(mine, "Berta").id)
    mine.destroy()
    assert not mine.layout.owner_dir.exists()
    assert [one.id for one in mine.own()] == []
    assert [one.id for one in yours.own()] == ["anna"]
    mine.destroy()
    make(mine, "Anna")


def limited(root: Path, **most: float) -> ProfileStore:
    limits = {"voices": 100, "minutes": 100.0, "megabytes": 100.0} | most
    return ProfileStore(root / "profiles", "mine", limits=Limits(**limits))  # type: ignore[arg-type]


def test_more_voices_than_allowed_are_refused_until_one_goes(tmp_path: Path) -> None:
    store = limited(tmp_path, voices=2)
    anna, _ = make(store, "Anna"), make(store, "Berta")
    for more in (lambda: make(store, "Clara"), lambda: store.duplicate("anna", "Clara")):
        with pytest.raises(QuotaError, match=r"2 voices.*Delete one"):
            more()
    ticket = store.delete(anna.id).ticket
    make(store, "Clara")
    with pytest.raises(QuotaError):
        store.undo_delete(ticket)
    assert [one.ticket for one in store.deleted()] == [ticket], "it can be brought back later"
    store.delete("clara")
    assert store.undo_delete(ticket).id == "anna"


def test_more_minutes_than_allowed_are_refused_also_clip_by_clip(tmp_path: Path) -> None:
    store = limited(tmp_path)
    anna = make(store, "Anna")
    each = sum(clip.duration_s for clip in anna.segments) / 60
    store = limited(tmp_path, minutes=each * 1.5)
    with pytest.raises(QuotaError, match="minutes of clips"):
        make(store, "Berta")
    more = [*anna.segments, record("more", duration_s=each * 60)]
    with pytest.raises(QuotaError, match="minutes of clips"):
        store.update(
            anna.model_copy(update={"segments": tuple(more)}),
            expected_revision=anna.revision,
            add={"more": files("more")},
        )
    assert store.load("anna") == anna
    renamed = anna.model_copy(update={"name": "Ann"})
    assert store.update(renamed, expected_revision=anna.revision).name == "Ann"


def test_more_bytes_than_allowed_are_refused_and_the_bin_counts(tmp_path: Path) -> None:
    store = limited(tmp_path)
    make(store, "Anna")
    store.delete("anna")
    small = limited(tmp_path, megabytes=1e-6)
    with pytest.raises(QuotaError, match="empty the bin"):
        make(small, "Berta")
    small.empty_trash()
    assert small.destroy() is None
    make(small, "Berta")
