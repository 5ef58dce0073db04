"""In which order was the work done: what came first, were tests written next to code, how does it sit in the time box?

Commits show when work was recorded, not how long it took nor when it was thought; the findings say no more than that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from graders.case import Case
from graders.grade import Evidence, Finding, Grade, Outcome, Scalar
from graders.path_kinds import kind_of
from graders.redaction import redact_short
from graders.trailers import Trailer, trailers
from sandbox import Commit

COMMITS = 2_000
ROWS = 500
STRETCH = timedelta(hours=2)
"""A gap between two commits beyond which a new stretch of work is counted."""
LARGE_SHARE = 0.6
LARGE_LINES = 300
"""A commit is called large when it holds this share of all added lines, and at least so many."""
TIMES_LATER = timedelta(days=1)
"""Between a commit's two times (written, recorded) less than this is everyday."""


@dataclass(frozen=True, slots=True)
class Step:
    """One commit, with its lines sorted by what they are for. `starter`: it only brought the challenge's own files."""

    commit: Commit
    code: int
    test: int
    document: int
    other: int
    removed: int
    files: int
    starter: bool
    signs: tuple[Trailer, ...]

    @property
    def added(self) -> int:
        """Lines added, generated files and data left out."""
        return self.code + self.test + self.document


def grade(case: Case) -> Grade:
    """Read the commits of the submission, oldest first, and lay them against the time box."""
    commits = case.submission.commits(limit=COMMITS)
    steps = steps_of(commits, case.challenge.handed_out, case.challenge.starter.keys())
    return answer(steps, case.challenge.time_box_minutes, cut=len(commits) >= COMMITS)


def steps_of(commits: Sequence[Commit], handed_out: Mapping[str, bytes], starter: Collection[str]) -> tuple[Step, ...]:
    """The commits as steps. Leading commits that bring most of the starter's paths, and little else, are the starter's.

    "Little": no file that was not handed out, and at most a quarter more lines than these files were handed out with.
    Whoever commits once, and wrote all of it into the starter's files, did work; so did who wrote one or two of them
    first.
    """
    sent = {path: content.count(b"\n") + (content[-1:] not in b"\n") for path, content in handed_out.items()}
    steps: list[Step] = []
    leading = True
    for number, commit in enumerate(commits):
        paths = {change.path for change in commit.changes}
        only_adds = not any(change.removed for change in commit.changes)
        leading = (
            leading
            and number < 3
            and bool(paths)
            and only_adds
            and paths <= sent.keys()
            and 2 * len(paths & set(starter)) > len(starter)
            and 4 * sum(change.added or 0 for change in commit.changes) <= 5 * sum(sent[path] for path in paths)
        )
        lines = Counter[str]()
        for change in commit.changes:
            lines[kind_of(change.path)] += change.added or 0
        steps.append(
            Step(
                commit=commit,
                code=lines["code"],
                test=lines["test"],
                document=lines["document"],
                other=lines["generated"] + lines["other"],
                removed=sum(change.removed or 0 for change in commit.changes),
                files=len(commit.changes),
                starter=leading,
                signs=trailers(commit.body, commit.author, commit.author_email),
            )
        )
    return tuple(steps)


def answer(steps: Sequence[Step], time_box_minutes: int, *, cut: bool = False) -> Grade:
    """The grade, from the commits. It is always `passed`: a history is looked at, it is not right or wrong."""
    work = [step for step in steps if not step.starter]
    findings = [
        finding
        for finding in (
            _course(work, time_box_minutes),
            _tests_beside_code(work),
            _large(work),
            _signs(steps),
            _clock(steps),
        )
        if finding is not None
    ]
    if cut:
        detail = f"The history is longer; the latest {len(steps)} commits were read."
        findings.append(Finding("history.limit", "Not all commits were read", Outcome.SKIPPED, detail))
    span = _span(work)
    added = sum(step.added for step in work)
    largest = max((step.added for step in work), default=0)
    measures: dict[str, Scalar] = {
        "commits": len(work),
        "starter_commits": len(steps) - len(work),
        "span_minutes": round(span.total_seconds() / 60) if span is not None else None,
        "time_box_minutes": time_box_minutes,
        "stretches": _stretches(work),
        "lines_added": added,
        "code_lines_added": sum(step.code for step in work),
        "test_lines_added": sum(step.test for step in work),
        "commits_with_code": sum(step.code > 0 for step in work),
        "commits_with_code_and_tests": sum(step.code > 0 and step.test > 0 for step in work),
        "largest_commit_share": round(largest / added, 2) if added else None,
        "commits_naming_ai": sum(bool(step.signs) for step in work),
        "authors": len({step.commit.author_email.casefold() for step in work}),
    }
    return Grade(
        Outcome.PASSED, _summary(work, span, time_box_minutes), measures, tuple(findings), {"commits": _rows(steps)}
    )


def _summary(work: Sequence[Step], span: timedelta | None, time_box_minutes: int) -> str:
    if not work:
        return "The history holds no commit beyond the starter."
    tests, code = sum(step.test for step in work), sum(step.code for step in work)
    lines = f"{code} lines of code and {tests} of tests were added"
    if len(work) == 1 or span is None:
        return f"One commit; {lines}."
    return f"{len(work)} commits over {told(span)} (time box {told(timedelta(minutes=time_box_minutes))}); {lines}."


def _course(work: Sequence[Step], time_box_minutes: int) -> Finding | None:
    if not work:
        title = "The history holds no commit beyond the starter"
        return Finding("history.course", title, Outcome.SKIPPED, "Nothing can be read from its course.")
    if len(work) == 1:
        detail = "Nothing can be read from its course; a squashed history looks the same. Ask how the work went."
        return Finding("history.course", "The work came in one commit", Outcome.SKIPPED, detail, _commits(work))
    span = _span(work) or timedelta()
    stretches = _stretches(work)
    detail = (
        f"First {_time(work[0].commit.authored)}, last {_time(work[-1].commit.authored)}; time box "
        f"{told(timedelta(minutes=time_box_minutes))}. "
        + (f"The commits lie in {stretches} stretches, more than two hours apart. " if stretches > 1 else "")
        + "Commits show when work was recorded, not how long it took."
    )
    title = f"{len(work)} commits from the first to the last in {told(span)}"
    return Finding("history.course", title, Outcome.PASSED, detail, _commits((work[0], work[-1])))


def _tests_beside_code(work: Sequence[Step]) -> Finding | None:
    with_code = [step for step in work if step.code]
    tests = sum(step.test for step in work)
    if not with_code and not tests:
        return None
    together = [step for step in with_code if step.test]
    code = sum(step.code for step in work)
    first_test = next((number for number, step in enumerate(work, start=1) if step.test), None)
    if first_test is None:
        title = f"No lines of tests were added next to {code} lines of code"
        return Finding("history.tests", title, Outcome.SKIPPED, "Test files are known by their names and folders.")
    title = f"{len(together)} of {len(with_code)} commits with code add tests too"
    lines = f"{tests} lines of tests and {code} of code were added"
    detail = f"{lines}; the first tests come in commit {first_test} of {len(work)}."
    return Finding("history.tests", title, Outcome.PASSED, detail, _commits([step for step in work if step.test][:3]))


def _large(work: Sequence[Step]) -> Finding | None:
    added = sum(step.added for step in work)
    largest = max(work, key=lambda step: step.added, default=None)
    if largest is None or len(work) < 2 or largest.added < max(LARGE_LINES, LARGE_SHARE * added):
        return None
    title = f"One commit holds {largest.added / added:.0%} of the added lines"
    size = f"{largest.added} lines in {largest.files} files."
    detail = f"{size} Common with a squashed or late history; ask how the work went."
    return Finding("history.large", title, Outcome.SKIPPED, detail, _commits((largest,)))


def _signs(steps: Sequence[Step]) -> Finding | None:
    signed = [step for step in steps if step.signs and not step.starter]
    if not signed:
        return None
    texts = Counter(f"{sign.name}: {sign.text}" for step in signed for sign in step.signs)
    listed = "; ".join(f"{redact_short(text)} ({count})" for text, count in texts.most_common(6))
    title = f"{len(signed)} of {len([step for step in steps if not step.starter])} commits name an AI tool"
    detail = f"{listed}. Tools write such lines by themselves unless told not to, so commits without one say nothing."
    return Finding("history.ai_signs", title, Outcome.PASSED, detail, _commits(signed[:6]))


def _clock(steps: Sequence[Step]) -> Finding | None:
    """Times that do not run forward, said without a conclusion."""
    said: list[str] = []
    shown: list[Step] = []
    by_id = {step.commit.id: step.commit for step in steps}
    earlier = [
        step
        for step in steps
        if any(parent in by_id and step.commit.committed < by_id[parent].committed for parent in step.commit.parents)
    ]
    if earlier:
        said.append(f"{_commits_word(len(earlier))} recorded at a time before their parent's.")
        shown += earlier[:3]
    moved = [step for step in steps if abs(step.commit.committed - step.commit.authored) > TIMES_LATER]
    if moved:
        said.append(f"{_commits_word(len(moved))} recorded more than a day from the time they were written.")
        shown += moved[:3]
    work = [step for step in steps if not step.starter]
    if len(work) >= 4 and len({step.commit.committed for step in work}) == 1:
        said.append(f"All {len(work)} commits carry the same time.")
    if not said:
        return None
    detail = " ".join(said) + " Clocks, rebases, amended commits and tools do this."
    return Finding(
        "history.clock", "The times of the commits do not all run forward", Outcome.SKIPPED, detail, _commits(shown)
    )


def _commits_word(count: int) -> str:
    return f"{count} {'commit was' if count == 1 else 'commits were'}"


def _span(work: Sequence[Step]) -> timedelta | None:
    times = [step.commit.authored for step in work]
    return max(times) - min(times) if times else None


def _stretches(work: Sequence[Step]) -> int:
    times = sorted(step.commit.authored for step in work)
    return sum(1 for before, after in pairwise(times) if after - before > STRETCH) + bool(times)


def _commits(steps: Sequence[Step]) -> tuple[Evidence, ...]:
    return tuple(Evidence("commit", redact_short(step.commit.subject)[:200], commit=step.commit.id) for step in steps)


def _rows(steps: Sequence[Step]) -> tuple[dict[str, Scalar], ...]:
    """The commits for the time line, oldest first; of a longer history the latest."""
    return tuple(
        {
            "id": step.commit.id,
            "time": step.commit.authored.isoformat(),
            "recorded": step.commit.committed.isoformat(),
            "subject": redact_short(step.commit.subject)[:200],
            "files": step.files,
            "added": step.added,
            "removed": step.removed,
            "code_added": step.code,
            "test_added": step.test,
            "document_added": step.document,
            "other_added": step.other,
            "starter": int(step.starter),
            "merge": int(len(step.commit.parents) > 1),
            "ai_signs": "; ".join(f"{sign.name}: {redact_short(sign.text)}" for sign in step.signs) or None,
        }
        for step in steps[-ROWS:]
    )


def _time(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="minutes")


def told(span: timedelta) -> str:
    """A length of time in words: "55 min", "3 h 40 min", "5 days"."""
    minutes = round(span.total_seconds() / 60)
    if not minutes:
        return "less than a minute"
    if minutes < 100:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60:02d} min" if minutes % 60 else f"{minutes // 60} h"
    return f"{minutes // (24 * 60)} days"
