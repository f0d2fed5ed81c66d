"""The import graph is the architecture; this reads both and refuses what differs.

Every import counts, also those inside functions and under TYPE_CHECKING.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted([*(ROOT / "studio").rglob("*.py"), *ROOT.glob("app.py")])

ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `([a-z_.]+)` \| .* \| ([a-z_., –]+) \|$", re.MULTILINE)
MAY_IMPORT = {
    room: set() if imported == "–" else set(imported.split(", "))
    for room, imported in ROW.findall(ARCHITECTURE)
}
"""The rooms and their arrows, as section 2 of the architecture states them."""

MOST_MODULES = 14
MOST_LINES = 400
ONLY_IN = {
    package: set(rooms.split())
    for packages, rooms in {
        "gradio gradio_client": "ui app",
        "fastapi": "app",
        "torch torchaudio moshi transformers": "analysis codec engines native",
        "silero_vad resemblyzer": "analysis",
        "pickle joblib dill cloudpickle marshal shelve": "",
    }.items()
    for package in packages.split()
}
FORBIDDEN_CALLS = {
    "eval", "exec", "torch.load", "np.load", "numpy.load", "logging.basicConfig",
    "logging.config.dictConfig", "logging.config.fileConfig",
}  # fmt: skip
# Resemblyzer ships its weights as a pickle; the file's hash is checked before it is opened, and
# then only tensors are read (weights_only).
ALLOWED = {"studio.analysis.speaker_encoder": ["torch.load()"]}
ENVIRONMENT = {"environ", "environb", "getenv", "putenv", "unsetenv"}


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in FILES}


def room_of(module: str) -> str:
    """The folder that ``module`` stands in; a module in ``studio/`` itself is a room of its own."""
    package, _, name = module.rpartition(".")
    if module in MODULES and MODULES[module].name == "__init__.py":
        package = module
    return package.partition(".")[2] or name or module


def imports(tree: ast.AST) -> Iterator[str]:
    """Full names of the modules that are imported; a name taken from a module is that module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            source = node.module or ""
            for alias in node.names:
                whole = f"{source}.{alias.name}"
                yield whole if whole in MODULES else source


def problems(room: str, source: str) -> list[str]:
    """What ``source``, living in ``room``, does that the design does not allow."""
    tree = ast.parse(source)
    found = []
    floor = room.partition(".")[0]
    for name in imports(tree):
        top = name.partition(".")[0]
        if top == "studio" and room_of(name) not in MAY_IMPORT[room] | {room}:
            found.append(f"{room} imports {name}")
        if floor not in ONLY_IN.get(top, {floor}):
            found.append(f"{room} imports {name}")
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            found.append("a relative import")
        if isinstance(node, ast.ImportFrom) and node.module == "os" and room != "settings":
            found += ["the environment" for a in node.names if a.name in ENVIRONMENT]
        if isinstance(node, ast.Attribute) and room != "settings":
            found += ["the environment"] * (ast.unparse(node) in {f"os.{e}" for e in ENVIRONMENT})
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in FORBIDDEN_CALLS or (called == "print" and floor not in {"cli", "app"}):
                found.append(f"{called}()")
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_each_file_keeps_to_its_room(path: Path) -> None:
    module = module_of(path)
    room = room_of(module)
    assert room in MAY_IMPORT, f"{room} is not a room of the design"
    assert problems(room, path.read_text(encoding="utf-8")) == ALLOWED.get(module, [])


def test_every_arrow_of_the_architecture_is_walked() -> None:
    walked: dict[str, set[str]] = {}
    for module, path in MODULES.items():
        room = room_of(module)
        found = imports(ast.parse(path.read_text(encoding="utf-8")))
        used = {room_of(name) for name in found if name.partition(".")[0] == "studio"}
        walked.setdefault(room, set()).update(used - {room})
    assert walked == MAY_IMPORT


def test_the_architecture_has_no_circle() -> None:
    TopologicalSorter(MAY_IMPORT).prepare()


def test_a_room_and_a_module_can_be_taken_in_at_a_glance() -> None:
    modules = Counter(room_of(m) for m, path in MODULES.items() if path.name != "__init__.py")
    assert {room: count for room, count in modules.items() if count > MOST_MODULES} == {}
    lines = {m: len(path.read_text(encoding="utf-8").splitlines()) for m, path in MODULES.items()}
    assert {module: count for module, count in lines.items() if count > MOST_LINES} == {}


def test_no_import_cycles() -> None:
    graph = {
        module: {i for i in imports(ast.parse(path.read_text())) if i in MODULES and i != module}
        for module, path in MODULES.items()
        if module != "studio"  # its names are made on demand, after everything is loaded
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail("import cycle: " + " -> ".join(error.args[1]))


@pytest.mark.parametrize(
    ("room", "source"),
    [
        ("audio", "from studio.analysis import pitch"),
        ("store", "def f():\n    from studio.studio import Studio"),
        ("ui.chat", "import studio.store"),
        ("engines", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import studio.store"),
        ("core.speech", "import torch.nn"),
        ("cli", "from gradio import Blocks"),
        ("store", "import pickle"),
        ("core", "from os import environ"),
        ("core", "import os\nx = os.environ.get('A')"),
        ("core", "print('x')"),
        ("core", "from . import errors"),
        ("engines", "import torch\ntorch.load('x')"),
        ("audio", "import numpy as np\nnp.load('x')"),
        ("app", "import logging\nlogging.basicConfig()"),
        ("app", "eval('1')"),
    ],
)
def test_a_breach_is_seen(room: str, source: str) -> None:
    assert problems(room, source)


@pytest.mark.parametrize("module", ["studio", "studio.studio", "studio.cli", "studio.__main__"])
def test_importing_stays_light(module: str) -> None:
    if module not in MODULES:
        pytest.skip(f"{module} is not there")
    heavy = "{'torch', 'gradio', 'librosa', 'transformers', 'pyworld'} & set(sys.modules)"
    code = f"import sys, {module}; sys.exit(', '.join(sorted({heavy})) or 0)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
