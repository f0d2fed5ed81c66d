"""Codec tokens of a voice: made once from its clips, for engines that read them, and kept."""

from __future__ import annotations

import logging
from dataclasses import replace

from studio.engines.base import TokenMaker
from studio.errors import ProfileChangedError, ProfileDamagedError, StorageError
from studio.profile import ProfileMetadata
from studio.store import ProfileStore, SegmentFiles
from studio.types import CodecTokens, Progress, Segment

log = logging.getLogger(__name__)


def with_tokens(
    store: ProfileStore,
    maker: TokenMaker,
    metadata: ProfileMetadata,
    segments: list[Segment],
    progress: Progress | None = None,
) -> list[Segment]:
    """``segments`` of ``metadata`` with tokens of the codec of ``maker``: those that are kept, or
    new ones, which are kept from now on."""
    codec = maker.codec
    found, made = [], {}
    for number, segment in enumerate(segments):
        tokens = _kept(store, metadata.id, segment.id)
        if tokens is None or (tokens.codec, tokens.revision) != codec:
            if progress is not None:
                progress(number / len(segments), "Encoding the clips")
            assert segment.audio is not None
            tokens = made[segment.id] = maker.encode(segment.audio)
        found.append(replace(segment, tokens=tokens))
    if made:
        _keep(store, metadata, made)
    return found


def _kept(store: ProfileStore, profile_id: str, segment_id: str) -> CodecTokens | None:
    try:
        return store.tokens(profile_id, segment_id)
    except ProfileDamagedError as error:
        log.warning("codec tokens of %s are made again: %s", profile_id, error)
        return None


def _keep(store: ProfileStore, metadata: ProfileMetadata, made: dict[str, CodecTokens]) -> None:
    cleared = tuple(
        record.model_copy(update={"tokens_sha256": None, "frames": None})
        if record.id in made
        else record
        for record in metadata.segments
    )
    try:
        if cleared != metadata.segments:  # tokens of another codec go first
            metadata = store.update(
                metadata.model_copy(update={"segments": cleared}),
                expected_revision=metadata.revision,
            )
        store.update(
            metadata,
            expected_revision=metadata.revision,
            add={name: SegmentFiles(tokens=tokens) for name, tokens in made.items()},
        )
    except (ProfileChangedError, StorageError) as error:
        # They can be made again at any time; neither a full disk nor another tab silences a voice.
        log.warning("codec tokens of %s are not kept: %s", metadata.id, error)
