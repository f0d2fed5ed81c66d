"""Saving, changing, finding and deleting profiles, as the studio does it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

from studio.errors import (
    ProfileChangedError,
    ProfileDamagedError,
    ProfileError,
    ProfileExistsError,
    ProfileNameError,
    ProfileNotFoundError,
    StorageError,
)
from studio.profile import MAX_NAME_CHARS, MAX_TAGS
from studio.store import ProfileStore, SegmentFiles
from tests.store.samples import (
    FINGERPRINT,
    contents,
    draft,
    expected_tree,
    files,
    make,
    record,
    tree,
    visible,
)


def reopened(store: ProfileStore) -> ProfileStore:
    return ProfileStore(store.layout.root)


def test_a_saved_profile_comes_back_as_it_was(store: ProfileStore) -> None:
    saved = make(store, "Anna, calm", "one", "two")
    again = reopened(store)
    assert again.load(saved.id) == saved
    assert saved.id == "anna-calm"
    assert saved.revision == 1
    assert saved.segments[1].frames == 12
    given = files("Anna, calm/two")
    assert again.reference(saved.id, "two") == given.reference
    assert again.original(saved.id, "two") == given.original
    tokens = again.tokens(saved.id, "two")
    assert tokens is not None
    assert given.tokens is not None
    assert (tokens.codec, tokens.revision) == ("mimi", "rev-1")
    np.testing.assert_array_equal(tokens.codes, given.tokens.codes)


def test_the_layout_on_disk_is_the_published_one(store: ProfileStore) -> None:
    make(store, "Anna")
    assert tree(store.layout.root) == {
        "local/anna/metadata.json",
        "local/anna/reference/one.flac",
        "local/anna/originals/one.flac",
        "local/anna/voice_tokens/one.safetensors",
    }


def test_metadata_is_written_for_people(store: ProfileStore) -> None:
    saved = make(store, "Zoë")
    text = (store.layout.owner_dir / saved.id / "metadata.json").read_text("utf-8")
    assert text.startswith('{\n  "format_version": 4,\n  "revision": 1,\n  "id": "zoe",\n')
    assert "“Grüße” — ça va?\\nこんにちは" in text
    assert text.endswith("}\n")


def test_the_header_of_codec_tokens_names_the_codec(store: ProfileStore) -> None:
    saved = make(store, "Anna")
    path = store.layout.owner_dir / saved.id / "voice_tokens" / "one.safetensors"
    with safe_open(path, framework="numpy") as opened:
        assert opened.metadata() == {"codec": "mimi", "revision": "rev-1"}
        assert opened.get_slice("codes").get_dtype() == "I16"
        assert opened.get_slice("codes").get_shape() == [32, 12]


def test_only_the_account_itself_can_read_a_voice(store: ProfileStore) -> None:
    saved = make(store, "Anna")
    folder = store.layout.owner_dir / saved.id
    assert folder.stat().st_mode & 0o077 == 0
    assert (folder / "reference" / "one.flac").stat().st_mode & 0o077 == 0


def test_a_change_counts_up_the_revision_and_keeps_the_rest(store: ProfileStore) -> None:
    saved = make(store, "Anna")
    before = contents(store, saved.id)
    changed = store.update(saved.model_copy(update={"tags": ("calm",)}), expected_revision=1)
    assert changed == saved.model_copy(update={"tags": ("calm",), "revision": 2})
    assert reopened(store).load(saved.id) == changed
    assert contents(store, saved.id) == before


def test_a_change_made_to_an_old_version_is_refused_with_both_revisions(
    store: ProfileStore,
) -> None:
    first = make(store, "Anna")
    store.update(first.model_copy(update={"tags": ("mine",)}), expected_revision=1)
    with pytest.raises(ProfileChangedError, match=r"revision 2, .* made to 1.*Reload"):
        store.update(first.model_copy(update={"tags": ("yours",)}), expected_revision=1)
    assert store.load(first.id).tags == ("mine",)


def test_clips_are_added_and_removed_in_one_save(store: ProfileStore) -> None:
    saved = make(store, "Anna", "one", "two")
    segments = (record("three"), saved.segments[1])
    changed = store.update(
        saved.model_copy(update={"segments": segments}),
        expected_revision=1,
        add={"three": files("new", tokens=False)},
        remove=["one"],
    )
    assert [segment.id for segment in changed.segments] == ["three", "two"]
    assert store.reference(saved.id, "three") == files("new").reference
    assert store.tokens(saved.id, "three") is None
    assert tree(store.layout.root) == expected_tree(store)
    with pytest.raises(ProfileNotFoundError, match=r"no clip 'one'. It has: three, two"):
        store.reference(saved.id, "one")


def test_tokens_can_come_later_and_an_original_can_go(store: ProfileStore) -> None:
    metadata = draft("Anna", "one", profile_id="anna")
    saved = store.create(metadata, {"one": files("a", tokens=False)})
    with_tokens = store.update(
        saved, expected_revision=1, add={"one": SegmentFiles(tokens=files("a").tokens)}
    )
    assert with_tokens.segments[0].frames == 12
    assert store.tokens("anna", "one") is not None
    bare = with_tokens.segments[0].model_copy(update={"original_sha256": None})
    store.update(with_tokens.model_copy(update={"segments": (bare,)}), expected_revision=2)
    assert store.original("anna", "one") is None
    assert tree(store.layout.root) == expected_tree(store)


@pytest.mark.parametrize(
    "wrong",
    [
        {"add": {"one": files("other")}},
        {"remove": ["one"]},
        {"add": {"two": files("b")}},
        {"add": {"one": files("other")}, "remove": ["one"]},
    ],
)
def test_files_that_do_not_fit_the_segments_change_nothing(
    store: ProfileStore, wrong: dict[str, object]
) -> None:
    saved = make(store, "Anna")
    before = visible(store)
    with pytest.raises(ValueError, match="segment"):
        store.update(saved, expected_revision=1, **wrong)  # type: ignore[arg-type]
    assert visible(store) == before
    assert tree(store.layout.root) == expected_tree(store)


def test_what_could_not_be_read_again_is_not_saved(store: ProfileStore) -> None:
    saved = make(store, "Anna")
    before = visible(store)
    for changes in (
        {"tags": tuple(f"tag {n}" for n in range(MAX_TAGS + 1))},
        {"persona": "half a character: \ud83d"},
        {"persona": "x" * 10_000},
        {"language": "../../etc"},
    ):
        with pytest.raises(ProfileError, match="cannot be saved"):
            store.update(saved.model_copy(update=changes), expected_revision=1)
    assert visible(store) == before


def test_a_name_is_unique_however_it_is_written(store: ProfileStore) -> None:
    make(store, "Anna Karenina")
    for twin in ("anna karenina", "ANNA  KARENINA", "Ａｎｎａ Karenina", "Anna\u200d Karenina"):
        with pytest.raises(ProfileExistsError, match=r"such as .* \(2\)'"):
            make(store, twin)
    other = make(store, "Anna Karenina (2)")
    with pytest.raises(ProfileExistsError, match=r"\(3\)"):
        make(store, "Anna Karenina")
    with pytest.raises(ProfileExistsError):
        store.update(other.model_copy(update={"name": "anna karenina"}), expected_revision=1)


def test_a_profile_can_be_renamed_to_its_own_name_in_other_case(store: ProfileStore) -> None:
    saved = make(store, "anna")
    renamed = store.update(saved.model_copy(update={"name": "Anna"}), expected_revision=1)
    assert renamed.name == "Anna"
    assert renamed.id == saved.id


def test_the_suggested_name_fits_even_behind_the_longest(store: ProfileStore) -> None:
    make(store, "A" * MAX_NAME_CHARS)
    assert store._catalog.free_name("a" * MAX_NAME_CHARS) == "a" * (MAX_NAME_CHARS - 4) + " (2)"


def test_a_name_is_cleaned_before_it_is_saved(store: ProfileStore) -> None:
    saved = make(store, "Anna", tags=("a",))
    renamed = store.update(
        saved.model_copy(update={"name": " <img onerror=1>\u202e\n\x00x "}), expected_revision=1
    )
    assert renamed.name == "<img onerror=1> x"
    with pytest.raises(ProfileNameError):
        store.update(renamed.model_copy(update={"name": "\u202e"}), expected_revision=2)


def test_find_takes_a_name_in_any_case_or_an_id(store: ProfileStore) -> None:
    anna = make(store, "Anna M.")
    for asked in ("Anna M.", "anna m.", "anna-m", "id:anna-m"):
        assert store.find(asked) == anna.id == "anna-m"
    for asked in ("id:Anna M.", "id:", "ID:anna-m"):
        with pytest.raises(ProfileNotFoundError, match=r"There is no voice .*'Anna M\.'"):
            store.find(asked)


def test_find_never_takes_an_id_for_the_name_of_another(store: ProfileStore) -> None:
    first = make(store, "Anna")
    store.update(first.model_copy(update={"name": "Bea"}), expected_revision=1)
    make(store, "Anna")
    with pytest.raises(
        ProfileNotFoundError, match=r"'Anna' \(id anna-2\) and 'Bea' \(id anna\).*'id:anna-2'"
    ):
        store.find("anna")
    assert store.find("Anna") == store.find("ANNA") == store.find("id:anna-2") == "anna-2"
    assert store.find("Bea") == store.find("id:anna") == "anna"


def test_a_name_in_place_of_an_id_is_told_the_id(store: ProfileStore) -> None:
    make(store, "Anna M.")
    for use in (store.load, store.delete, lambda wrong: store.duplicate(wrong, "Copy")):
        with pytest.raises(ProfileNotFoundError, match=r"No voice has the id.* \(id anna-m\)"):
            use("Anna M.")
    assert [listed.id for listed in store.list()] == ["anna-m"]


def test_a_name_that_is_not_there_brings_up_what_was_meant(store: ProfileStore) -> None:
    with pytest.raises(ProfileNotFoundError, match="no voices yet"):
        store.find("Anna")
    make(store, "Annabel")
    make(store, "Boris")
    with pytest.raises(ProfileNotFoundError, match="Did you mean 'Annabel'"):
        store.find("anabel")
    with pytest.raises(ProfileNotFoundError, match="The voices are: 'Annabel', 'Boris'"):
        store.find("Xaver")


def test_a_folder_copied_by_hand_is_listed_as_damaged(store: ProfileStore) -> None:
    anna = make(store, "Anna")
    folder = store.layout.owner_dir / "anna"
    os.system(f"cp -r {folder} {folder}-copy")
    good, bad = store.list()
    assert good.metadata == anna
    assert bad.id == "anna-copy"
    assert bad.error is not None
    assert "belongs to a voice 'anna'" in bad.error
    assert store.find("Anna") == "anna"


def test_ids_come_from_names(store: ProfileStore) -> None:
    assert store.free_id("Zoë Straße, 2") == "zoe-strasse-2"
    assert store.free_id("../../etc/passwd") == "etc-passwd"
    assert store.free_id("CON") == "voice-con"
    assert store.free_id("x" * 300) == "x" * 48
    for other_script in ("Анна", "山田", "😀", "Анна 2", "‮"):
        assert store.free_id(other_script).startswith("voice-")
    assert store.free_id("Анна") != store.free_id("Ирина")
    assert make(store, "Zoë").id == "zoe"
    assert store.free_id("zoe") == "zoe-2"


def test_an_id_taken_in_the_meantime_gives_way(store: ProfileStore) -> None:
    first = draft("Anna", "one", profile_id="anna")
    second = draft("Ánna", "one", profile_id="anna")
    assert store.create(first, {"one": files("a")}).id == "anna"
    assert store.create(second, {"one": files("b")}).id == "anna-2"
    assert store.reference("anna", "one") == files("a").reference
    assert store.reference("anna-2", "one") == files("b").reference


def test_a_duplicate_is_a_voice_of_its_own(store: ProfileStore) -> None:
    anna = make(store, "Anna", "one", "two")
    store.update(anna.model_copy(update={"tags": ("x",)}), expected_revision=1)
    copy = store.duplicate("anna", "Anna at night")
    assert (copy.id, copy.name, copy.revision, copy.tags) == (
        "anna-at-night",
        "Anna at night",
        1,
        ("x",),
    )
    assert contents(store, copy.id) == contents(store, "anna")
    store.delete("anna")
    assert store.reference(copy.id, "one") == files("Anna/one").reference
    with pytest.raises(ProfileExistsError):
        store.duplicate(copy.id, "ANNA AT NIGHT")


@pytest.mark.parametrize(
    "profile_id",
    ["", ".", "..", "../local/anna", "/etc", "anna/../anna", "Anna", "a" * 65, "anna\0", ".trash"],
)
def test_an_id_cannot_be_a_path(store: ProfileStore, profile_id: str) -> None:
    make(store, "Anna")
    for use in (store.load, store.delete, store.undo_delete):
        with pytest.raises(ProfileNotFoundError):
            use(profile_id)
    assert store.load("anna").name == "Anna"


def test_a_segment_id_is_looked_up_and_never_a_path(store: ProfileStore) -> None:
    make(store, "Anna")
    (store.layout.owner_dir / "anna" / "secret.flac").write_bytes(b"secret")
    with pytest.raises(ProfileNotFoundError, match="has no clip"):
        store.reference("anna", "../secret")


@pytest.mark.parametrize("owner", ["", "..", "a/b", "A", ".trash", "a\0"])
def test_an_owner_cannot_be_a_path(tmp_path: Path, owner: str) -> None:
    with pytest.raises(ValueError, match="folder of voices"):
        ProfileStore(tmp_path, owner)


def test_owners_do_not_see_each_other(tmp_path: Path) -> None:
    mine, yours = ProfileStore(tmp_path, "mine"), ProfileStore(tmp_path, "yours")
    make(mine, "Anna")
    make(yours, "Anna")
    assert yours.reference("anna", "one") == mine.reference("anna", "one")
    yours.delete("anna")
    assert [listed.id for listed in mine.list()] == ["anna"]
    assert yours.list() == []


def test_links_are_refused_wherever_they_lead(store: ProfileStore, tmp_path: Path) -> None:
    make(store, "Anna")
    outside = tmp_path / "outside"
    folder = store.layout.owner_dir / "anna"
    folder.rename(outside)
    folder.symlink_to(outside)
    (listed,) = store.list()
    assert listed.error is not None
    assert "is a link" in listed.error
    for use in (store.load, store.delete):
        with pytest.raises(ProfileDamagedError, match="is a link"):
            use("anna")
    assert outside.is_dir()


def test_nothing_is_written_or_read_through_a_linked_subfolder(
    store: ProfileStore, tmp_path: Path
) -> None:
    saved = make(store, "Anna")
    outside = tmp_path / "outside"
    (store.layout.owner_dir / "anna" / "reference").rename(outside)
    (store.layout.owner_dir / "anna" / "reference").symlink_to(outside)
    before = tree(outside)
    with pytest.raises(ProfileDamagedError, match="is a link"):
        store.reference("anna", "one")
    with pytest.raises(ProfileDamagedError, match="is a link"):
        store.update(
            saved.model_copy(update={"segments": (*saved.segments, record("two"))}),
            expected_revision=1,
            add={"two": files("b")},
        )
    assert tree(outside) == before
    store.check(repair=True)
    assert tree(outside) == before


def test_a_root_that_is_a_link_itself_is_fine(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "profiles").symlink_to(tmp_path / "disk")
    make(ProfileStore(tmp_path / "profiles"), "Anna")
    assert [listed.id for listed in ProfileStore(tmp_path / "disk").list()] == ["anna"]


def test_an_empty_library_is_only_made_when_something_is_saved(store: ProfileStore) -> None:
    assert store.list() == []
    assert store.check() == []
    assert not store.layout.root.exists()


def test_somebody_elses_files_in_the_library_are_left_alone(store: ProfileStore) -> None:
    saved = make(store, "Anna")
    note = store.layout.owner_dir / "anna" / "reference" / "Read me.txt"
    note.write_text("mine")
    (store.layout.owner_dir / "README").write_text("mine")
    store.update(saved, expected_revision=1)
    store.check(repair=True)
    assert note.read_text() == "mine"
    assert [listed.id for listed in store.list()] == ["anna"]


def test_a_save_seen_by_another_store_is_not_served_from_its_memory(store: ProfileStore) -> None:
    saved = make(store, "Anna")
    other = reopened(store)
    assert other.load("anna").revision == 1
    store.update(saved, expected_revision=1)
    assert other.load("anna").revision == 2
    store.delete("anna")
    with pytest.raises(ProfileNotFoundError):
        other.load("anna")
    assert other.list() == []


def test_what_was_done_once_is_remembered(store: ProfileStore) -> None:
    assert not store.is_done("starter-voices")
    for _ in range(2):
        store.mark_done("starter-voices")
    assert reopened(store).is_done("starter-voices")
    assert not store.is_done("other")
    assert store.list() == []
    assert store.check(repair=True) == []
    assert store.is_done("starter-voices")


def test_a_thousand_profiles_are_listed_found_and_kept_apart(store: ProfileStore) -> None:
    first = make(store, "Voice 0")
    folder = store.layout.owner_dir / first.id
    text = (folder / "metadata.json").read_text()
    for number in range(1, 1_000):
        copy = store.layout.owner_dir / f"voice-{number}"
        copy.mkdir()
        changed = text.replace('"voice-0"', f'"voice-{number}"')
        (copy / "metadata.json").write_text(changed.replace("Voice 0", f"Voice {number}"))
    listed = store.list()
    assert len(listed) == 1_000
    assert all(entry.metadata for entry in listed)
    assert store.find("VOICE 999") == "voice-999"
    assert store._catalog.free_name("voice 7") == "voice 7 (2)"


# Cached contexts


def test_a_context_is_found_by_its_exact_fingerprint(store: ProfileStore) -> None:
    make(store, "Anna")
    assert store.context_file("anna", "csm", FINGERPRINT) is None
    path = store.write_context("anna", "csm", FINGERPRINT, lambda path: write(path, b"kv"))
    assert path == store.context_file("anna", "csm", FINGERPRINT)
    assert path.read_bytes() == b"kv"
    assert path.name == f"csm-{FINGERPRINT}.safetensors"
    assert store.context_file("anna", "csm", "cd" * 32) is None
    assert store.context_file("anna", "kokoro", FINGERPRINT) is None


def test_an_engine_keeps_one_context_per_profile(store: ProfileStore) -> None:
    make(store, "Anna")
    other = store.write_context("anna", "csm-large", FINGERPRINT, lambda path: write(path, b"l"))
    old = store.write_context("anna", "csm", FINGERPRINT, lambda path: write(path, b"1"))
    new = store.write_context("anna", "csm", "cd" * 32, lambda path: write(path, b"2"))
    assert not old.exists()
    assert new.exists()
    assert other.exists()


def test_a_context_that_fails_leaves_the_one_before(store: ProfileStore) -> None:
    make(store, "Anna")
    path = store.write_context("anna", "csm", FINGERPRINT, lambda path: write(path, b"whole"))

    def fail(temporary: Path) -> None:
        temporary.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    with pytest.raises(StorageError, match=r"context of 'anna' was not kept.*disk is full"):
        store.write_context("anna", "csm", FINGERPRINT, fail)
    assert path.read_bytes() == b"whole"
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_other_clips_make_cached_contexts_void_and_another_name_does_not(
    store: ProfileStore,
) -> None:
    saved = make(store, "Anna", "one", "two")
    store.write_context("anna", "csm", FINGERPRINT, lambda path: write(path, b"kv"))
    renamed = store.update(saved.model_copy(update={"name": "Ann"}), expected_revision=1)
    assert store.context_file("anna", "csm", FINGERPRINT) is not None
    fewer = renamed.model_copy(update={"segments": renamed.segments[:1]})
    store.update(fewer, expected_revision=2, remove=["two"])
    assert store.context_file("anna", "csm", FINGERPRINT) is None


@pytest.mark.parametrize(("engine", "fingerprint"), [("csm", "../../x"), ("", "ab")])
def test_a_context_cannot_be_a_path(store: ProfileStore, engine: str, fingerprint: str) -> None:
    make(store, "Anna")
    with pytest.raises(ValueError, match="cached context"):
        store.write_context("anna", engine, fingerprint, lambda path: write(path, b"kv"))


def test_a_deleted_profile_is_called_by_its_name(store: ProfileStore) -> None:
    """Whoever had it in hand knew its name, not its id."""
    saved = make(store, "Anna")
    store.update(saved.model_copy(update={"name": "Solomon"}), expected_revision=saved.revision)
    make(store, "Someone else")
    store.delete("anna")
    uses = (
        store.load,
        store.delete,
        lambda one: store.reference(one, "one"),
        lambda one: store.read_file(saved, "reference/one.flac"),
    )
    for use in uses:
        with pytest.raises(ProfileNotFoundError, match=r"^Solomon was deleted\. Choose another"):
            use("anna")


def test_a_context_of_a_deleted_profile_is_refused(store: ProfileStore) -> None:
    make(store, "Anna")
    store.delete("anna")
    with pytest.raises(ProfileNotFoundError):
        store.write_context("anna", "csm", FINGERPRINT, lambda path: write(path, b"kv"))
    assert store.list() == []


def write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


# Reading only


def test_a_library_that_can_only_be_read_is_read(store: ProfileStore, read_only: None) -> None:
    assert [listed.id for listed in store.list()] == ["anna"]
    assert contents(store, "anna")
    assert store.check() == []


def test_saving_on_a_disk_that_can_only_be_read_says_so(
    store: ProfileStore, read_only: None
) -> None:
    saved = store.load("anna")
    for act in (
        lambda: store.update(saved, expected_revision=1),
        lambda: make(store, "Boris"),
        lambda: store.delete("anna"),
        lambda: store.check(repair=True),
    ):
        with pytest.raises(StorageError, match="can only be read"):
            act()
    assert (
        json.loads((store.layout.owner_dir / "anna" / "metadata.json").read_text())["revision"] == 1
    )


@pytest.mark.parametrize("name", ["acme/fast", "../../etc", "Stimme für alle", "x" * 200, ".a", ""])
def test_whatever_an_engine_is_called_its_contexts_are_kept_apart(
    store: ProfileStore, name: str
) -> None:
    make(store, "Anna")
    outside = tree(store.layout.root.parent)
    for engine in (name, name + "2", "csm"):
        store.write_context("anna", engine, FINGERPRINT, lambda path: write(path, b"old"))
        store.write_context("anna", engine, "cd" * 32, lambda path: write(path, b"new"))
    for engine in (name, name + "2", "csm"):
        assert store.context_file("anna", engine, FINGERPRINT) is None, "its older one goes"
        kept = store.context_file("anna", engine, "cd" * 32)
        assert kept is not None
        assert kept.read_bytes() == b"new"
        assert store.recently_used(engine) == ["anna"]
    assert store.recently_used(name + "3") == []
    added = tree(store.layout.root.parent) - outside
    assert len(added) == 3
    assert all("local/anna/cached_context/" in path for path in added)
