"""``metadata.json`` as bytes: strict when read, and only what can be read again is written."""

from __future__ import annotations

import json
from typing import Any, Final, NoReturn

from pydantic import ValidationError

from studio.errors import ProfileDamagedError, ProfileError
from studio.profile import ProfileMetadata
from studio.store.migrations import migrate

_RESCUE: Final = "Restore it from an export or a backup, or delete it; 'check' looks for more."

MAX_METADATA_BYTES: Final = 4_000_000
"""Twice what 64 segments with the longest transcripts take."""


def encode(metadata: ProfileMetadata) -> bytes:
    """``metadata`` as UTF-8 JSON for people and machines, in the order of the schema.

    Raises:
        ProfileError: it breaks the schema, so that nobody could read it again.
    """
    try:
        text = json.dumps(metadata.model_dump(mode="json"), ensure_ascii=False, indent=2) + "\n"
        data = text.encode()
        if len(data) > MAX_METADATA_BYTES:
            raise ValueError("there is too much text in it")
        if ProfileMetadata.model_validate_json(data, strict=True) != metadata:
            raise ValueError("a value would not come back as it is")
    except ValidationError as error:
        raise ProfileError(f"The voice cannot be saved: {_first(error)}.") from error
    except UnicodeError as error:
        raise ProfileError(
            "The voice cannot be saved: a text holds half a character. Type that text again."
        ) from error
    except ValueError as error:
        raise ProfileError(f"The voice cannot be saved: {error}.") from error
    return data


def decode(data: bytes) -> ProfileMetadata:
    """The metadata in the bytes of a ``metadata.json`` of this or an older format.

    Raises:
        ProfileDamagedError: what is wrong, as the end of a sentence.
        ProfileTooNewError: a newer studio wrote it.
    """
    if len(data) > MAX_METADATA_BYTES:
        raise ProfileDamagedError(f"it has more than {MAX_METADATA_BYTES / 1e6:.0f} MB")
    raw = parse_object(data)
    current = migrate(raw)
    text = data if current is raw else json.dumps(current).encode()
    try:
        return ProfileMetadata.model_validate_json(text, strict=True)
    except ValidationError as error:
        raise ProfileDamagedError(_first(error)) from error


def damaged(profile_id: str, what: str) -> ProfileDamagedError:
    """The error for the person: ``what`` is wrong with the profile, and what can be done."""
    return ProfileDamagedError(f"The voice {profile_id!r} is damaged: {what}. {_RESCUE}")


def parse_object(data: bytes) -> dict[str, Any]:
    """A JSON object without doubled keys, NaN or infinity.

    Raises:
        ProfileDamagedError: it is something else; the message is the end of a sentence.
    """
    try:
        raw = json.loads(data.decode(), object_pairs_hook=_no_twins, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise ProfileDamagedError("it is not UTF-8 text") from error
    except RecursionError as error:
        raise ProfileDamagedError("it is nested too deeply") from error
    except json.JSONDecodeError as error:
        raise ProfileDamagedError(f"line {error.lineno} is not valid JSON ({error.msg})") from error
    except ValueError as error:
        raise ProfileDamagedError(str(error)) from error
    if not isinstance(raw, dict):
        raise ProfileDamagedError("it is not a JSON object")
    return raw


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a key stands in it twice")
    return made


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ").rstrip(".")
    return f"{place}: {message}" if place else message
