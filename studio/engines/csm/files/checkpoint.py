"""A CSM checkpoint on disk, in the format of transformers.

It is a folder with ``config.json``, ``tokenizer.json`` and safetensors, either one the user names
or one that a download left in the local cache of the Hugging Face hub. Opening it reads headers
only and checks that everything the model needs is there; tensors are memory-mapped.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from huggingface_hub import try_to_load_from_cache
from safetensors import SafetensorError, safe_open
from torch import Tensor

from studio.engines.csm.files.shape import CsmShape, read_shape
from studio.engines.csm.files.tensor_file import TensorEntry, read_entries
from studio.engines.csm.files.tensor_names import check_tensors
from studio.errors import EngineUnavailableError

DEFAULT_MODEL: Final = "sesame/csm-1b"
CODEC_PREFIX: Final = "codec_model."

CONFIG_FILE: Final = "config.json"
TOKENIZER_FILE: Final = "tokenizer.json"
WEIGHT_FILES: Final = ("model.safetensors.index.json", "model.safetensors")
"""Where the weights are unless the configuration says otherwise; the first that is there."""

_LARGEST_JSON: Final = 50_000_000
_HUB_ID: Final = re.compile(r"[\w.-]+/[\w.-]+")
_SAMPLE_BYTES: Final = 64
_open_safely: Callable[..., Any] = safe_open  # it comes without types
_FETCH: Final = "Fetch it with `python -m studio fetch csm`"


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """An opened checkpoint. ``files`` are its weight files, ``entries`` their tensors by name."""

    folder: Path
    config: Mapping[str, Any]
    shape: CsmShape
    files: tuple[Path, ...]
    entries: Mapping[str, TensorEntry]

    def tensor(self, name: str) -> Tensor:
        """The tensor ``name``, memory-mapped, in the type it has on disk. Not to be written to.
        May be called from several threads.

        Raises:
            KeyError: there is none of that name.
            EngineUnavailableError: the file has changed or gone since it was opened.
        """
        path = self.entries[name].file
        try:
            # Opened for each tensor, so that its pages go when the tensor does: a checkpoint is
            # larger than what is made of it.
            with _open_safely(path, framework="pt") as file:
                tensor: Tensor = file.get_tensor(name)
        except (OSError, SafetensorError) as error:
            raise EngineUnavailableError(
                f"The weight file {path} could not be read any more ({error}). "
                "Check the disk it is on and start again."
            ) from error
        return tensor

    def tensors(self, prefix: str) -> dict[str, Tensor]:
        """All tensors whose names begin with ``prefix``, by the rest of their names."""
        return {
            name.removeprefix(prefix): self.tensor(name)
            for name in self.entries
            if name.startswith(prefix)
        }

    @property
    def tokenizer_path(self) -> Path:
        """Its ``tokenizer.json``.

        Raises:
            EngineUnavailableError: it has none.
        """
        path = self.folder / TOKENIZER_FILE
        if not path.is_file():
            raise EngineUnavailableError(
                f"The model in {self.folder} has no {TOKENIZER_FILE}, so it cannot read text. "
                f"{_FETCH}, or copy that file from where the model came from."
            )
        return path

    @cached_property
    def revision(self) -> str:
        """What tells these weights from others: sha256, hex.

        Taken over the configuration and, for each tensor by name, its type, its shape and
        64 bytes from its beginning, its middle and its end. So it is the same however the weights
        are cut into files, another training run gives another one, and it costs no more than a
        few hundred small reads. It does not prove that every byte is right.
        """
        digest = hashlib.sha256(json.dumps(self.config, sort_keys=True).encode())
        by_file: dict[Path, Any] = {}
        try:
            for name, entry in sorted(self.entries.items()):
                if entry.file not in by_file:
                    by_file[entry.file] = entry.file.open("rb")
                digest.update(f"\0{name}\0{entry.dtype}\0{entry.shape}\0".encode())
                last = max(entry.start, entry.end - _SAMPLE_BYTES)
                for at in (entry.start, (entry.start + last) // 2, last):
                    by_file[entry.file].seek(at)
                    digest.update(by_file[entry.file].read(min(_SAMPLE_BYTES, entry.end - at)))
        except OSError as error:
            raise EngineUnavailableError(
                f"The weights in {self.folder} cannot be read ({error.strerror or error}). "
                "Check the disk they are on and start again."
            ) from error
        finally:
            for file in by_file.values():
                file.close()
        return digest.hexdigest()


def open_checkpoint(model: str = DEFAULT_MODEL, hub_cache: Path | None = None) -> Checkpoint:
    """The checkpoint ``model``: a folder, or an id on the hub that was fetched before.

    ``hub_cache`` is where the hub's files are kept if not in the usual place. The network is not
    touched.

    Raises:
        EngineUnavailableError: it is not there or cannot be used; the message says what to do.
    """
    folder = find_folder(model, hub_cache)
    config = read_json(folder / CONFIG_FILE)
    shape = read_shape(config)
    files = _weight_files(folder, config)
    entries: dict[str, TensorEntry] = {}
    for path in files:
        entries |= read_entries(path)
    check_tensors(entries, shape, folder)
    return Checkpoint(folder, config, shape, files, entries)


def find_folder(model: str, hub_cache: Path | None = None) -> Path:
    """Where ``model`` lies on this machine; see ``open_checkpoint``."""
    folder = Path(model).expanduser()
    if folder.is_file():
        raise EngineUnavailableError(
            f"{model} is a file. Name the folder that it is in, with its {CONFIG_FILE}."
        )
    if folder.is_dir():
        if not (folder / CONFIG_FILE).is_file():
            raise EngineUnavailableError(
                f"The folder {model} has no {CONFIG_FILE}. Name the folder of a CSM checkpoint in "
                f"the transformers format, or a model on the hub, such as {DEFAULT_MODEL}."
            )
        return folder
    if not is_hub_id(model):
        raise EngineUnavailableError(
            f"There is no folder {model}. Name the folder of a CSM checkpoint, or a model on the "
            f"hub, such as {DEFAULT_MODEL}."
        )
    found = try_to_load_from_cache(model, CONFIG_FILE, cache_dir=hub_cache)
    if not isinstance(found, str):
        raise EngineUnavailableError(
            f"The model {model} is not on this machine. {_FETCH}, or name a folder that has it."
        )
    return Path(found).parent


def is_hub_id(model: str) -> bool:
    """Whether ``model`` can be the name of a model on the hub: owner/name."""
    return bool(_HUB_ID.fullmatch(model)) and not model.startswith((".", "~"))


def named_weights(config: Mapping[str, Any]) -> str | None:
    """The weight file or index that the configuration names itself.

    Sesame's own repository has two forms of the weights side by side and says here which of them
    is that of transformers.
    """
    name = config.get("transformers_weights")
    return name if isinstance(name, str) and _is_file_name(name) else None


def shard_names(index: Path) -> list[str]:
    """The weight files that an index names.

    Raises:
        EngineUnavailableError: it is not an index.
    """
    try:
        names = sorted(set(read_json(index)["weight_map"].values()))
        if not names or not all(_is_file_name(name) for name in names):
            raise ValueError("not plain file names")
    except (KeyError, AttributeError, TypeError, ValueError) as error:
        raise EngineUnavailableError(
            f"The index {index} does not say which files hold the weights. {_FETCH}, or copy it "
            "again from where the model came from."
        ) from error
    return names


def _weight_files(folder: Path, config: Mapping[str, Any]) -> tuple[Path, ...]:
    named = named_weights(config)
    for name in [named] if named else WEIGHT_FILES:
        path = folder / name
        if not path.is_file():
            continue
        if not name.endswith(".index.json"):
            return (path,)
        files = tuple(folder / shard for shard in shard_names(path))
        missing = [file.name for file in files if not file.is_file()]
        if missing:
            raise EngineUnavailableError(
                f"The model in {folder} is not complete: {missing[0]} is missing "
                f"({len(missing)} of {len(files)} weight files). {_FETCH}, which goes on where it "
                "stopped, or copy the missing files there."
            )
        return files
    if any(folder.glob("*.bin")) or any(folder.glob("*.pt")):
        raise EngineUnavailableError(
            f"The model in {folder} has its weights as a pickle (.bin or .pt), which is not opened "
            "because it could run code. Convert it to safetensors, or choose a checkpoint that "
            f"has {WEIGHT_FILES[-1]}."
        )
    raise EngineUnavailableError(
        f"The folder {folder} has no weights: {named or WEIGHT_FILES[-1]} is missing. {_FETCH}, "
        "or copy the weights there."
    )


def _is_file_name(name: object) -> bool:
    """Whether it is a safetensors file or index in the same folder, not a way out of it."""
    return (
        isinstance(name, str)
        and name.endswith((".safetensors", ".safetensors.index.json"))
        and not re.search(r"[/\\:\0]", name)
    )


def read_json(path: Path) -> dict[str, Any]:
    """The object in the JSON file at ``path``.

    Raises:
        EngineUnavailableError: it cannot be read or holds no object.
    """
    try:
        if path.stat().st_size > _LARGEST_JSON:
            raise ValueError("too large")
        content = json.loads(path.read_bytes())
        if not isinstance(content, dict):
            raise ValueError("not an object")
    except OSError as error:
        raise EngineUnavailableError(
            f"{path} cannot be read ({error.strerror or error}). Check its permissions and the "
            "disk it is on."
        ) from error
    except (ValueError, RecursionError) as error:
        raise EngineUnavailableError(
            f"{path} is damaged: it is not a JSON object. {_FETCH}, or copy that file again."
        ) from error
    return content
