"""Measure the reading of AI usage logs on the made corpus: precision and recall of each check, as Markdown tables.

`bin/measure-ai-log` prints them; with `--write` they also go into docs/ai-usage-log.md, between its two markers.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ai_log_corpus import Planted, corpus, grade_planted

from graders.grade import Grade

DOCUMENT = Path(__file__).parent.parent / "docs" / "ai-usage-log.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
RESULTS = {"true": "confirmed", "false": "contradicted"}
"""The best answers on a run. What is merely not found is never held against anybody:"""
FOUND = {"true": "confirmed", "false": "could not check"}
Graded = Sequence[tuple[Planted, Grade]]


@dataclass(frozen=True)
class Held:
    """A planted claim and what the grade said of it: "" where it was not taken for a claim."""

    log: str
    kind: str
    words: str
    truth: str
    result: str


def graded() -> Graded:
    return [(planted, grade_planted(planted)) for planted in corpus()]


def counts(grade: Grade) -> tuple[Any, ...]:
    """Kind, entries, prompts, corrections, verifications."""
    measures = ("kind", "entries", "with_prompt", "with_correction", "with_verification")
    return tuple(grade.measures[name] for name in measures)


def planted_counts(planted: Planted) -> tuple[Any, ...]:
    reading = planted.truth["reading"]
    return tuple(reading.get(name) for name in ("kind", "entries", "prompt", "correction", "verification"))


def first_line(grade: Grade) -> int | None:
    """The line of the first entry, or of the document where there is none."""
    rows = grade.exhibits["entries"]
    if rows:
        line = rows[0]["line"]
        return line if isinstance(line, int) else None
    return next((f.evidence[0].line for f in grade.findings if f.id.startswith("ai_usage_log.document.")), None)


def claims_held(results: Graded) -> list[Held]:
    """Every planted claim with its result; a statement on a run may be shown as a number."""
    runs = ("verification", "number")
    found = []
    for planted, grade in results:
        rows = grade.exhibits.get("claims", ())
        for claim in planted.truth.get("claims", ()):
            kinds = runs if claim["kind"] in runs else (claim["kind"],)
            told = [str(row["result"]) for row in rows if row["kind"] in kinds and claim["words"] in str(row["text"])]
            firm = [result for result in told if result != "could not check"]
            result = (firm or told or [""])[0]
            found.append(Held(planted.id, claim["kind"], claim["words"], claim["truth"], result))
    return found


def _ids(grade: Grade) -> str:
    return "\n".join(finding.id for finding in grade.findings)


def _kind(grade: Grade) -> str:
    return str(grade.measures["kind"])


CHECKS: dict[str, tuple[str, Callable[[Grade], bool]]] = {
    "AIL-02": ("fields not filled in", lambda g: "ai_usage_log.placeholder" in _ids(g) or _kind(g) == "template"),
    "AIL-03": ("prompts of the product", lambda g: _kind(g) == "product prompts"),
    "AIL-08": ("times outside the commits' period", lambda g: "ai_usage_log.timeline.outside" in _ids(g)),
    "AIL-10": ("times look approximate", lambda g: any("look approximate" in f.detail for f in g.findings)),
    "AIL-11": ("the same sentence again", lambda g: "ai_usage_log.repeated" in _ids(g)),
    "AIL-12": ("secrets taken out", lambda g: "ai_usage_log.secrets" in _ids(g)),
    "AIL-14": ("a tool that the log does not name", lambda g: "ai_usage_log.gap.tools" in _ids(g)),
    "AIL-16": ("agent files of the candidate", lambda g: "ai_usage_log.agent_files" in _ids(g)),
    "AIL-17": ("text that addresses a grader", lambda g: "ai_usage_log.addressed" in _ids(g)),
}
"""Checks that say something or nothing of a log: what they look for, and whether they spoke."""


def tables(results: Graded) -> str:
    """The three tables: reading, checks, claims."""
    return "\n\n".join((_reading(results), _checks(results), _claims(claims_held(results))))


def _reading(results: Graded) -> str:
    names = ("kind (AIL-03)", "entries", "prompts", "corrections", "verifications")
    rows = [
        ("where the first entry stands", sum(first_line(g) == p.truth["reading"]["first_line"] for p, g in results))
    ]
    for place, name in enumerate(names):
        rows.append((name, sum(counts(g)[place] == planted_counts(p)[place] for p, g in results)))
    rows.append(("all of these (AIL-01, AIL-04)", sum(counts(g) == planted_counts(p) for p, g in results)))
    return _table(("Read as planted", "logs"), ((name, f"{right} of {len(results)}") for name, right in rows))


def _checks(results: Graded) -> str:
    rows = []
    for check, (what, spoke) in CHECKS.items():
        tally = Counter((check in planted.truth["checks"], spoke(grade)) for planted, grade in results)
        right, missed, too_many = tally[True, True], tally[True, False], tally[False, True]
        rows.append((check, what, right + missed, _share(right, right + too_many), _share(right, right + missed)))
    return _table(("Check", "says", "planted", "precision", "recall"), rows)


def _claims(held: Sequence[Held]) -> str:
    rows = []
    kinds = {"link": "AIL-05", "decision": "AIL-18", "verification": "AIL-06, AIL-07", "correction": "corrections"}
    for kind, check in kinds.items():
        chosen = [one for one in held if _sort(one) == kind]
        planted = Counter(one.truth for one in chosen)
        for truth, result in (RESULTS if kind == "verification" else FOUND).items():
            said = [one for one in chosen if one.result == result]
            right = sum(one.truth == truth for one in said)
            shown = result if result in RESULTS.values() else "not found"
            share = f"{planted[truth]} {truth} of {len(chosen)}"
            rows.append((kind, check, shown, share, _share(right, len(said)), _share(right, planted[truth])))
    return _table(("Claim", "check", "result", "planted", "precision", "recall"), rows)


def _sort(held: Held) -> str:
    return "decision" if held.kind == "link" and held.words[:1] == "D" and held.words[1:].isdigit() else held.kind


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.2f} ({part} of {whole})" if whole else "none"


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def written(document: str, measured: str) -> str:
    """The document with the tables between its markers."""
    before, _, rest = document.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{measured}\n\n{END}{after}"


def main() -> None:
    results = graded()
    measured = tables(results)
    sys.stdout.write(measured + "\n\n")
    for one in claims_held(results):
        best = (RESULTS if one.kind == "verification" else FOUND).get(one.truth, "could not check")
        if one.result != best:
            sys.stdout.write(f"{one.log}: {one.kind} {one.words!r} is {one.truth}; said: {one.result or 'nothing'}\n")
    for planted, grade in results:
        if counts(grade) != planted_counts(planted):
            sys.stdout.write(f"{planted.id}: planted {planted_counts(planted)}, read {counts(grade)}\n")
        for check, (_, spoke) in CHECKS.items():
            if spoke(grade) != (check in planted.truth["checks"]):
                sys.stdout.write(f"{planted.id}: {check} {'spoke' if spoke(grade) else 'was silent'}\n")
    if "--write" in sys.argv[1:]:
        DOCUMENT.write_text(written(DOCUMENT.read_text(encoding="utf-8"), measured), encoding="utf-8")


if __name__ == "__main__":
    main()
