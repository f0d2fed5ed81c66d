"""Brings ``metadata.json`` of an older format up to date.

``MIGRATIONS`` is append-only: step n turns format n + 1 into format n + 2, works on the raw
object, and is never edited once it was published. The file itself changes with the next save.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from studio import profile
from studio.errors import ProfileDamagedError, ProfileTooNewError

Migration = Callable[[dict[str, Any]], dict[str, Any]]


def _add_prompting(raw: dict[str, Any]) -> dict[str, Any]:
    """Format 2 says how a voice is given to engines that read it as a prompt."""
    return {**raw, "defaults": {**raw.get("defaults", {}), "prompting": "two-segment"}}


def _add_consent_of_clips(raw: dict[str, Any]) -> dict[str, Any]:
    """Format 3 keeps what was stated for a clip that came later; none was kept before."""
    return {**raw, "segments": [{**segment, "consent": None} for segment in raw["segments"]]}


def _add_lexicon(raw: dict[str, Any]) -> dict[str, Any]:
    """Format 4 says how a voice says certain words."""
    return {**raw, "lexicon": ""}


MIGRATIONS: Final[list[Migration]] = [_add_prompting, _add_consent_of_clips, _add_lexicon]


def migrate(raw: dict[str, Any]) -> dict[str, Any]:
    """``raw`` in the current format; the same object if it is in it already.

    Raises:
        ProfileTooNewError: a newer studio wrote it.
        ProfileDamagedError: it does not say which format it has, or is not what it says.
    """
    version = raw.get("format_version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise ProfileDamagedError("it does not say which format it has")
    if version > profile.FORMAT_VERSION:
        raise ProfileTooNewError(
            f"A newer studio saved it (format {version}; this one reads up to "
            f"{profile.FORMAT_VERSION}). Update the studio to use it."
        )
    for step in MIGRATIONS[version - 1 :]:
        try:
            raw = step(raw)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ProfileDamagedError(f"it is not of format {version}") from error
        version += 1
        raw = {**raw, "format_version": version}
    return raw
