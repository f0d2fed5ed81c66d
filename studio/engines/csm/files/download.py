"""Fetching a CSM checkpoint from the Hugging Face hub into its usual cache.

What was fetched before is kept, and a file that was cut off is gone on with. Only what the studio
reads is fetched: a repository often holds the weights in several forms.
"""

from __future__ import annotations

import errno
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from huggingface_hub import HfApi, constants, hf_hub_download, try_to_load_from_cache
from huggingface_hub.errors import (
    GatedRepoError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
)
from huggingface_hub.utils.tqdm import (
    are_progress_bars_disabled,
    disable_progress_bars,
    enable_progress_bars,
)

from studio.disk import free_bytes
from studio.engines.csm.files.checkpoint import (
    CONFIG_FILE,
    TOKENIZER_FILE,
    WEIGHT_FILES,
    is_hub_id,
    named_weights,
    open_checkpoint,
    read_json,
    shard_names,
)
from studio.engines.csm.files.shape import read_shape
from studio.errors import EngineUnavailableError, StorageError
from studio.types import Progress

_ALSO: Final = ("generation_config.json", "special_tokens_map.json", "tokenizer_config.json")
"""Small, and what other programs need to read the same cache."""

_EVERY_S: Final = 0.25
_AGAIN: Final = "what has arrived is kept"


@dataclass(frozen=True)
class _Hub:
    """Where a model is fetched from and to."""

    model: str
    token: str | None
    cache_dir: Path
    endpoint: str | None

    def sizes(self) -> dict[str, int]:
        """The files of the model and their sizes in bytes."""
        info = HfApi(self.endpoint, self.token).model_info(self.model, files_metadata=True)
        return {file.rfilename: file.size or 0 for file in info.siblings or ()}

    def get(self, name: str) -> Path:
        return Path(
            hf_hub_download(
                self.model,
                name,
                cache_dir=self.cache_dir,
                endpoint=self.endpoint,
                token=self.token,
            )
        )

    def has(self, name: str) -> bool:
        return isinstance(try_to_load_from_cache(self.model, name, self.cache_dir), str)

    def unfinished_bytes(self) -> int:
        """What there is of the files that have been begun."""
        blobs = self.cache_dir / f"models--{self.model.replace('/', '--')}" / "blobs"
        found = 0
        with suppress(OSError):
            for path in blobs.glob("*.incomplete"):
                with suppress(OSError):  # it may just have been finished
                    found += path.stat().st_size
        return found


def fetch(
    model: str,
    *,
    progress: Progress | None = None,
    token: str | None = None,
    hub_cache: Path | None = None,
    endpoint: str | None = None,
) -> Path:
    """Fetch ``model`` ("owner/name") and return the folder that it is in.

    ``token`` None takes the one of ``hf auth login`` or ``HF_TOKEN``, if any. ``hub_cache`` and
    ``endpoint`` are where the hub keeps files and where it is, if not in the usual places.
    ``progress`` is called from another thread.

    Raises:
        EngineUnavailableError: it cannot be fetched; the message says what to do.
        StorageError: the disk is full or does not let us write.
    """
    if not is_hub_id(model):
        raise EngineUnavailableError(
            f"{model!r} is not a model on the hub, so there is nothing to fetch. "
            "Name one as owner/name, such as sesame/csm-1b."
        )
    cache_dir = (hub_cache or Path(constants.HF_HUB_CACHE)).expanduser()
    hub = _Hub(model, token, cache_dir, endpoint)
    with _in_sentences(hub), _without_bars():
        _fetch_files(hub, progress)
    if progress:
        progress(1.0, f"{model} is here")
    return open_checkpoint(model, cache_dir).folder


def _fetch_files(hub: _Hub, progress: Progress | None) -> None:
    sizes = hub.sizes()
    for name in (CONFIG_FILE, TOKENIZER_FILE):
        if name not in sizes:
            raise EngineUnavailableError(
                f"{hub.model} is not a CSM checkpoint in the transformers format: it has no "
                f"{name}. Choose another one, such as sesame/csm-1b."
            )
    names = [CONFIG_FILE, TOKENIZER_FILE, *(n for n in _ALSO if n in sizes)]
    names += _weights_of(hub, sizes)
    missing = [name for name in names if not hub.has(name)]
    left = sum(sizes.get(name, 0) for name in missing) - hub.unfinished_bytes()
    _require_space(hub, left)
    # Small ones first: a mistake shows before gigabytes have been fetched.
    missing.sort(key=lambda name: sizes.get(name, 0))
    with _progress_of(hub, names, sizes, progress):
        for name in missing:
            hub.get(name)


def _weights_of(hub: _Hub, sizes: dict[str, int]) -> list[str]:
    config = read_json(hub.get(CONFIG_FILE))
    read_shape(config)
    named = named_weights(config)
    for name in [named] if named else WEIGHT_FILES:
        if name in sizes:
            if not name.endswith(".index.json"):
                return [name]
            return [name, *shard_names(hub.get(name))]
    raise EngineUnavailableError(
        f"{hub.model} has no weights as safetensors. Choose another checkpoint of CSM in the "
        "transformers format, such as sesame/csm-1b."
    )


def _require_space(hub: _Hub, needed: int) -> None:
    free = free_bytes(hub.cache_dir)
    if free is not None and free < needed:
        raise StorageError(
            f"{hub.model} takes another {needed / 1e9:.1f} GB, but only {free / 1e9:.1f} GB are "
            f"free in {hub.cache_dir}. Free some space, or set HF_HOME to a folder on another disk."
        )


@contextmanager
def _progress_of(
    hub: _Hub, names: list[str], sizes: dict[str, int], progress: Progress | None
) -> Generator[None, None, None]:
    """Tell ``progress`` how many bytes are there, as the files on disk grow.

    Looking at the disk works alike however the hub fetches: by plain HTTP or in pieces.
    """
    whole = max(1, sum(sizes.get(name, 0) for name in names))
    done = threading.Event()

    def tell(progress: Progress) -> None:
        most = 0
        while True:
            last = done.wait(_EVERY_S)
            there = sum(sizes.get(name, 0) for name in names if hub.has(name))
            most = max(most, min(whole, there + hub.unfinished_bytes()))
            progress(
                most / whole, f"Fetching {hub.model}: {most / 1e9:.2f} of {whole / 1e9:.2f} GB"
            )
            if last:
                return

    if progress is None:
        yield
        return
    teller = threading.Thread(target=tell, args=(progress,), daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()


@contextmanager
def _without_bars() -> Generator[None, None, None]:
    """The hub's own progress bars would go to standard error."""
    were_disabled = are_progress_bars_disabled()
    disable_progress_bars()
    try:
        yield
    finally:
        if not were_disabled:
            enable_progress_bars()


@contextmanager
def _in_sentences(hub: _Hub) -> Generator[None, None, None]:
    """Turn what the hub, the network and the disk refuse into a sentence."""
    page = f"{(hub.endpoint or constants.ENDPOINT).rstrip('/')}/{hub.model}"
    try:
        yield
    except GatedRepoError as error:
        raise EngineUnavailableError(
            f"{hub.model} is only given to those who ask. Ask for access on {page}, then run "
            "`hf auth login` or set HF_TOKEN, and fetch it again."
        ) from error
    except RepositoryNotFoundError as error:
        raise EngineUnavailableError(
            f"There is no model {hub.model} on the hub that you may see. Check its name; if it is "
            "private, run `hf auth login` or set HF_TOKEN, and fetch it again."
        ) from error
    except OfflineModeIsEnabled as error:
        raise EngineUnavailableError(
            f"{hub.model} cannot be fetched while HF_HUB_OFFLINE is set. Unset it and fetch again."
        ) from error
    except Exception as error:  # requests or httpx, by version of the hub: each has its own tree
        status = _status(error)
        if status is not None:
            raise EngineUnavailableError(_refused(hub, page, status)) from error
        full = isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}
        if full or isinstance(error, PermissionError):
            reason = "is full" if full else "does not let this account write"
            raise StorageError(
                f"{hub.model} was not fetched: the disk with {hub.cache_dir} {reason}. Mend that, "
                f"or set HF_HOME to another folder, and fetch again; {_AGAIN}."
            ) from error
        if not _is_of_the_network(error):
            raise
        raise EngineUnavailableError(
            f"{hub.model} was not fetched: the connection to {page} failed or broke off. Check "
            f"the network and fetch again; {_AGAIN}."
        ) from error


def _status(error: BaseException | None) -> int | None:
    """What the hub answered, if that is the cause."""
    while error is not None:
        response = getattr(error, "response", None)
        if response is not None:
            return int(response.status_code)
        error = error.__cause__
    return None


def _refused(hub: _Hub, page: str, status: int) -> str:
    if status in {401, 403}:
        return (
            f"The hub does not give {hub.model} to this account. Look at {page} whether access "
            "has been granted, then run `hf auth login` or set HF_TOKEN, and fetch it again."
        )
    return f"The hub could not give {hub.model} (it answered {status}). Try again later; {_AGAIN}."


def _is_of_the_network(error: BaseException) -> bool:
    """Versions of huggingface_hub differ in the package that they speak HTTP with."""
    package = type(error).__module__.partition(".")[0]
    return isinstance(error, OSError | LocalEntryNotFoundError) or package in {"httpx", "httpcore"}
