"""Commands about the engines: which there are, and getting what they need."""

from __future__ import annotations

import argparse
from typing import Any

from studio.cli.answer import Answer, facts, size, table
from studio.cli.progress import ProgressLine
from studio.core.engines.pool import EngineStatus
from studio.errors import OptionsError
from studio.studio import Studio


def engines(studio: Studio, options: argparse.Namespace) -> Answer:
    statuses = studio.engines()
    text = table(
        ["Engine", "Runs here", "Device", "Numbers", ">Positions", "What it is"],
        [_cells(status) for status in statuses],
    )
    reasons = [f"{status.name}: {status.reason}" for status in statuses if status.reason]
    rows = [engine_row(status) for status in statuses]
    return Answer({"engines": rows}, "\n\n".join([text, *reasons]))


def fetch(studio: Studio, options: argparse.Namespace) -> Answer:
    names = [status.name for status in studio.engines()]
    if options.engine not in names:
        raise OptionsError(
            f"There is no engine {options.engine!r} to fetch. Choose one of: {', '.join(names)}."
        )
    with ProgressLine() as progress:
        studio.fetch_model(progress, engine=options.engine)
    weights = studio.weights(options.engine)
    if weights is None:
        return Answer({"engine": options.engine}, f"The engine {options.engine} has what it needs.")
    data = {
        "engine": options.engine,
        "model": weights.model,
        "path": str(weights.folder),
        "bytes": weights.size_bytes,
        "revision": weights.revision,
    }
    text = facts(
        [
            ("Model", weights.model),
            ("Folder", str(weights.folder)),
            ("Size", size(weights.size_bytes)),
            ("Revision", weights.revision[:16]),
        ]
    )
    return Answer(data, text)


def engine_row(status: EngineStatus) -> dict[str, Any]:
    """One engine as plain values; of one that cannot run here only the name and the reason."""
    info = status.info
    return {
        "name": status.name,
        "label": status.label,
        "available": status.available,
        "reason": status.reason,
        "revision": info.revision if info else None,
        "sample_rate": info.sample_rate if info else None,
        "device": info.device if info else None,
        "dtype": info.dtype if info else None,
        "max_positions": info.max_positions if info else None,
        "capabilities": sorted(info.capabilities) if info else [],
    }


def _cells(status: EngineStatus) -> list[str]:
    info = status.info
    if info is None:
        return [status.name, "no", "–", "–", "–", status.label]
    positions = "–" if info.max_positions is None else f"{info.max_positions:,}"
    return [status.name, "yes", info.device, info.dtype, positions, status.label]
