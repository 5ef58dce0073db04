"""Observations on a log as a text: its history, what repeats in it, what was taken out, and whom it speaks to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from graders.ai_log.document import Document
from graders.ai_log.entry import Entry, bare
from graders.ai_log.remarks import addressed
from graders.ai_log.search import Log
from graders.ai_log.timeline import Timeline
from graders.grade import Evidence, Finding, Outcome
from graders.redaction import redact_short


class Touch(Protocol):
    """A commit, as far as it is needed here."""

    @property
    def id(self) -> str: ...
    @property
    def committed(self) -> datetime: ...
    @property
    def subject(self) -> str: ...


def of_history(document: Document, touches: Sequence[Touch], last: Touch | None) -> Finding | None:
    """When the log was written into the history; without a conclusion, since none follows. Oldest commit first."""
    if not touches or last is None:
        return None
    evidence = tuple(
        Evidence("commit", redact_short(commit.subject)[:200], document.path, commit=commit.id)
        for commit in touches[:12]
    )
    if len(touches) == 1:
        gap = _span((last.committed - touches[0].committed).total_seconds())
        when = "the last one" if touches[0].id == last.id else f"{gap} before the last commit"
        title = f"{document.path} came in one commit, {when}"
        detail = "Common; it says nothing about when it was written."
    else:
        days = _span((touches[-1].committed - touches[0].committed).total_seconds())
        title = f"{document.path} was written in {len(touches)} commits"
        detail = f"From {_time(touches[0])} to {_time(touches[-1])} ({days})."
    return Finding(f"ai_usage_log.history.{document.path}", title, Outcome.PASSED, detail, evidence)


def of_timeline(timeline: Timeline) -> list[Finding]:
    """How the times were read, and how many lie in the commits' period (AIL-08, AIL-10)."""
    if not timeline.moments:
        return []
    count = len(timeline.moments)
    detail = timeline.told
    if timeline.rounded:
        detail += " Times look approximate; the time line is drawn with bars of 30 minutes to either side."
    places = tuple(
        Evidence(
            "entry", f"entry {one.entry.n}: {one.entry.when or one.entry.title}"[:200], one.entry.path, one.entry.line
        )
        for one in timeline.moments[:6]
    )
    findings = [
        Finding(
            "ai_usage_log.timeline",
            f"{timeline.inside} of {count} timed {'entry falls' if count == 1 else 'entries fall'} "
            "inside the commits' period",
            Outcome.PASSED,
            detail,
            places,
        )
    ]
    if len(timeline.outside) >= 3:
        findings.append(
            Finding(
                "ai_usage_log.timeline.outside",
                f"{len(timeline.outside)} entries lie more than a day outside the commits' period, however read",
                Outcome.SKIPPED,
                "Every offset and both orders of day and month were tried. Work before `git init`, a squashed history, "
                "a clock, or a year written wrong can explain it; ask when the work was done.",
                tuple(
                    Evidence("entry", f"entry {entry.n}: {entry.when or entry.title}"[:200], entry.path, entry.line)
                    for entry in timeline.outside[:12]
                ),
            )
        )
    return findings


def of_repeats(entries: Sequence[Entry]) -> list[Finding]:
    """The same long sentence under three or more entries; a course's or a company's template can be behind it."""
    findings = []
    for name in ("correction", "verification"):
        same: dict[str, list[Entry]] = {}
        for entry in entries:
            text = bare(entry.text(name))
            if len(text.split()) >= 8:
                same.setdefault(text, []).append(entry)
        for number, group in enumerate((group for group in same.values() if len(group) >= 3), start=1):
            numbers = ", ".join(str(entry.n) for entry in group[:12])
            findings.append(
                Finding(
                    f"ai_usage_log.repeated.{name}.{number}",
                    f"Entries {numbers} carry the same {name}",
                    Outcome.SKIPPED,
                    "Worth asking what differed between them.",
                    tuple(
                        Evidence("entry", entry.text(name), entry.path, entry.parts[name].line) for entry in group[:3]
                    ),
                )
            )
    return findings


def of_secrets(log: Log) -> list[Finding]:
    """That values were taken out: rule and line, never the value."""
    if not log.secrets:
        return []
    rules = Counter(secret.rule for _, secret in log.secrets)
    told = ", ".join(f"{rule} ({count})" for rule, count in sorted(rules.items()))
    return [
        Finding(
            "ai_usage_log.secrets",
            f"{len(log.secrets)} values that look like secrets were left out of this report",
            Outcome.SKIPPED,
            f"Rules: {told}. The values stand in the submission's history; whoever owns them should replace them.",
            tuple(Evidence("place", secret.rule, path, secret.line) for path, secret in log.secrets[:20]),
        )
    ]


def of_remarks(documents: Sequence[Document]) -> list[Finding]:
    """Sentences that speak to whoever grades: shown as quotes."""
    findings = []
    for document in documents:
        remarks = addressed(document.text)
        if remarks:
            findings.append(
                Finding(
                    f"ai_usage_log.addressed.{document.path}",
                    f"{document.path} holds text that addresses a grader or a model ({len(remarks)} lines)",
                    Outcome.SKIPPED,
                    "Quoted as it stands; nothing in it was followed. Work on prompt security quotes such text too.",
                    tuple(Evidence("quote", remark.text, document.path, remark.line) for remark in remarks),
                )
            )
    return findings


def _time(commit: Touch) -> str:
    return commit.committed.isoformat(sep=" ", timespec="minutes")


def _span(seconds: float) -> str:
    """A length of time in words."""
    minutes = round(abs(seconds) / 60)
    if not minutes:
        return "less than a minute"
    if minutes < 120:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60:02d} min"
    return f"{minutes // (24 * 60)} days"
