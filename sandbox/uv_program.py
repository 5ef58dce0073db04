"""The uv that installs in containers: the one this harness came with, in the form that the engine's machine runs."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

from sandbox.engine import Engine, SandboxError
from sandbox.notebook import shown


def uv_version() -> str:
    """Return the version of the uv that this harness was installed with."""
    return importlib.metadata.version("uv")


def uv_binary(engine: Engine, cache: Path) -> Path:
    """Return a uv program that runs in the engine's containers, kept in the cache folder (which the engine can see)."""
    architecture = {"amd64": "x86_64", "arm64": "aarch64"}.get(str(engine.facts()["machine"]), "x86_64")
    kept = cache / "programs" / f"uv-{uv_version()}-{architecture}"
    if kept.exists():
        return kept
    kept.parent.mkdir(parents=True, exist_ok=True)
    import uv

    # Several threads of one run may come here at once: each makes its own, and the last to be ready stays.
    mine = f".{kept.name}.{os.getpid()}.{threading.get_ident()}"
    partial = kept.with_name(mine)
    folder = kept.with_name(f"{mine}.wheel")
    try:
        if sys.platform == "linux" and os.uname().machine == architecture:
            shutil.copyfile(uv.find_uv_bin(), partial)
        else:
            _download_uv(Path(uv.find_uv_bin()), folder, architecture)
            shutil.copyfile(folder / "bin" / "uv", partial)
        partial.chmod(0o755)
        partial.replace(kept)
    except OSError as problem:
        raise SandboxError(f"uv could not be put at {kept}: {problem}; check the disk and the uv package") from problem
    finally:
        partial.unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
    return kept


def _download_uv(own: Path, folder: Path, architecture: str) -> None:
    """Fetch the wheel of the same uv for Linux, with the uv of this machine and the user's own index settings."""
    command = [
        str(own), "pip", "install", "--no-deps", "--only-binary", ":all:", "--target", str(folder),
        "--python-platform", f"{architecture}-unknown-linux-gnu", f"uv=={uv_version()}",
    ]  # fmt: skip
    result = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=300, cwd="/")
    if result.returncode != 0:
        raise SandboxError(f"uv for the engine's containers could not be fetched: {shown(result.stderr[-300:])}")
