"""Any order of saves, renames, deletes, exports and kills, against a model in a dictionary."""

from __future__ import annotations

import shutil
import signal
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule

from studio.errors import ProfileChangedError, ProfileExistsError, ProfileNameError
from studio.profile import ProfileMetadata, clean_name, name_key
from studio.store import ProfileStore, SegmentFiles
from studio.store.archives.archive import export_profile, import_profile
from tests.store.faults import DONE, Disk, in_child
from tests.store.samples import contents, draft, expected_tree, record, tree

NAMES = st.one_of(
    st.sampled_from(
        ["Anna", "ANNA", "Anna (2)", "Änna", "anna", "山田", "../../x", "con", "a" * 80]
    ),
    st.text(max_size=90),
)

Model = tuple[ProfileMetadata, dict[str, bytes | None]]


def clip(text: str) -> SegmentFiles:
    return SegmentFiles(
        reference=f"reference {text}".encode(), original=f"original {text}".encode()
    )


class StoreMachine(RuleBasedStateMachine):
    profiles = Bundle("profiles")
    tickets = Bundle("tickets")
    archives = Bundle("archives")

    def __init__(self) -> None:
        super().__init__()
        self.place = Path(tempfile.mkdtemp())
        self.store = ProfileStore(self.place / "profiles")
        self.model: dict[str, Model] = {}
        self.trash: dict[str, Model] = {}
        self.exported: dict[Path, Model] = {}
        self.clips = 0

    def teardown(self) -> None:
        shutil.rmtree(self.place)

    def names(self) -> set[str]:
        return {name_key(metadata.name) for metadata, _ in self.model.values()}

    def remember(self, profile_id: str) -> str:
        self.model[profile_id] = (self.store.load(profile_id), contents(self.store, profile_id))
        return profile_id

    def new_clip(self) -> str:
        self.clips += 1
        return f"clip-{self.clips}"

    @rule(target=profiles, name=NAMES, count=st.integers(0, 2))
    def create(self, name: str, count: int) -> object:
        ids = [self.new_clip() for _ in range(count)]
        metadata = draft("x", *ids, profile_id="wanted").model_copy(update={"name": name})
        try:
            saved = self.store.create(metadata, {i: clip(i) for i in ids})
        except ProfileNameError:
            return multiple()
        except ProfileExistsError:
            assert name_key(clean_name(name)) in self.names()
            return multiple()
        assert saved.id not in self.model
        assert name_key(saved.name) not in self.names()
        self.remember(saved.id)
        assert self.model[saved.id][1] == {
            f"{i} {part}": None if part == "tokens" else f"{part} {i}".encode()
            for i in ids
            for part in ("reference", "original", "tokens")
        }
        return saved.id

    @rule(profile_id=profiles, keep=st.integers(0, 3), add=st.integers(0, 2))
    def change_clips(self, profile_id: str, keep: int, add: int) -> None:
        if profile_id not in self.model:
            return
        old, files = self.model[profile_id]
        kept = old.segments[:keep]
        fresh = [self.new_clip() for _ in range(add)]
        new = old.model_copy(update={"segments": (*(record(i) for i in fresh), *kept)})
        saved = self.store.update(
            new,
            expected_revision=old.revision,
            add={i: clip(i) for i in fresh},
            remove=[segment.id for segment in old.segments[keep:]],
        )
        assert saved.revision == old.revision + 1
        self.remember(profile_id)
        now = self.model[profile_id][1]
        assert all(now[key] == files[key] for key in now.keys() & files.keys())
        assert {key.split()[0] for key in now} == {*fresh, *(segment.id for segment in kept)}

    @rule(profile_id=profiles, name=NAMES)
    def rename(self, profile_id: str, name: str) -> None:
        if profile_id not in self.model:
            return
        old, files = self.model[profile_id]
        try:
            self.store.update(old.model_copy(update={"name": name}), expected_revision=old.revision)
        except ProfileNameError:
            return
        except ProfileExistsError:
            others = self.names() - {name_key(old.name)}
            assert name_key(clean_name(name)) in others
            return
        self.remember(profile_id)
        assert self.model[profile_id][1] == files

    @rule(profile_id=profiles, behind=st.integers(1, 3))
    def save_an_outdated_version(self, profile_id: str, behind: int) -> None:
        if profile_id not in self.model:
            return
        old = self.model[profile_id][0]
        try:
            self.store.update(old, expected_revision=old.revision - behind)
        except ProfileChangedError:
            return
        raise AssertionError("an outdated version was saved")

    @rule(target=profiles, profile_id=profiles, name=NAMES)
    def duplicate(self, profile_id: str, name: str) -> object:
        if profile_id not in self.model:
            return multiple()
        try:
            copy = self.store.duplicate(profile_id, name)
        except (ProfileNameError, ProfileExistsError):
            return multiple()
        self.remember(copy.id)
        assert self.model[copy.id][1] == self.model[profile_id][1]
        return copy.id

    @rule(target=tickets, profile_id=profiles)
    def delete(self, profile_id: str) -> object:
        if profile_id not in self.model:
            return multiple()
        ticket = self.store.delete(profile_id).ticket
        self.trash[ticket] = self.model.pop(profile_id)
        return ticket

    @rule(target=profiles, ticket=consumes(tickets))
    def undo_delete(self, ticket: str) -> object:
        if ticket not in self.trash:
            return multiple()
        metadata, files = self.trash.pop(ticket)
        back = self.store.undo_delete(ticket)
        assert back.segments == metadata.segments
        was_free = metadata.id not in self.model and name_key(metadata.name) not in self.names()
        assert (back == metadata) == was_free
        self.remember(back.id)
        assert self.model[back.id][1] == files
        return back.id

    @rule()
    def empty_trash(self) -> None:
        assert self.store.empty_trash() == len(self.trash)
        self.trash.clear()

    @rule(target=archives, profile_id=profiles)
    def export(self, profile_id: str) -> object:
        if profile_id not in self.model:
            return multiple()
        path = self.place / f"{len(self.exported)}.voiceprofile"
        export_profile(self.store, profile_id, path)
        self.exported[path] = self.model[profile_id]
        return path

    @rule(target=profiles, path=archives)
    def take_in(self, path: Path) -> str:
        metadata, files = self.exported[path]
        imported = import_profile(self.store, path)
        was_free = name_key(metadata.name) not in self.names()
        assert imported.id not in self.model
        assert (imported.name == metadata.name) == was_free
        assert imported.segments == metadata.segments
        self.remember(imported.id)
        assert self.model[imported.id][1] == files
        return imported.id

    @rule(profile_id=profiles, at=st.integers(1, 40))
    def be_killed_while_saving(self, profile_id: str, at: int) -> None:
        if profile_id not in self.model:
            return
        old, files = self.model[profile_id]
        fresh = self.new_clip()
        new = old.model_copy(update={"segments": (*old.segments[1:], record(fresh))})

        def save() -> None:
            with Disk(fail_at=at, kill=True):
                self.store.update(
                    new,
                    expected_revision=old.revision,
                    add={fresh: clip(fresh)},
                    remove=[segment.id for segment in old.segments[:1]],
                )

        ended = in_child(save)
        assert ended in (DONE, -signal.SIGKILL)
        now = self.store.load(profile_id)
        self.remember(profile_id)
        if now.revision == old.revision:
            assert ended != DONE
            assert self.model[profile_id] == (old, files)
        else:
            assert now.revision == old.revision + 1
            assert self.model[profile_id][1][f"{fresh} reference"] == clip(fresh).reference

    @rule()
    def reopen(self) -> None:
        self.store = ProfileStore(self.place / "profiles")

    @rule()
    def repair(self) -> None:
        self.store.check(repair=True)
        assert self.store.check() == []
        kept = {path for path in tree(self.store.layout.root) if "/.trash/" not in path}
        assert kept == expected_tree(self.store)

    @invariant()
    def shows_what_the_model_holds(self) -> None:
        listed = {entry.id: entry.metadata for entry in self.store.list()}
        assert listed == {profile_id: metadata for profile_id, (metadata, _) in self.model.items()}
        for profile_id, (_, files) in self.model.items():
            assert contents(self.store, profile_id) == files


TestStoreMachine = StoreMachine.TestCase
TestStoreMachine.settings = settings(
    max_examples=25,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
