"""Facts: counted things about sessions and entries, some beside what one team was measured to do. No fact is a mark.

The reference figures come from 277 sessions with edits of one professional team (January and February 2026), whose
tool recorded everything. They show how ordinary a figure is, and nothing about what it should be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from graders.ai_log.answers import is_none_needed
from graders.ai_log.claim import Claim, Level, Result
from graders.ai_log.entry import Entry
from graders.ai_log.header import Header
from graders.ai_log.line_coverage import LineCoverage
from graders.ai_log.verifications import Statement, failed, succeeded
from graders.transcripts import Event, Session, is_build_command, is_lint_command, is_test_command
from sandbox import Commit

TEAM = "one professional team, n=277, not a norm"
SOON = timedelta(minutes=30)
IDLE = timedelta(minutes=15)
"""A gap in a session beyond which nobody counts as active."""


@dataclass(frozen=True, slots=True)
class Fact:
    """`name` and `value` as text; `reference` is what was measured elsewhere, `evidence` a place `path:line`."""

    name: str
    value: str
    reference: str | None = None
    evidence: str | None = None


def facts(
    entries: Sequence[Entry],
    sessions: Sequence[Session],
    commits: Sequence[Commit],
    said: Sequence[Statement],
    claims: Sequence[Claim],
    coverage: LineCoverage,
    said_above: Sequence[Header] = (),
) -> tuple[Fact, ...]:
    """The facts that there is something to say of. `commits`: the candidate's own; `said_above`: the log's header."""
    names = {"tools": "tools that the log names", "written": "when the log was written, as it says"}
    stated = (Fact(names[one.name], one.value, None, f"{one.path}:{one.line}") for one in said_above)
    return (
        *stated,
        *_of_sessions(sessions, len(commits)),
        *_of_commits(commits),
        *_of_entries(entries, said, claims),
        *_of_lines(coverage),
    )


def _of_sessions(sessions: Sequence[Session], commits: int) -> Iterator[Fact]:
    if not sessions:
        return
    tools = Counter(session.tool for session in sessions)
    active = sum((active_time(session) for session in sessions), timedelta())
    told = ", ".join(f"{tool} {count}" if len(tools) > 1 else tool for tool, count in tools.most_common(5))
    first = _place(sessions[0], sessions[0].events[0]) if sessions[0].events else sessions[0].path
    minutes = round(active.total_seconds() / 60)
    yield Fact("sessions", f"{len(sessions)} ({told})", None, first)
    if minutes:
        yield Fact("active time", f"{minutes} min, gaps over 15 min left out", f"{TEAM}: span of a session 9 to 99 min")
    prompts = sum(len(session.prompts) for session in sessions)
    edits = sum(len(session.edits) for session in sessions)
    yield Fact("prompts", str(prompts), f"{TEAM}: 2 to 7 a session in the middle half")
    if commits:
        yield Fact("prompts per commit", f"{prompts / commits:.1f}", f"{TEAM}: 1 to 4 in the middle half")
    if prompts:
        yield Fact("agent edits per prompt", f"{edits / prompts:.1f}", f"{TEAM}: 1.2 to 4 in the middle half")
    tests = [
        (session, event) for session in sessions for event in session.shells if is_test_command(event.command or "")
    ]
    with_tests = len({id(session) for session, _ in tests})
    yield Fact(
        "test commands",
        f"{len(tests)}, in {with_tests} of {len(sessions)} sessions",
        f"{TEAM}: in 83 % of sessions",
        _place(*tests[0]) if tests else None,
    )
    loops = sum(fail_to_pass(session) for session in sessions)
    seen = sum(any(failed(event) for one, event in tests if one is session) for session in sessions)
    yield Fact("failing test, then a passing one", f"{loops} times", f"{TEAM}: a failing test seen in 26 % of sessions")
    if seen and not loops:
        yield Fact("failing test seen", f"in {seen} of {len(sessions)} sessions", f"{TEAM}: in 26 % of sessions")
    edited = [session for session in sessions if session.edits and session.shells]
    if edited:
        after = sum(tests_after_last_edit(session) is True for session in edited)
        yield Fact(
            "tests run after the last edit",
            f"in {after} of {len(edited)} sessions with edits and commands",
            f"{TEAM}: in 71 %",
        )
        other = sum(_any_check_after(session) for session in edited)
        if other > after:
            yield Fact("tests, lint or build after the last edit", f"in {other} of {len(edited)}", f"{TEAM}: in 79 %")
        planned = sum(_planned(session) for session in edited)
        yield Fact("a plan, or more than one prompt, before the first edit", f"in {planned} of {len(edited)} sessions")
    stops = Counter(event.kind for session in sessions for event in session.events)
    structural = stops["interrupt"] + stops["reject"]
    yield Fact(
        "interrupts and refused tool calls",
        f"{stops['interrupt']} and {stops['reject']}" + (f", {structural / prompts:.2f} per prompt" if prompts else ""),
        f"{TEAM}: 0.17 per prompt; at least one interrupt in 27 % of sessions",
        next((_place(s, e) for s in sessions for e in s.events if e.kind in ("interrupt", "reject")), None),
    )
    if stops["user_edit"]:
        yield Fact("edits by the person between those of the tool", str(stops["user_edit"]))


def _of_commits(commits: Sequence[Commit]) -> Iterator[Fact]:
    soon = [
        later
        for earlier, later in pairwise(commits)
        if later.subject.startswith('Revert "') and later.authored - earlier.authored <= SOON
    ]
    if soon:
        yield Fact("commits that take back another within 30 min", str(len(soon)))


def _of_entries(entries: Sequence[Entry], said: Sequence[Statement], claims: Sequence[Claim]) -> Iterator[Fact]:
    if not entries:
        return
    corrected = [one for one in entries if "correction" in one.parts and not is_none_needed(one.text("correction"))]
    plain = sum(is_none_needed(entry.text("correction")) for entry in entries if "correction" in entry.parts)
    if any("correction" in entry.parts for entry in entries):
        none = f"; {plain} {'says' if plain == 1 else 'say'} that none was needed" if plain else ""
        first = corrected[0] if corrected else None
        place = f"{first.path}:{first.parts['correction'].line}" if first else None
        yield Fact(
            "corrections that the author names", f"in {len(corrected)} of {len(entries)} entries{none}", None, place
        )
    kinds = Counter(statement.kind for statement in said)
    if kinds:
        yield Fact("kinds of verification", ", ".join(f"{kind} {count}" for kind, count in kinds.most_common()))
    joined = [claim for claim in claims if claim.kind == "correction" and claim.result is Result.CONFIRMED]
    stated = sum(claim.kind == "correction" for claim in claims)
    if stated:
        yield Fact(
            "stated corrections found in the history",
            f"{len(joined)} of {stated}; what is corrected before a commit leaves no trace",
            None,
            f"{joined[0].evidence[0].path}:{joined[0].evidence[0].line}" if joined and joined[0].evidence else None,
        )
    levels = Counter(claim.level for claim in claims)
    if claims:
        yield Fact("what the log's claims rest on", ", ".join(f"{level}: {levels[level]}" for level in Level))


def _of_lines(coverage: LineCoverage) -> Iterator[Fact]:
    if coverage.added:
        share = coverage.mentioned / coverage.added
        yield Fact(
            "added lines in files that the log or a transcript speaks of",
            f"{coverage.mentioned} of {coverage.added} ({share:.0%})",
            f"{TEAM}: 81 % of commits' files covered in full, 7.5 % not at all",
        )


def active_time(session: Session) -> timedelta:
    """The time between events, long gaps left out."""
    times = sorted(event.when for event in session.events if event.when)
    return sum((after - before for before, after in pairwise(times) if after - before <= IDLE), timedelta())


def fail_to_pass(session: Session) -> int:
    """How often a test command that failed was followed by one that went well, with an edit in between."""
    count = edits = 0
    red = False
    for event in session.events:
        if event.kind in ("edit", "write"):
            edits += 1
        elif event.kind == "shell" and is_test_command(event.command or ""):
            if failed(event):
                red, edits = True, 0
            elif red and succeeded(event) and edits:
                count, red = count + 1, False
    return count


def tests_after_last_edit(session: Session) -> bool | None:
    """Whether a test command follows the last edit; None without edits, or where no command was recorded at all."""
    last = _last_edit(session)
    if last is None or not session.shells:
        return None
    return any(event.kind == "shell" and is_test_command(event.command or "") for event in session.events[last:])


def _any_check_after(session: Session) -> bool:
    last = _last_edit(session) or 0
    return any(
        check(event.command or "")
        for event in session.events[last:]
        if event.kind == "shell"
        for check in (is_test_command, is_lint_command, is_build_command)
    )


def _last_edit(session: Session) -> int | None:
    places = [n for n, event in enumerate(session.events) if event.kind in ("edit", "write") and event.ok is not False]
    return places[-1] if places else None


def _planned(session: Session) -> bool:
    before: list[Event] = []
    for event in session.events:
        if event.kind in ("edit", "write"):
            break
        before.append(event)
    return any(one.kind == "plan" for one in before) or sum(one.kind == "prompt" for one in before) > 1


def _place(session: Session, event: Event) -> str:
    return f"{session.path}:{event.line}"
