"""Reports as real submissions give them, made by hand: strong, mixed, weak, one that does not start, a hostile one.

The views are tested on these; nothing here runs a submission.
"""

from __future__ import annotations

# ruff: noqa: E501 - rows of data are read best on one line each
from collections.abc import Callable
from datetime import timedelta

import pytest
from report_grades import (
    START,
    ai_exhibits,
    ai_usage_log,
    design,
    hidden_tests,
    history,
    own_tests,
    report,
    written_evidence,
)
from report_material import TESTS

from graders import Evidence, Finding, Grade, Outcome, Scalar
from reports import Report

STEADY = (
    (0, "Start from the starter", 12, 2, False), (22, "Read CSV as records, reject ragged rows", 168, 9, True),
    (51, "One lead per address: merge rules and tests", 240, 31, True), (84, "Enrichment in the background with retries", 310, 22, True),
    (117, "Send to Clay through a token bucket", 196, 18, True), (150, "Clay callbacks: secret, repeats, stale ones", 174, 25, True),
    (181, "Idempotency keys", 92, 14, True), (204, "Logs without personal data", 61, 33, True),
    (226, "README, decisions, AI usage log", 148, 12, False),
)  # fmt: skip

STRONG_FILES = (
    ("app/imports.py", 128, 126, 0.94, 2, "88-89"), ("app/merge.py", 61, 61, 1.0, 0, ""), ("app/enrichment.py", 104, 97, 0.86, 7, "41-47"),
    ("app/clay.py", 117, 113, 0.9, 4, "130-133"), ("app/store.py", 92, 92, 1.0, 0, ""), ("app/main.py", 44, 40, None, 0, ""),
)  # fmt: skip

DECISIONS = (
    "D1 Identity is the trimmed, lower-cased address; Gmail dots are kept",
    "D2 Enrichment never holds up an import",
    "D3 A token bucket in front of one sender to Clay",
)

ENTRIES = (
    ("CSV reader", 14, "Write a streaming CSV reader with row numbers that count records, not lines.",
     "It used splitlines(), which breaks quoted line breaks. I moved to csv.reader over a text stream and wrote the test first.",
     "`pytest tests/test_csv.py` → 12 passed; a 200,000-row file by hand."),
    ("Merge rules", 44, "Propose merge rules for leads with the same address.", "It let an empty cell win. Turned down; D1 has the rule.", "tests/test_merge.py::test_empty_never_erases"),
    ("Retry policy", 79, "Exponential back-off around the provider.", "None needed: it matched D2.", "Read line by line; tests/test_enrichment.py."),
    ("Clay headers", 112, "Which headers does Clay's webhook want?", "It invented x-clay-signature. The documentation says x-clay-webhook-auth.", "Read the brief's contract; a test on the header."),
)  # fmt: skip


def strong() -> Report:
    """Nearly everything holds; two robustness tests do not."""
    return report("strong-river", {
        "hidden_tests": hidden_tests(failed=("test_csv.py::test_lone_carriage_return",)),
        "own_tests": own_tests(STRONG_FILES, 64),
        "ai_usage_log": ai_usage_log(ENTRIES, ai_exhibits()),
        "written_evidence": written_evidence(DECISIONS, True, 230),
        "design": design((("complexity", "merge() has a cyclomatic complexity of 12.", "app/merge.py", 31),)),
        "history": history(STEADY),
    })  # fmt: skip


def mixed() -> Report:
    """Several stated behaviours do not hold, one test could not be told, an entry without verification, a second day."""
    steps = ((0, "init", 40, 0, False), (35, "csv import", 420, 12, False), (90, "enrichment", 260, 40, False),
             (130, "clay webhooks", 380, 22, False), (1190, "fix tests", 66, 71, True), (1260, "add tests", 210, 4, True), (1300, "docs", 80, 9, False))  # fmt: skip
    entries = (
        *ENTRIES[:2],
        ("Clay sender", 120, "Write the code that sends all leads to Clay.", "", ""),
        ("Auth on the callback", None, "Add auth to the webhook route.", "None needed.", ""),
    )
    return report("mixed-harbour", {
        "hidden_tests": hidden_tests(
            failed=("test_dedupe.py::test_same_email_twice", "test_dedupe.py::test_empty_never_erases", "test_csv.py::test_quoted_newline",
                    "test_clay_out.py::test_rate", "test_security.py::test_formula_cells", "test_scale.py::test_hundred_thousand", "test_clay_in.py::test_stale", "test_concurrency.py::test_kill"),
            unsure=("test_enrichment.py::test_retry_after",)),
        "own_tests": own_tests((("app/imports.py", 142, 118, 0.71, 24, "88-103, 140-147"), ("app/clay.py", 131, 66, 0.4, 65, "30-94"), ("app/merge.py", 58, 51, 0.66, 7, "20-26"), ("app/main.py", 61, 58, None, 3, "12-14")), 21, ("tests/test_enrich.py::test_live_provider",)),
        "ai_usage_log": ai_usage_log(entries, ai_exhibits()),
        "written_evidence": written_evidence(("SQLite because it is simple", "Tests later"), True, 300),
        "design": design((("complexity", "send_all() has a cyclomatic complexity of 21.", "app/clay.py", 44), ("bare-except", "Two handlers catch every exception.", "app/imports.py", 97))),
        "history": history(steps),
    }, notes=("The registry could not be reached; the images were made from Debian packages.",),
        submission_notes=({"kind": "lfs", "path": "data/big.csv", "text": "A Git LFS pointer; its content was not fetched."},))  # fmt: skip


def weak() -> Report:
    """Little holds, and little is written down."""
    failed = tuple(name for name, category, tier, _ in TESTS
                   if category in {"dedupe", "csv", "enrichment", "clay-outbound", "idempotency", "concurrency", "scale", "security"} and tier != "probe")  # fmt: skip
    return report("weak-meadow", {
        "hidden_tests": hidden_tests(failed=failed),
        "own_tests": own_tests((), 0),
        "ai_usage_log": ai_usage_log(()),
        "written_evidence": written_evidence((), True, None),
        "design": design((("size", "main.py has 640 lines.", "main.py", 1),)),
        "history": history(((0, "first commit", 640, 0, False), (4, "readme", 20, 0, False))),
    })  # fmt: skip


def does_not_start() -> Report:
    """The program ends at once, so that no behaviour was seen."""
    output = "Traceback (most recent call last):\n  File \"/submission/app/main.py\", line 3, in <module>\n    import pandas\nModuleNotFoundError: No module named 'pandas'\n"
    return report("silent-hill", {
        "hidden_tests": hidden_tests(failed=tuple(name for name, *_ in TESTS), output=output),
        "own_tests": Grade(Outcome.FAILED, "The own tests did not come to their end.", {"collected": 0, "passed": 0, "failed": 0, "line_coverage": None, "branch_coverage": None},
                           (Finding("own_tests.collection.tests/test_app.py", "A test file could not be collected: tests/test_app.py", Outcome.FAILED, "", (Evidence("output", output),)),)),
        "ai_usage_log": ai_usage_log(ENTRIES[:1]),
        "written_evidence": written_evidence(DECISIONS, False, None),
        "design": Grade(Outcome.SKIPPED, "Nothing to measure.", {}),
        "history": history(((0, "work", 300, 0, False), (60, "more work", 200, 3, True))),
    })  # fmt: skip


def unsure() -> Report:
    """We could not hold the exam; two grades are errors of ours."""
    broken = Finding(
        "hidden_tests.exam",
        "The exam did not come to its end",
        Outcome.ERROR,
        "The engine stopped answering after 12 s. Grade again.",
    )
    return report("lost-lake", {
        "hidden_tests": Grade(Outcome.ERROR, "The exam could not be held; this says nothing about the submission.", {"passed": 0, "failed": 0, "error": 0, "total": 0}, (broken,)),
        "own_tests": Grade(Outcome.ERROR, "The sandbox vanished.", {"collected": 0, "passed": 0, "failed": 0, "line_coverage": None, "branch_coverage": None},
                           (Finding("own_tests.run", "The run was lost", Outcome.ERROR, "The sandbox vanished."),)),
        "ai_usage_log": ai_usage_log(ENTRIES),
        "written_evidence": written_evidence(DECISIONS, True, 230),
        "design": design(()),
        "history": history(STEADY),
    })  # fmt: skip


PAYLOADS = (
    "<script>alert(1)</script>", '"><img src=x onerror=alert(2)>', "<svg/onload=alert(3)>", "</style><script>alert(4)</script>",
    "javascript:alert(5)", "\x1b[31mred\x1b]8;;https://evil.example\x07link\x1b]8;;\x07", "\u202egnp.exe\u2066", "::error file=x::pwned",
    "##[set-output name=x]y", "line\nbreak\r::add-mask::x", "| table | break |", "[link](https://evil.example)", "![i](https://evil.example/b.png)",
    "<details open ontoggle=alert(6)>", "{{ 7 * 7 }}{% for x in y %}", "@everyone", "```\nfence", "\x00\x07\x08\x9b2J\u2028\ufeff\ud800", "&lt;b&gt;",
    "</title></head><body onload=alert(7)>", "<iframe src=https://evil.example></iframe>", "' onmouseover='alert(8)", "<!-- -->", "]]>", "=HYPERLINK(1)",
)  # fmt: skip
"""What a submission may put in every name and text that reaches a view."""

HUGE = "A" * 10_000_000


AI_COLUMNS = {
    "claims": ("kind", "text", "entry", "path", "line", "level", "result", "found", "evidence_path", "evidence_line", "evidence_commit"),
    "events": ("when", "lane", "label", "ok", "uncertain_minutes", "path", "line"),
    "sessions": ("tool", "version", "path", "prompts", "edits", "tests", "bad_lines", "compactions", "interrupts", "rejects", "started", "ended", "tests_after_last_edit", "note"),
    "facts": ("name", "value", "reference", "evidence"),
    "moments": ("kind", "title", "quote", "path", "line", "commit"),
    "coverage": ("folder", "added", "mentioned", "by"),
    "agent_files": ("path", "lines", "from_starter"),
    "log_texts": ("path", "kind", "line", "text"),
}  # fmt: skip
KNOWN_WORDS: dict[str, Callable[[int], Scalar]] = {
    "when": lambda n: (START + timedelta(minutes=n)).isoformat(), "lane": lambda n: ("test", "prompt", "edit", "interrupt")[n // 2 % 4],
    "level": lambda n: "stated only", "result": lambda n: "contradicted", "kind": lambda n: "verification", "ok": lambda n: n % 3 - 1,
    "uncertain_minutes": lambda n: 10**15, "added": lambda n: 10**17, "mentioned": lambda n: -4,
    "tests_after_last_edit": lambda n: "no", "edits": lambda n: 3,
}  # fmt: skip


def _hostile_ai() -> dict[str, tuple[dict[str, Scalar], ...]]:
    """Every column of the AI exhibits holds a payload; in every other row those columns that choose a shape hold one
    that is known, so that each table and each mark is drawn with payloads in the others.
    """
    return {
        name: tuple(
            {column: KNOWN_WORDS[column](n) if n % 2 and column in KNOWN_WORDS else p for column in columns}
            for n, p in enumerate(PAYLOADS)
        )
        for name, columns in AI_COLUMNS.items()
    }


def hostile() -> Report:
    """Every text that a submission can choose holds a payload; some are ten megabytes long."""
    everything = " ".join(PAYLOADS)
    findings = [
        Finding(f"hidden_tests.{p}", p, o, p, (Evidence("given", p), Evidence("expected", p), Evidence("observed", HUGE), Evidence("output", everything),
                Evidence("place", p, path=p, line=1, commit=p)), t, c, "correctness")
        for n, p in enumerate(PAYLOADS)
        for o, t, c in (((Outcome.FAILED, "contract", "csv"), (Outcome.PASSED, "robustness", p), (Outcome.ERROR, "contract", "dedupe"), (Outcome.FAILED, "probe", "scale"))[n % 4],)
    ]  # fmt: skip
    findings += [
        Finding("hidden_tests.same", f"{p} again", Outcome.FAILED, HUGE, (), "contract", "csv") for p in PAYLOADS
    ]
    rows: tuple[dict[str, Scalar], ...] = tuple(
        {
            "id": p,
            "time": START.isoformat() if n % 2 else p,
            "subject": p,
            "added": 10**18,
            "removed": -5,
            "test_added": p,
        }
        for n, p in enumerate(PAYLOADS)
    )
    covered: tuple[dict[str, Scalar], ...] = tuple(
        {
            "path": p,
            "statements": 10,
            "covered": 3,
            "line_coverage": 0.3,
            "branch_coverage": float("nan"),
            "written_missing": 7,
            "missing": p,
        }
        for p in PAYLOADS
    )
    entries: tuple[dict[str, Scalar], ...] = tuple(
        {
            "n": p,
            "title": p,
            "when": START.isoformat(),
            "prompt": p,
            "correction": everything,
            "verification": HUGE if n == 1 else "",
            "path": p,
            "line": n,
        }
        for n, p in enumerate(PAYLOADS)
    )
    odd: tuple[dict[str, Scalar], ...] = tuple({p: p, "n": n} for n, p in enumerate(PAYLOADS))

    def some(name: str) -> tuple[Finding, ...]:
        return tuple(
            Finding(
                f"{name}.{p}", p, Outcome.FAILED, p, (Evidence("quote", everything, path=p, line=2), Evidence(p, p))
            )
            for p in PAYLOADS
        )

    return report("\n".join(PAYLOADS), {
        "hidden_tests": Grade(Outcome.FAILED, everything, {"passed": 0, "failed": 9, "error": 1, "total": 9}, tuple(findings), {"program_starts": odd}),
        "own_tests": Grade(Outcome.FAILED, everything, {"collected": 3, "line_coverage": float("inf"), "odd": HUGE}, some("own_tests"), {"coverage_by_file": covered, "own_tests": odd}),
        "ai_usage_log": Grade(Outcome.FAILED, everything, {"entries": 25}, some("ai_usage_log"), {"entries": entries, **_hostile_ai()}),
        "written_evidence": Grade(Outcome.FAILED, everything, {}, some("written_evidence")),
        "design": Grade(Outcome.ERROR, everything, {}, some("design"), {PAYLOADS[0]: odd}),
        "history": Grade(Outcome.PASSED, everything, {}, some("history"), {"commits": rows}),
        PAYLOADS[0]: Grade(Outcome.PASSED, everything, {PAYLOADS[1]: PAYLOADS[2]}),
    }, notes=PAYLOADS, repository="javascript:alert(9)//" + everything, ref=everything,
        submission_notes=[{"kind": p, "path": p, "text": everything} for p in PAYLOADS])  # fmt: skip


def enormous() -> Report:
    """More findings and rows than a report takes, with more text than it quotes: everything has to be bounded."""
    piece = Evidence("output", "x" * 8_000)
    findings = tuple(
        Finding(
            f"hidden_tests.{n}",
            f"Test {n}",
            Outcome.FAILED,
            "d" * 4_000,
            (piece,) * 12,
            "contract",
            "csv",
            "correctness",
        )
        for n in range(1_100)
    )
    rows: tuple[dict[str, Scalar], ...] = tuple(
        {
            "id": f"{n:040x}",
            "time": (START + timedelta(minutes=n)).isoformat(),
            "subject": "s" * 500,
            "added": n,
            "removed": 0,
            "test_added": 0,
        }
        for n in range(3_100)
    )
    return report("enormous", {"hidden_tests": Grade(Outcome.FAILED, "Many.", {"failed": 1_100}, findings),
                               "history": Grade(Outcome.PASSED, "Many.", {}, (), {"commits": rows})})  # fmt: skip


SAMPLES = {"strong": strong, "mixed": mixed, "weak": weak, "does-not-start": does_not_start, "unsure": unsure,
           "hostile": hostile, "enormous": enormous}  # fmt: skip
EACH = [pytest.param(name, marks=pytest.mark.slow) if name == "enormous" else name for name in SAMPLES]
"""The samples' names as a test's parameters; the enormous one takes seconds in some views."""
