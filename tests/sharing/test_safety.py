"""A page is not shared as long as sharing it would be unsafe."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.errors import SettingsError
from studio.settings import Settings
from studio.sharing.safety import notes, require_safe


def settings(root: Path, **more: str) -> Settings:
    return Settings.read(profiles_dir=root / "profiles", **more)


def test_voices_must_not_lie_where_files_are_served_from(tmp_path: Path) -> None:
    require_safe(settings(tmp_path), tmp_path / "served")
    for served in (tmp_path, tmp_path / "profiles", tmp_path / "profiles" / "inside"):
        with pytest.raises(SettingsError, match="VOICE_STUDIO_PROFILES_DIR"):
            require_safe(settings(tmp_path), served)


def test_no_other_folder_may_be_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_ALLOWED_PATHS", "/home")
    with pytest.raises(SettingsError, match="GRADIO_ALLOWED_PATHS"):
        require_safe(settings(tmp_path), tmp_path / "served")


def test_a_space_is_shared_by_itself_and_a_machine_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not settings(tmp_path).is_shared
    assert settings(tmp_path, shared="yes").is_shared
    assert "everybody who reaches it" in notes(settings(tmp_path))[0]
    monkeypatch.setenv("SPACE_ID", "somebody/voice-studio")
    assert settings(tmp_path).is_shared
    assert not settings(tmp_path, shared="no").is_shared
    assert "hf_oauth: true" in notes(settings(tmp_path))[1]
    for name in ("CLIENT_ID", "CLIENT_SECRET", "SCOPES"):
        monkeypatch.setenv(f"OAUTH_{name}", "x")
        assert not settings(tmp_path).can_sign_in
    monkeypatch.setenv("OPENID_PROVIDER_URL", "http://127.0.0.1:1")
    assert settings(tmp_path).can_sign_in
    assert "can sign in" in notes(settings(tmp_path))[1]
