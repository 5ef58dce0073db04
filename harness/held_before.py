"""What an earlier, interrupted or failed `challenge verify` of the very same pack held already: it isn't held again.

A proof of a large pack takes most of an hour. Only parts without an objection are kept, for one digest of the pack, the
sources of this harness and the images; whatever of these differs starts afresh.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness import __version__
from sandbox import cache_root

KEPT_SECONDS = 24 * 3600
"""After a day a part is held again: the machine under it is not the same for ever."""
READ_BYTES = 4 * 1024 * 1024
PACKAGES = ("harness", "reports", "graders", "challenges", "sandbox")
"""The folders whose sources decide what an exam says; packs are data, and have a digest of their own."""


class Exertion(BaseModel):
    """What one exam of a right solution took: seconds in all, and the highest memory of a start in MiB, if known."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    seconds: float = Field(ge=0, allow_inf_nan=False)
    memory_peak_mib: float | None = Field(default=None, ge=0, allow_inf_nan=False)


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    part: str
    at: float
    exertion: Exertion | None = None


@dataclass(frozen=True, slots=True)
class HeldBefore:
    """The parts ("seeded bug x", "run 3") that were held for these digests, in a file of the cache, a line each."""

    path: Path
    parts: dict[str, Exertion | None]

    def keep(self, part: str, exertion: Exertion | None = None) -> None:
        """Note that `part` was held without an objection. A cache that can't be written costs time later, no more."""
        self.parts[part] = exertion
        line = _Line(part=part, at=time.time(), exertion=exertion).model_dump_json()
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
        except OSError:
            return


def held_before(pack: str, images: Mapping[str, str], *, afresh: bool = False) -> HeldBefore:
    """What was held of the pack of this digest with these images (digest by profile); `afresh` forgets it."""
    key = json.dumps([pack, sorted(images.items()), __version__, _sources()])
    folder = cache_root() / "proofs"
    path = folder / f"{hashlib.sha256(key.encode()).hexdigest()}.jsonl"
    _forget_old(folder)
    if afresh:
        path.unlink(missing_ok=True)
    return HeldBefore(path, _read(path))


def _read(path: Path) -> dict[str, Exertion | None]:
    try:
        with path.open("rb") as file:
            lines = file.read(READ_BYTES).splitlines()
    except OSError:
        return {}
    parts = {}
    for line in lines:
        try:
            found = _Line.model_validate_json(line)
        except ValidationError:
            continue  # half a line of a run that was killed as it wrote
        if 0 <= time.time() - found.at < KEPT_SECONDS:
            parts[found.part] = found.exertion
    return parts


def _forget_old(folder: Path) -> None:
    for path in folder.glob("*.jsonl"):
        try:
            if time.time() - path.stat().st_mtime > KEPT_SECONDS:
                path.unlink()
        except OSError:
            continue


def _sources() -> str:
    """SHA-256 over the sources of the five packages."""
    total = hashlib.sha256()
    top = Path(__file__).parent.parent
    for package in PACKAGES:
        for path in sorted((top / package).rglob("*.py")):
            if package != "challenges" or path.parent == top / package:
                total.update(path.relative_to(top).as_posix().encode() + b"\0")
                total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()
