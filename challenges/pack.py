"""A challenge pack's files: which belong to it, its digest, and its TOML, read strictly."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

NOT_THE_PACK = frozenset({"__pycache__", ".pytest_cache", ".ruff_cache", ".mypy_cache", ".DS_Store"})
PROOF = "verify.json"
"""Where a pack keeps the proof that it was verified; it tells of the pack, and is no part of it."""
Part = TypeVar("Part", bound=BaseModel)


class ChallengeError(Exception):
    """The challenge pack is missing or wrong; the message names the file, and what to do."""


def pack_files(folder: Path) -> Iterator[Path]:
    """The files of a pack below `folder`, in a fixed order, without what tools leave lying about.

    Links are no part of a pack: it must mean the same wherever it lies.
    """
    if not folder.is_dir():
        return
    for file in sorted(folder.rglob("*"), key=lambda path: path.as_posix()):
        inside = file.relative_to(folder).parts
        if inside == (PROOF,) or file.suffix == ".pyc" or not NOT_THE_PACK.isdisjoint(inside):
            continue
        if file.is_file() and not file.is_symlink():
            yield file


def read_toml(path: Path, model: type[Part]) -> Part:
    """The TOML file as this model. Raises ChallengeError, naming the file and the first thing that is wrong."""
    try:
        return model.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise ChallengeError(f"{path} is missing: a challenge pack needs it.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as reason:
        raise ChallengeError(f"{path} is not valid TOML: {reason}") from None
    except ValidationError as reason:
        first = reason.errors(include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise ChallengeError(f"{path}: {where}: {first['msg']}") from None


def digest(folder: Path) -> str:
    """SHA-256 over the names and contents of all files of a pack, as "sha256:<hex>"."""
    total = hashlib.sha256()
    for file in pack_files(folder):
        name = file.relative_to(folder).as_posix().encode()
        content = hashlib.sha256(file.read_bytes()).digest()
        total.update(len(name).to_bytes(4, "big") + name + content)
    return f"sha256:{total.hexdigest()}"
