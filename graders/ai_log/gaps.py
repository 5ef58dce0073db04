"""Gaps: what a log leaves to be asked, one finding each, with the place to open. None is held against anybody."""

from __future__ import annotations

from collections.abc import Sequence

from graders.ai_log.answers import is_none_needed, is_not_tested
from graders.ai_log.claim import Claim, Level, Result
from graders.ai_log.correction_hunks import Joined
from graders.ai_log.entry import PARTS, Entry
from graders.ai_log.line_coverage import LineCoverage
from graders.ai_log.titles import short_title
from graders.ai_log.tools import Mismatch
from graders.grade import Evidence, Finding, Outcome

EACH = 3
"""Findings of one sort."""
_ASKED = {
    "replaced": "Worth asking what else could break there.",
    "removed": "Worth asking what does its work now, if anything.",
    "added": "Worth asking what it guards against.",
    "moved": "Worth asking what the new place is better for.",
}


def of_entries(entries: Sequence[Entry], claims: Sequence[Claim]) -> list[Finding]:
    """Entries that were accepted as they came, that name no verification, or whose verification is stated only."""
    found: list[Finding] = []
    structured = [entry for entry in entries if any(name in entry.parts for name in PARTS)]
    accepted = [entry for entry in structured if is_none_needed(entry.text("correction"))]
    found += [
        _finding("accepted", number, f"Entry {entry.n} was accepted without change: {short_title(entry)}",
                 "A complete answer. Worth asking what made it trustworthy.", _place(entry, "correction"))
        for number, entry in enumerate(accepted[:EACH], start=1)
    ]  # fmt: skip
    if any("verification" in entry.parts for entry in structured):
        open_ones = [one for one in structured if is_not_tested(one.text("verification") or "none")]
        found += [
            _finding("unverified", number, f"Entry {entry.n} names no verification: {short_title(entry)}",
                     "Worth asking how the result was checked; reading and manual checks leave no trace in a log.",
                     _place(entry, "verification"))
            for number, entry in enumerate(open_ones[:EACH], start=1)
        ]  # fmt: skip
    levels: dict[int, set[Level]] = {}
    for claim in claims:
        if claim.kind in ("verification", "number"):
            levels.setdefault(claim.entry, set()).add(claim.level)
    stated = [entry for entry in structured if levels.get(entry.n) == {Level.STATED}]
    found += [
        _finding("stated", number, f"What entry {entry.n} verified is stated only: {short_title(entry)}",
                 "Normal for reading and manual checks. Worth asking what was seen.", _place(entry, "verification"))
        for number, entry in enumerate(stated[:EACH], start=1)
    ]  # fmt: skip
    return found


def of_corrections(corrections: Sequence[Joined]) -> list[Finding]:
    """Corrections that were found in the history, the largest first: a place to ask what else could break there."""
    done = sorted((one for one in corrections if one.claim.result is Result.CONFIRMED), key=lambda one: -one.size)
    findings = []
    for number, one in enumerate(done[:EACH], start=1):
        change, place = one.change, one.claim.evidence[0]
        what = {
            "replaced": f"`{change.old}` was replaced by `{change.new}`",
            "removed": f"`{change.old}` was taken out",
            "added": f"`{change.new}` was added",
        }[change.how]
        if one.moved:
            what = f"`{change.old}` was moved to `{change.new}`"
        at = f" at {place.path}:{place.line}"
        if change.how == "removed" and place.commit:  # what is gone has a line only in the commit that took it out
            at = f" in commit {place.commit[:7]} ({place.path}:{place.line})"
        findings.append(
            Finding(
                f"ai_usage_log.gap.replaced.{number}",
                f"As entry {change.entry} says, {what}{at}",
                Outcome.PASSED,
                _ASKED["moved" if one.moved else change.how],
                (Evidence("entry", change.words, change.path, change.line), place),
            )
        )
    return findings


def of_lines(coverage: LineCoverage, entries: Sequence[Entry]) -> list[Finding]:
    """Folders and files that nothing speaks of; or, once, that no entry names any file (AIL-13)."""
    if coverage.added and not coverage.sources and entries:
        return [
            _finding("files", 1, "No entry names a file, so lines could not be joined to entries",
                     "Worth asking which parts came from a model, and which by hand.", _place(entries[0], ""))
        ]  # fmt: skip
    return [
        _finding("folder", number, f"No log entry mentions {name} ({lines} added lines)",
                 "It may be hand-written. Worth asking how it was built.",
                 (Evidence("place", f"{lines} added lines", name.rstrip("/")),))
        for number, (name, lines) in enumerate(coverage.gaps[:EACH], start=1)
    ]  # fmt: skip


def of_tools(mismatches: Sequence[Mismatch], none_used: bool) -> list[Finding]:
    """What carries the name of a tool that the log does not name (AIL-14)."""
    findings = []
    for number, one in enumerate(mismatches[:EACH], start=1):
        if one.commits:
            count = f"{one.count} {'commit carries' if one.count == 1 else 'commits carry'} `{one.carried[:100]}`"
        else:
            count = f"{one.carried[:200]} {'was' if one.count == 1 else 'were'} added by the candidate"
        log = "the log says that no AI was used" if none_used else f"the log names {' and '.join(one.named[:4])} only"
        places = [Evidence("commit", one.carried[:200], commit=commit) for commit in one.commits]
        places += [Evidence("place", "", path) for path in one.paths]
        detail = "Worth asking which tool did what. Tools write such lines and files by themselves."
        findings.append(_finding("tools", number, f"{count}; {log}", detail, tuple(places)))
    return findings


def _finding(what: str, number: int, title: str, detail: str, evidence: tuple[Evidence, ...]) -> Finding:
    return Finding(f"ai_usage_log.gap.{what}.{number}", title, Outcome.SKIPPED, detail, evidence)


def _place(entry: Entry, name: str) -> tuple[Evidence, ...]:
    part = entry.parts.get(name)
    return (Evidence("entry", part.text[:600] if part else entry.title, entry.path, part.line if part else entry.line),)
