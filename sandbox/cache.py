"""The cache on this machine, and the folders of runs in it, which end with their run.

images/ environments/ uv/    kept, and found again by their content
runs/<run id>/               one run's temporary files, with owner.json; nobody but the user can enter
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from sandbox.owner import Owner, read_owner

OWNER_FILE = "owner.json"


def cache_root() -> Path:
    """Where things are kept: $HARNESS_CACHE, $XDG_CACHE_HOME/harness or ~/.cache/harness. Made when it is missing."""
    chosen = os.environ.get("HARNESS_CACHE")
    if chosen:
        root = Path(chosen)
    else:
        base = os.environ.get("XDG_CACHE_HOME")
        root = (Path(base) if base else Path.home() / ".cache") / "harness"
    root = root.absolute()
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    return root


def make_run_folder(root: Path, run_id: str, owner: Owner) -> Path:
    """Make runs/<run id>/ under the cache, with the owner in it from its first moment on."""
    runs = root / "runs"
    runs.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{run_id}.", dir=runs))
    folder = runs / run_id
    try:
        (draft / OWNER_FILE).write_text(json.dumps({"owner": str(owner)}), "utf-8")
        draft.rename(folder)
    except BaseException:
        remove_folder(draft)
        raise
    return folder


def folder_owner(folder: Path) -> Owner | None:
    """Who owns a run's folder; None when it does not say so in our form."""
    try:
        with (folder / OWNER_FILE).open("rb") as file:
            return read_owner(str(json.loads(file.read(4096))["owner"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def remove_folder(folder: Path) -> None:
    """Remove a folder of ours, whatever the modes of what lies in it; links are removed, never followed.

    The owner's name goes last: where something can't be removed now, a later sweep still finds whose it was.
    """
    if not folder.is_symlink() and _emptied(folder):
        _remove_tree(folder)


def _emptied(folder: Path) -> bool:
    """Remove all that lies in a folder but its owner's name; tells whether that worked."""
    try:
        folder.chmod(0o700)
        for entry in list(folder.iterdir()):
            if entry.is_dir() and not entry.is_symlink():
                _remove_tree(entry)
            elif entry.name != OWNER_FILE:
                entry.unlink()
        return all(entry.name == OWNER_FILE for entry in folder.iterdir())
    except OSError:
        return False


def _remove_tree(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    if not folder.exists():
        return
    with suppress(OSError):
        folder.chmod(0o700)
    for place, folders, _ in os.walk(folder):  # os.walk does not follow links to folders
        for name in folders:
            inner = Path(place, name)
            if not inner.is_symlink():
                with suppress(OSError):
                    inner.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)
