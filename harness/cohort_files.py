"""The reports of a cohort: found in folders, read one by one; a folder that can't be read is a member all the same."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from harness.blinding import default_map, known_as
from harness.scoring import Scored, read_scored
from reports import LogError, Member, ReportError, ScorecardError, is_blind

REPORTS_LIMIT = 1_000
DEPTHS = ("report.json", "*/report.json", "*/*/report.json")


def find_reports(folders: Iterable[Path]) -> list[Path]:
    """The folders that hold a report.json: these, those in them, and those one below; each once, at most 1000."""
    found: dict[Path, Path] = {}
    for folder in folders:
        for pattern in DEPTHS:
            for path in sorted(folder.glob(pattern)):
                if len(found) < REPORTS_LIMIT and not path.is_symlink():
                    found.setdefault(path.parent.resolve(), path.parent)
    return list(found.values())


def read_folders(folders: Sequence[Path]) -> list[Member]:
    """A member for each folder; never raises for what lies in one."""
    return [_member(folder) for folder in folders]


def _member(folder: Path) -> Member:
    name = folder.resolve().name
    try:
        scored = read_scored(folder)
        written = datetime.fromtimestamp((folder / "report.json").stat().st_mtime, tz=UTC)
    except (ReportError, ScorecardError, LogError) as reason:
        return Member(id=name, folder=name, problem=str(reason))
    except OSError as reason:
        return Member(id=name, folder=name, problem=f"report.json can't be read: {reason.strerror or reason}")
    revealed = next((line.when for line in scored.log.lines if line.what == "revealed"), None)
    return Member(
        id=scored.report.submission.name or name,
        folder=name,
        report=scored.report,
        digest=scored.digest,
        written=written.strftime("%Y-%m-%d %H:%M"),
        locked=scored.locked,
        open_raters=scored.open_raters,
        is_locked=scored.is_locked,
        revealed=revealed,
        trouble=_trouble(scored),
    )


def _trouble(scored: Scored) -> str | None:
    return scored.log.trouble or (scored.troubles[0] if scored.troubles else None)


def with_ids(members: Sequence[Member], map_file: Path | None) -> list[Member]:
    """The members by the ids that the blind map gives them; a blind report has its own already.

    Raises OutputError for a map that can't be used.
    """
    found = []
    for number, member in enumerate(members, 1):
        if member.report is None:
            found.append(dataclasses.replace(member, id=f"unreadable {number}", folder=""))
        elif is_blind(member.report):
            found.append(dataclasses.replace(member, folder=""))
        else:
            known = known_as(member.report.submission.repository, map_file or default_map())
            found.append(dataclasses.replace(member, id=known, folder=""))
    return found
