"""Whether a page may be shared as things are set, and what whoever runs it should know."""

from __future__ import annotations

from pathlib import Path

from studio.errors import SettingsError
from studio.settings import Settings


def require_safe(settings: Settings, uploads: Path) -> None:
    """Make sure that a page may be shared. ``uploads`` is the folder of all that it serves.

    Raises:
        SettingsError: it may not; the message says why, and what to do.
    """
    profiles, served = settings.profiles_dir.resolve(), uploads.resolve()
    if profiles.is_relative_to(served) or served.is_relative_to(profiles):
        raise SettingsError(
            f"The page is not shared: voices are kept in {profiles}, and the files that it serves "
            f"in {served}. One must not lie in the other: set VOICE_STUDIO_PROFILES_DIR or "
            "GRADIO_TEMP_DIR."
        )
    if settings.serves_more:
        raise SettingsError(
            "The page is not shared: with GRADIO_ALLOWED_PATHS everybody could read files of this "
            "machine. Take that variable away."
        )


def notes(settings: Settings) -> list[str]:
    """How the page is shared, and what is missing, a sentence each."""
    if not settings.is_shared:
        told = "The page is for one person: everybody who reaches it has the same voices."
        return [f"{told} VOICE_STUDIO_SHARED=yes gives each their own."]
    minutes = f"{settings.visit_minutes:g} min"
    said = [
        f"The page is shared: each visitor has a space of their own for {minutes}, with at most "
        f"{settings.owner_voices} voices, {settings.owner_minutes:g} min of clips and "
        f"{settings.owner_mb:g} MB."
    ]
    if settings.can_sign_in:
        said.append("People can sign in with Hugging Face, and keep their voices.")
    elif settings.on_space:
        said.append("Nobody can sign in: 'hf_oauth: true' is missing in the Space's README.")
    else:
        said.append("Nobody can sign in: that takes a Hugging Face Space.")
    return said
