"""A library of a thousand voices: how long it takes to list and to find one."""

from __future__ import annotations

from pathlib import Path

from bench.figures import Figure, median_seconds, seconds
from bench.material import Setting, some_recording
from studio.core.voices.making import Clip
from studio.store import ProfileStore
from studio.studio import Studio

VOICES = 1_000
QUICK_VOICES = 200


def measure(setting: Setting) -> list[Figure]:
    root = setting.folder / "profiles"
    recording = some_recording(setting)
    count = QUICK_VOICES if setting.quick else VOICES
    with Studio.open(root) as studio:
        studio.create_profile(
            "Voice 1", [Clip(recording.path)], consent="A public recording, used to measure."
        )
        copies_s, _ = seconds(
            lambda: [studio.duplicate("voice-1", f"Voice {n}") for n in range(2, count + 1)]
        )

    # A store that was just opened, as a new process has it; then the same one again.
    list_s = median_seconds(lambda: ProfileStore(root).list(), 5)
    opened = ProfileStore(root)
    assert len(opened.list()) == count
    again_s = median_seconds(opened.list, 5)
    find_s = median_seconds(lambda: ProfileStore(root).find(f"Voice {count}"), 5)
    raw_s = median_seconds(lambda: _read_all(root), 5)
    return [
        Figure(
            f"list {count:,} voices", 1000 * list_s, "ms", 300.0,
            baseline=1000 * raw_s, baseline_name="to read the files",
            note=f"again in the same process: {1000 * again_s:.0f} ms",
        ),
        Figure("find one of them by name", 1000 * find_s, "ms"),
        Figure("save one more (copy, synced to disk)", 1000 * copies_s / (count - 1), "ms"),
    ]  # fmt: skip


def _read_all(root: Path) -> int:
    return sum(len(path.read_bytes()) for path in root.glob("*/*/metadata.json"))
