"""Whatever was made, renamed, copied, deleted and brought back before: an act reaches one voice,
the one that was meant, or none."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule

from studio import Studio
from studio.audio.files import encode_flac
from studio.errors import ProfileExistsError, ProfileNotFoundError
from studio.profile import ProfileMetadata, name_key
from studio.store import SegmentFiles
from studio.types import Audio
from tests.store.faults import Disk
from tests.store.samples import MADE_AT, draft

NAMES = ["Anna", "anna", "Bea", "Anna-2", "Carl"]
"""Names that read alike, and that are ids of others."""

TYPED = [*NAMES, "bea", "anna-2", "id:anna", "id:bea", "id:Anna"]


@dataclass
class Meant:
    """A voice as the person knows it: by its sound, whose length no other has, and its tag."""

    id: str
    name: str
    samples: int
    tag: str


class People(RuleBasedStateMachine):
    voices = Bundle("voices")
    tickets = Bundle("tickets")
    archives = Bundle("archives")

    def __init__(self) -> None:
        super().__init__()
        self.place = Path(tempfile.mkdtemp())
        self.disk = Disk()  # a real one would be waited for at each step
        self.disk.__enter__()
        self.studio = Studio.open(self.place / "profiles")
        self.here: list[Meant] = []
        self.bin: dict[str, Meant] = {}
        self.made = 0

    def teardown(self) -> None:
        self.studio.close()
        self.disk.__exit__(None, None, None)
        shutil.rmtree(self.place)

    def number(self) -> int:
        self.made += 1
        return self.made

    def called(self, voice_id: str) -> Meant:
        return next(one for one in self.here if one.id == voice_id)

    def is_gone(self, voice: Meant) -> bool:
        """Unless it is here, an id leads nowhere: or to the same voice, taken in anew."""
        alike = [one for one in self.here if one.id == voice.id]
        assert all(one.samples == voice.samples for one in alike)
        return not alike

    def joined(self, metadata: ProfileMetadata, samples: int) -> Meant:
        assert metadata.id not in {one.id for one in self.here}
        tag = f"tag {self.number()}"
        self.studio.set_tags(metadata.id, [tag])
        self.here.append(Meant(metadata.id, metadata.name, samples, tag))
        return self.here[-1]

    @rule(target=voices, name=st.sampled_from(NAMES))
    def create(self, name: str) -> object:
        samples = 10 + self.number()
        sound = encode_flac(Audio(np.full(samples, 0.1, np.float32)))
        store = self.studio.store
        try:
            made_at = MADE_AT + timedelta(seconds=samples)
            made = draft(name, "one", profile_id=store.free_id(name), created_at=made_at)
            saved = store.create(made, {"one": SegmentFiles(reference=sound)})
        except ProfileExistsError:
            assert name_key(name) in {name_key(one.name) for one in self.here}
            return multiple()
        assert saved.id not in {one.id for one in self.bin.values()}
        return self.joined(saved, samples)

    @rule(voice=voices, name=st.sampled_from(NAMES))
    def rename(self, voice: Meant, name: str) -> None:
        if self.is_gone(voice):
            with pytest.raises(ProfileNotFoundError):
                self.studio.rename(voice.id, name)
            return
        try:
            renamed = self.studio.rename(voice.id, name)
        except ProfileExistsError:
            return
        assert renamed.id == voice.id
        self.called(voice.id).name = name

    @rule(target=voices, voice=voices, name=st.sampled_from(NAMES))
    def duplicate(self, voice: Meant, name: str) -> object:
        if self.is_gone(voice):
            with pytest.raises(ProfileNotFoundError):
                self.studio.duplicate(voice.id, name)
            return multiple()
        try:
            copy = self.studio.duplicate(voice.id, name)
        except ProfileExistsError:
            return multiple()
        assert copy.id not in {one.id for one in self.bin.values()}
        return self.joined(copy, voice.samples)

    @rule(target=tickets, voice=voices)
    def delete(self, voice: Meant) -> object:
        if self.is_gone(voice):
            with pytest.raises(ProfileNotFoundError):
                self.studio.delete(voice.id)
            return multiple()
        ticket = self.studio.delete(voice.id)
        self.bin[ticket] = self.called(voice.id)
        self.here.remove(self.bin[ticket])
        return ticket

    @rule(target=voices, ticket=consumes(tickets))
    def undo(self, ticket: str) -> Meant:
        voice = self.bin.pop(ticket)
        back = self.studio.undo_delete(ticket)
        assert name_key(back.name).startswith(name_key(voice.name))
        with pytest.raises(ProfileNotFoundError):
            self.studio.undo_delete(ticket)
        self.here.append(Meant(back.id, back.name, voice.samples, voice.tag))
        return self.here[-1]

    @rule(target=archives, voice=voices)
    def export(self, voice: Meant) -> object:
        if self.is_gone(voice):
            return multiple()
        path = self.studio.export_profile(voice.id, self.place / f"export {self.number()}")
        return path, voice.samples

    @rule(target=voices, archive=archives)
    def take_in(self, archive: tuple[Path, int]) -> Meant:
        path, samples = archive
        return self.joined(self.studio.import_profile(path), samples)

    @invariant()
    def what_is_typed_reaches_one_voice_or_none(self) -> None:
        for typed in TYPED:
            wanted_id = typed.removeprefix("id:")
            named = self.here if typed == wanted_id else []
            named = [one for one in named if one.name == typed] or [
                one for one in named if name_key(one.name) == name_key(typed)
            ]
            meant = {one.id for one in named} | {one.id for one in self.here} & {wanted_id}
            if len(meant) == 1:
                assert {self.studio.find(typed).id} == meant
                continue
            with pytest.raises(ProfileNotFoundError) as refused:
                self.studio.find(typed)
            assert all(f"(id {one})" in str(refused.value) for one in meant)

    @invariant()
    def each_id_reaches_its_own_voice(self) -> None:
        assert {entry.id for entry in self.studio.profiles()} == {one.id for one in self.here}
        for voice in self.here:
            found = self.studio.profile(voice.id)
            assert (found.name, found.tags) == (voice.name, (voice.tag,))
            assert len(self.studio.reference_audio(voice.id).samples) == voice.samples

    @invariant()
    def the_bin_holds_what_was_deleted(self) -> None:
        assert {one.ticket: one.name for one in self.studio.deleted()} == {
            ticket: voice.name for ticket, voice in self.bin.items()
        }


TestIdentity = People.TestCase
TestIdentity.settings = settings(
    max_examples=25,
    stateful_step_count=25,
    deadline=None,
    phases=[Phase.generate],  # to shorten what fails takes minutes, and it is short enough to read
    suppress_health_check=[HealthCheck.too_slow],
)
