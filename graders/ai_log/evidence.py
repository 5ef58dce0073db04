"""Evidence: all that a log is held against, gathered from a submission, and what came of holding it there."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from graders.ai_log import claims as claims_made
from graders.ai_log.agent_files import AgentFile, agent_files
from graders.ai_log.claim import Claim, Level
from graders.ai_log.correction_hunks import Joined, Patches, joined
from graders.ai_log.corrections import changes_stated
from graders.ai_log.document import Document
from graders.ai_log.entry import Entry
from graders.ai_log.facts import Fact, facts
from graders.ai_log.ground import COMMITS, FILE_LIMIT, TestFunctions, files_named, ground_of, tests_named
from graders.ai_log.header import Header, headers
from graders.ai_log.line_coverage import LineCoverage, line_coverage
from graders.ai_log.link_targets import resolved
from graders.ai_log.links import Link, named
from graders.ai_log.moments import Moment, moments
from graders.ai_log.own_run import own_run
from graders.ai_log.remarks import stated_counts
from graders.ai_log.replay import run_claims
from graders.ai_log.search import Log
from graders.ai_log.session_gaps import with_gaps
from graders.ai_log.timeline import Timeline, make_timeline
from graders.ai_log.tools import Mismatch, mismatches, tools_in
from graders.ai_log.verifications import held, statements
from graders.case import Case
from graders.history import Step, steps_of
from graders.path_kinds import kind_of
from graders.redaction import redact_short
from graders.transcripts import Attribution, Session, distinct, read_attributions
from sandbox import Commit, Hunk

TRACE_FILES, TRACE_LIMIT, FILES = 20, 2 * 1024 * 1024, 5_000
_TRACE = re.compile(r"(?i)agent[-_]?trace[^/]{0,40}(?:/[^/]{1,80})?\.jsonl?$|(?:^|/)\.?git-ai/")


@dataclass(frozen=True, slots=True)
class Gathered:
    """What came of it; see the modules that each part is named after.

    `tests`: test functions in the files, `collected`: own tests that our run collected; None where not looked for.
    """

    links: tuple[Link, ...] = ()
    claims: tuple[Claim, ...] = ()
    corrections: tuple[Joined, ...] = ()
    timeline: Timeline = field(default_factory=Timeline)
    sessions: tuple[Session, ...] = ()
    coverage: LineCoverage = field(default_factory=LineCoverage)
    facts: tuple[Fact, ...] = ()
    headers: tuple[Header, ...] = ()
    moments: tuple[Moment, ...] = ()
    agent_files: tuple[AgentFile, ...] = ()
    mismatches: tuple[Mismatch, ...] = ()
    attributed: tuple[Attribution, ...] = ()
    log_edits: tuple[tuple[datetime, str, str], ...] = ()
    commits: tuple[Commit, ...] = ()
    tests: int | None = None
    collected: int | None = None


def gather(case: Case, log: Log, entries: Sequence[Entry]) -> Gathered:
    """Hold a log's entries against the submission: its files, its history, the transcripts in it, and what was run."""
    submission = case.submission
    commits = submission.commits(limit=COMMITS)
    steps = steps_of(commits, case.challenge.handed_out, case.challenge.starter.keys())
    work = [step for step in steps if not step.starter]
    tests = TestFunctions(case)
    links = resolved(named(entries), ground_of(case, commits, tests))
    files = files_named(links, commits)
    ever = {file.path for file in submission.files} | {change.path for commit in commits for change in commit.changes}
    sessions = with_gaps(distinct(session for document in log.documents for session in document.sessions), ever)
    timeline = make_timeline(
        entries, [step.commit.authored for step in work], {document.path: document for document in log.documents}
    )
    times = {moment.entry.n: moment.at for moment in timeline.moments}
    said = statements(entries)
    checked = held(said, sessions, files, tests_named(links))
    counted = bool(stated_counts(entries))
    waits = counted or any(claim.level is Level.CHECKABLE for claim in checked)
    ran = own_run(case) if waits else None
    if ran is not None:
        checked = claims_made.with_passing(checked, ran.passing)
    run = run_claims(case, entries, times)
    corrections = joined(
        changes_stated(entries), _nearest(links, files, work, times), Patches(_read_patch(case, work, log))
    )
    claims = (
        *claims_made.of_links(links),
        *claims_made.joined(checked, run),
        *(one.claim for one in corrections),
    )
    said_above = headers(log.documents)
    configuration = agent_files(
        [file.path for file in submission.files],
        lambda paths: submission.read_many(paths, limit=FILE_LIMIT),
        case.challenge.starter,
    )
    attributed = _attributed(case, log.documents)
    coverage = LineCoverage()  # of free text nothing is counted, so no line is said to be left out by it
    if entries or sessions or attributed:
        own = submission.added_lines(case.challenge.starter)
        coverage = line_coverage(own, entries, _sources(case, attributed, files, sessions, work))
        coverage = coverage if entries or sessions else replace(coverage, gaps=())
    return Gathered(
        links=links,
        claims=claims,
        corrections=corrections,
        timeline=timeline,
        sessions=sessions,
        coverage=coverage,
        attributed=attributed,
        facts=facts(entries, sessions, [step.commit for step in work], said, claims, coverage, said_above),
        headers=said_above,
        moments=moments(entries, sessions, corrections, claims),
        agent_files=configuration,
        mismatches=_mismatches(log.documents, entries, sessions, _signs(work, attributed), configuration),
        log_edits=_log_edits(log.documents, commits),
        commits=commits,
        tests=tests.count if counted and ran is None else None,
        collected=ran.collected if ran else None,
    )


def gather_notes(case: Case) -> Gathered | None:
    """What tools attribute, where there is no log to hold anything against; None when they attribute nothing."""
    attributed = _attributed(case, ())
    if not attributed:
        return None
    own = case.submission.added_lines(case.challenge.starter)
    coverage = line_coverage(own, (), [("a note", [one.path for one in attributed])])
    return Gathered(coverage=replace(coverage, gaps=()), attributed=attributed)


def _nearest(
    links: Sequence[Link], files: Mapping[int, Collection[str]], work: Sequence[Step], times: Mapping[int, datetime]
) -> Callable[[int], Sequence[str]]:
    """For an entry: the commits that it names, then those of its files, then the others; each nearest in time first."""
    linked: dict[int, list[str]] = {}
    for link in links:
        if link.target is not None and link.target.commit:
            linked.setdefault(link.entry, []).append(link.target.commit)
    moments = [(step.commit.id, step.commit.authored.astimezone(UTC), step) for step in work]

    def commits_of(entry: int) -> list[str]:
        about, at = files.get(entry, ()), times.get(entry)
        ordered = sorted(moments, key=lambda one: abs((one[1] - at).total_seconds())) if at else moments
        touching = [c for c, _, step in ordered if any(change.path in about for change in step.commit.changes)]
        return list(dict.fromkeys([*linked.get(entry, []), *touching, *(c for c, _, _ in ordered)]))

    return commits_of


def _read_patch(case: Case, work: Sequence[Step], log: Log) -> Callable[[str], Sequence[Hunk]]:
    """How to read a commit's lines: those of code and settings, and never those of the log, which quotes itself."""
    logs = {document.path for document in log.documents}
    changes = {step.commit.id: step.commit.changes for step in work}

    def read(commit: str) -> Sequence[Hunk]:
        # Where git counts no lines there are none to read: a picture, or a content too large to be fetched.
        paths = [
            change.path
            for change in changes.get(commit, ())
            if change.path not in logs
            and change.added is not None
            and (kind_of(change.path) in ("code", "test", "other") or "requirements" in change.path)
        ]
        return case.submission.patch(commit, paths) if paths else ()

    return read


def _attributed(case: Case, documents: Sequence[Document]) -> tuple[Attribution, ...]:
    """The lines that tools attribute, in git-ai's notes and in Agent Trace records among the files."""
    found = [
        one
        for commit, note in case.submission.ai_notes().items()
        for one in read_attributions("", note, commit)[:FILES]
    ]
    others = {one.path for one in documents if not one.sessions and not one.entries and one.kind == "transcript"}
    traces = [file.path for file in case.submission.files if file.path in others or _TRACE.search(file.path)]
    for path, content in case.submission.read_many(traces[:TRACE_FILES], limit=TRACE_LIMIT).items():
        found += read_attributions(path, content)[:FILES]
    return tuple(found)


def _sources(
    case: Case,
    attributed: Sequence[Attribution],
    files: Mapping[int, Collection[str]],
    sessions: Sequence[Session],
    work: Sequence[Step],
) -> list[tuple[str, list[str]]]:
    """What speaks of which files, strongest word first."""
    ours = {file.path.casefold(): file.path for file in case.submission.files}
    edited = []
    for session in sessions:
        for path in dict.fromkeys(event.path for event in session.edits if event.path):
            parts = path.replace("\\", "/").casefold().split("/")[-12:]
            ends = ("/".join(parts[start:]) for start in range(len(parts)))
            found = next((ours[end] for end in ends if end in ours), None)
            # A session in a folder of the repository names its files from there.
            edited.append(found or next((ours[one] for one in ours if one.endswith("/" + "/".join(parts))), ""))
    signed = [
        change.path
        for step in work
        if any(tools_in(sign.text) for sign in step.signs)
        for change in step.commit.changes
    ]
    named_files = [path for paths in files.values() for path in paths]
    return [
        ("an entry", named_files),
        ("a transcript", edited),
        ("a note", [one.path for one in attributed]),
        ("a commit's trailer", signed),
    ]


def _signs(work: Sequence[Step], attributed: Sequence[Attribution]) -> list[tuple[str, str]]:
    """The commits that carry a tool's name, with the trailer or note that does."""
    signs = [(step.commit.id, f"{sign.name}: {redact_short(sign.text)}") for step in work for sign in step.signs]
    own = {step.commit.id for step in work}
    noted = {one.commit: one.tool for one in attributed if one.commit in own}
    return signs + [(commit, f"git-ai note: {tool}") for commit, tool in noted.items() if commit]


def _mismatches(
    documents: Sequence[Document],
    entries: Sequence[Entry],
    sessions: Sequence[Session],
    signs: Sequence[tuple[str, str]],
    configuration: Sequence[AgentFile],
) -> tuple[Mismatch, ...]:
    texts = [document.text for document in documents if document.kind in ("log", "summary", "transcript")]
    text = "\n".join((*texts, *(entry.text("tool") for entry in entries), *(session.tool for session in sessions)))
    tools = tools_in(text)
    if not tools and not says_none(documents):
        return ()
    own = {file.path: file.tool for file in configuration if file.tool and not file.from_starter}
    return mismatches(tools, signs, own)


def says_none(documents: Sequence[Document]) -> bool:
    """Whether the log says that no AI was used, and nothing else."""
    kinds = {document.kind for document in documents}
    return "no AI" in kinds and not kinds & {"log", "transcript", "summary"}


def _log_edits(documents: Sequence[Document], commits: Sequence[Commit]) -> tuple[tuple[datetime, str, str], ...]:
    paths = {document.path for document in documents if document.kind in ("log", "summary", "no AI")}
    return tuple(
        (commit.authored.astimezone(UTC), commit.subject, change.path)
        for commit in commits
        for change in commit.changes
        if change.path in paths
    )
