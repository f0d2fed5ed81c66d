"""What docs/deploy.md, the container and the Space's files say is so."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from studio.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
PATIENCE_S = 120


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_settings_of_a_shared_page_are_those_of_the_studio() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\S+) \|", read("docs/deploy.md"), flags=re.MULTILINE)
    assert len(rows) > 10
    for name, told in rows:
        default = Settings.model_fields[name].default
        assert told == (default if isinstance(default, str) else f"{default:g}"), name


def test_every_test_that_security_names_is_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", read("docs/security.md"))
    assert len(named) > 15
    for path, test in named:
        assert not test or f"def {test}(" in read(path), f"{path}::{test}"


def test_the_container_copies_what_there_is_and_runs_as_nobody_special() -> None:
    told = read("Dockerfile")
    for line in re.findall(r"^COPY (.+)$", told, flags=re.MULTILINE):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source
    for name in re.findall(r"VOICE_STUDIO_(\w+)=", told):
        assert name.lower() in Settings.model_fields
    assert told.index("USER studio") < told.index('CMD ["python", "app.py"]')


def test_the_front_matter_is_that_of_a_space() -> None:
    matter = dict(
        re.findall(r"^(\w+): (.+)$", read("README.md").split("---")[1], flags=re.MULTILINE)
    )
    assert matter["sdk"] == "gradio"
    assert f"gradio[oauth]=={matter['sdk_version']}" in read("requirements.txt")
    assert (ROOT / matter["app_file"]).exists()
    assert matter["hf_oauth"] == "true"


@pytest.mark.parametrize("signs_in", [False, True], ids=["without logins", "with logins"])
def test_the_app_starts_as_on_a_space(tmp_path: Path, signs_in: bool, small_voice: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    space = {
        "SPACE_ID": "somebody/voice-studio", "SPACE_HOST": "somebody-voice-studio.hf.space",
        "SPACE_AUTHOR_NAME": "somebody", "SYSTEM": "spaces", "GRADIO_SERVER_NAME": "127.0.0.1",
        "GRADIO_SERVER_PORT": str(port), "HOME": str(tmp_path), "HF_HUB_OFFLINE": "1",
        "VOICE_STUDIO_PROFILES_DIR": str(tmp_path / "profiles"),
        "VOICE_STUDIO_STUDIO_VOICE": str(small_voice), "GRADIO_TEMP_DIR": str(tmp_path / "served"),
        "GRADIO_ANALYTICS_ENABLED": "False",
    }  # fmt: skip
    logins = {
        "OAUTH_CLIENT_ID": "id", "OAUTH_CLIENT_SECRET": "secret", "OAUTH_SCOPES": "openid profile",
        "OPENID_PROVIDER_URL": "http://127.0.0.1:9",
    }  # fmt: skip
    log = tmp_path / "log"
    with log.open("w") as told:
        app = subprocess.Popen(
            [sys.executable, "app.py"],
            cwd=ROOT,
            env={**os.environ, **space, **(logins if signs_in else {})},
            stdout=told,
            stderr=subprocess.STDOUT,
        )
    try:
        page = first_answer(f"http://127.0.0.1:{port}", app, log)
        assert page.status_code == 200
        assert "voice_studio_visit" in page.headers["set-cookie"]
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:
            shown = http.get("/config").text
            assert ("Sign in to keep your voices" in shown) is signs_in
            login = http.get("/login/huggingface")
            assert login.status_code == (502 if signs_in else 404)
            told_to_try = "Signing in did not work" in login.text
            assert told_to_try is signs_in
            assert http.post("/gradio_api/call/list_voices", json={"data": []}).status_code == 401
    finally:
        app.terminate()
        app.wait(PATIENCE_S)
    assert "The page is shared" in log.read_text()


def first_answer(url: str, app: subprocess.Popen[bytes], log: Path) -> httpx.Response:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        assert app.poll() is None, log.read_text()
        try:
            return httpx.get(url, timeout=60)
        except httpx.ConnectError:
            assert time.monotonic() < deadline, log.read_text()
