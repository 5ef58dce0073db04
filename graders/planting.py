"""A planting: what is to be planted into the sandbox's copy of a submission (room/recorder/plant.py), and what was."""

from __future__ import annotations

import json
import random
import re
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from graders.coverage import Coverage
from graders.path_kinds import kind_of
from graders.recording import Recording

KNOWN, UNKNOWN = 40, 240
"""Lines to choose from: those that Python's monitoring saw too, and those that coverage alone tells of."""
PLANTED_LIMIT = 8 * 1024 * 1024
SEEN_LIMIT = 8 * 1024 * 1024
FILES = 1_500
ROOT_DEPTH = 12
"""Folders, one in the other, that pytest's root may lie below the submission's."""
Line = tuple[str, int, str]
"""Path, line, and the test in which it was first run ("": none is known)."""


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    functions: int = Field(ge=0, le=10_000_000)
    lines: list[int] = Field(max_length=10_000)
    unread: list[str] = Field(max_length=FILES)
    tests: dict[str, list[tuple[str, int]]] = Field(max_length=FILES)
    made: list[str] = Field(max_length=FILES)
    hooked: list[str] = Field(max_length=FILES)
    names: list[str] = Field(max_length=100_000)


@dataclass(frozen=True, slots=True)
class Planted:
    """What was planted, and what stands in the files: see plant.py. `lines` are places in the order's list."""

    functions: int = 0
    lines: frozenset[int] = frozenset()
    unread: tuple[str, ...] = ()
    tests: Mapping[str, Sequence[tuple[str, int]]] = field(default_factory=dict)
    made: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()
    hooked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Canary:
    """Our own test: the name of its function, and the file of the submission's that it is added to."""

    path: str
    name: str


@dataclass(frozen=True, slots=True)
class Planting:
    """An order for plant.py and for the plug-in harness_counter, as its JSON has it."""

    program: tuple[str, ...]
    tests: tuple[str, ...]
    lines: tuple[Line, ...] = ()
    names: tuple[str, ...] = ()
    canary: Canary | None = None
    mode: str = "sabotage"
    seconds: float = 30.0
    test_seconds: float = 3.0
    most_lines: int = 6

    def content(self) -> bytes:
        return json.dumps(asdict(self)).encode()


def read_planted(content: bytes | None) -> Planted | None:
    """Read what plant.py told; None when it told nothing that can be read."""
    try:
        told = _Answer.model_validate_json((content or b"")[:PLANTED_LIMIT])
    except (ValidationError, RecursionError):
        return None
    return Planted(
        told.functions,
        frozenset(told.lines),
        tuple(told.unread),
        told.tests,
        tuple(told.made),
        frozenset(told.names),
        tuple(told.hooked),
    )


class Places:
    """Where in the submission the paths of tests' ids are; they differ where pytest's root is a folder of it.

    Made once for many of them: a record may name tens of thousands, and a submission have as many files.
    """

    def __init__(self, paths: Collection[str]) -> None:
        self._paths = frozenset(paths)
        self._by_end: dict[int, str | None] = {}
        for path in self._paths:
            rest = path
            for _ in range(ROOT_DEPTH):
                _, separator, rest = rest.partition("/")
                if not separator:
                    break
                end = hash(rest)  # the texts themselves would be far more than the paths
                self._by_end[end] = None if end in self._by_end else path

    def find(self, path: str) -> str | None:
        """The path in the submission; None where there is none, or several that end so."""
        if path in self._paths:
            return path
        found = self._by_end.get(hash(path))
        return found if found is not None and found.endswith(f"/{path}") else None


def python_files(paths: Collection[str], record: Recording) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Python files of a submission: those of the program, and those of its tests, by their names or by the record.

    Setup scripts are neither. A file whose texts are tests (doctest) is one of the program.
    """
    ids = {test.id.partition("[")[0] for test in record.tests}
    places = Places(paths)
    collected = {places.find(one.partition("::")[0]) for one in ids if one.rpartition("::")[2].isidentifier()}
    program, tests = [], []
    for path in sorted(paths):
        kind = kind_of(path)
        if not path.endswith(".py") or "\n" in path or path.rpartition("/")[2] in ("setup.py", "noxfile.py"):
            continue
        if kind == "test" or path in collected:
            tests.append(path)
        elif kind == "code":
            program.append(path)
    return tuple(program[:FILES]), tuple(tests[:FILES])


def choose_canary(record: Recording, tests: Collection[str]) -> Canary | None:
    """A name like those of the submission's, so that what chooses tests by their names chooses it too."""
    places = Places(tests)
    for test in record.passed:
        parts = test.id.partition("[")[0].split("::")
        path = places.find(parts[0])
        if path and parts[-1].isidentifier() and not test.expected_failure:
            stem = parts[1] if len(parts) == 2 and re.fullmatch(r"\w{1,80}", parts[1]) else "test"
            return Canary(path, f"{stem}_{secrets.token_hex(6)}")
    return None


def choose_lines(coverage: Coverage | None, seen: Mapping[tuple[str, int], str], seed: str) -> tuple[Line, ...]:
    """Lines that coverage tells as run, in an order that the seed decides: some seen in a test, then those not seen."""
    if coverage is None:
        return ()
    lines = [(file.path, line) for file in coverage.files for line in file.executed]
    random.Random(seed).shuffle(lines)  # noqa: S311 - a choice that can be made again, no secret
    known = [(*line, seen[line]) for line in lines if seen.get(line)]
    unknown = [(*line, "") for line in lines if line not in seen]
    return (*known[:KNOWN], *unknown[:UNKNOWN])


def read_seen(content: bytes | None) -> dict[tuple[str, int], str] | None:
    """Path and line to the first test that ran it ("": run outside of any); None where nobody watched."""
    told = (content or b"")[:SEEN_LIMIT].decode("utf-8", "replace").split("\n")
    if "watching" not in told:
        return None
    seen: dict[tuple[str, int], str] = {}
    for line in told:
        path, _, rest = line.partition("\t")
        number, _, test = rest.partition("\t")
        if number.isdecimal() and len(number) < 9:
            key = (path, int(number))
            seen[key] = seen.get(key) or test
    return seen
