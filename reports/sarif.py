"""SARIF 2.1.0: the findings that have a place in the submission, for editors and code-scanning pages.

A function of the report and of nothing else. Levels say where to look, never how bad it is: `warning` where
something that the brief asks for does not hold, else `note`. Paths are relative to the submission's root (%SRCROOT%).
What we could not tell is a notification of the run, never a result.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from urllib.parse import quote

from graders import Outcome
from reports import text
from reports.links import repository_url
from reports.page import heading
from reports.report import EvidenceRecord, FindingRecord, Report

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
RESULTS_LIMIT = 5_000
"""Results of a run that a code-scanning page shows at most."""
PLACES_LIMIT = 20
NOTIFICATIONS_LIMIT = 100
TITLE = 200
DETAIL = 600
LARGEST_LINE = 2**31 - 1

_WORD = re.compile(r"[a-z][a-z0-9_-]{0,40}")


def render_sarif(report: Report) -> str:
    """The report as SARIF; the same report gives the same bytes."""
    found = list(_results(report))[:RESULTS_LIMIT]
    rules = sorted({(str(result["ruleId"]), name) for name, result in found})
    results = [result for _, result in found]
    run: dict[str, object] = {
        "tool": {
            "driver": {
                "name": "take-home-harness",
                "version": text.line(report.provenance.harness_version, 40),
                "rules": [_rule(identifier, name) for identifier, name in rules],
            }
        },
        "invocations": [
            {"executionSuccessful": report.complete, "toolExecutionNotifications": list(_notifications(report))}
        ],
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The root of the submission's repository."}}},
        "columnKind": "utf16CodeUnits",
        "results": results,
    }
    repository = repository_url(report)
    if repository and report.submission.commit:
        run["versionControlProvenance"] = [
            {"repositoryUri": repository, "revisionId": text.line(report.submission.commit, 64)}
        ]
    whole = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(whole, ensure_ascii=False, allow_nan=False, indent=2, sort_keys=True) + "\n"


def rule_id(grade: str, finding: FindingRecord) -> str:
    """`<grade>.<kind of finding>`, stable over submissions: a name that a candidate chose is no part of it."""
    name = grade if _WORD.fullmatch(grade) else "other"
    if finding.tier is not None:
        kind = finding.category or "other"
    else:
        kind = re.split(r"[.:]", finding.id.removeprefix(f"{grade}."), maxsplit=1)[0]
    return f"{name}.{kind if _WORD.fullmatch(kind) else 'finding'}"


def _results(report: Report) -> Iterable[tuple[str, dict[str, object]]]:
    """(Grade, result) for each finding with a place."""
    for name, grade in sorted(report.grades.items()):
        for finding in grade.findings:
            places = [place for piece in finding.evidence if (place := _place(piece)) is not None]
            if not places or finding.outcome is Outcome.ERROR:
                continue
            identifier = rule_id(name, finding)
            fingerprint = hashlib.sha256(f"{identifier}\n{finding.id}".encode("utf-8", "replace")).hexdigest()
            stated = finding.outcome is Outcome.FAILED and finding.tier in (None, "contract")
            result: dict[str, object] = {
                "ruleId": identifier,
                "level": "warning" if stated else "note",
                "message": {"text": message(_told(finding))},
                "locations": [{"physicalLocation": places[0]}],
                "partialFingerprints": {"harnessFinding/v1": fingerprint},
            }
            if len(places) > 1:
                related = places[1:PLACES_LIMIT]
                result["relatedLocations"] = [{"id": n, "physicalLocation": p} for n, p in enumerate(related, 1)]
            yield name, result


def _told(finding: FindingRecord) -> str:
    title = text.line(finding.title, TITLE) or "A finding."
    return f"{title} {text.line(finding.detail, DETAIL)}".rstrip()


def message(told: str) -> str:
    """Text as a SARIF message, in which brackets would be a link, and braces a place to fill in."""
    marked = re.sub(r"[\\\[\]]", lambda match: "\\" + match.group(), told)
    return marked.replace("{", "{{").replace("}", "}}")


def _place(piece: EvidenceRecord) -> dict[str, object] | None:
    """Where it is, when that is a path inside the submission; None otherwise."""
    path = piece.path
    if not path or path.startswith("/") or {"", ".", ".."} & set(path.split("/")):
        return None
    uri = quote(path.encode("utf-8", "replace"), safe="/")
    where: dict[str, object] = {"artifactLocation": {"uri": uri, "uriBaseId": "%SRCROOT%"}}
    if piece.line is not None and 0 < piece.line <= LARGEST_LINE:
        where["region"] = {"startLine": piece.line}
    return where


def _rule(identifier: str, grade: str) -> dict[str, object]:
    kind = identifier.partition(".")[2]
    told = f"{heading(grade) if _WORD.fullmatch(grade) else 'Other'}: {kind.replace('_', ' ').replace('-', ' ')}"
    return {"id": identifier, "shortDescription": {"text": told}, "defaultConfiguration": {"level": "note"}}


def _notifications(report: Report) -> Iterable[dict[str, object]]:
    """What we could not tell."""
    untold = [
        f"{name}: {_told(finding)}"
        for name, grade in sorted(report.grades.items())
        for finding in grade.findings
        if finding.outcome is Outcome.ERROR
    ]
    for told in untold[:NOTIFICATIONS_LIMIT]:
        yield {"level": "warning", "message": {"text": message(text.line(told, TITLE + DETAIL))}}
