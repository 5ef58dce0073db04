"""How is the code built: its size, its structure, where it is complex, and what would you ask about in a review?

Facts with places, no opinion on taste. All reading of code happens in a sandbox; what the starter brought is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graders.case import Case
from graders.decoding import decode
from graders.grade import Evidence, Finding, Grade, Outcome, Scalar
from graders.imports import Imports, imports_between
from graders.leftovers import WORDS, Leftover, leftovers
from graders.path_kinds import kind_of
from graders.redaction import Secret, redact
from graders.survey import Lint, Survey, SurveyedFile, make_survey

LONG_FUNCTION = 60
LONG_FILE = 400
"""Lines beyond which a function or a file is listed; a place to look at, not a fault."""
PLACES = 8
SECRET_FILE_LIMIT = 256 * 1024
SECRET_FILES = 1_000
_SIZE_RULES = frozenset({"C901", "PLR0912", "PLR0913", "PLR0915"})
_NOT_FOR_TESTS = frozenset({"S105", "S106", "S107", "S113", "S608", "T201", "PLR0913", "DTZ001", "DTZ005", "ERA001"})
"""Rules that say nothing in a test: a made-up password, a fixed date."""


def grade(case: Case) -> Grade:
    """Survey the Python files in a sandbox; list structure, complexity, diagnostics, and files that stand out."""
    submission = case.submission
    own = submission.added_lines(case.challenge.starter)
    sizes = {file.path: file.size for file in submission.files if not file.is_link}
    written = [path for path in sizes if path not in case.challenge.starter or path in own]
    python = [path for path in written if path.endswith(".py") and kind_of(path) != "generated" and "\n" not in path]
    survey: Survey | None = None
    trouble = ""
    if python:
        survey, trouble = make_survey(case.workshop, python)
    texts = [path for path in written if sizes[path] <= SECRET_FILE_LIMIT and kind_of(path) != "generated"]
    secrets: list[tuple[str, Secret]] = []
    for start in range(0, min(len(texts), SECRET_FILES), 50):
        for path, content in submission.read_many(texts[start : start + 50], limit=SECRET_FILE_LIMIT).items():
            secrets += [(path, secret) for secret in redact(decode(content).text).secrets]
    return answer(survey, trouble, own, leftovers(written), secrets, has_python=bool(python), paths=tuple(sizes))


def answer(
    survey: Survey | None,
    trouble: str,
    own: Mapping[str, set[int]],
    left: Sequence[Leftover] = (),
    secrets: Sequence[tuple[str, Secret]] = (),
    *,
    has_python: bool = True,
    paths: Sequence[str] = (),
) -> Grade:
    """The grade, from the survey (None: `trouble` says why), the candidate's own lines, and names that stand out.

    `paths` are all paths of the submission: they tell packages from plain folders.
    """
    others = [*_leftovers(left), *_secrets(secrets)]
    if not has_python:
        detail = "Only Python is surveyed."
        nothing = Finding("design.survey", "There is no Python file of the candidate's", Outcome.SKIPPED, detail)
        return Grade(Outcome.SKIPPED, "There is no Python code to look at.", {"files": 0}, (nothing, *others))
    if survey is None:
        missed = Finding("design.survey", "The code could not be surveyed", Outcome.SKIPPED, trouble)
        return Grade(Outcome.SKIPPED, "The code could not be surveyed.", {"files": None}, (missed, *others))
    files = [file for file in survey.files if file.path in own]
    graph = imports_between(files, paths)
    lint = [one for one in survey.lint if _counts(one, own)]
    findings = [
        _size(files, own),
        *_long(files, own),
        *_complex([one for one in lint if one.code == "C901"]),
        *_cycles(graph),
        *_rules([one for one in lint if one.code not in _SIZE_RULES]),
        *_marks(files, own),
        *_unread(survey),
        *others,
    ]
    measures = _measures(survey, files, lint, graph, own)
    exhibits = _exhibits(files, lint, graph, own)
    return Grade(Outcome.PASSED, _summary(files, lint, graph), measures, tuple(findings), exhibits)


def _counts(one: Lint, own: Mapping[str, set[int]]) -> bool:
    """Whether a diagnostic is about a line of the candidate's, and says something for a file of that kind."""
    lines = own.get(one.path)
    if not lines or one.code == "syntax":
        return False
    if kind_of(one.path) == "test" and one.code in _NOT_FOR_TESTS:
        return False
    return any(line in lines for line in range(one.line, min(one.end, one.line + 200) + 1))


def _functions(files: Sequence[SurveyedFile], own: Mapping[str, set[int]]) -> list[tuple[str, str, int, int]]:
    """Path, name, first line and length of every function with a line of the candidate's, longest first."""
    found = [
        (file.path, name, first, last - first + 1)
        for file in files
        for name, first, last, _ in file.functions
        if not own[file.path].isdisjoint(range(first, last + 1))
    ]
    return sorted(found, key=lambda one: (-one[3], one[0], one[2]))


def _code(files: Sequence[SurveyedFile]) -> list[SurveyedFile]:
    return [file for file in files if kind_of(file.path) == "code"]


def _size(files: Sequence[SurveyedFile], own: Mapping[str, set[int]]) -> Finding:
    code = _code(files)
    tests = [file for file in files if kind_of(file.path) == "test"]
    longest = _functions(code, own)[:1]
    largest = max(code, key=lambda file: file.lines, default=None)
    said = []
    evidence = []
    if largest:
        said.append(f"The largest file is {largest.path} ({largest.lines} lines).")
        evidence.append(Evidence("place", path=largest.path, line=1))
    if longest:
        path, name, line, length = longest[0]
        said.append(f"The longest function is {name} in {path} ({length} lines).")
        evidence.append(Evidence("place", name, path, line))
    title = (
        f"{_many(len(code), 'code file', 'code files')} with {sum(file.code_lines for file in code)} lines, "
        f"{_many(len(tests), 'test file', 'test files')} with {sum(file.code_lines for file in tests)}"
    )
    return Finding("design.size", title, Outcome.PASSED, " ".join(said), tuple(evidence))


def _long(files: Sequence[SurveyedFile], own: Mapping[str, set[int]]) -> list[Finding]:
    findings = []
    functions = [one for one in _functions(_code(files), own) if one[3] > LONG_FUNCTION]
    if functions:
        findings.append(
            Finding(
                "design.long_functions",
                f"{_many(len(functions), 'function is', 'functions are')} longer than {LONG_FUNCTION} lines",
                Outcome.SKIPPED,
                _listed([f"{name} ({length})" for _, name, _, length in functions]),
                tuple(
                    Evidence("place", f"{name}: {length} lines", path, line)
                    for path, name, line, length in functions[:PLACES]
                ),
            )
        )
    large = sorted((file for file in _code(files) if file.lines > LONG_FILE), key=lambda file: -file.lines)
    if large:
        findings.append(
            Finding(
                "design.large_files",
                f"{_many(len(large), 'file is', 'files are')} longer than {LONG_FILE} lines",
                Outcome.SKIPPED,
                _listed([f"{file.path} ({file.lines})" for file in large]),
                tuple(Evidence("place", f"{file.lines} lines", file.path, 1) for file in large[:PLACES]),
            )
        )
    return findings


def _complex(lint: Sequence[Lint]) -> list[Finding]:
    if not lint:
        return []
    title = f"{_many(len(lint), 'function has', 'functions have')} many paths (complexity over 10)"
    evidence = tuple(Evidence("place", one.message, one.path, one.line) for one in lint[:PLACES])
    detail = "Worth asking which of these paths the tests take."
    return [Finding("design.complexity", title, Outcome.SKIPPED, detail, evidence)]


def _cycles(graph: Imports) -> list[Finding]:
    findings = []
    for number, group in enumerate(graph.cycles[:5], start=1):
        inside = [edge for edge in graph.edges if edge.source in group and edge.target in group and not edge.deferred]
        findings.append(
            Finding(
                f"design.cycle.{number}",
                f"{len(group)} modules import one another in a circle",
                Outcome.SKIPPED,
                f"{_listed(list(group))}. Worth asking which of them could do without the other.",
                tuple(Evidence("place", f"imports {edge.target}", edge.source, edge.line) for edge in inside[:PLACES]),
            )
        )
    return findings


def _rules(lint: Sequence[Lint]) -> list[Finding]:
    """One finding a rule, the rule with the most places first."""
    by_rule: dict[str, list[Lint]] = {}
    for one in lint:
        by_rule.setdefault(one.code, []).append(one)
    return [
        Finding(
            f"design.rule.{code}",
            f"{name_of(group[0])}: {_many(len(group), 'place', 'places')}",
            Outcome.SKIPPED,
            f"{group[0].message} (rule {code})",
            tuple(Evidence("place", one.message, one.path, one.line) for one in group[:PLACES]),
        )
        for code, group in sorted(by_rule.items(), key=lambda item: (-len(item[1]), item[0]))[:20]
    ]


def name_of(one: Lint) -> str:
    """A rule's name as words: "Blind except"."""
    return (one.name or one.code).replace("-", " ").capitalize()


def _marks(files: Sequence[SurveyedFile], own: Mapping[str, set[int]]) -> list[Finding]:
    places = [(file.path, line) for file in files for line in file.marks if line in own[file.path]]
    if not places:
        return []
    title = f"{_many(len(places), 'comment marks', 'comments mark')} something to do (TODO, FIXME, XXX, HACK)"
    evidence = tuple(Evidence("place", path=path, line=line) for path, line in places[:PLACES])
    return [Finding("design.marks", title, Outcome.SKIPPED, "Worth asking which come first.", evidence)]


def _unread(survey: Survey) -> list[Finding]:
    findings = []
    for number, one in enumerate(survey.unread[:15], start=1):
        by = "ruff" if one.by == "ruff" else "the parser"
        title = f"{one.path}: not read by {by}" if one.path else f"Not all files were read by {by}"
        if "not valid Python" in one.reason:
            title = f"{one.path} is not valid Python"
        place = (Evidence("place", one.reason, one.path, one.line or 1),) if one.path else ()
        detail = f"{one.reason[:1].upper()}{one.reason[1:]}."
        findings.append(Finding(f"design.unread.{number}", title, Outcome.SKIPPED, detail, place))
    return findings


def _leftovers(left: Sequence[Leftover]) -> list[Finding]:
    findings = []
    for sort, (words, meaning) in WORDS.items():
        group = [one for one in left if one.sort == sort]
        if group:
            evidence = tuple(Evidence("place", path=one.path, line=1) for one in group[:PLACES])
            title = f"{len(group)} {words}"
            detail = f"{_listed([one.path for one in group])}. {meaning}"
            findings.append(Finding(f"design.{sort}_files", title, Outcome.SKIPPED, detail, evidence))
    return findings


def _secrets(secrets: Sequence[tuple[str, Secret]]) -> list[Finding]:
    if not secrets:
        return []
    title = f"{_many(len(secrets), 'value', 'values')} in the files look like secrets"
    detail = "Shown by rule and line, never by value; test data can look like this."
    evidence = tuple(Evidence("place", secret.rule, path, secret.line) for path, secret in secrets[:PLACES])
    return [Finding("design.secrets", title, Outcome.SKIPPED, detail, evidence)]


def _many(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}"


def _listed(names: list[str]) -> str:
    shown = ", ".join(name[:160] for name in names[:PLACES])
    return shown + (f" and {len(names) - PLACES} more" if len(names) > PLACES else "")


def _summary(files: Sequence[SurveyedFile], lint: Sequence[Lint], graph: Imports) -> str:
    code = _code(files)
    hints = [one for one in lint if one.code not in _SIZE_RULES]
    parts = [f"{_many(len(code), 'file', 'files')} with {sum(file.code_lines for file in code)} lines of code"]
    complex_count = sum(one.code == "C901" for one in lint)
    parts.append(f"{_many(complex_count, 'function', 'functions')} with complexity over 10")
    parts.append(_many(len(hints), "place that ruff points at", "places that ruff points at"))
    if graph.cycles:
        parts.append(_many(len(graph.cycles), "import circle", "import circles"))
    return "; ".join(parts) + "."


def _measures(
    survey: Survey, files: Sequence[SurveyedFile], lint: Sequence[Lint], graph: Imports, own: Mapping[str, set[int]]
) -> dict[str, Scalar]:
    code = _code(files)
    functions = _functions(code, own)
    return {
        "files": len(code),
        "code_lines": sum(file.code_lines for file in code),
        "largest_file": max((file.lines for file in code), default=0),
        "functions": len(functions),
        "longest_function": functions[0][3] if functions else 0,
        "complex_functions": sum(one.code == "C901" for one in lint),
        "lint": sum(one.code not in _SIZE_RULES for one in lint),
        "import_cycles": len(graph.cycles),
        "switched_off_comments": sum(file.switched_off for file in files),
        "unread_files": len({one.path for one in survey.unread}),
        "ruff": survey.ruff,
    }


def _exhibits(
    files: Sequence[SurveyedFile], lint: Sequence[Lint], graph: Imports, own: Mapping[str, set[int]]
) -> dict[str, tuple[dict[str, Scalar], ...]]:
    longest = {path: (name, length) for path, name, _, length in reversed(_functions(files, own))}
    rows: tuple[dict[str, Scalar], ...] = tuple(
        {
            "path": file.path,
            "kind": kind_of(file.path),
            "lines": file.lines,
            "functions": file.function_count,
            "longest_function": longest.get(file.path, (None, 0))[0],
            "longest_lines": longest.get(file.path, (None, 0))[1],
            "imports": graph.of(file.path),
            "imported_by": graph.into(file.path),
            "lint": sum(one.path == file.path for one in lint),
        }
        for file in sorted(files, key=lambda file: file.path)[:500]
    )
    hints: tuple[dict[str, Scalar], ...] = tuple(
        {"code": one.code, "name": name_of(one), "path": one.path, "line": one.line, "message": one.message}
        for one in lint[:300]
    )
    return {"files": rows, "lint": hints}
