"""Blind mode's secret and its map: which candidate is who. It lies apart from every report, for its owner's eyes."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import json
import os
import re
import secrets
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from harness.output import OutputError
from reports import ID_LENGTH, Report, Sealed, blind_report, candidate_id
from sandbox import Commit

MAP_LIMIT = 64 * 1024 * 1024
_ABOUT = "Who is who in blind reports. Keep this apart from them; without it a blind report can't be undone."


def default_map() -> Path:
    """$XDG_STATE_HOME/harness/blind-map.json, or under ~/.local/state: outside of every folder that is shared."""
    base = os.environ.get("XDG_STATE_HOME")
    return (Path(base) if base else Path.home() / ".local" / "state") / "harness" / "blind-map.json"


_SIGNED = re.compile(
    r"(?im)^(?:co-authored-by|signed-off-by|reviewed-by|acked-by):[ \t]{0,4}([^<>\n]{1,120})<([^<>\s]{1,254})>"
)


def authors_of(commits: Sequence[Commit]) -> list[tuple[str, str]]:
    """Name and e-mail of everyone whom the commits name, oldest first: those who signed before those who wrote."""
    signed = [(m[1].strip(), m[2]) for commit in commits for m in _SIGNED.finditer(commit.body)]
    return [*dict.fromkeys(signed), *((commit.author, commit.author_email) for commit in commits)]


def blinded(report: Report, authors: Sequence[tuple[str, str]], map_file: Path) -> Report:
    """The report without the candidate; who it is goes into `map_file`, which is made (mode 0600) when missing.

    The same repository has the same id in every report of one map. Raises OutputError for a map that can't be used.
    """
    with _opened(map_file) as kept:
        secret = bytes.fromhex(str(kept["secret"]))
        candidates = kept["candidates"]
        assert isinstance(candidates, dict)
        length = _free_length(secret, report.submission.repository, candidates)
        without, sealed = blind_report(report, secret, authors, length=length)
        candidates[sealed.candidate] = _entry(sealed, candidates.get(sealed.candidate))
    return without


def known_as(repository: str, map_file: Path) -> str:
    """The id that a repository has (or would have) in this map. Raises OutputError."""
    with _opened(map_file) as kept:
        secret = bytes.fromhex(str(kept["secret"]))
        candidates = kept["candidates"]
        assert isinstance(candidates, dict)
        return candidate_id(secret, repository, _free_length(secret, repository, candidates))


def check_map(map_file: Path, out: Path | None) -> None:
    """Hold that the map can be used and does not lie where the report goes. Raises OutputError."""
    if out is not None and map_file.absolute().is_relative_to(out.absolute()):
        raise OutputError(
            f"the blind map {map_file} would lie in the report's own folder: name another place by --blind-map."
        )
    with _opened(map_file):
        pass


def _free_length(secret: bytes, repository: str, candidates: Mapping[str, object]) -> int:
    """Four digits; more when another repository of this map has the same ones."""
    for length in range(ID_LENGTH, 20, 2):
        taken = candidates.get(candidate_id(secret, repository, length))
        if not isinstance(taken, dict) or taken.get("repository") == repository:
            return length
    return 32


def _entry(sealed: Sealed, before: object) -> dict[str, object]:
    """What the map keeps; commits of an earlier grading of the same candidate stay."""
    told = dataclasses.asdict(sealed)
    commits = before.get("commits") if isinstance(before, dict) else None
    return {**told, "commits": {**(commits if isinstance(commits, dict) else {}), **sealed.commits}}


@contextlib.contextmanager
def _opened(map_file: Path) -> Iterator[dict[str, object]]:
    """The map as data, alone with it; what changed is written whole on the way out."""
    try:
        map_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (map_file.parent / f".{map_file.name}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            kept, before = _read(map_file)
            yield kept
            told = json.dumps(kept, ensure_ascii=True, indent=2, sort_keys=True) + "\n"
            if told != before:
                _write(map_file, told)
    except OSError as reason:
        raise OutputError(
            f"the blind map can't be kept in {map_file} ({reason.strerror or reason}): name another by --blind-map."
        ) from reason


def _read(map_file: Path) -> tuple[dict[str, object], str]:
    if not map_file.exists():
        return {"about": _ABOUT, "schema_version": 1, "secret": secrets.token_hex(32), "candidates": {}}, ""
    with map_file.open("rb") as file:
        data = file.read(MAP_LIMIT + 1)
    try:
        kept = json.loads(data)
        sound = (
            len(data) <= MAP_LIMIT
            and kept["schema_version"] == 1
            and len(bytes.fromhex(kept["secret"])) >= 16
            and isinstance(kept["candidates"], dict)
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        sound = False
    if not sound:
        raise OutputError(f"{map_file} is no blind map: name another file by --blind-map, or restore it from a copy.")
    return kept, data.decode("utf-8")


def _write(map_file: Path, told: str) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=map_file.parent, prefix=f".{map_file.name}.")  # mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(told)
        Path(temporary).replace(map_file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
