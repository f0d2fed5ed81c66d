"""Moving voices: lossless from one library to another, and nothing but voices gets in."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import struct
import subprocess
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from studio.errors import (
    ArchiveError,
    ProfileDamagedError,
    ProfileNotFoundError,
    SeveralVoicesError,
    StorageError,
)
from studio.store import ProfileStore, SegmentFiles
from studio.store.archives.archive import backup, export_profile, import_profile, restore
from tests.store.samples import (
    FINGERPRINT,
    MADE_AT,
    contents,
    draft,
    expected_tree,
    make,
    tree,
    visible,
)


@pytest.fixture
def elsewhere(tmp_path: Path) -> ProfileStore:
    """Another machine."""
    return ProfileStore(tmp_path / "elsewhere", "them")


@pytest.fixture
def archive(store: ProfileStore, tmp_path: Path) -> Path:
    """Anna, exported at revision 2."""
    anna = make(store, "Anna, “calm”", "one", "two", tags=("a", "ü"), persona="Dry humour.")
    store.update(anna, expected_revision=1)
    store.write_context(anna.id, "csm", FINGERPRINT, lambda path: put(path, b"derived"))
    export_profile(store, anna.id, tmp_path / "anna.voiceprofile")
    return tmp_path / "anna.voiceprofile"


def put(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def test_an_export_comes_back_whole_on_another_machine(
    store: ProfileStore, elsewhere: ProfileStore, archive: Path
) -> None:
    imported = import_profile(elsewhere, archive)
    assert imported == store.load("anna-calm")
    assert imported.revision == 2
    assert contents(elsewhere, imported.id) == contents(store, "anna-calm")
    assert tree(elsewhere.layout.root) == expected_tree(elsewhere)
    export_profile(elsewhere, imported.id, archive.parent / "again.voiceprofile")
    assert (archive.parent / "again.voiceprofile").read_bytes() == archive.read_bytes()


def test_an_archive_unpacked_by_hand_is_a_profile(archive: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(tmp_path / "hand" / "local")
        assert opened.testzip() is None
        manifest = json.loads(opened.read("manifest.json"))
    assert (manifest["format"], manifest["format_version"]) == ("voiceprofile", 1)
    (tmp_path / "hand" / "local" / "manifest.json").unlink()
    assert ProfileStore(tmp_path / "hand").check() == []
    assert not any("cached_context" in name for name in manifest["entries"])


def test_originals_can_be_left_out(
    store: ProfileStore, elsewhere: ProfileStore, archive: Path
) -> None:
    export_profile(store, "anna-calm", archive, include_originals=False)
    imported = import_profile(elsewhere, archive)
    assert elsewhere.original(imported.id, "one") is None
    assert elsewhere.reference(imported.id, "one") == store.reference("anna-calm", "one")
    assert store.original("anna-calm", "one") is not None


def test_a_taken_name_gets_a_number_and_a_taken_id_another(
    store: ProfileStore, archive: Path
) -> None:
    before = visible(store)
    second = import_profile(store, archive)
    third = import_profile(store, archive)
    assert (second.name, third.name) == ("Anna, “calm” (2)", "Anna, “calm” (3)")
    assert len({"anna-calm", second.id, third.id}) == 3
    assert contents(store, third.id) == contents(store, "anna-calm")
    assert visible(store)["anna-calm"] == before["anna-calm"]


def test_a_damaged_voice_is_not_exported_and_an_older_export_stays(
    store: ProfileStore, archive: Path
) -> None:
    before = archive.read_bytes()
    (store.layout.owner_dir / "anna-calm" / "originals" / "two.flac").write_bytes(b"other")
    with pytest.raises(ProfileDamagedError, match=r"originals/two\.flac"):
        export_profile(store, "anna-calm", archive)
    with pytest.raises(ProfileNotFoundError):
        export_profile(store, "nobody", archive)
    assert archive.read_bytes() == before
    assert not any(path.name.startswith(".tmp") for path in archive.parent.iterdir())
    export_profile(store, "anna-calm", archive, include_originals=False)


@pytest.mark.parametrize("target", ["", "missing/x.voiceprofile", "a\0b", "x" * 300])
def test_an_export_to_where_nothing_can_be_says_so(
    store: ProfileStore, archive: Path, target: str
) -> None:
    with pytest.raises(StorageError):
        export_profile(store, "anna-calm", archive.parent / target)


def test_an_export_gets_its_ending_and_no_other(store: ProfileStore, archive: Path) -> None:
    folder = archive.parent
    assert export_profile(store, "anna-calm", folder / "calm") == folder / "calm.voiceprofile"
    assert (folder / "calm.voiceprofile").read_bytes() == archive.read_bytes()
    export_profile(store, "anna-calm", folder / "LOUD.VOICEPROFILE")
    for name in ("calm.wav", "calm.zip", "calm.voiceprofile.bak"):
        with pytest.raises(StorageError, match=r"ends in \.voiceprofile, such as 'calm"):
            export_profile(store, "anna-calm", folder / name)
        assert not (folder / name).exists()


@pytest.mark.parametrize(
    "content", [b"", b"RIFF a song that nobody else has", b"PK\5\6" + bytes(18)]
)
def test_an_export_writes_over_no_other_file(
    store: ProfileStore, archive: Path, content: bytes
) -> None:
    other = archive.with_name("other.voiceprofile")
    other.write_bytes(content)
    for name in ("other.voiceprofile", "other"):
        with pytest.raises(StorageError, match=r"is there already.*Choose another name"):
            export_profile(store, "anna-calm", other.with_name(name))
    with pytest.raises(StorageError, match="is there already"):
        backup(store, other)
    assert other.read_bytes() == content


def test_an_export_takes_the_place_of_its_own_earlier_one_only(
    store: ProfileStore, archive: Path
) -> None:
    anna = store.load("anna-calm")
    store.update(anna.model_copy(update={"name": "Bea"}), expected_revision=2)
    export_profile(store, "anna-calm", archive)
    assert import_profile(store, archive).revision == 3
    boris = make(store, "Boris", created_at=MADE_AT + timedelta(microseconds=1))
    before = archive.read_bytes()
    with pytest.raises(StorageError, match="holds another voice, 'Bea'"):
        export_profile(store, boris.id, archive)
    assert archive.read_bytes() == before


def test_a_backup_holds_all_whole_voices_and_names_the_others(
    store: ProfileStore, elsewhere: ProfileStore, tmp_path: Path
) -> None:
    for name in ("Anna", "Boris", "Carla", "Dora"):
        make(store, name)
    (store.layout.owner_dir / "boris" / "metadata.json").write_bytes(b"{")
    (store.layout.owner_dir / "carla" / "reference" / "one.flac").unlink()
    made = backup(store, tmp_path / "all.voiceprofile")
    assert [metadata.id for metadata in made.saved] == ["anna", "dora"]
    assert "damaged" in made.left_out["boris"]
    assert "one.flac is missing" in made.left_out["carla"]

    restored = restore(elsewhere, tmp_path / "all.voiceprofile")
    assert restored.added == made.saved
    assert visible(elsewhere).keys() == {"anna", "dora"}
    assert contents(elsewhere, "dora") == contents(store, "dora")


def test_a_restore_adds_what_is_missing_and_replaces_nothing(
    store: ProfileStore, tmp_path: Path
) -> None:
    file = tmp_path / "all.voiceprofile"
    for name in ("Anna", "Boris", "Carla"):
        make(store, name)
    backup(store, file)
    again = restore(store, file)
    assert again.added == ()
    assert len(again.unchanged) == 3

    boris = store.load("boris")
    store.update(boris.model_copy(update={"tags": ("newer",)}), expected_revision=1)
    store.delete("carla")
    (store.layout.owner_dir / "anna" / "reference" / "one.flac").write_bytes(b"damaged")
    third = restore(store, file)
    assert [metadata.name for metadata in third.added] == ["Anna (2)", "Boris (2)", "Carla"]
    assert store.load("boris").tags == ("newer",)
    assert store.reference("anna-2", "one")


def test_an_empty_library_can_be_backed_up(
    store: ProfileStore, elsewhere: ProfileStore, tmp_path: Path
) -> None:
    assert backup(store, tmp_path / "none.voiceprofile").saved == ()
    assert restore(elsewhere, tmp_path / "none.voiceprofile").added == ()
    with pytest.raises(ArchiveError, match="holds no voice"):
        import_profile(elsewhere, tmp_path / "none.voiceprofile")


def test_a_backup_is_restored_and_not_imported(store: ProfileStore, tmp_path: Path) -> None:
    make(store, "Anna")
    make(store, "Boris")
    backup(store, tmp_path / "all.voiceprofile")
    with pytest.raises(SeveralVoicesError, match="is a backup of 2 voices, not one voice"):
        import_profile(store, tmp_path / "all.voiceprofile")


def test_a_large_voice_with_every_clip_gets_through(
    store: ProfileStore, elsewhere: ProfileStore, tmp_path: Path
) -> None:
    ids = [f"clip-{number}" for number in range(64)]
    make(store, "Anna", *ids)
    export_profile(store, "anna", tmp_path / "anna.voiceprofile")
    assert len(import_profile(elsewhere, tmp_path / "anna.voiceprofile").segments) == 64


def test_silence_that_packs_well_gets_through(
    store: ProfileStore, elsewhere: ProfileStore, tmp_path: Path
) -> None:
    silent = SegmentFiles(reference=bytes(20_000_000))
    store.create(draft("Silence", "one", profile_id="silence"), {"one": silent})
    export_profile(store, "silence", tmp_path / "silence.voiceprofile")
    assert import_profile(elsewhere, tmp_path / "silence.voiceprofile")


# Hostile and damaged archives

Entries = dict[str, bytes]


def unpacked(archive: Path) -> Entries:
    with zipfile.ZipFile(archive) as opened:
        return {info.filename: opened.read(info) for info in opened.infolist()}


def packed(path: Path, entries: Entries, *, manifest: bool = True) -> Path:
    """A zip of ``entries`` whose manifest fits them, unless told otherwise."""
    entries = dict(entries)
    if manifest:
        entries["manifest.json"] = json.dumps(
            {
                "format": "voiceprofile",
                "format_version": 1,
                "entries": {
                    name: {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
                    for name, data in entries.items()
                    if name != "manifest.json" and not name.endswith("/")
                },
            }
        ).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in entries.items():
            made.writestr(name, data)
    return path


def assert_refused(store: ProfileStore, path: Path, words: str = "") -> None:
    """Import and restore both refuse ``path`` in a sentence and change nothing."""
    before = tree(store.layout.root.parent)
    for take_in in (import_profile, restore):
        with pytest.raises(ArchiveError) as refused:
            take_in(store, path)
        assert words in str(refused.value)
        assert str(refused.value).count("\n") == 0
    assert tree(store.layout.root.parent) == before


def test_a_repacked_archive_is_fine(elsewhere: ProfileStore, archive: Path) -> None:
    """The tests below change one thing of this."""
    entries = {"anna-calm/": b"", "anna-calm/reference/": b"", **unpacked(archive)}
    assert import_profile(elsewhere, packed(archive, entries)).revision == 2


def test_an_archive_that_a_system_packed_anew_is_fine(
    store: ProfileStore, elsewhere: ProfileStore, archive: Path
) -> None:
    """As a Mac's own zip leaves it: in a folder, in another order, with what the system adds."""
    entries: Entries = {}
    for name, data in sorted(unpacked(archive).items(), reverse=True):
        folder, _, file = f"Änna, copy/{name}".rpartition("/")
        entries |= {
            f"{folder}/{file}": data,
            f"__MACOSX/{folder}/._{file}": b"attributes",
            f"{folder}/.DS_Store": b"\0" * 60_000,
        }
    entries |= {
        "Änna, copy/": b"",
        "__MACOSX/": b"",
        "Änna, copy/Thumbs.db": b"x",
        ".DS_Store": b"x",
    }
    imported = import_profile(elsewhere, packed(archive, entries, manifest=False))
    assert imported == store.load("anna-calm")
    assert contents(elsewhere, imported.id) == contents(store, "anna-calm")
    assert tree(elsewhere.layout.root) == expected_tree(elsewhere)


def test_the_largest_voice_comes_through_a_mac(
    store: ProfileStore, elsewhere: ProfileStore, tmp_path: Path
) -> None:
    make(store, "Anna", *(f"clip-{number}" for number in range(64)))
    entries = unpacked(export_profile(store, "anna", tmp_path / "anna"))
    added = {f"__MACOSX/{name}/._x": b"attributes" for name in entries}
    packed(tmp_path / "anew.voiceprofile", entries | added, manifest=False)
    assert len(import_profile(elsewhere, tmp_path / "anew.voiceprofile").segments) == 64


@pytest.mark.skipif(shutil.which("zip") is None, reason="this machine has no zip")
def test_zip_itself_may_pack_it(elsewhere: ProfileStore, archive: Path) -> None:
    folder = archive.parent / "by hand"
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(folder)
    subprocess.run(["zip", "-qr", "anew.voiceprofile", "by hand"], cwd=archive.parent, check=True)
    assert import_profile(elsewhere, archive.parent / "anew.voiceprofile").revision == 2


@pytest.mark.parametrize(
    "beside", ["song.wav", "other/manifest.json", "by hand/../evil", "other/anna-calm/", "by hand"]
)
def test_in_a_folder_nothing_may_lie_beside_it(
    elsewhere: ProfileStore, archive: Path, beside: str
) -> None:
    inside = {f"by hand/{name}": data for name, data in unpacked(archive).items()}
    packed(archive, {**inside, beside: b"evil"}, manifest=False)
    assert_refused(elsewhere, archive, "does not belong in it")


def test_another_zip_is_told_apart_from_a_damaged_one(
    elsewhere: ProfileStore, archive: Path
) -> None:
    whole = archive.read_bytes()
    packed(archive, {"photo.png": b"x"}, manifest=False)
    assert_refused(elsewhere, archive, "a zip that has no manifest.json")
    archive.write_bytes(whole[:-50])
    assert_refused(elsewhere, archive, "it is damaged")


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "../../local/anna/metadata.json",
        "/etc/passwd",
        "anna-calm/../../evil.flac",
        "anna-calm/reference/../../../evil.flac",
        "anna-calm\\reference\\evil.flac",
        "C:/evil.flac",
        "C:\\evil",
        "anna-calm/reference/nested.voiceprofile",
        "anna-calm/reference/nested.zip",
        "anna-calm/cached_context/csm-" + "ab" * 32 + ".safetensors",
        "anna-calm/run.py",
        "anna-calm/reference/.hidden.flac",
        "anna-calm/reference/Ünicode.flac",
        "anna-calm/reference/one.flac/x.flac",
        "ANNA-CALM/reference/one.flac",
        "anna-calm/reference/one.flac ",
        "anna-calm/reference/" + "x" * 300 + ".flac",
        ".trash/x/metadata.json",
        "anna-calm/../../x/",
        "..",
        "\n/metadata.json",
    ],
)
def test_a_name_that_is_not_of_the_format_is_refused(
    elsewhere: ProfileStore, archive: Path, name: str
) -> None:
    packed(archive, {**unpacked(archive), name: b"evil"})
    assert_refused(elsewhere, archive)


def test_a_name_cut_at_nul_is_refused(elsewhere: ProfileStore, archive: Path) -> None:
    """Some readers would see one.flac, others more."""
    entries = {
        name.replace("reference/one.flac", "reference/one.flac_evil"): content
        for name, content in unpacked(archive).items()
    }
    packed(archive, entries, manifest=False)
    data = archive.read_bytes().replace(b"one.flac_evil", b"one.flac\0evil")
    archive.write_bytes(data)
    assert_refused(elsewhere, archive, "does not belong in it")


@pytest.mark.parametrize(
    "mode", [stat.S_IFLNK | 0o777, stat.S_IFIFO | 0o600, stat.S_IFCHR | 0o600, stat.S_IFDIR]
)
def test_links_and_devices_are_refused(elsewhere: ProfileStore, archive: Path, mode: int) -> None:
    entries = unpacked(archive)
    with zipfile.ZipFile(archive, "w") as made:
        for name, data in entries.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = (mode if name.endswith("one.flac") else 0o600) << 16
            made.writestr(info, data)
    assert_refused(elsewhere, archive, "link or a device")


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", ["manifest.json", "anna-calm/metadata.json"])
def test_a_name_that_is_in_it_twice_is_refused(
    elsewhere: ProfileStore, archive: Path, name: str
) -> None:
    with zipfile.ZipFile(archive, "a") as made:
        made.writestr(name, unpacked(archive)[name])
    assert_refused(elsewhere, archive, "twice")


def test_a_bomb_is_refused(elsewhere: ProfileStore, archive: Path) -> None:
    bomb = bytes(50_000_000)
    packed(archive, {**unpacked(archive), "anna-calm/reference/bomb.flac": bomb})
    assert archive.stat().st_size < 1_000_000
    assert_refused(elsewhere, archive, "100-fold")


def test_a_bomb_that_lies_about_its_size_is_refused(elsewhere: ProfileStore, archive: Path) -> None:
    """The zip's list and the manifest say 1 kB; it unpacks to 3 MB."""
    entries = unpacked(archive)
    name = "anna-calm/reference/one.flac"
    packed(archive, {**entries, name: bytes(3_000_000)})
    data = archive.read_bytes().replace(struct.pack("<L", 3_000_000), struct.pack("<L", 1_000))
    archive.write_bytes(data)
    assert_refused(elsewhere, archive)


def test_a_manifest_bomb_is_refused(elsewhere: ProfileStore, archive: Path) -> None:
    entries = {**unpacked(archive), "manifest.json": b"[" * 90_000 + bytes(900_000)}
    packed(archive, entries, manifest=False)
    assert_refused(elsewhere, archive)


@pytest.mark.parametrize("zip64", [False, True])
def test_more_files_than_a_voice_has_are_refused(
    elsewhere: ProfileStore, archive: Path, monkeypatch: pytest.MonkeyPatch, zip64: bool
) -> None:
    """Before the list of files is read, which could be of any length."""
    if zip64:  # the form that a zip takes on when it is very large
        monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 10)
    entries = {f"anna-calm/reference/x{number:090}.flac": b"" for number in range(2_000)}
    packed(archive, {**unpacked(archive), **entries})
    if zip64:
        archive.write_bytes(with_list_bytes(archive, 0))

    def read_list(*_: object) -> None:
        raise AssertionError("the list was read")

    monkeypatch.setattr(zipfile.ZipFile, "_RealGetContents", read_list)
    with pytest.raises(ArchiveError, match="more than 256 files"):
        import_profile(elsewhere, archive)
    assert not elsewhere.layout.root.exists()


def test_a_zip_of_the_large_form_is_read(
    elsewhere: ProfileStore, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 1)
    packed(archive, unpacked(archive))
    archive.write_bytes(with_list_bytes(archive, 0xFFFF_FFFF))
    assert import_profile(elsewhere, archive).revision == 2


def with_list_bytes(path: Path, size: int) -> bytes:
    """The zip at ``path`` with another length of its list in the end record of the small form."""
    whole = path.read_bytes()
    assert b"PK\6\6" in whole
    return whole[:-10] + struct.pack("<L", size) + whole[-6:]


def test_a_library_without_room_for_it_takes_nothing_in(
    elsewhere: ProfileStore, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(archive.parent)._replace(free=4_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    for take_in in (import_profile, restore):
        with pytest.raises(StorageError, match=r"takes 0\.0 MB, but only 0\.0 MB are free"):
            take_in(elsewhere, archive)
    assert not elsewhere.layout.root.exists()


def changed_metadata(entries: Entries, **changes: Any) -> Entries:
    name = "anna-calm/metadata.json"
    metadata = {**json.loads(entries[name]), **changes}
    return {**entries, name: json.dumps(metadata).encode()}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda e: changed_metadata(e, id="other"), "does not fit"),
        (lambda e: changed_metadata(e, id="../evil"), "id"),
        (lambda e: changed_metadata(e, format_version=99), "newer studio"),
        (lambda e: changed_metadata(e, colour="red"), "colour"),
        (lambda e: changed_metadata(e, name="<b>\u202e"), "direction marks"),
        (lambda e: changed_metadata(e, segments=[]), "does not fit"),
        (lambda e: {**e, "anna-calm/metadata.json": b"{"}, "not valid JSON"),
        (lambda e: {**e, "anna-calm/metadata.json": os.urandom(5_000_000)}, "too large"),
        (lambda e: {**e, "anna-calm/reference/one.flac": b"other"}, "does not fit"),
        (lambda e: {**e, "anna-calm/reference/extra.flac": b"x"}, "does not fit"),
        (lambda e: {**e, "other/reference/one.flac": b"x"}, "other/metadata.json is missing"),
        (lambda e: without(e, "anna-calm/reference/one.flac"), "does not fit"),
        (lambda e: without(e, "anna-calm/voice_tokens/one.safetensors"), "does not fit"),
        (lambda e: without(e, "anna-calm/metadata.json"), "metadata.json is missing"),
    ],
)
def test_files_that_do_not_belong_together_are_refused(
    elsewhere: ProfileStore, archive: Path, change: Callable[[Entries], Entries], words: str
) -> None:
    packed(archive, change(unpacked(archive)))
    assert_refused(elsewhere, archive, words)


def without(entries: Entries, name: str) -> Entries:
    return {other: data for other, data in entries.items() if other != name}


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        (b"", "manifest is damaged"),
        (b"[]", "manifest is damaged"),
        (b'{"format": "voiceprofile", "format_version": 1}', "manifest is damaged"),
        (b'{"format": "x", "format_version": 1, "entries": {}}', "manifest is damaged"),
        (b'{"format": "voiceprofile", "format_version": 2, "entries": []}', "newer studio"),
        (b'{"format": "voiceprofile", "format_version": 1, "entries": {}}', "manifest lists"),
    ],
)
def test_a_manifest_that_is_not_one_is_refused(
    elsewhere: ProfileStore, archive: Path, manifest: bytes, words: str
) -> None:
    packed(archive, {**unpacked(archive), "manifest.json": manifest}, manifest=False)
    assert_refused(elsewhere, archive, words)


def test_a_wrong_hash_is_refused_wherever_it_is(elsewhere: ProfileStore, archive: Path) -> None:
    """The content differs from the manifest although the zip itself is in order."""
    entries = unpacked(archive)
    for name in without(entries, "manifest.json"):
        other = bytes([entries[name][0] ^ 1]) + entries[name][1:]
        packed(archive, {**entries, name: other}, manifest=False)
        assert_refused(elsewhere, archive, name)


def test_an_archive_without_manifest_is_refused(elsewhere: ProfileStore, archive: Path) -> None:
    packed(archive, without(unpacked(archive), "manifest.json"), manifest=False)
    assert_refused(elsewhere, archive, "no manifest")


@pytest.mark.parametrize(
    "content",
    [b"", b"x", b"PK\5\6" + bytes(18), b"RIFF" + os.urandom(5_000), b"{}", bytes(100_000)],
    ids=["empty", "one byte", "empty zip", "wav", "json", "zeros"],
)
def test_what_is_no_archive_is_refused(
    elsewhere: ProfileStore, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "x.voiceprofile").write_bytes(content)
    assert_refused(elsewhere, tmp_path / "x.voiceprofile")


@pytest.mark.parametrize("name", ["missing.voiceprofile", "", "a\0b", "x" * 300])
def test_a_file_that_is_not_there_is_told(
    elsewhere: ProfileStore, tmp_path: Path, name: str
) -> None:
    with pytest.raises(ArchiveError, match=r"no file|cannot be opened"):
        import_profile(elsewhere, tmp_path / name)


def test_an_archive_cut_short_anywhere_is_refused(elsewhere: ProfileStore, archive: Path) -> None:
    whole = archive.read_bytes()
    for length in range(0, len(whole), 331):
        archive.write_bytes(whole[:length])
        with pytest.raises(ArchiveError):
            import_profile(elsewhere, archive)
    assert elsewhere.list() == []


def test_a_flipped_bit_is_refused_or_does_no_harm(elsewhere: ProfileStore, archive: Path) -> None:
    """Dates and the like may change; the voice that gets in is the one that was exported."""
    whole = archive.read_bytes()
    expected = import_profile(ProfileStore(archive.parent / "first"), archive)
    for place in range(0, len(whole), 67):
        flipped = bytearray(whole)
        flipped[place] ^= 1 << (place % 8)
        archive.write_bytes(flipped)
        try:
            imported = import_profile(elsewhere, archive)
        except ArchiveError:
            continue
        assert imported == expected
        elsewhere.delete(imported.id)
    assert elsewhere.list() == []
    assert elsewhere.check() == []


def test_a_password_is_refused(elsewhere: ProfileStore, archive: Path) -> None:
    data = bytearray(archive.read_bytes())
    for signature, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        place = data.find(signature)
        while place >= 0:
            data[place + flags] |= 1
            place = data.find(signature, place + 4)
    archive.write_bytes(data)
    assert_refused(elsewhere, archive, "password")
