"""The hostile corpus, and reports that hold one of its payloads in every field that a submission can choose."""

from __future__ import annotations

# ruff: noqa: E501 - rows of data are read best on one line each
import json
import tomllib
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import report_samples as samples

from graders import Evidence, Finding, Grade, Outcome
from reports import Report, make_report

FILE = Path(__file__).with_name("hostile") / "payloads.toml"
OURS = frozenset({"outcome", "tier", "category", "dimension", "kind", "core_question", "lane", "level", "result"})
"""Fields whose values come from us or from the challenge, whatever a submission does."""
PLAIN = "plain words, as anybody writes them"

LATER = {
    "ai_usage_log": {
        "claims": {"kind": "tests", "text": "x", "entry": "1", "path": "x", "line": 3, "level": "stated", "result": "x", "found": "x", "evidence_path": "x", "evidence_line": 2, "evidence_commit": "x"},
        "sessions": {"tool": "x", "version": "x", "path": "x", "prompts": 3, "edits": 2, "shell": 1, "tests": 1, "bad_lines": 0, "compactions": 0, "interrupts": 0, "rejects": 0, "started": "x", "ended": "x", "tests_after_last_edit": "x", "note": "x"},
        "events": {"when": "x", "lane": "prompt", "label": "x", "ok": 1, "uncertain_minutes": 0, "path": "x", "line": 3},
        "facts": {"name": "x", "value": "x", "reference": "x", "evidence": "x"},
        "moments": {"kind": "correction", "title": "x", "quote": "x", "path": "x", "line": 3, "commit": "x"},
        "coverage": {"folder": "x", "added": 12, "mentioned": 3, "by": "x"},
        "agent_files": {"path": "x", "lines": 12, "from_starter": "x"},
    }
}  # fmt: skip
"""Exhibits that the made-up samples may lack, with a row of each."""


@cache
def payloads() -> dict[str, str]:
    """Id to text, as long as it is meant to be; `invalid-utf-8` holds lone surrogates, as names from a disk do."""
    with FILE.open("rb") as file:
        entries = tomllib.load(file)["payload"]
    texts = {entry["id"]: entry["text"] * entry.get("times", 1) for entry in entries}
    for entry in entries:
        if entry.get("surrogates"):
            texts[entry["id"]] = texts[entry["id"]].replace("\ufffc", "\udce9")
    return texts


@cache
def taken_in() -> dict[str, str]:
    """The payloads as a report holds them, after the one place where a submission's texts come in."""
    texts = payloads()
    finding = Finding("design.x", "X.", Outcome.SKIPPED, "", ())
    rows = tuple({"text": text} for text in texts.values())
    report = _report(Grade(Outcome.PASSED, "", {}, (finding,), {"corpus": rows}))
    return dict(zip(texts, (str(row["text"]) for row in report.grades["design"].exhibits["corpus"]), strict=True))


@cache
def grouped() -> dict[str, str]:
    """The same texts for readers to whom the place in a field means nothing: short ones together, to save time."""
    groups: list[tuple[list[str], list[str]]] = []
    for name, text in sorted(taken_in().items(), key=lambda item: len(item[1])):
        if not groups or len(" ".join([*groups[-1][1], text])) > 150:
            groups.append(([], []))
        groups[-1][0].append(name)
        groups[-1][1].append(text)
    return {" ".join(names): " ".join(texts) for names, texts in groups}


def raw(text: str) -> Report:
    """A report made of grades that hold this very text wherever a grader could pass it on."""
    kinds = ("place", "given", "expected", "observed", "output", "response", "journal", "quote", text)
    pieces = tuple(Evidence(kind, text, text, 3, text) for kind in kinds)
    findings = (
        Finding(f"design.{text}", text, Outcome.FAILED, text, pieces),
        Finding(f"hidden_tests.{text}", text, Outcome.FAILED, text, pieces, "contract", "csv", "correctness"),
    )
    rows = ({"id": text, "time": text, "subject": text, "path": text},)
    return _report(Grade(Outcome.FAILED, text, {"told": text}, findings, {"commits": rows, "other": rows}), text)


def _report(grade: Grade, text: str = "x") -> Report:
    return make_report(
        challenge={"id": "c", "version": "1", "digest": "d", "title": "t"},
        submission={"repository": text, "commit": text, "tree": text, "name": text, "ref": text,
                    "notes": [{"kind": text, "text": text, "path": text}]},
        grades={"design": grade, "hidden_tests": grade, "own_tests": grade, "history": grade},
        provenance={"harness_version": "0", "notes": [text]},
    )  # fmt: skip


def poisoned(text: str) -> Report:
    """The report `base`, with this text in each of its fields that a submission can choose."""
    return _with(base(), lambda: text)


def full_of(texts: Iterable[str]) -> Report:
    """A whole report, with one text after the other in its fields."""
    turn = list(texts)
    place = iter(range(10**9))
    return _with(samples.mixed(), lambda: turn[next(place) % len(turn)])


@cache
def base() -> Report:
    """A small report in which every kind of field occurs: a finding of each outcome and tier, a row of each exhibit."""
    report = samples.mixed()
    grades = {}
    for name, grade in report.grades.items():
        kinds = {(f.outcome, f.tier, f.id.split(".")[1]): f for f in reversed(grade.findings)}
        if name == "hidden_tests":
            kinds = {(f.outcome, f.tier, ""): f for f in reversed(grade.findings)}
        later = {title: (row,) for title, row in LATER.get(name, {}).items()}
        shown = {**later, **{title: rows[:2] for title, rows in grade.exhibits.items()}}
        measures = {**grade.measures, "told": "x"}
        grades[name] = grade.model_copy(
            update={"findings": tuple(kinds.values()), "exhibits": shown, "measures": measures}
        )
    notes = (*report.provenance.notes, "x")
    return report.model_copy(
        update={"grades": grades, "provenance": report.provenance.model_copy(update={"notes": notes})}
    )


def _with(report: Report, turn: Callable[[], str]) -> Report:
    data = report.model_dump(mode="json")
    for part in ("submission", "grades", "questions"):
        data[part] = _walked(data[part], turn)
    data["submission"] |= {"commit": report.submission.commit, "tree": report.submission.tree}  # git's, never chosen
    data["provenance"]["notes"] = _walked(data["provenance"]["notes"], turn)
    known = {finding["id"] for grade in data["grades"].values() for finding in grade["findings"]}
    for question in data["questions"]:
        question["evidence"] = sorted(known)[:2]
    return Report.model_validate_json(json.dumps(data).encode())


def _walked(value: Any, turn: Callable[[], str], name: str = "") -> Any:
    """The same value with every text exchanged, but for ours; the id of a finding keeps its head, which is ours too."""
    if isinstance(value, dict):
        return {key: _walked(item, turn, key) for key, item in value.items()}
    if isinstance(value, list):
        return [_walked(item, turn, name) for item in value]
    if not isinstance(value, str) or name in OURS:
        return value
    if name == "id" and "." in value:
        head = ".".join(value.split(".")[:2]) if not value.startswith("hidden_tests") else "hidden_tests"
        return f"{head}.{turn()}"
    return turn()
