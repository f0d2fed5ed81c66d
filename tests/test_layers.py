"""The import graph is the architecture; this reads it and refuses what the design does not allow.

Every import counts, also those inside functions and under TYPE_CHECKING.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted([*(ROOT / "studio").rglob("*.py"), *ROOT.glob("app.py")])

# docs/architecture.md, section 2. "core" is studio/studio.py; "package" is studio/__init__.py,
# which may offer the core's names as its own.
BELOW_CORE = (
    "errors given types timing plugins settings native audio analysis codec engines profile store "
    "conversation safety text"
)
MAY_IMPORT = {
    room: set(rooms.split())
    for room, rooms in {
        "errors": "",
        "given": "errors",
        "types": "errors given",
        "timing": "",
        "plugins": "errors",
        "settings": "errors",
        "audio": "errors types",
        "analysis": "errors types audio",
        "native": "",
        "codec": "errors types timing native",
        "text": "errors types",
        "engines": "errors types timing plugins native audio analysis codec text",
        "profile": "errors given types",
        "store": "errors types profile",
        "conversation": "errors given types plugins analysis",
        "safety": "errors types audio analysis",
        "core": BELOW_CORE,
        "package": "core",
        "ui": "errors given types profile core package",
        "api": "errors given types profile core package",
        "cli": "errors types settings profile core package",
        "__main__": "cli",
        "app": "errors settings core package ui api",
    }.items()
}
ONLY_IN = {
    package: set(rooms.split())
    for packages, rooms in {
        "gradio gradio_client": "ui app",
        "fastapi": "api app",
        "torch torchaudio moshi transformers silero_vad resemblyzer": (
            "analysis codec engines native safety"
        ),
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
    parts = module.split(".")
    if parts[0] != "studio":
        return parts[0]
    inside = parts[1] if len(parts) > 1 else "package"
    return "core" if inside == "studio" else inside


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
    for name in imports(tree):
        top = name.split(".")[0]
        if top == "studio" and room_of(name) not in MAY_IMPORT[room] | {room}:
            found.append(f"{room} imports {name}")
        if room not in ONLY_IN.get(top, {room}):
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
            if called in FORBIDDEN_CALLS or (called == "print" and room not in {"cli", "app"}):
                found.append(f"{called}()")
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_each_file_keeps_to_its_room(path: Path) -> None:
    module = module_of(path)
    room = room_of(module)
    assert room in MAY_IMPORT, f"{room} is not a room of the design"
    assert problems(room, path.read_text(encoding="utf-8")) == ALLOWED.get(module, [])


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
        ("audio", "from studio.analysis import clip"),
        ("store", "def f():\n    from studio.studio import Studio"),
        ("ui", "import studio.store"),
        ("engines", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import studio.store"),
        ("core", "import torch.nn"),
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
