"""Sound that is written while it is made: whole in the end, or not there."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from studio.core import saving
from studio.core.saving import PROVENANCE, save_sound, sound_file
from studio.errors import StorageError
from studio.types import SAMPLE_RATE, Audio
from tests.corpus import noise

PIECE = noise(SAMPLE_RATE, 0.1).astype(np.float32)


@pytest.fixture
def small_disk() -> Iterator[None]:
    """Files of this process cannot grow beyond 200 kB."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("name", ["a.wav", "a.flac"])
def test_pieces_become_one_sound(tmp_path: Path, name: str) -> None:
    with sound_file(tmp_path / name, SAMPLE_RATE) as write:
        for _ in range(3):
            write(PIECE)
        assert not (tmp_path / name).exists(), "not before it is whole"
    with soundfile.SoundFile(tmp_path / name) as file:
        samples = file.read(dtype="float32")
        assert (file.samplerate, file.subtype) == (SAMPLE_RATE, "PCM_16")
        assert file.comment == PROVENANCE
    np.testing.assert_allclose(samples, np.tile(PIECE, 3), atol=2**-15)
    save_sound(Audio(np.tile(PIECE, 3)), tmp_path / f"whole-{name}")
    assert len(soundfile.read(tmp_path / f"whole-{name}")[0]) == len(samples)


def speak_into(path: Path, pieces: int, then: Exception | None = None) -> None:
    """Write so many pieces, and then fail."""
    taken = 0
    try:
        with sound_file(path, SAMPLE_RATE) as write:
            for taken in range(pieces):  # noqa: B007
                write(PIECE)
            if then is not None:
                raise then
    except StorageError:
        if taken == pieces - 1:
            raise AssertionError("it was told only when all was spoken") from None
        raise


@pytest.mark.parametrize("name", ["a.wav", "a.flac"])
def test_a_full_disk_is_told_when_it_is_full_and_leaves_the_old_file(
    tmp_path: Path, small_disk: None, name: str
) -> None:
    save_sound(Audio(PIECE), tmp_path / name)
    before = (tmp_path / name).read_bytes()
    with pytest.raises(StorageError, match="cannot be written"):
        speak_into(tmp_path / name, 60)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_bytes() == before


def test_an_error_of_the_speaker_stays_that_error(tmp_path: Path) -> None:
    with pytest.raises(ConnectionError, match="of the engine"):
        speak_into(tmp_path / "a.wav", 2, ConnectionError("of the engine, not of the disk"))
    assert list(tmp_path.iterdir()) == []


def test_a_wav_file_is_not_made_longer_than_it_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving, "MAX_WAV_SAMPLES", 2 * SAMPLE_RATE)
    with pytest.raises(StorageError, match=r"\.flac"):
        speak_into(tmp_path / "a.wav", 4)
    assert list(tmp_path.iterdir()) == []
