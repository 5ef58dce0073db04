"""A challenge pack's files: which belong to it, its digest, and its TOML, read strictly."""

from __future__ import annotations

import difflib
import hashlib
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

NOT_THE_PACK = frozenset({"__pycache__", ".pytest_cache", ".ruff_cache", ".mypy_cache", ".DS_Store"})
AT_ONCE = 3
"""How many things that are wrong with a file are told at once."""
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
    """The TOML file as this model. Raises ChallengeError, naming the file and the first things that are wrong."""
    try:
        return model.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise ChallengeError(f"{path} is missing: a challenge pack needs it.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as reason:
        raise ChallengeError(f"{path} is not valid TOML: {reason}") from None
    except ValidationError as reason:
        found = reason.errors(include_url=False)
        # An array whose only table is wrong counts as empty besides: that follows, and is not told.
        wrong = [e for e in found if not any(o is not e and o["loc"][: len(e["loc"])] == e["loc"] for o in found)]
        told = [f"{_place(error['loc'])}: {_words(error, wrong)}" for error in wrong[:AT_ONCE]]
        more = f" (and {len(wrong) - AT_ONCE} more)" if len(wrong) > AT_ONCE else ""
        raise ChallengeError(f"{path}: {'; '.join(told)}{more}") from None


def _place(steps: tuple[int | str, ...]) -> str:
    """Where in the file, as its author counts: "submission.test", "categories[2].id" for the second one."""
    return "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in steps).removeprefix(".")


def _words(error: ErrorDetails, wrong: Sequence[ErrorDetails]) -> str:
    """What is wrong there, without a word of the library that found it; an unknown name is told what may be meant."""
    match error["type"]:
        case "missing":
            return "it is missing"
        case "extra_forbidden":
            beside = [str(e["loc"][-1]) for e in wrong if e["type"] == "missing" and e["loc"][:-1] == error["loc"][:-1]]
            meant = difflib.get_close_matches(str(error["loc"][-1]), beside, 1)
            return "there is no such field" + (f"; {meant[0]!r} is meant?" if meant else "")
        case "string_pattern_mismatch":
            return f"{error['input']!r} does not have the form {error['ctx']['pattern']}"
    return error["msg"]


def digest(folder: Path) -> str:
    """SHA-256 over the names and contents of all files of a pack, as "sha256:<hex>"."""
    total = hashlib.sha256()
    for file in pack_files(folder):
        name = file.relative_to(folder).as_posix().encode()
        content = hashlib.sha256(file.read_bytes()).digest()
        total.update(len(name).to_bytes(4, "big") + name + content)
    return f"sha256:{total.hexdigest()}"
