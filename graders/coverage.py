"""Coverage as coverage.py's JSON tells it: by file, and of the lines that the candidate wrote."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field, ValidationError

COVERAGE_LIMIT = 16 * 1024 * 1024
FILES_LIMIT = 2_000
LineNumber = int


class CoverageError(Exception):
    """The run left no coverage that can be read; the message says which."""


class _Totals(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    num_statements: int = Field(ge=0, le=10_000_000)
    covered_lines: int = Field(ge=0, le=10_000_000)
    num_branches: int = Field(default=0, ge=0, le=10_000_000)
    covered_branches: int = Field(default=0, ge=0, le=10_000_000)


class _File(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    executed_lines: list[LineNumber] = Field(max_length=1_000_000)
    missing_lines: list[LineNumber] = Field(max_length=1_000_000)
    summary: _Totals


class _Document(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    files: dict[str, _File] = Field(max_length=FILES_LIMIT)
    totals: _Totals


@dataclass(frozen=True, slots=True)
class FileCoverage:
    """One file: statements and those covered (counts), shares (0 to 1, None without any), written lines missed."""

    path: str
    statements: int
    covered: int
    lines: float | None
    branches: float | None
    executed: tuple[LineNumber, ...]
    missing: tuple[LineNumber, ...]
    written_missing: tuple[LineNumber, ...]

    @property
    def missing_ranges(self) -> str:
        return ranges(self.missing)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Shares from 0 to 1, None where there was nothing to cover. `written`: of the lines written since the starter."""

    files: tuple[FileCoverage, ...]
    lines: float | None
    branches: float | None
    written: float | None


def read_coverage(content: bytes | None, written: Mapping[str, Set[LineNumber]]) -> Coverage:
    """Read coverage.py's JSON report; `written` maps a path to the candidate's own lines of it.

    Raises CoverageError.
    """
    if content is None:
        raise CoverageError("The run left no coverage data.")
    if len(content) > COVERAGE_LIMIT:
        raise CoverageError("The coverage data is larger than 16 MB.")
    try:
        document = _Document.model_validate_json(content)
    except (ValidationError, RecursionError) as reason:
        raise CoverageError("The coverage data is not coverage.py's JSON.") from reason
    files = []
    written_total = written_covered = 0
    for path, file in sorted(document.files.items()):
        own = written.get(path, frozenset())
        executed, missing = set(file.executed_lines), sorted(set(file.missing_lines))
        written_missing = tuple(line for line in missing if line in own)
        written_covered += len(executed & own)
        written_total += len(executed & own) + len(written_missing)
        files.append(
            FileCoverage(
                path=path.encode("utf-8", "replace").decode(),
                statements=file.summary.num_statements,
                covered=file.summary.covered_lines,
                lines=share(file.summary.covered_lines, file.summary.num_statements),
                branches=share(file.summary.covered_branches, file.summary.num_branches),
                executed=tuple(sorted(executed)),
                missing=tuple(missing),
                written_missing=written_missing,
            )
        )
    totals = document.totals
    return Coverage(
        files=tuple(files),
        lines=share(totals.covered_lines, totals.num_statements),
        branches=share(totals.covered_branches, totals.num_branches),
        written=share(written_covered, written_total),
    )


def share(part: int, whole: int) -> float | None:
    """`part` of `whole`, 0 to 1 with four decimals, None when there is no whole; a part larger than it is cut."""
    return round(min(part, whole) / whole, 4) if whole else None


def ranges(lines: tuple[LineNumber, ...], most: int = 40) -> str:
    """Line numbers as people write them: (3, 4, 5, 9) is "3-5, 9"; `most` ranges, then "…"."""
    runs: list[list[int]] = []
    for line in lines:
        if runs and line == runs[-1][1] + 1:
            runs[-1][1] = line
        else:
            runs.append([line, line])
    told = [f"{first}-{last}" if last > first else str(first) for first, last in runs[:most]]
    return ", ".join(told) + (", …" if len(runs) > most else "")
