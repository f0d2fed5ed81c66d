"""Settings: the only place that reads the environment and the config file.

A setting comes from, in this order: an argument, a variable ``VOICE_STUDIO_<NAME>``, a line of
``voice-studio.toml`` in the working directory, the default here. A name that is not a setting is
an error, wherever it stands, so that a misspelt one cannot pass unnoticed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from studio.errors import SettingsError

ENV_PREFIX = "VOICE_STUDIO_"
CONFIG_FILE = "voice-studio.toml"

_OF_THE_TESTS = frozenset({"VOICE_STUDIO_TEST_SPEECH"})
"""Variables that only the tests read: whoever has set one can still start the studio."""

_ZERO_GPU_VALUES = {"1", "t", "true"}
"""What the package ``spaces`` itself takes for a yes."""


class Settings(BaseSettings):
    """All settings, frozen. Use ``Settings.read()``, which speaks plainly about mistakes."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX, toml_file=CONFIG_FILE, extra="forbid", frozen=True
    )

    profiles_dir: Path = Field(
        Path("profiles"),
        description="Where voice profiles are kept; beside the app, so that a "
        "copy of the folder is a copy of the studio.",
    )
    owner: str = Field(
        "local",
        pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$",
        description="Whose profiles these are; 'local' on one's own machine.",
    )
    engine: str = Field(
        "auto", description="Which engine speaks: 'auto' takes the best one this machine can run."
    )

    # The model
    model: str = Field(
        "sesame/csm-1b",
        min_length=1,
        description="The weights of the engine 'csm': a folder, or an id on the model hub.",
    )
    quantize: Literal["none", "int8", "int4", "auto"] = Field(
        "auto",
        description="How the weights are kept: fewer bits are faster where memory is the limit; "
        "'auto' takes int4 on a processor and none on a graphics card.",
    )
    dtype: Literal["auto", "bfloat16", "float32"] = Field(
        "auto",
        description="The numbers that are calculated with. 'auto' takes bfloat16, which is half "
        "the memory, but with quantize 'none' on a processor those of the weights, so that nothing "
        "is rounded.",
    )
    csm_caution: bool = Field(
        True,
        description="Watch over what CSM says: a sentence that stays silent is begun anew, one "
        "that gets stuck is ended. Written without the real weights; docs/csm.md says how to "
        "judge it on them. Without it one hears what the model says.",
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        "auto", description="Where engines run; 'auto' takes a graphics card if there is one."
    )
    cache_dir: Path = Field(
        Path("~/.cache/voice-studio"),
        description="Where copies of weights are kept that load faster; safe to delete.",
    )

    studio_voice: Path | None = Field(
        None,
        description="Weights of one's own for the engine 'kokoro': a safetensors file with the "
        "layout of Kokoro-82M. None takes those of its packages.",
    )

    # Reference clips
    target_lufs: float = Field(
        -20.0,
        ge=-36.0,
        le=-10.0,
        description="Loudness of cleaned clips, LUFS. Conversational "
        "speech keeps about 14 dB of peaks above it, so -20 fits under the ceiling.",
    )
    true_peak_ceiling_dbtp: float = Field(
        -1.0,
        ge=-9.0,
        le=0.0,
        description="No sample between samples goes above this, dBTP; "
        "lossy formats need the last decibel.",
    )
    max_clip_mb: float = Field(
        50.0, gt=0, le=2_000, description="Largest file that is read, MB: an hour of MP3."
    )
    max_clip_s: float = Field(
        600.0,
        gt=0,
        le=7_200,
        description="Longest clip that is decoded, s. A voice needs "
        "10 to 30 s; ten minutes leave room to choose from.",
    )
    decode_timeout_s: float = Field(
        30.0, gt=0, le=600, description="A clip that takes longer to decode is given up, s."
    )

    # Speech
    max_text_chars: int = Field(
        5_000,
        ge=1,
        le=100_000,
        description="Longest text spoken in one go, characters: about six minutes of speech.",
    )
    closeness: float = Field(
        0.85,
        ge=0.0,
        le=1.0,
        description="From most natural (0) to closest to the person (1), for engines that offer "
        "the choice. A voice is made ready for 0.85, so its first sound is soonest there.",
    )
    temperature: float = Field(
        0.8,
        ge=0.0,
        le=2.0,
        description="0: the same each time; higher: livelier.",
    )

    lexicon: Path | None = Field(
        None,
        description="A text file that says how certain words are said, one 'word = respelling' or "
        "'word = /phonemes/' a line. None takes lexicon.txt beside the voices, if it is there.",
    )

    # Memory
    voices_mb: float = Field(
        1_024.0,
        gt=0,
        le=1_000_000,
        description="Voices that engines have read and that are held ready, MB, on a graphics card "
        "if there is one: some sixty of CSM's with 30 s of clips each. What nobody spoke with the "
        "longest goes first and is loaded again from its file.",
    )
    talks_mb: float = Field(
        1_024.0,
        ge=0,
        le=1_000_000,
        description="What engines have read of all conversations, MB, on a graphics card if there "
        "is one: with CSM some forty minutes of talk. What was quiet the longest is let go first, "
        "and its next reply begins a little later; nothing of it is forgotten.",
    )
    idle_buffers_mb: float = Field(
        256.0,
        ge=0,
        le=1_000_000,
        description="Working memory that an engine keeps after several replies at once, MB, for "
        "the next time: that of three or four replies of CSM.",
    )
    forms_mb: float = Field(
        256.0,
        ge=0,
        le=1_000_000,
        description="Recordings that are held ready, unpacked, for the forms of all visitors, MB: "
        "some forty of 30 s. What was idle the longest goes first and is read again from its file "
        "when it is saved.",
    )

    # Sharing
    shared: Literal["auto", "yes", "no"] = Field(
        "auto",
        description="Whether the page is for many people, each with voices of their own. 'auto' "
        "shares it on a Hugging Face Space, where anybody can come by.",
    )
    visit_minutes: float = Field(
        60.0,
        ge=1,
        le=10_080,
        description="How long a visitor's voices are kept who does not sign in, min; the visitor "
        "can start the time anew as often as they like.",
    )
    owner_voices: int = Field(
        20, ge=1, le=100_000, description="Voices that everybody can keep on a shared page."
    )
    owner_minutes: float = Field(
        30.0,
        gt=0,
        le=1_000_000,
        description="Clips that everybody can keep on a shared page, min: 20 voices of 90 s.",
    )
    owner_mb: float = Field(
        500.0,
        gt=0,
        le=10_000_000,
        description="What everybody can keep on the disk of a shared page, MB: clips, originals "
        "and what engines have read of them take some 10 MB a minute, with CSM 100.",
    )
    turns_at_once: int = Field(
        1,
        ge=1,
        le=64,
        description="Works that a shared page computes at once; the others wait for their turn. "
        "Two at once on one machine take as long as one after the other.",
    )
    turns_waiting: int = Field(
        100, ge=1, le=1_000, description="Works that may wait on a shared page; more are refused."
    )
    turns_waiting_each: int = Field(
        6, ge=1, le=1_000, description="Works of one person that may wait on a shared page."
    )
    turns_an_hour: int = Field(
        600, ge=1, le=1_000_000, description="Works of one person on a shared page in an hour."
    )
    copies_minutes: float = Field(
        60.0,
        ge=1,
        le=10_080,
        description="How long the page keeps the sounds and exports that it has handed out, min.",
    )
    # Page
    host: str | None = Field(
        None,
        description="Address to serve on. None leaves it to Gradio: only this machine, "
        "or what a Hugging Face Space asks for.",
    )
    port: int | None = Field(
        None,
        ge=0,
        le=65_535,
        description="Port to serve on. None takes the first free one from 7860.",
    )
    starter_voices: bool = Field(
        True, description="Make the starter voices when the studio is opened for the first time."
    )

    @field_validator("model", mode="before")
    @classmethod
    def _model_may_be_a_path(cls, model: object) -> object:
        return str(model) if isinstance(model, Path) else model

    @property
    def on_space(self) -> bool:
        """Whether this is a Hugging Face Space."""
        return bool(os.environ.get("SPACE_ID"))

    @property
    def is_shared(self) -> bool:
        """Whether the page is for many people, each with voices of their own."""
        return self.shared == "yes" or (self.shared == "auto" and self.on_space)

    @property
    def can_sign_in(self) -> bool:
        """Whether people can sign in here: a Space that Hugging Face has given what that takes."""
        needed = ("OAUTH_CLIENT_ID", "OAUTH_CLIENT_SECRET", "OAUTH_SCOPES", "OPENID_PROVIDER_URL")
        return self.on_space and all(os.environ.get(name) for name in needed)

    @property
    def serves_more(self) -> bool:
        """Whether Gradio is told to serve more folders of this machine than the page needs."""
        return bool(os.environ.get("GRADIO_ALLOWED_PATHS"))

    @property
    def zero_gpu(self) -> bool:
        """Whether this is a Hugging Face Space that is lent a graphics card for each call."""
        return os.environ.get("SPACES_ZERO_GPU", "").lower() in _ZERO_GPU_VALUES

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @classmethod
    def read(cls, **overrides: Any) -> Settings:
        """The settings in force.

        Raises:
            SettingsError: a setting is unknown, or its value is not allowed.
        """
        _refuse_unknown_variables(os.environ)
        try:
            return cls(**overrides)
        except ValidationError as error:
            raise SettingsError(_sentence(error)) from error
        except ValueError as error:  # the TOML reader's own
            raise SettingsError(
                f"{CONFIG_FILE} cannot be read: {error}. Mend that line."
            ) from error


def _refuse_unknown_variables(environ: Mapping[str, str]) -> None:
    known = {f"{ENV_PREFIX}{name}".upper() for name in Settings.model_fields}
    unknown = sorted(
        key
        for key in environ
        if key.upper().startswith(ENV_PREFIX) and key.upper() not in known | _OF_THE_TESTS
    )
    if unknown:
        asked = unknown[0].upper().removeprefix(ENV_PREFIX)
        close = get_close_matches(asked, [name.upper() for name in Settings.model_fields], n=3)
        meant = " or ".join(ENV_PREFIX + name for name in close)
        raise SettingsError(
            f"{unknown[0]} is not a setting. "
            + (f"Did you mean {meant}?" if meant else "docs/deploy.md lists the settings.")
        )


def _sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"]) or "a setting"
    if first["type"] == "extra_forbidden":
        close = get_close_matches(name, Settings.model_fields, n=3)
        meant = " or ".join(repr(one) for one in close)
        return f"{name!r} is not a setting. " + (
            f"Did you mean {meant}?" if meant else "docs/deploy.md lists the settings."
        )
    return f"The setting {name!r} cannot be {first['input']!r}: {first['msg']}."
