"""The design is surveyed without running a byte of it; figures are about the candidate's own lines, with places."""

# ruff: noqa: E501 - rows of a table and lines of code stand here as one reads them

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
import tarfile
import time
from io import BytesIO
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from graders import design
from graders.grade import Finding, Grade, Outcome
from graders.imports import imports_between
from graders.leftovers import leftovers
from graders.survey import ANSWER, ARGUMENTS, ORDER, PROGRAM, SCRIPT, Survey, SurveyedFile, make_survey, read_survey
from sandbox import Manifest, Run
from sandbox import Workshop as RealWorkshop
from sandbox.engine import Engine
from sandbox.images import Image
from sandbox.tools import provide_tools

BANNED = ("cheating", "fake", "fabricated", "suspicious", "dishonest", "tampered")
RUFF = shutil.which("ruff", path=str(Path(sys.executable).parent)) or "ruff"

FILES = {
    "app/__init__.py": "",
    "app/main.py": "from app import store\nfrom .clay import push\n\n\ndef run():\n    # TODO: log it\n    store.save()\n    push()\n",
    "app/store.py": "import json\nfrom app.clay import push\n\n\ndef save():\n    try:\n        push(json)\n    except Exception:\n        pass\n",
    "app/clay.py": "import app.store\n\n\ndef push(*things):\n    return app.store, things\n",
    "tests/test_store.py": "from app.store import save\n\n\ndef test_save():\n    password = 'made-up-for-this-test'\n    assert save() is None, password\n",
}
COMPLEX = (
    "def choose(a):\n" + "".join(f"    if a == {n}:\n        return {n}\n" for n in range(14)) + "    return None\n"
)


class Workshop:
    """Stands in for the sandbox: runs our survey in this interpreter, over files in a folder."""

    def __init__(self, folder: Path, program: ModuleType, run: Run | None = None) -> None:
        self.folder, self.program, self.outcome = folder, program, run

    def run(self, command: Any, *, files: dict[str, bytes], collect: Any, limits: Any) -> Run:
        assert command[-5:] == ("python3", "-I", PROGRAM, ORDER, ANSWER)
        assert files[PROGRAM] == SCRIPT.read_bytes()
        if self.outcome:
            return self.outcome
        order, answer = self.folder.parent / "order.json", self.folder.parent / "answer.json"
        order.write_bytes(files[ORDER])
        self.program.main(str(order), str(answer))
        return run(files={ANSWER: answer.read_bytes()})


def run(ended: str = "exited", files: dict[str, bytes] | None = None) -> Run:
    return Run(
        ended=ended,
        exit_code=None,
        output="",
        output_truncated=False,
        files=files or {},
        seconds=1.0,
        memory_peak_mib=None,
    )  # type: ignore[arg-type]  # the word is one of Run's


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The survey's program, with the submission in a folder of the test's."""
    specification = importlib.util.spec_from_file_location("survey_program", SCRIPT)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    (tmp_path / "submission").mkdir()
    monkeypatch.setattr(module, "ROOT", tmp_path / "submission")
    monkeypatch.setattr(module, "RUFF", RUFF)
    return module


def graded(
    tmp_path: Path,
    program: ModuleType,
    files: dict[str, str | bytes],
    *,
    starter: dict[str, str] | None = None,
    outcome: Run | None = None,
) -> Grade:
    """The grade of a submission with these files, the survey made for real."""
    contents = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
    before = {path: text.encode() for path, text in (starter or {}).items()}
    own = {}
    for path, content in contents.items():
        (tmp_path / "submission" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "submission" / path).write_bytes(content)
        known = set(before.get(path, b"").split(b"\n"))
        lines = {number for number, line in enumerate(content.split(b"\n"), start=1) if line and line not in known}
        if lines:
            own[path] = lines
    case: Any = SimpleNamespace(
        submission=SimpleNamespace(
            files=tuple(SimpleNamespace(path=path, size=len(text), is_link=False) for path, text in contents.items()),
            read_many=lambda paths, limit: {path: contents[path][:limit] for path in paths},
            added_lines=lambda starter: own,
        ),
        challenge=SimpleNamespace(starter=before),
        workshop=Workshop(tmp_path / "submission", program, outcome),
    )
    return design.grade(case)


def finding(grade: Grade, name: str) -> Finding:
    return next(one for one in grade.findings if one.id == f"design.{name}")


def names(grade: Grade) -> set[str]:
    return {one.id.removeprefix("design.") for one in grade.findings}


def test_surveys_the_code(tmp_path: Path, program: ModuleType) -> None:
    """Sizes, diagnostics, circles of imports and marks, each with a place that a reader can open."""
    grade = graded(tmp_path, program, dict(FILES))
    assert grade.outcome is Outcome.PASSED
    assert finding(grade, "size").title == "3 code files with 15 lines, 1 test file with 4"
    assert (finding(grade, "rule.BLE001").evidence[0].path, finding(grade, "rule.BLE001").evidence[0].line) == (
        "app/store.py",
        8,
    )
    assert finding(grade, "cycle.1").title == "2 modules import one another in a circle"
    assert finding(grade, "marks").evidence[0].line == 6
    assert grade.measures["import_cycles"] == 1
    assert "rule.S105" not in names(grade)
    rows = {row["path"]: row for row in grade.exhibits["files"]}
    assert (rows["app/clay.py"]["imported_by"], rows["app/clay.py"]["imports"]) == (2, 1)


def test_complexity_and_length(tmp_path: Path, program: ModuleType) -> None:
    """Functions with many paths and long ones are listed with their places."""
    long = "def long():\n" + "    x = 1\n" * 90
    grade = graded(tmp_path, program, {"app.py": COMPLEX + "\n\n" + long})
    assert finding(grade, "complexity").evidence[0].line == 1
    assert grade.measures["complex_functions"] == 1
    assert finding(grade, "long_functions").title == "1 function is longer than 60 lines"
    assert grade.measures["longest_function"] == 91


def test_the_starters_lines_are_left_out(tmp_path: Path, program: ModuleType) -> None:
    """What the starter brought is nobody's finding; a line added to it is the candidate's."""
    files = {"app/main.py": COMPLEX, "app/own.py": "try:\n    x = 1\nexcept:\n    pass\n"}
    grade = graded(tmp_path, program, dict(files), starter={"app/main.py": COMPLEX})
    assert "complexity" not in names(grade)
    assert "rule.E722" in names(grade)
    assert grade.measures["files"] == 1


def test_no_comment_of_the_candidates_changes_a_figure(tmp_path: Path, program: ModuleType) -> None:
    """`noqa` comments and ruff settings in the submission are not obeyed, and the comments are counted."""
    files = {
        "app.py": "# ruff: noqa\ntry:\n    x = 1\nexcept:  # noqa: E722\n    pass\n",
        "ruff.toml": 'extend = "/etc/passwd"\nexclude = ["app.py"]\n',
        "pyproject.toml": '[tool.ruff]\nexclude = ["*.py"]\n',
        ".gitignore": "*.py\n",
    }
    grade = graded(tmp_path, program, dict(files))
    assert "rule.E722" in names(grade)
    assert grade.measures["switched_off_comments"] == 2


def test_no_python_is_skipped(tmp_path: Path, program: ModuleType) -> None:
    """Without Python there is nothing to survey, and the files that stand out are still named."""
    grade = graded(tmp_path, program, {"main.go": "package main\n", ".env": "A=1\n"})
    assert grade.outcome is Outcome.SKIPPED
    assert "secret_files" in names(grade)


@pytest.mark.parametrize("ended", ["deadline", "memory", "exited"])
def test_a_survey_that_does_not_end_is_said(tmp_path: Path, program: ModuleType, ended: str) -> None:
    """When files bring the survey down, the grade says so and goes on with what needs no survey."""
    grade = graded(tmp_path, program, {"app.py": "x = 1\n", ".envrc": "x\n"}, outcome=run(ended))
    assert grade.outcome is Outcome.SKIPPED
    assert finding(grade, "survey").detail.startswith("The survey of the files")
    assert "auto-run_files" in names(grade)


HOSTILE: list[tuple[str, str | bytes]] = [
    ("not Python", "def broken(:\n"),
    ("nul bytes", b"x = 1\x00\n"),
    ("parentheses", "x = " + "(" * 100_000 + ")" * 100_000),
    ("unary minus", "x = " + "-" * 200_000 + "1"),
    ("attribute chain", "x = a" + ".b" * 150_000),
    ("nested blocks", "".join(" " * n + "if x:\n" for n in range(150)) + " " * 150 + "pass\n"),
    ("long line", "x = '" + "a" * 900_000 + "'\n"),
    ("many functions", "".join(f"def f{n}(): pass\n" for n in range(20_000))),
    ("odd coding", b"# -*- coding: rot13 -*-\nx = 1\n"),
    ("unknown coding", b"# coding: nothing\nx = 1\n"),
    ("big number", "x = " + "9" * 500_000),
    ("larger than the limit", "x = 1\n" * 300_000),
]


@pytest.mark.slow
@pytest.mark.parametrize("text", [one[1] for one in HOSTILE], ids=[one[0] for one in HOSTILE])
def test_a_hostile_file_costs_itself_alone(tmp_path: Path, program: ModuleType, text: str | bytes) -> None:
    """A file that no parser survives is named; the file next to it is surveyed as if it were alone."""
    started = time.monotonic()
    grade = graded(tmp_path, program, {"bad.py": text, "good.py": "try:\n    x = 1\nexcept:\n    pass\n"})
    assert time.monotonic() - started < 25
    assert grade.outcome is Outcome.PASSED
    assert any(piece.path == "good.py" for piece in finding(grade, "rule.E722").evidence)
    assert str(grade).encode()


def test_a_syntax_error_is_named_with_its_line(tmp_path: Path, program: ModuleType) -> None:
    """A file that is not valid Python is a finding with the line."""
    grade = graded(tmp_path, program, {"bad.py": "x = 1\ndef broken(:\n", "good.py": "x = 1\n"})
    one = next(one for one in grade.findings if one.title == "bad.py is not valid Python")
    assert one.evidence[0].line == 2


def test_ruff_that_crashes_is_halved_until_the_file_is_known(tmp_path: Path, program: ModuleType) -> None:
    """When ruff comes down on a group of files, the one that does it is found and the others are still read."""
    stub = tmp_path / "ruff"
    stub.write_text(
        '#!/bin/sh\ncase "$*" in *--version*) echo ruff 1;; *bad.py*) kill -SEGV $$;; '
        '*) echo \'[{"code": "E722", "name": "bare-except", "message": "m", "filename": "\'$(pwd)\'x"}]\';; esac\n'
    )
    stub.chmod(0o755)
    program.RUFF = str(stub)  # type: ignore[attr-defined]  # a name of the loaded program
    files = {f"m{n}.py": "x = 1\n" for n in range(6)} | {"bad.py": "x = 1\n"}
    grade = graded(tmp_path, program, dict(files))
    assert [one.title for one in grade.findings if "ruff" in one.title] == ["bad.py: not read by ruff"]
    assert grade.measures["unread_files"] == 1


def test_links_out_of_the_tree_are_not_read(tmp_path: Path, program: ModuleType) -> None:
    """A link that stands where a file was named is refused inside the sandbox too."""
    (tmp_path / "secret.py").write_text("KEY = 'x'\n")
    (tmp_path / "submission" / "app.py").symlink_to(tmp_path / "secret.py")
    order, answer = tmp_path / "order.json", tmp_path / "answer.json"
    order.write_text(json.dumps({"files": ["app.py"], "ruff": list(ARGUMENTS), "seconds": 20}))
    program.main(str(order), str(answer))
    survey, _ = read_survey(answer.read_bytes())
    assert survey is not None
    assert (survey.files, survey.unread[0].reason) == ([], "is not a regular file")


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b"null", b'{"files": [{}]}', b"[" * 100_000, b'{"files": [], "lint": [{"line": -1}]}', b"\xff" * 100,
     b'{"files": [], "ruff": 1}', b'{"files": [], "extra": 1}'],
)  # fmt: skip
def test_an_answer_out_of_form_is_not_used(content: bytes) -> None:
    """What comes out of the sandbox is read strictly or not at all."""
    survey, trouble = read_survey(content)
    assert survey is None
    assert trouble


def surveyed(path: str, *imports: tuple[str, list[str], int, int, bool]) -> SurveyedFile:
    return SurveyedFile(path=path, lines=1, code_lines=1, functions=[], function_count=0, classes=0,
                        imports=list(imports), marks=[], switched_off=0)  # fmt: skip


def test_imports_are_resolved_to_the_submissions_files() -> None:
    """Absolute, relative and src-folder imports lead to files; the standard library leads nowhere."""
    graph = imports_between([
        surveyed("src/leads/__init__.py", ("leads.main", ["run"], 0, 1, False)),
        surveyed("src/leads/main.py", ("", ["store"], 1, 1, False), ("json", [], 0, 2, False)),
        surveyed("src/leads/store.py", ("..leads", [], 9, 1, False), ("clay", ["push"], 1, 3, True)),
        surveyed("src/leads/clay.py", ("leads.store", ["save"], 0, 1, False)),
    ])  # fmt: skip
    assert {(edge.source.rsplit("/", 1)[-1], edge.target.rsplit("/", 1)[-1]) for edge in graph.edges} == {
        ("__init__.py", "main.py"), ("main.py", "store.py"), ("store.py", "clay.py"), ("clay.py", "store.py")
    }  # fmt: skip
    assert graph.cycles == ()


def test_circles_of_any_length_are_found() -> None:
    """A ring of a thousand modules is one circle, found without recursion; deferred imports make none."""
    ring = [surveyed(f"m{n}.py", (f"m{(n + 1) % 1000}", [], 0, 1, False)) for n in range(1000)]
    assert [len(group) for group in imports_between(ring).cycles] == [1000]
    deferred = [surveyed("a.py", ("b", [], 0, 1, False)), surveyed("b.py", ("a", [], 0, 1, True))]
    assert imports_between(deferred).cycles == ()


@pytest.mark.parametrize(
    ("path", "sort"),
    [
        (".vscode/tasks.json", "auto-run"), (".envrc", "auto-run"), ("app/sitecustomize.py", "auto-run"), (".husky/pre-commit", "auto-run"),
        ("CLAUDE.md", "agent"), (".claude/settings.json", "agent"), (".cursor/rules/a.mdc", "agent"), ("AGENTS.md", "agent"),
        (".env", "secret"), (".env.production", "secret"), ("deploy/id_rsa", "secret"), ("server.pem", "secret"),
        ("data/app.db", "database"), ("leads.sqlite3", "database"), ("app/__pycache__/a.pyc", "cache"), (".DS_Store", "cache"),
        (".env.example", None), ("app/main.py", None), ("docs/env.md", None), ("app/environment.py", None), ("requirements.txt", None),
    ],
)  # fmt: skip
def test_files_that_stand_out_by_name(path: str, sort: str | None) -> None:
    """Auto-run files, agent settings, secrets, databases and caches are known by name; examples of them are not."""
    assert [one.sort for one in leftovers([path])] == ([sort] if sort else [])


def test_secrets_are_told_by_rule_and_line(tmp_path: Path, program: ModuleType) -> None:
    """A committed key is a finding with its place, and its value is nowhere."""
    token = "ghp_" + "a1B2" * 9
    grade = graded(tmp_path, program, {"app.py": f'x = 1\nTOKEN = "{token}"\n'})
    assert token not in str(grade)
    assert (finding(grade, "secrets").evidence[0].line, finding(grade, "secrets").evidence[0].text) == (
        2,
        "github-token",
    )


def test_never_says_the_banned_words(tmp_path: Path, program: ModuleType) -> None:
    """No finding on the design accuses."""
    grade = graded(tmp_path, program, {**FILES, ".env": "x", "CLAUDE.md": "x", "bad.py": "def (", "a.db": "x"})
    words = " ".join(f"{one.title} {one.detail}" for one in grade.findings).casefold()
    assert not [banned for banned in BANNED if banned in words]


def test_findings_have_ids_of_their_own(tmp_path: Path, program: ModuleType) -> None:
    """An id stands for one finding."""
    grade = graded(tmp_path, program, {**FILES, "c.py": COMPLEX, "bad.py": "def ("})
    assert len({one.id for one in grade.findings}) == len(grade.findings)


def test_an_empty_survey_makes_a_grade() -> None:
    """A survey without files is no reason to fall over."""
    assert design.answer(Survey(), "", {}).outcome is Outcome.PASSED


@pytest.mark.docker
def test_surveys_in_a_real_sandbox(engine: Engine, python_image: Image, cache_folder: Path, tmp_path: Path) -> None:
    """The survey runs in a sandbox as it does here, and a file that ruff does not survive costs itself alone."""
    files = {**FILES, "deep.py": "x = " + "-" * 200_000 + "1", "sitecustomize.py": "raise SystemExit('never run')\n"}
    with tarfile.open(tmp_path / "submission.tar", "w") as pack:
        for path, text in files.items():
            member = tarfile.TarInfo(path)
            member.size = len(text)
            pack.addfile(member, BytesIO(text.encode()))
    tools = provide_tools(engine, python_image, "sandbox-tools", cache_folder, print)
    workshop = RealWorkshop(
        engine=engine, image=python_image, examiner=python_image, tools=tools, examiner_tools=tools,
        pack=tmp_path / "submission.tar", manifest=Manifest(),
    )  # fmt: skip
    survey, trouble = make_survey(workshop, sorted(files))
    assert trouble == ""
    assert survey is not None
    assert survey.ruff.startswith("ruff ")
    assert {file.path for file in survey.files} == set(FILES) | {"sitecustomize.py"}
    assert {one.path for one in survey.unread} == {"deep.py"}
    assert any(one.code == "BLE001" and one.path == "app/store.py" for one in survey.lint)
