from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from studio.engines import registry
from studio.engines.base import EngineSetup
from studio.errors import EngineUnavailableError

SETUP = EngineSetup()

SPEC = """
from studio.engines.registry import EngineSpec

def create(setup):
    raise AssertionError("made too early")

SPEC = EngineSpec("{name}", "{name} engine", create, lambda setup: {reason!r})
NOT_A_SPEC = "a sentence"
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Installs a package that brings an engine, the way pip would leave it."""

    def add(name: str, attribute: str = "SPEC", reason: str | None = None) -> None:
        module = f"brings_{name}"
        monkeypatch.delitem(sys.modules, module, raising=False)
        (tmp_path / f"{module}.py").write_text(SPEC.format(name=name, reason=reason))
        info = tmp_path / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[studio.engines]\n{name} = {module}:{attribute}\n")

    monkeypatch.syspath_prepend(tmp_path)
    return add


def test_an_engine_of_another_package_takes_the_same_route(install) -> None:
    install("guest")
    assert registry.names() == ["csm", "kokoro", "guest"]
    assert registry.load_spec("guest").label == "guest engine"
    assert registry.choose("guest", SETUP).spec.name == "guest"


def test_listing_names_imports_nothing() -> None:
    code = (
        "import sys; from studio.engines import registry; registry.names();"
        "sys.exit('studio.engines.kokoro' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


def test_an_unknown_engine_is_refused_with_the_choices(install) -> None:
    install("guest")
    with pytest.raises(EngineUnavailableError, match=r"'csm9'.*auto, csm, kokoro, guest"):
        registry.choose("csm9", SETUP)


def test_an_engine_that_cannot_run_here_says_why(install) -> None:
    install("guest", reason="Its weights are missing; run 'fetch guest'.")
    with pytest.raises(EngineUnavailableError, match="fetch guest"):
        registry.choose("guest", SETUP)


@pytest.mark.parametrize("attribute", ["MISSING", "NOT_A_SPEC"])
def test_a_broken_package_is_named_and_hurts_no_other(
    install, monkeypatch: pytest.MonkeyPatch, attribute: str
) -> None:
    monkeypatch.setattr(registry, "BUILT_IN", ())
    install("a_broken_one", attribute)
    install("whole")
    with pytest.raises(EngineUnavailableError, match="'a_broken_one'"):
        registry.load_spec("a_broken_one")
    assert registry.choose("auto", SETUP).spec.name == "whole"


def test_auto_takes_the_first_that_can_run(install, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "BUILT_IN", ())
    install("absent", reason="No weights.")
    install("present")
    choice = registry.choose("auto", SETUP)
    assert choice.spec.name == "present"
    assert choice.passed_over == ("No weights.",)


def test_auto_with_nothing_that_runs_tells_all_the_reasons(
    install, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "BUILT_IN", ())
    install("one", reason="No weights.")
    install("two", "MISSING")
    with pytest.raises(EngineUnavailableError, match=r"No weights.*'two' does not load"):
        registry.choose("auto", SETUP)
