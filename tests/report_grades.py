"""Grades as the graders give them, from a few figures each, and the report that holds them."""

from __future__ import annotations

# ruff: noqa: E501 - rows of data are read best on one line each
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta, timezone

from report_material import CATEGORIES, CORE_QUESTIONS, DIMENSIONS, LEVELS, SEEN, TESTS

from graders import Evidence, Finding, Grade, Outcome, Scalar
from reports import Report, make_report

JOURNAL = "\n".join(
    f"t+{n * 0.006:.3f}s POST /webhook x-clay-webhook-auth: set lead_id=L{n:04d} → 200" for n in range(60)
)


def hidden_tests(
    failed: Iterable[str] = (), unsure: Iterable[str] = (), skipped: Iterable[str] = (), output: str = ""
) -> Grade:
    """The hidden tests, all passed but for those named."""
    findings = []
    for name, category, tier, title in TESTS:
        outcome = (
            Outcome.FAILED if name in failed
            else Outcome.ERROR if name in unsure
            else Outcome.SKIPPED if name in skipped or tier == "probe"
            else Outcome.PASSED
        )  # fmt: skip
        evidence: list[Evidence] = []
        if outcome is Outcome.FAILED or tier == "probe":
            given, expected, observed = SEEN.get(name, ("as the title says", "as the title says", "something else"))
            evidence = [Evidence("given", given), Evidence("expected", expected), Evidence("observed", observed)]
        if outcome is Outcome.FAILED:
            evidence.append(
                Evidence("request", "POST /imports HTTP/1.1\nIdempotency-Key: 5c0d\n\n(multipart, 214 bytes)")
            )
            reply = "[no answer: connection refused]" if output else '202 after 0.01 s\n\n{"id": "imp_01"}'
            evidence.append(Evidence("response", reply))
            if "clay" in category or category == "enrichment":
                evidence.append(Evidence("journal", JOURNAL))
            evidence.append(Evidence("output", output or "INFO import imp_01 received=2 created=2 rejected=0\n" * 6))
        detail = {
            Outcome.FAILED: "The same in 2 runs.",
            Outcome.ERROR: "The reference solution did not pass this test either, in the same images at the same time. Nobody's fault.",
            Outcome.SKIPPED: "Not applicable: the integration is switched off.",
        }.get(outcome, "")
        findings.append(
            Finding(f"hidden_tests.{name}", title, outcome, detail, tuple(evidence), tier, category,  # type: ignore[arg-type]
                    "correctness" if tier == "contract" else "edge_cases")
        )  # fmt: skip
    counts = {o: sum(f.outcome is o for f in findings) for o in Outcome}
    missed = sum(f.outcome is Outcome.FAILED and f.tier == "contract" for f in findings)
    outcome = Outcome.ERROR if counts[Outcome.ERROR] else Outcome.FAILED if missed else Outcome.PASSED
    measures: dict[str, Scalar] = {
        "passed": counts[Outcome.PASSED], "failed": counts[Outcome.FAILED], "error": counts[Outcome.ERROR],
        "skipped": counts[Outcome.SKIPPED], "total": len(findings), "first_start_seconds": 1.4, "program_starts": 9,
    }  # fmt: skip
    starts: tuple[dict[str, Scalar], ...] = tuple(
        {"start": n, "seconds": 1.1 + n / 10, "exit_code": None, "out_of_memory": 0, "memory_peak_mib": 74.5}
        for n in range(1, 5)
    )
    return Grade(
        outcome,
        f"{counts[Outcome.PASSED]} of {len(findings)} hidden tests passed.",
        measures,
        tuple(findings),
        {"program_starts": starts},
    )


def own_tests(
    files: Sequence[tuple[str, int, int, float | None, int, str]], passed: int, failed: Sequence[str] = ()
) -> Grade:
    """Own tests: files are (path, statements, covered, share of branches, written lines not run, their ranges)."""
    findings = [
        Finding(f"own_tests.failed.{name}", f"The candidate's own test fails: {name}", Outcome.FAILED, "",
                (Evidence("place", path=name.split("::")[0]), Evidence("output", "E   httpx.ConnectError: [Errno -2] Name or service not known")))
        for name in failed
    ]  # fmt: skip
    findings += [
        Finding(f"own_tests.uncovered.{path}", f"{path}: {missing} written lines that no own test runs", Outcome.SKIPPED,
                f"Lines {ranges}.", (Evidence("place", path=path, line=int(ranges.split("-")[0])),))
        for path, _, _, _, missing, ranges in files if missing
    ]  # fmt: skip
    statements, covered = sum(f[1] for f in files), sum(f[2] for f in files)
    collected = passed + len(failed)
    share = round(covered / statements, 4) if statements else None
    measures: dict[str, Scalar] = {
        "collected": collected, "passed": passed, "failed": len(failed), "skipped": 0, "seconds": 6.2,
        "line_coverage": share, "branch_coverage": 0.81 if files else None, "written_line_coverage": share,
    }  # fmt: skip
    rows: tuple[dict[str, Scalar], ...] = tuple(
        {"path": path, "statements": total, "covered": hit, "line_coverage": round(hit / total, 4), "branch_coverage": branches,
         "written_missing": missing, "missing": ranges}
        for path, total, hit, branches, missing, ranges in files
    )  # fmt: skip
    summary = f"{passed} of {collected} own tests passed." if collected else "No own test was recorded."
    if not collected:
        findings.append(Finding("own_tests.none", "No test was recorded", Outcome.FAILED, "The command ran, and recorded no test.",
                                (Evidence("run", "python -m pytest\nended: exited, exit code 5, 1 s"), Evidence("output", "no tests ran in 0.01s"))))  # fmt: skip
    outcome = Outcome.FAILED if failed or not collected else Outcome.PASSED
    return Grade(outcome, summary, measures, tuple(findings), {"coverage_by_file": rows})


START = datetime(2026, 6, 2, 9, 12, tzinfo=timezone(timedelta(hours=2)))


def history(steps: Sequence[tuple[int, str, int, int, bool]]) -> Grade:
    """Commits: (minutes after the start, subject, added, removed, touches tests)."""
    rows: tuple[dict[str, Scalar], ...] = tuple(
        {"id": hashlib.sha1(s.encode()).hexdigest(), "time": (START + timedelta(minutes=m)).isoformat(), "subject": s,
         "added": a, "removed": r, "test_added": a // 3 if t else 0, "starter": int(n == 0 and "starter" in s)}
        for n, (m, s, a, r, t) in enumerate(steps)
    )  # fmt: skip
    span = steps[-1][0] - steps[0][0] if steps else 0
    findings = (
        Finding("history.course", f"{len(steps)} commits over {span // 60} h {span % 60:02d} min", Outcome.PASSED),
    )
    return Grade(
        Outcome.PASSED,
        f"{len(steps)} commits.",
        {"commits": len(steps), "span_minutes": span},
        findings,
        {"commits": rows},
    )


Rows = tuple[dict[str, Scalar], ...]


def ai_exhibits() -> dict[str, Rows]:
    """What the grade adds when sessions were handed in and claims were held against the repository."""

    def at(minutes: int) -> str:
        return (START + timedelta(minutes=minutes)).isoformat()

    claims = (
        (
            "number",
            "21 passed",
            1,
            8,
            "machine-recorded",
            "confirmed",
            "The session recorded 21 passed.",
            "transcripts/s1.jsonl",
            118,
        ),
        (
            "verification",
            "pytest tests/test_csv.py, 12 passed",
            1,
            9,
            "checkable in the repository",
            "contradicted",
            "Run at commit 4f2c9e1b: 11 passed, 1 failed.",
            "tests/test_csv.py",
            None,
        ),
        (
            "correction",
            "moved to csv.reader over a text stream",
            1,
            8,
            "checkable in the repository",
            "confirmed",
            "The hunk that does it was found.",
            "app/imports.py",
            41,
        ),
        (
            "link",
            "tests/test_merge.py::test_empty_never_erases",
            2,
            16,
            "checkable in the repository",
            "confirmed",
            "The test is there.",
            "tests/test_merge.py",
            12,
        ),
        ("verification", "a 200,000-row file by hand", 1, 9, "stated only", "could not check", "", None, None),
    )
    events = (
        (3, "prompt", "Write a streaming CSV reader", None, 0),
        (6, "edit", "app/imports.py", None, 0),
        (9, "test", "pytest tests/test_csv.py", 0, 0),
        (11, "interrupt", "stopped by the person", None, 0),
        (12, "prompt", "No splitlines: use csv.reader", None, 0),
        (15, "edit", "app/imports.py", None, 0),
        (19, "test", "pytest tests/test_csv.py", 1, 0),
        (40, "prompt", "Propose merge rules", None, 10),
        (47, "edit", "app/merge.py", None, 10),
        (120, "test", "make check", None, 25),
        (128, "log-edit", "AI_LOG.md", None, 0),
    )
    return {
        "claims": tuple({"kind": k, "text": t, "entry": e, "path": "AI_LOG.md", "line": n, "level": level, "result": r, "found": f,
                         "evidence_path": p, "evidence_line": at_line, "evidence_commit": None} for k, t, e, n, level, r, f, p, at_line in claims),
        "events": tuple({"when": at(m), "lane": lane, "label": label, "ok": ok, "uncertain_minutes": off, "path": "transcripts/s1.jsonl", "line": 10 + m}
                        for m, lane, label, ok, off in events),
        "sessions": (
            {"tool": "Claude Code", "version": "2.1.3", "path": "transcripts/s1.jsonl", "prompts": 3, "edits": 3, "shell": 6, "tests": 3, "bad_lines": 1, "compactions": 0,
             "interrupts": 1, "rejects": 0, "started": at(3), "ended": at(120), "tests_after_last_edit": "yes", "note": ""},
            {"tool": "Aider", "version": None, "path": ".aider.chat.history.md", "prompts": 4, "edits": 2, "shell": 0, "tests": 0, "bad_lines": 0, "compactions": 0,
             "interrupts": 0, "rejects": 0, "started": at(60), "ended": None, "tests_after_last_edit": "no", "note": "times are the session's start"},
        ),
        "facts": (
            {"name": "prompts for each commit", "value": "1.4", "reference": "one professional team, n=277, not a norm: 0.8 to 3.1", "evidence": "transcripts/s1.jsonl:12"},
            {"name": "first plan before the first edit", "value": "yes", "reference": None, "evidence": None},
        ),
        "moments": (
            {"kind": "first-prompt", "title": "First prompt", "quote": "Write a streaming CSV reader with row numbers that count records, not lines.", "path": "transcripts/s1.jsonl", "line": 12, "commit": None},
            {"kind": "largest-correction", "title": "Correction with the largest change", "quote": "It used splitlines(), which breaks quoted line breaks.", "path": "AI_LOG.md", "line": 8, "commit": "4f2c9e1b" * 5},
            {"kind": "stated", "title": "A verification that is stated only", "quote": "a 200,000-row file by hand", "path": "AI_LOG.md", "line": 9, "commit": None},
        ),
        "coverage": (
            {"folder": "app", "added": 812, "mentioned": 640, "by": "entries, sessions"}, {"folder": "app/billing", "added": 96, "mentioned": 0, "by": ""},
            {"folder": "tests", "added": 310, "mentioned": 120, "by": "sessions"},
        ),
        "agent_files": ({"path": "CLAUDE.md", "lines": 34, "from_starter": "no"},),
    }  # fmt: skip


def ai_usage_log(
    entries: Sequence[tuple[str, int | None, str, str, str]], exhibits: Mapping[str, Rows] | None = None
) -> Grade:
    """Entries: (title, minutes after the start, prompt, correction, verification); more exhibits as `ai_exhibits`."""
    rows = []
    findings = []
    for n, (title, minutes, prompt, correction, verification) in enumerate(entries, 1):
        at = (START + timedelta(minutes=minutes)).isoformat() if minutes is not None else None
        rows.append({"n": n, "title": title, "when": at, "prompt": prompt, "correction": correction,
                     "verification": verification, "path": "AI_LOG.md", "line": 4 + 7 * n})  # fmt: skip
    for name, index in (("prompt", 2), ("correction", 3), ("verification", 4)) if entries else ():
        lacking = [n for n, entry in enumerate(entries, 1) if not entry[index]]
        findings.append(Finding(
            f"ai_usage_log.{name}", f"{name.capitalize()}: {len(entries) - len(lacking)} of {len(entries)} entries",
            Outcome.SKIPPED if lacking else Outcome.PASSED,
            f"Without one: entries {', '.join(map(str, lacking))}." if lacking else "",
            tuple(Evidence("place", f"entry {n}: {entries[n - 1][0]}", "AI_LOG.md", 4 + 7 * n) for n in lacking)))  # fmt: skip
    if not entries:
        findings.append(Finding("ai_usage_log.presence", "No AI usage log was found in the places searched.", Outcome.FAILED,
                                "If it was sent separately, attach it with --ai-log."))  # fmt: skip
    measures: dict[str, Scalar] = {
        "entries": len(entries),
        "with_prompt": sum(bool(e[2]) for e in entries),
        "with_correction": sum(bool(e[3]) for e in entries),
        "with_verification": sum(bool(e[4]) for e in entries),
    }
    return Grade(Outcome.PASSED if entries else Outcome.FAILED,
                 f"{len(entries)} entries." if entries else "No AI usage log was found.", measures, tuple(findings), {"entries": tuple(rows), **(exhibits or {})})  # fmt: skip


def written_evidence(decisions: Sequence[str], readme: bool, minutes: int | None) -> Grade:
    """Titles of decisions, whether there is a README, minutes stated."""

    def missing(name: str, title: str) -> Finding:
        return Finding(
            f"written_evidence.{name}", f"Missing deliverable: the {title}", Outcome.FAILED, "Looked for it."
        )

    places = tuple(Evidence("place", title, "DECISIONS.md", 3 * n) for n, title in enumerate(decisions, 1))
    log = Finding(
        "written_evidence.decision_log",
        f"Decision log: {len(decisions)} decisions in DECISIONS.md",
        Outcome.PASSED,
        "",
        places,
    )
    read = Finding("written_evidence.readme", "README.md: 412 words by the candidate", Outcome.PASSED, "It tells how to run it.",
                   (Evidence("place", "how to run it", "README.md", 12),))  # fmt: skip
    film = Finding("written_evidence.walkthrough", "No walkthrough; the challenge asks for none", Outcome.SKIPPED)
    told = f"{(minutes or 0) // 60} h {(minutes or 0) % 60:02d} min"
    time = Finding("written_evidence.time_box", f"Time spent, as stated: {told}", Outcome.PASSED, "README.md, line 40.",
                   (Evidence("quote", f"Time spent: {told}", "README.md", 40),))  # fmt: skip
    findings = (
        log if decisions else missing("decision_log", "decision log"),
        read if readme else missing("readme", "README"),
        film,
        time if minutes is not None else missing("time_box", "time spent"),
    )
    rows: tuple[dict[str, Scalar], ...] = tuple(
        {"title": title, "path": "DECISIONS.md", "line": 3 * n, "alternatives": n % 2, "why": 1, "consequences": 0}
        for n, title in enumerate(decisions, 1)
    )
    lacking = sum(f.outcome is Outcome.FAILED for f in findings)
    return Grade(Outcome.FAILED if lacking else Outcome.PASSED, "What the brief asks for in writing.",
                 {"decisions": len(decisions), "minutes_stated": minutes}, findings, {"decisions": rows})  # fmt: skip


def design(facts: Sequence[tuple[str, str, str, int]]) -> Grade:
    findings = tuple(
        Finding(f"design.{name}", title, Outcome.SKIPPED, "", (Evidence("place", "", path=path, line=line),))
        for name, title, path, line in facts
    )
    rows: tuple[dict[str, Scalar], ...] = (
        {"path": "app/imports.py", "lines": 214, "functions": 14, "most_complex": "read_rows", "complexity": 9},
        {"path": "app/merge.py", "lines": 96, "functions": 6, "most_complex": "merge", "complexity": 12},
    )
    return Grade(Outcome.PASSED, "Facts on structure, with places; nothing here is a verdict.",
                 {"files": 11, "lines": 1240, "largest_function_lines": 61}, findings, {"modules": rows})  # fmt: skip


def report(name: str, grades: Mapping[str, Grade], *, notes: Sequence[str] = (), repository: str | None = None,
           ref: str | None = "main", submission_notes: Sequence[Mapping[str, object]] = ()) -> Report:  # fmt: skip
    """A report on these grades with the facts that all samples share."""
    return make_report(
        challenge={
            "id": "lead-ingestion", "version": "1.0.0", "digest": "sha256:" + "ab12" * 16, "title": "Lead ingestion",
            "round": 1, "time_box_minutes": 240,
            "categories": [{"id": i, "title": t, "about": a} for i, t, a in CATEGORIES],
            "dimensions": [
                {"id": i, "title": t, "anchors": [{"level": level, "text": text} for level, text in zip(LEVELS, anchors, strict=True)]}
                for i, t, anchors in DIMENSIONS
            ],
            "core_questions": [{"id": i, "text": t} for i, t in CORE_QUESTIONS],
        },
        submission={
            "repository": repository or f"https://github.com/example/{name}", "commit": "4f2c9e1b" * 5, "tree": "9d0e7a35" * 5,
            "name": name, "ref": ref, "notes": list(submission_notes),
        },
        grades=grades,
        provenance={
            "harness_version": "0.1.0",
            "engine": {"name": "docker", "version": "27.3.1", "cgroups": 2, "rootless": False},
            "images": {"python-3.13": "sha256:" + "1c9d" * 16, "examiner": "sha256:" + "77fe" * 16},
            "limits": {"program": {"memory_mib": 512, "cpus": 1.0, "processes": 128}, "own_tests": {"seconds": 300, "memory_mib": 1024}},
            "timings": {"fetch": 0.8, "prepare": 3.1, "hidden_tests": 31.4, "own_tests": 8.2, "design": 1.1, "report": 0.2},
            "versions": {"python": "3.13.5", "coverage": "7.17.3", "pytest": "9.2.0", "ruff": "0.17.6"},
            "notes": list(notes),
        },
    )  # fmt: skip
