"""The voices that spoke last are in memory when the studio has warmed up, and only those."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from studio import Studio
from studio.types import Prompting


def kept_context(studio: Studio, profile_id: str) -> Path:
    folder = studio.store.layout.profile_dir(profile_id) / "cached_context"
    return next(folder.glob("kokoro-*"))


@pytest.fixture(scope="module")
def read_library(made_library: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Anna, Berta and Clara, read by the studio voice. Not to be changed."""
    root = Path(shutil.copytree(made_library, tmp_path_factory.mktemp("read") / "profiles"))
    with Studio.open(root) as studio:
        for name, words in (("Berta", "Other words."), ("Clara", "And other words again.")):
            voice = studio.duplicate("anna", name)
            studio.set_transcript(voice.id, voice.segments[0].id, words)
            studio.prepare(voice.id)
    return root


@pytest.fixture
def library(read_library: Path, tmp_path: Path) -> Path:
    """A copy of them in which Clara spoke last, Anna first."""
    root = Path(shutil.copytree(read_library, tmp_path / "profiles"))
    with Studio.open(root) as studio:
        for age, voice_id in ((300, "anna"), (200, "berta"), (100, "clara")):
            path = kept_context(studio, voice_id)
            os.utime(path, (path.stat().st_atime, path.stat().st_mtime - age))
    return root


def in_memory(studio: Studio) -> set[str]:
    """Those that can still speak when what is kept on disk is gone."""
    for one in studio.profiles():
        folder = studio.store.layout.profile_dir(one.id)
        shutil.rmtree(folder / "cached_context", ignore_errors=True)
    engine = studio._engine("kokoro")
    return {
        one.metadata.name
        for one in studio.profiles()
        if one.metadata
        and studio._voices._key(engine, one.metadata)[0] in studio._workshop.memory._ready
    }


def test_a_voice_that_spoke_needs_no_disk_after_the_next_start(library: Path) -> None:
    with Studio.open(library, engine="kokoro") as studio:
        studio.warm_up()
        assert in_memory(studio) == {"Anna", "Berta", "Clara"}
        assert studio.prepare("clara")


def test_the_last_ones_are_loaded_first_and_speaking_makes_a_voice_one_of_them(
    library: Path,
) -> None:
    before = (library / "local" / "anna" / "metadata.json").read_bytes()
    with Studio.open(library, engine="kokoro") as studio:
        assert studio.prepare("anna")  # from disk, and so the last one used
    with Studio.open(library, engine="kokoro", voices_mb=1e-5) as studio:
        studio.warm_up()
        assert in_memory(studio) == {"Anna"}
    assert (library / "local" / "anna" / "metadata.json").read_bytes() == before


def test_nothing_is_read_anew(library: Path) -> None:
    with Studio.open(library, engine="kokoro") as studio:
        studio.set_transcript("anna", studio.profile("anna").segments[0].id, "Changed since.")
        kept_context(studio, "berta").write_bytes(b"damaged")
        studio.set_prompting("clara", Prompting.CONTINUATION)
        studio.warm_up()
        assert in_memory(studio) == {"Clara"}


def test_a_studio_that_was_closed_loads_no_more(library: Path) -> None:
    with Studio.open(library, engine="kokoro") as studio:
        engine = studio._engine("kokoro")
        studio._voices.stop()
        studio._voices.preload(engine)
        assert in_memory(studio) == set()


def test_a_damaged_voice_and_an_empty_library_do_not_matter(library: Path, tmp_path: Path) -> None:
    (library / "local" / "clara" / "metadata.json").write_text("{")
    with Studio.open(library, engine="kokoro") as studio:
        studio.warm_up()
        assert len(studio._workshop.memory._ready) == 2
    with Studio.open(tmp_path / "nothing", engine="kokoro") as studio:
        studio.warm_up()
