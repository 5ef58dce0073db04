"""The rules that turn findings into questions, one function a kind of evidence, each with its weight.

Weights only order the questions against each other; they are no measure of a candidate and appear on no view.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from graders import Outcome
from reports.ai_rules import ai_claims, ai_gaps, ai_usage
from reports.asking import Candidate, Material, Rule, known
from reports.matrix import HIDDEN_TESTS, Row, State, started
from reports.own_words import Said
from reports.reading import commits, coverage_by_file, number, quoted
from reports.report import FindingRecord
from reports.text import count, line
from reports.wording import CATEGORY_MENTIONS, CATEGORY_QUESTIONS, CATEGORY_TOPICS, OTHER_QUESTION, Topic

NOT_STARTED = 200
CONTRACT, CONTRACT_EACH, CONTRACT_MENTIONED = 100, 3, -30
NO_OWN_TESTS, OWN_TESTS_FAIL = 85, 80
RUN_IN_DOUBT, OWN_TESTS_PASS_ANYWAY = 82, 45
NO_DOCUMENT = 70
UNCOVERED, UNCOVERED_MOST = 30, 60
ROBUSTNESS, ROBUSTNESS_EACH, ROBUSTNESS_MENTIONED = 40, 2, -15
PROBE, LARGEST_COMMIT, OPEN = 34, 18, 5
EVIDENCE_SHOWN = 4
CROSS_CHECK = "own_tests.cross_check."
WHY = "How did that come about?"
CROSS_CHECK_QUESTIONS = {
    "canary": "Show me a test of yours fail: what in your suite decides what is reported?",
    "sabotage": "Take one of them: what would have to break for it to fail?",
    "count": "Which tests did you leave out of the run, and why?",
    "lines": "Which test of yours runs the first of these lines?",
    "coverage": "Why are these lines left out of the figure?",
}


def program_not_started(material: Material) -> Iterator[Candidate]:
    """Nothing answered: the only question that helps."""
    if started(material.grades) is not False:
        return
    record = material.grades[HIDDEN_TESTS]
    failed = [f for f in record.findings if f.outcome is Outcome.FAILED]
    printed = (e.text.strip() for f in failed for e in f.evidence if e.kind == "output")
    last = next((line(text.splitlines()[-1], 140) for text in printed if text), "")
    said = f" The last line it printed is “{last}”." if last else ""
    yield Candidate(
        "start",
        "problem",
        NOT_STARTED,
        f"The program did not answer in our sandbox.{said} How did you check, before handing in, that it "
        "starts on a machine that is not yours?",
        "No behaviour was seen, so no other hidden test says anything.",
        tuple(f.id for f in failed[:EVIDENCE_SHOWN]),
    )


def contract_not_handled(material: Material) -> Iterator[Candidate]:
    """A behaviour that the brief states and that was not seen: one question a category."""
    for row in material.rows:
        missed = _missed(row, "contract")
        if not missed:
            continue
        document = _mentioned(material, row.category.id)
        named = {f.id: said for f in missed for said in material.words.left_out_on(f)}
        # What the candidate names as left out surprises nobody; the question is about the rest, if there is any.
        missed.sort(key=lambda f: f.id in named)
        weight = CONTRACT + CONTRACT_EACH * min(len(missed) - len(named), 5)
        weight += CONTRACT_MENTIONED if document or len(named) == len(missed) else 0
        yield Candidate(
            f"contract:{row.category.id}",
            CATEGORY_TOPICS.get(row.category.id, "problem"),
            weight,
            f"{_seen(missed[0])} {CATEGORY_QUESTIONS.get(row.category.id, OTHER_QUESTION)}",
            f"In the brief. {_counted(missed, row, _said(list(named.values())))} {_told(document)}".strip(),
            (*(f.id for f in missed[:EVIDENCE_SHOWN]), *_document_ids(document)),
        )


def robustness_not_handled(material: Material) -> Iterator[Candidate]:
    """Something reasonable beyond the brief that was not seen."""
    for row in material.rows:
        missed = _missed(row, "robustness")
        if not missed:
            continue
        document = _mentioned(material, row.category.id)
        yield Candidate(
            f"robustness:{row.category.id}",
            "harden",
            ROBUSTNESS + ROBUSTNESS_EACH * min(len(missed), 5) + (ROBUSTNESS_MENTIONED if document else 0),
            f"The brief does not ask for this: “{_sentence(missed[0].title)}”{_observed(missed[0])} Would "
            "you harden it next, or something else first?",
            f"Beyond the brief. {_counted(missed, row)} {_told(document)}".strip(),
            tuple(f.id for f in missed[:EVIDENCE_SHOWN]),
        )


def probes(material: Material) -> Iterator[Candidate]:
    """Something without a right answer: what was seen, and whether it was meant."""
    for row in material.rows:
        for tested in row.tests:
            if tested.state is State.RAISED:
                yield Candidate(
                    f"probe:{tested.finding.id}",
                    "trade",
                    PROBE,
                    f"“{_sentence(tested.finding.title)}”{_observed(tested.finding)} Was that a choice, and "
                    "what speaks for the other way?",
                    "There is no right answer to this one.",
                    (tested.finding.id,),
                )


def own_tests(material: Material) -> Iterator[Candidate]:
    """No own tests, own tests that fail, written lines that none of them runs."""
    record = material.grades.get("own_tests")
    if record is None or record.outcome is Outcome.ERROR:
        return
    checks = [f for f in record.findings if f.id.startswith(CROSS_CHECK)]
    failed = [f for f in record.findings if f.outcome is Outcome.FAILED and f not in checks]
    collected = number(record.measures.get("collected"))
    if collected == 0:
        yield Candidate(
            "own-tests:none",
            "tests",
            NO_OWN_TESTS,
            "We found no own test that ran. Which three tests would you write first, and why these?",
            "No own test has a result.",
            tuple(f.id for f in failed[:EVIDENCE_SHOWN]),
        )
    elif failed:
        yield Candidate(
            "own-tests:failed",
            "tests",
            OWN_TESTS_FAIL,
            f"In our sandbox, without a network, this was seen: “{_sentence(failed[0].title)}” What does your "
            "suite need that it did not find there?",
            f"{count(len(failed), 'finding')} on the own tests' run.",
            tuple(f.id for f in failed[:EVIDENCE_SHOWN]),
        )
    for check in checks:
        yield Candidate(
            f"own-tests:{check.id}",
            "tests",
            RUN_IN_DOUBT if check.outcome is Outcome.FAILED else OWN_TESTS_PASS_ANYWAY,
            f"“{_sentence(check.title)}” {CROSS_CHECK_QUESTIONS.get(check.id.removeprefix(CROSS_CHECK), WHY)}",
            "A cross-check of the own tests' run saw this; there may be a plain reason.",
            (check.id,),
        )
    files = [file for file in coverage_by_file(record) if file.written_missing]
    worst = sorted(files, key=lambda f: (-f.written_missing, f.path))[:2]
    for rank, file in enumerate(worst):
        ids = tuple(f.id for f in record.findings if any(e.path == file.path for e in f.evidence))
        yield Candidate(
            f"own-tests:uncovered:{rank}",
            "tests",
            UNCOVERED + min(file.written_missing, UNCOVERED_MOST) // 2,
            f"No test of yours runs lines {line(file.missing, 40)} of {line(file.path, 80)}. If one of them "
            "returned early, what would break, and who would notice?",
            f"{count(file.written_missing, 'line')} that the candidate wrote here; no own test runs them.",
            ids[:1],
        )


def written_evidence(material: Material) -> Iterator[Candidate]:
    """A document that the brief asks for and that was not found."""
    record = material.grades.get("written_evidence")
    if record is None:
        return
    for finding in record.findings:
        if finding.outcome is not Outcome.FAILED:
            continue
        topic, ask = _document(finding.id)
        yield Candidate(
            f"written:{finding.id}",
            topic,
            NO_DOCUMENT if topic == "risks" else NO_DOCUMENT - 20,
            f"{_sentence(finding.title)} {ask}",
            line(finding.detail, 200) or "The brief asks for it.",
            (finding.id,),
        )


def history(material: Material) -> Iterator[Candidate]:
    """The commit that brought most lines: where speed and rigour were traded."""
    record = material.grades.get("history")
    if record is None:
        return
    told = [commit for commit in commits(record) if commit.added and not commit.starter]
    total = sum(commit.added for commit in told)
    if len(told) < 2:
        return
    largest = max(told, key=lambda commit: (commit.added, commit.id))
    yield Candidate(
        "history:largest",
        "trade",
        LARGEST_COMMIT,
        f"Commit {line(largest.id[:7])} (“{line(largest.subject, 70)}”) brought {largest.added:,} of "
        f"{total:,} added lines. What had you settled before it, and what did you leave for later?",
        "The commit with the most added lines.",
        known(record, "history.large", "history.course")[:1],
    )


def open_questions(material: Material) -> Iterator[Candidate]:
    """What can be asked of every submission, so that there is always a question."""
    if not material.grades:
        return
    yield Candidate(
        "open:harden",
        "harden",
        OPEN + 2,
        "What would you harden next, and what would have to happen in production before you did it?",
        "Asked of every submission.",
    )
    yield Candidate(
        "open:tests",
        "tests",
        OPEN + 1,
        "If you could keep only three of your tests, which would they be, and what would you then miss?",
        "Asked of every submission.",
    )
    yield Candidate(
        "open:risks",
        "risks",
        OPEN,
        "Which of the first risks that you saw turned out not to be one, and how did you find out?",
        "Asked of every submission.",
    )


RULES: tuple[Rule, ...] = (
    program_not_started,
    contract_not_handled,
    robustness_not_handled,
    probes,
    own_tests,
    ai_usage,
    ai_claims,
    ai_gaps,
    written_evidence,
    history,
    open_questions,
)


def _missed(row: Row, tier: str) -> list[FindingRecord]:
    return [t.finding for t in row.tests if t.state is State.NOT_HANDLED and t.finding.tier == tier]


def _counted(missed: list[FindingRecord], row: Row, said: str = "") -> str:
    return f"{len(missed)} not handled in “{row.category.title}”{said}."


def _sentence(title: str) -> str:
    """The title as a sentence: one line that ends with a full stop."""
    flat = line(title, 160)
    return flat if flat.endswith((".", "!", "?", "…")) else f"{flat}."


def _observed(finding: FindingRecord) -> str:
    seen = quoted(finding, "observed")
    return f" (observed: {line(seen, 110).rstrip('.')})." if seen else ""


def _seen(finding: FindingRecord) -> str:
    return f"This did not hold in our run: “{_sentence(finding.title)}”{_observed(finding)}"


DECISION_LOG = "written_evidence.decision_log"


def _mentioned(material: Material, category: str) -> FindingRecord | None:
    """The decision log's finding, when it quotes something on the category (mostly the decisions' titles)."""
    record = material.grades.get("written_evidence")
    log = next((f for f in record.findings if f.id == DECISION_LOG), None) if record else None
    if log is None or log.outcome is not Outcome.PASSED:
        return None
    rows = record.exhibits.get("decisions", ()) if record else ()
    quotes = [piece.text for piece in log.evidence] + [str(row.get("title", "")) for row in rows]
    said = " ".join(quotes).lower()
    words = CATEGORY_MENTIONS.get(category, ())
    return log if any(re.search(rf"\b{re.escape(word)}", said) for word in words) else None


def _said(named: Sequence[Said]) -> str:
    """Where the candidate says that one of these was left out."""
    if not named:
        return ""
    place = f"{line(named[0].path, 80)}{f':{named[0].line}' if named[0].line else ''}"
    return f", {len(named)} named as left out in {place}"


def _told(document: FindingRecord | None) -> str:
    """What is said of the decision log; nothing when it has nothing on the category, since it may in its text."""
    return "The decision log speaks of it." if document else ""


def _document_ids(document: FindingRecord | None) -> tuple[str, ...]:
    return (document.id,) if document else ()


def _document(identifier: str) -> tuple[Topic, str]:
    """The topic of a missing document, and what to ask instead."""
    if "decision" in identifier:
        return "risks", "Which three decisions would you have written down, and what were the other options?"
    if "time" in identifier:
        return "trade", "How long did you work on it, and what did you leave out on purpose?"
    return "problem", "In a minute: what problem does the program solve, and how would someone else run it?"
