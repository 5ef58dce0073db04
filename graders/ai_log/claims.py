"""Claims: what the log says, held against git and the files. Findings state what was found, and what to ask."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from graders.ai_log.document import Document
from graders.ai_log.entry import Entry, bare
from graders.ai_log.links import Link
from graders.ai_log.remarks import Claim, addressed
from graders.ai_log.search import Log
from graders.grade import Evidence, Finding, Outcome

SHOWN = 10
"""Findings of one sort that stand alone; the others are counted."""


class Touch(Protocol):
    """A commit, as far as it is needed here."""

    @property
    def id(self) -> str: ...
    @property
    def committed(self) -> datetime: ...
    @property
    def subject(self) -> str: ...


def of_links(links: Sequence[Link], history_cut: bool) -> list[Finding]:
    """One finding for the links that lead somewhere, one for each of the first that do not."""
    held = [link for link in links if link.found]
    loose = [link for link in links if not link.found]
    findings = []
    if held:
        kinds = Counter(link.kind for link in held)
        parts = ", ".join(f"{count} {kind}{'s' if count != 1 else ''}" for kind, count in sorted(kinds.items()))
        findings.append(
            Finding(
                "ai_usage_log.links",
                f"{len(held)} of {len(links)} links in the log lead to something in the submission",
                Outcome.PASSED,
                f"{parts[:1].upper()}{parts[1:]}.",
                tuple(Evidence("entry", f"{_shown(link)}: {link.found}", link.path, link.line) for link in held[:20]),
            )
        )
    for number, link in enumerate(loose[:SHOWN], start=1):
        findings.append(
            Finding(
                f"ai_usage_log.link.{number}",
                f"Entry {link.entry} names the {link.kind} {_shown(link)}, which is not in what was supplied",
                Outcome.SKIPPED,
                _why_not(link.kind, history_cut),
                (Evidence("entry", link.text, link.path, link.line),),
            )
        )
    return findings


def _shown(link: Link) -> str:
    return f"`{link.text[:12] if link.kind == 'commit' else link.text[:120]}`"


def _why_not(kind: str, history_cut: bool) -> str:
    if kind == "commit":
        more = " Only the latest commits were read." if history_cut else ""
        return f"A rebase, a squash or another branch can explain it.{more}"
    if kind == "file":
        return "Neither at this commit nor in the history; an ignored, generated or renamed file can explain it."
    return "No test file at this commit defines a function of that name; a rename can explain it."


def of_counts(claims: Sequence[Claim], defined: int | None, collected: int | None) -> list[Finding]:
    """The numbers of tests that the log states, next to what is there: facts, for the reader to put together.

    `defined`: test functions in the test files; `collected`: own tests that the harness collected; None: not known.
    """
    if not claims:
        return []
    stated = "; ".join(f'entry {claim.entry} "{claim.words}"' for claim in claims)
    there = ""
    same = collected is not None and all(claim.number <= collected for claim in claims)
    if collected is not None:
        there = f" The harness collected {collected} own tests" + (
            "." if same else ": ask which command gave the number."
        )
    elif defined is not None:
        there = f" The test files define {defined} test functions at this commit; one function can be several tests."
    return [
        Finding(
            "ai_usage_log.numbers",
            f"The log states numbers of tests in {len(claims)} {'place' if len(claims) == 1 else 'places'}",
            Outcome.PASSED if same else Outcome.SKIPPED,
            f"Stated: {stated}.{there}",
            tuple(Evidence("entry", claim.words, claim.path, claim.line) for claim in claims),
        )
    ]


def of_history(document: Document, touches: Sequence[Touch], last: Touch | None) -> Finding | None:
    """When the log was written into the history; without a conclusion, since none follows. Oldest commit first."""
    if not touches or last is None:
        return None
    evidence = tuple(
        Evidence("commit", commit.subject[:200], document.path, commit=commit.id) for commit in touches[:12]
    )
    if len(touches) == 1:
        gap = _span((last.committed - touches[0].committed).total_seconds())
        when = "in the last commit" if touches[0].id == last.id else f"{gap} before the last commit"
        title = f"{document.path} came in one commit, {when}"
        detail = "Common; it says nothing about when it was written."
    else:
        days = _span((touches[-1].committed - touches[0].committed).total_seconds())
        title = f"{document.path} was written in {len(touches)} commits"
        detail = f"From {_time(touches[0])} to {_time(touches[-1])} ({days})."
    return Finding(f"ai_usage_log.history.{document.path}", title, Outcome.PASSED, detail, evidence)


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
