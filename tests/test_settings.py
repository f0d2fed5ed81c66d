from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from studio.errors import SettingsError
from studio.settings import CONFIG_FILE, Settings


@pytest.fixture(autouse=True)
def empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_setting_says_why_it_is_so() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name


def test_argument_before_variable_before_file_before_default(
    monkeypatch: pytest.MonkeyPatch, empty_directory: Path
) -> None:
    assert Settings.read().port is None
    assert Settings.read().owner == "local"
    (empty_directory / CONFIG_FILE).write_text('port = 1001\nowner = "file"\n')
    assert Settings.read().port == 1001
    monkeypatch.setenv("VOICE_STUDIO_PORT", "1002")
    assert Settings.read().port == 1002
    assert Settings.read(port=1003).port == 1003
    assert Settings.read(port=1003).owner == "file"


def test_a_misspelt_variable_is_named_with_the_choices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICE_STUDIO_PROFILE_DIR", "/somewhere")
    named = r"VOICE_STUDIO_PROFILE_DIR is.*Did you mean VOICE_STUDIO_PROFILES_DIR"
    with pytest.raises(SettingsError, match=named):
        Settings.read()


def test_the_variable_of_the_tests_keeps_nobody_from_starting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VOICE_STUDIO_TEST_SPEECH", "/recordings")
    assert Settings.read().owner == "local"


def test_the_model_may_be_given_as_a_path() -> None:
    assert Settings.read(model=Path("weights")).model == "weights"


def test_a_misspelt_line_is_named_with_the_choices(empty_directory: Path) -> None:
    (empty_directory / CONFIG_FILE).write_text("prot = 1\n")
    with pytest.raises(SettingsError, match=r"prot.*port"):
        Settings.read()


@pytest.mark.parametrize("content", [b"port = = 1", b"\xff\xfe", b"port", b"[port]\nx = 1\n"])
def test_a_broken_file_is_a_sentence(empty_directory: Path, content: bytes) -> None:
    (empty_directory / CONFIG_FILE).write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        Settings.read()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "seven"),
        ("PORT", "70000"),
        ("TARGET_LUFS", "nan"),
        ("MAX_CLIP_S", "inf"),
        ("OWNER", "../root"),
        ("CLOSENESS", "1.5"),
    ],
)
def test_a_value_out_of_range_is_a_sentence_with_the_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"VOICE_STUDIO_{name}", value)
    with pytest.raises(SettingsError, match=name.lower()) as caught:
        Settings.read()
    assert "\n" not in str(caught.value)


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        Settings.read().port = 1  # type: ignore[misc]
