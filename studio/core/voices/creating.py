"""New voices: from clips, and what is said of them, to a profile on disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime

from studio.core.voices.making import Clip, Progress, make_segments, measure
from studio.core.voices.one_person import name_strangers
from studio.core.voices.starters import ALL_STARTERS, CONSENT, Starter, read_starters
from studio.errors import ProfileExistsError
from studio.profile import (
    Consent,
    Defaults,
    ProfileMetadata,
    clean_consent,
    clean_language,
    clean_name,
    clean_tags,
    read_prompting,
)
from studio.settings import Settings
from studio.store import ProfileStore
from studio.store.layout import slug
from studio.types import Prompting


def create_profile(
    store: ProfileStore,
    settings: Settings,
    name: str,
    clips: Sequence[Clip],
    *,
    consent: str,
    language: str,
    tags: Sequence[str],
    prompting: Prompting | str,
    starter: bool,
    on_progress: Progress | None,
) -> ProfileMetadata:
    """Make a voice from ``clips`` and save it whole; see ``Studio.create_profile``."""
    shown_name = clean_name(name)
    statement = clean_consent(consent)
    language = clean_language(language)
    shown_tags = clean_tags(tags)
    defaults = Defaults(prompting=read_prompting(prompting))
    store.require_free_name(shown_name)
    made = make_segments(clips, settings, language=language, on_progress=on_progress)
    now = datetime.now(UTC)
    metadata = ProfileMetadata(
        id=store.free_id(shown_name),
        name=shown_name,
        language=language,
        created_at=now,
        updated_at=now,
        consent=Consent(statement=statement, given_at=now),
        tags=shown_tags,
        characteristics=measure([(s.cleaned, s.speech, s.record.transcript) for s in made]),
        segments=name_strangers([s.record for s in made], [s.cleaned for s in made]),
        defaults=defaults,
        starter=starter,
    )
    return store.create(metadata, {s.record.id: s.files for s in made})


def create_starters(
    store: ProfileStore,
    create: Callable[..., ProfileMetadata],
    on_progress: Progress | None,
) -> list[ProfileMetadata]:
    """Let ``create`` make the starter voices, once per library.

    Each is marked after it was made, and all of them at the end. Whatever stops this, the next
    call goes on: with those that are neither marked nor, under whatever name, in the library or
    in the bin, where the mark of the last one may be missing.
    """
    if store.is_done(ALL_STARTERS):
        return []
    added = []
    starters = read_starters()
    for number, starter in enumerate(starters):
        mark = f"starter-voice-{slug(starter.name)}"
        if store.is_done(mark):
            continue
        if not _was_made(store, starter):
            if on_progress is not None:
                on_progress(number / len(starters), f"Making the starter voice {starter.name}")
            with suppress(ProfileExistsError):
                added.append(
                    create(
                        starter.name,
                        [Clip(starter.clip, transcript=starter.transcript)],
                        consent=CONSENT,
                        language=starter.language,
                        tags=starter.tags,
                        starter=True,
                    )
                )
        store.mark_done(mark)
    store.mark_done(ALL_STARTERS)
    return added


def _was_made(store: ProfileStore, starter: Starter) -> bool:
    return any(
        voice.starter and any(clip.source_name == starter.clip.name for clip in voice.segments)
        for voice in store.known()
    )
