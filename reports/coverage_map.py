"""The coverage map: each file as a bar as long as the file, with the lines that no own test runs marked in it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports.reading import FileCoverage, number, text
from reports.report import GradeRecord

_RANGE = re.compile(r"(\d{1,7})(?:[-\u2013](\d{1,7}))?")
PARTS_LIMIT = 120
"""Marked parts of one bar; the table's cell names the lines as well."""
LINES_LIMIT = 1_000_000
SMALLEST_PART = 0.7
"""Of the bar's 100: a single line in a long file has to stay visible."""


@dataclass(frozen=True, slots=True)
class FileBar:
    """A file with its bar: `width` of 100 for its length, `missing` parts as (x, width) of 100."""

    file: FileCoverage
    lines: int
    width: float
    missing: tuple[tuple[float, float], ...]


def coverage_map(files: Sequence[FileCoverage], design: GradeRecord | None) -> tuple[FileBar, ...]:
    """The bars in the files' order. Lengths are the design grade's; without one, the last line known counts."""
    lengths = _lengths(design)
    spans = [_spans(file.missing) for file in files]
    lines = [
        min(max(lengths.get(file.path, 0), file.statements, max((end for _, end in found), default=0), 1), LINES_LIMIT)
        for file, found in zip(files, spans, strict=True)
    ]
    longest = max(lines, default=1)
    return tuple(
        FileBar(file, length, round(max(100 * length / longest, 2.0), 1), _parts(found, length, longest))
        for file, found, length in zip(files, spans, lines, strict=True)
    )


def _lengths(design: GradeRecord | None) -> Mapping[str, int]:
    rows = design.exhibits.get("files", ()) if design else ()
    return {text(row, "path"): number(row.get("lines")) or 0 for row in rows}


def _spans(missing: str) -> list[tuple[int, int]]:
    """The ranges of `88-103, 140` as pairs of lines; what is no range is passed over."""
    found = []
    for piece in missing.split(",")[:PARTS_LIMIT]:
        match = _RANGE.fullmatch(piece.strip())
        if match:
            start, end = int(match[1]), int(match[2] or match[1])
            if 0 < start <= end <= LINES_LIMIT:
                found.append((start, end))
    return found


def _parts(spans: Sequence[tuple[int, int]], lines: int, longest: int) -> tuple[tuple[float, float], ...]:
    scale = max(100 * lines / longest, 2.0) / lines
    return tuple(
        (round((start - 1) * scale, 2), round(max((end - start + 1) * scale, SMALLEST_PART), 2)) for start, end in spans
    )
