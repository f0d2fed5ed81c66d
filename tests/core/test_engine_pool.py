"""Which engine is used when one turns out not to load, with engines of other packages."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.core.engines.pool import EnginePool
from studio.engines import registry
from studio.engines.base import Engine, EngineSetup
from studio.errors import EngineError, EngineUnavailableError, OptionsError

GUEST = """
from pathlib import Path

from studio.engines.registry import EngineSpec
from studio.errors import EngineUnavailableError

WEIGHTS = Path({weights!r})


class Guest:
    def load(self, progress=None):
        progress(0.0, "Loading")
        if not WEIGHTS.exists():
            raise EngineUnavailableError("The weights of {name} are damaged. Fetch them again.")
        progress(1.0, "Loaded")

    def close(self):
        pass


def fetch(setup, progress):
    WEIGHTS.touch()
    return WEIGHTS


SPEC = EngineSpec("{name}", "{name} engine", lambda setup: Guest(), lambda setup: None, fetch)
"""

Install = Callable[..., Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Installs a package that brings an engine; gives the file without which it does not load."""
    monkeypatch.setattr(registry, "BUILT_IN", ())
    monkeypatch.syspath_prepend(tmp_path)

    def add(name: str, *, damaged: bool = False) -> Path:
        module, weights = f"guest_{name}", tmp_path / f"{name}.weights"
        if not damaged:
            weights.touch()
        monkeypatch.delitem(sys.modules, module, raising=False)
        (tmp_path / f"{module}.py").write_text(GUEST.format(name=name, weights=str(weights)))
        info = tmp_path / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[studio.engines]\n{name} = {module}:SPEC\n")
        return weights

    return add


@pytest.fixture
def pool() -> EnginePool:
    return EnginePool(EngineSetup())


def name_of(engine: Engine) -> str:
    return type(engine).__module__


def test_the_next_best_is_used_until_what_is_missing_was_fetched(
    install: Install, pool: EnginePool
) -> None:
    install("a", damaged=True)
    install("b")
    used = pool.use("auto", name_of)
    assert used.made == "guest_b"
    (reason,) = used.notes
    assert "of a are damaged" in reason
    assert pool.choice("auto").passed_over == (reason,)
    assert pool.use("auto", name_of).notes == ()
    with pytest.raises(EngineUnavailableError, match="of a are damaged"):
        pool.use("a", name_of)
    pool.fetch("a", None)
    assert pool.use("auto", name_of).made == "guest_a"
    assert pool.choice("auto").passed_over == ()


def test_the_last_engine_is_asked_again(install: Install, pool: EnginePool) -> None:
    weights = install("a", damaged=True)
    for _ in range(2):
        with pytest.raises(EngineUnavailableError, match=r"^The weights of a are damaged"):
            pool.use("auto", name_of)
    weights.touch()
    assert pool.use("auto", name_of).made == "guest_a"


def test_nothing_is_loaded_in_a_pool_that_was_closed(install: Install, pool: EnginePool) -> None:
    install("a")

    def close(share: float, what: str) -> None:
        pool.close()

    with pytest.raises(EngineError, match="was closed"):
        pool.use("auto", name_of, close)
    with pytest.raises(EngineUnavailableError, match="was closed"):
        pool.use("auto", name_of)


def test_a_download_may_end_when_the_studio_was_closed(install: Install, pool: EnginePool) -> None:
    weights = install("a", damaged=True)
    install("b")
    assert pool.use("auto", name_of).made == "guest_b"
    pool.close()
    pool.fetch("a", None)
    assert weights.exists()


@pytest.mark.parametrize("name", [None, 3, b"a", ["a"]])
def test_an_engine_that_is_no_name_is_a_sentence(pool: EnginePool, name: object) -> None:
    for ask in (pool.get, pool.choice):
        with pytest.raises(OptionsError, match="engine must be a string"):
            ask(name)  # type: ignore[operator]
