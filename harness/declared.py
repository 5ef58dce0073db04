"""What the report of grading a calibration submission is held against: what it declares, and what nobody may read."""

from __future__ import annotations

from challenges import Calibration
from reports import VIEWS, Report


def undeclared(report: Report, declared: Calibration) -> list[str]:
    """Each difference in words: outcomes of grades, measures, and hidden tests (all contract tests by `others`)."""
    told = [
        f"The grade {name} is {_outcome(report, name)}, declared is {outcome}."
        for name, outcome in declared.grades.items()
        if _outcome(report, name) != outcome
    ]
    for name, measures in declared.measures.items():
        found = report.grades[name].measures if name in report.grades else {}
        for measure, bound in measures.items():
            value = found.get(measure)
            if isinstance(bound, dict):
                held = isinstance(value, int | float) and bound.get("min", value) <= value <= bound.get("max", value)
            else:
                held = value == bound
            if not held:
                told.append(f"The measure {name}.{measure} is {value}, declared is {bound}.")
    record = report.grades.get("hidden_tests")
    tests = {f.id.removeprefix("hidden_tests."): f for f in record.findings if f.tier} if record else {}
    for name, outcome in declared.hidden_tests.items():
        found_outcome = str(tests[name].outcome) if name in tests else "not there"
        if found_outcome != outcome:
            told.append(f"The hidden test {name} is {found_outcome}, declared is {outcome}.")
    for name, finding in tests.items():
        other = declared.others is not None and finding.tier == "contract" and name not in declared.hidden_tests
        if other and str(finding.outcome) != declared.others:
            told.append(f"The hidden test {name} is {finding.outcome}, declared is {declared.others} for all others.")
    return told


def _outcome(report: Report, name: str) -> str:
    return str(report.grades[name].outcome) if name in report.grades else "not there"


TELLING = 12
"""Characters from which on an expected value says something; shorter ones ("201", "true") stand anywhere."""


def given_away(report: Report, public: str) -> list[str]:
    """What a candidate could read of the hidden tests, in words: in the public summary, and in what a CI job prints.

    `public` is what candidates are sent anyway (the brief and the contract): values that stand there are no secret.
    """
    seen = "\n".join(
        (VIEWS["public"].render(report), report.challenge.title, *(grade.summary for grade in report.grades.values()))
    )
    told = []
    for finding in report.grades["hidden_tests"].findings if "hidden_tests" in report.grades else ():
        if finding.tier is None:
            continue
        name = finding.id.rpartition("::")[2]
        secrets = [("The name of", name), ("The title of", finding.title)]
        for evidence in finding.evidence:
            if evidence.kind == "expected" and len(evidence.text) >= TELLING and evidence.text not in public:
                secrets.append(("What is expected by", evidence.text.strip()))
        told += [f"{what} {name} stands in what a candidate may see." for what, text in secrets if text in seen]
    return told
