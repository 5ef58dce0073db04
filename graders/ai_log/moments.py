"""Moments: at most six quoted passages, each chosen by a rule that is said with it, for the reader to open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from graders.ai_log.answers import is_none_needed, is_not_tested, is_rejection
from graders.ai_log.claim import Claim, Level
from graders.ai_log.correction_hunks import Joined
from graders.ai_log.entry import Entry, Part
from graders.ai_log.verifications import failed, succeeded
from graders.redaction import redact_quote
from graders.transcripts import Event, Session, is_test_command

MOMENTS = 6
QUOTE = 240
LONG_RUN = 8
"""Edits and commands between two prompts from which a run without a person counts as long."""


@dataclass(frozen=True, slots=True)
class Moment:
    """`title` says by which rule it was chosen; `quote` is what stands there (at most 240 characters)."""

    kind: str
    title: str
    quote: str
    path: str
    line: int
    commit: str | None = None


def moments(
    entries: Sequence[Entry], sessions: Sequence[Session], corrections: Sequence[Joined], claims: Sequence[Claim]
) -> tuple[Moment, ...]:
    """The moments, in a fixed order of rules; the same passage is not shown twice."""
    shown: list[Moment] = []
    seen: set[tuple[str, int]] = set()
    rules = (
        _first_prompt(entries, sessions),
        _largest_correction(entries, corrections),
        _rejected(entries, sessions),
        _failing_test(sessions),
        _longest_run(sessions),
        _stated_only(entries, claims),
    )
    for rule in rules:
        for moment in rule:
            if (moment.path, moment.line) not in seen and moment.quote:
                seen.add((moment.path, moment.line))
                shown.append(moment)
                break
    return tuple(shown[:MOMENTS])


def quoted(text: str) -> str:
    """A text as a quote: on one line, without secrets, cut."""
    short = " ".join(redact_quote(text[:2_000]).split())
    return short if len(short) <= QUOTE else short[: QUOTE - 1].rstrip() + "…"


def _first_prompt(entries: Sequence[Entry], sessions: Sequence[Session]) -> Iterator[Moment]:
    prompts = [(event, session) for session in sessions for event in session.prompts[:1]]
    prompts.sort(key=lambda one: (one[0].when is None, one[0].when.timestamp() if one[0].when else 0.0))
    for event, session in prompts:
        yield Moment(
            "first prompt", "The first prompt of the transcripts", quoted(event.text), session.path, event.line
        )
    for entry in entries:
        part = entry.parts.get("prompt")
        if part:
            yield _of_part("first prompt", "The log's first prompt", entry, part)


def _largest_correction(entries: Sequence[Entry], corrections: Sequence[Joined]) -> Iterator[Moment]:
    done = sorted((one for one in corrections if one.size), key=lambda one: -one.size)
    for one in done:
        place = one.claim.evidence[0]
        lines = f", {one.size} lines" if one.size > 1 else ""
        title = f"The correction with the largest change that was found: {place.path}:{place.line}{lines}"
        yield Moment("correction", title, quoted(one.change.words), one.change.path, one.change.line, place.commit)
    for entry in sorted(entries, key=lambda one: -len(one.text("correction"))):
        part = entry.parts.get("correction")
        if part and not is_none_needed(part.text):
            yield _of_part("correction", "The longest correction; its change was not found in the history", entry, part)


def _rejected(entries: Sequence[Entry], sessions: Sequence[Session]) -> Iterator[Moment]:
    for entry in entries:
        part = entry.parts.get("correction")
        if part and is_rejection(part.text):
            yield _of_part("rejected", "A suggestion that was not taken", entry, part)
    for session in sessions:
        for at, event in enumerate(session.events):
            if event.kind in ("reject", "interrupt"):
                following = (
                    one for one in session.events[at + 1 : at + 6] if one.kind == "prompt" and not one.synthetic
                )
                after = next(following, event)
                said = after.text if after is not event else event.path or event.command or ""
                what = "refused" if event.kind == "reject" else "stopped"
                yield Moment("rejected", f"The tool was {what} here", quoted(said), session.path, after.line)


def _failing_test(sessions: Sequence[Session]) -> Iterator[Moment]:
    for session in sessions:
        red: Event | None = None
        edits = 0
        for event in session.events:
            if event.kind in ("edit", "write") and event.ok is not False:
                edits += 1
            elif event.kind == "shell" and is_test_command(event.command or ""):
                if failed(event):
                    red, edits = event, 0
                elif red is not None and succeeded(event) and edits:
                    title = f"A failing test, {edits} edits, then it passed (line {event.line})"
                    yield Moment("failing test", title, quoted(red.command or ""), session.path, red.line)
                    red = None


def _longest_run(sessions: Sequence[Session]) -> Iterator[Moment]:
    runs: list[tuple[int, Event, Session]] = []
    for session in sessions:
        prompt: Event | None = None
        actions = 0
        for event in session.events:
            if event.kind == "prompt" and not event.synthetic:
                if prompt is not None:
                    runs.append((actions, prompt, session))
                prompt, actions = event, 0
            elif event.kind in ("edit", "write", "shell"):
                actions += 1
            elif event.kind in ("interrupt", "reject", "user_edit") and prompt is not None:
                runs.append((actions, prompt, session))
                actions = 0
        if prompt is not None:
            runs.append((actions, prompt, session))
    for actions, prompt, session in sorted(runs, key=lambda one: -one[0]):
        if actions >= LONG_RUN:
            title = f"The longest run without a word from a person: {actions} edits and commands after this prompt"
            yield Moment("longest run", title, quoted(prompt.text), session.path, prompt.line)


def _stated_only(entries: Sequence[Entry], claims: Sequence[Claim]) -> Iterator[Moment]:
    levels: dict[int, set[Level]] = {}
    for claim in claims:
        if claim.kind in ("verification", "number"):
            levels.setdefault(claim.entry, set()).add(claim.level)
    for entry in entries:
        part = entry.parts.get("verification")
        if part and not is_not_tested(part.text) and levels.get(entry.n) == {Level.STATED}:
            yield _of_part("stated only", "A verification that is stated only, as manual checks are", entry, part)


def _of_part(kind: str, title: str, entry: Entry, part: Part) -> Moment:
    return Moment(kind, f"{title} (entry {entry.n})", quoted(part.text), entry.path, part.line)
