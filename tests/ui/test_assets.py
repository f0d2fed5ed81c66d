"""What stands in ``assets/`` is loaded, all of it."""

from __future__ import annotations

from studio.ui.assets import FOLDER, SCRIPTS, STYLES


def test_every_script_and_stylesheet_is_loaded_once() -> None:
    assert sorted(SCRIPTS) == sorted(path.name for path in FOLDER.glob("*.js"))
    assert sorted(STYLES) == sorted(path.name for path in FOLDER.glob("*.css"))
