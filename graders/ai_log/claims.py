"""Claims of a log: made from its links, statements and corrections, joined with what was run, and told as findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from graders.ai_log.claim import Claim, Level, Result
from graders.ai_log.links import Link
from graders.ai_log.remarks import Claim as StatedCount
from graders.grade import Evidence, Finding, Outcome

SHOWN = 10
"""Findings of one sort that stand alone; the others are counted."""
_ORDER = {level: number for number, level in enumerate(Level)}


def of_links(links: Sequence[Link]) -> tuple[Claim, ...]:
    """A claim for each link: the submission has it, or what can explain that it does not."""
    return tuple(
        Claim(
            "link",
            link.text[:240],
            link.entry,
            link.path,
            link.line,
            Level.CHECKABLE,
            Result.CONFIRMED if link.found else Result.UNCHECKED,
            f"{link.kind.capitalize()}: {link.found}." if link.found else link.why,
            (link.target,) if link.target else (),
        )
        for link in links
    )


def with_passing(claims: Sequence[Claim], passing: Callable[[str], Sequence[str]]) -> tuple[Claim, ...]:
    """The claims that rest on named tests, with what these did in our own run. `passing`: a test's ids that passed.

    Confirmed is a statement that names the tests itself; where the entry names them elsewhere, it is told besides.
    """
    done = []
    for claim in claims:
        named = [piece.text for piece in claim.evidence if piece.text.startswith("test_")]
        passed = [name for name in named if passing(name)]
        if claim.kind == "verification" and claim.level is Level.CHECKABLE and named and len(passed) == len(named):
            found = f"{', '.join(passed)} {'is' if len(passed) == 1 else 'are'} there, and passed in our own run."
            own = all(name in claim.text for name in named)
            done.append(replace(claim, result=Result.CONFIRMED if own else claim.result, found=found))
        else:
            done.append(claim)
    return tuple(done)


def joined(said: Sequence[Claim], run: Sequence[Claim]) -> tuple[Claim, ...]:
    """Verification claims as read (`said`) with those that were run or counted (`run`): each statement once.

    A machine's record stays; a run that says otherwise than such a record settles nothing.
    """
    left = list(said)
    done: list[Claim] = []
    for claim in run:
        beside = [one for one in left if _same(one, claim)]
        recorded = next((one for one in beside if one.level is Level.RECORDED), None)
        if recorded is not None:
            if claim.result is Result.CONTRADICTED:
                found = f"{recorded.found} Elsewhere it came out differently: {claim.found}"
                done.append(replace(claim, result=Result.UNCHECKED, found=found))
            continue
        left = [one for one in left if one not in beside]
        done.append(_with(claim, beside[0]) if beside else claim)
    return tuple(sorted((*left, *done), key=lambda claim: (claim.entry, claim.line)))


def _with(run: Claim, said: Claim) -> Claim:
    """A claim that was run, in the words of the whole statement, and with what the repository shows besides."""
    level = min(run.level, said.level, key=_ORDER.__getitem__)
    text = max(said.text, run.text.strip(" -*•;."), key=len)
    if run.result is not Result.UNCHECKED or said.level is Level.STATED:
        return replace(run, text=text, level=level)
    return replace(
        run, text=text, level=level, found=f"{run.found} {said.found}", evidence=run.evidence or said.evidence
    )


def _same(said: Claim, run: Claim) -> bool:
    """Whether two claims are about one statement: the same entry and line, and the one's words in the other's."""
    # The figures of a pasted run stand some lines below its command.
    apart = said.text.count("\n") + (5 if len(run.text) > len(said.text) else 1)
    if (said.entry, said.path) != (run.entry, run.path) or abs(said.line - run.line) > apart:
        return False
    one, other = (" ".join(text.split()).casefold() for text in (said.text, run.text))
    return one in other or other in one


def link_findings(links: Sequence[Link]) -> list[Finding]:
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
                link.why,
                (Evidence("entry", link.text, link.path, link.line),),
            )
        )
    return findings


def _shown(link: Link) -> str:
    return f"`{link.text[:12] if link.kind == 'commit' else link.text[:120]}`"


def support(claims: Sequence[Claim]) -> list[Finding]:
    """What the verification statements rest on (AIL-07), strongest first."""
    said = [claim for claim in claims if claim.kind in ("verification", "number")]
    if not said:
        return []
    recorded = [claim for claim in said if claim.level is Level.RECORDED]
    checkable = [claim for claim in said if claim.level is Level.CHECKABLE]
    stated = [claim for claim in said if claim.level is Level.STATED]
    good = sum(claim.result is Result.CONFIRMED for claim in checkable)
    parts = [
        f"{len(recorded)} with a machine record" if recorded else "",
        f"{len(checkable)} that the repository can speak to" + (f" ({good} confirmed)" if good else "")
        if checkable
        else "",
        f"{len(stated)} stated only (normal for reading and manual checks)" if stated else "",
    ]
    shown = [*recorded, *checkable, *stated]
    return [
        Finding(
            "ai_usage_log.support",
            f"{_statements(len(said))}: " + ", ".join(part for part in parts if part),
            Outcome.PASSED if recorded or good else Outcome.SKIPPED,
            "What is stated only is no worse for it; it is what there is to ask about.",
            tuple(
                Evidence("entry", f"{claim.text}: {claim.found}"[:600], claim.path, claim.line) for claim in shown[:12]
            ),
        )
    ]


def _statements(count: int) -> str:
    return f"{count} verification {'statement' if count == 1 else 'statements'}"


def contradictions(claims: Sequence[Claim]) -> list[Finding]:
    """The claims that the evidence says the opposite of: each with both sides, for a person to ask about."""
    against = [claim for claim in claims if claim.result is Result.CONTRADICTED]
    return [
        Finding(
            f"ai_usage_log.gap.otherwise.{number}",
            f"Entry {claim.entry} says “{claim.text[:120]}”; something else was found",
            Outcome.SKIPPED,
            f"{claim.found} Worth asking which state of the work it was.",
            (Evidence("entry", claim.text, claim.path, claim.line), *claim.evidence[:3]),
        )
        for number, claim in enumerate(against[:SHOWN], start=1)
    ]


def of_counts(claims: Sequence[StatedCount], defined: int | None, collected: int | None) -> list[Finding]:
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
