"""A studio with one voice in it, made once and copied for each test that changes it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from studio import Clip, Studio
from studio.audio.files import encode_wav
from studio.types import SAMPLE_RATE, Audio
from tests.voices import spoken

TRANSCRIPT = "The boy was there when the sun rose. A rod is used to catch pink salmon."
SILENCE_S = 0.8


@pytest.fixture(scope="session")
def clip_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording with ``SILENCE_S`` of silence at each end."""
    silence = np.zeros(round(SILENCE_S * SAMPLE_RATE), np.float32)
    voice = spoken(TRANSCRIPT).samples
    path = tmp_path_factory.mktemp("clips") / "boy.wav"
    path.write_bytes(encode_wav(Audio(np.concatenate([silence, voice, silence]))))
    return path


@pytest.fixture(scope="session")
def made_library(tmp_path_factory: pytest.TempPathFactory, clip_file: Path) -> Path:
    """A library that holds the voice "Anna", read by the engine and tuned, so that nothing goes on
    in the background that would change how she sounds."""
    root = tmp_path_factory.mktemp("library")
    with Studio.open(root) as studio:
        studio.create_profile(
            "Anna", [Clip(clip_file, transcript=TRANSCRIPT)], consent="I am the speaker."
        )
        studio.tune("anna")
    return root


@pytest.fixture
def studio(made_library: Path, tmp_path: Path) -> Iterator[Studio]:
    """A private copy of the library, opened."""
    shutil.copytree(made_library, tmp_path / "profiles")
    with Studio.open(tmp_path / "profiles") as opened:
        yield opened
