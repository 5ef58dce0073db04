"""The survey of a submission's Python files: made inside a sandbox (room/survey.py), read here with a strict parser."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sandbox import Limits, Run, Workshop

SCRIPT = Path(__file__).parent / "room" / "survey.py"
ORDER = "/harness/input/design/order.json"
PROGRAM = "/harness/input/design/survey.py"
ANSWER = "/tmp/harness/survey.json"  # noqa: S108 - a path inside the sandbox, on its own tmpfs
ANSWER_LIMIT = 16 * 1024 * 1024
FILES = 1_500
SECONDS = 75
LIMITS = Limits(seconds=90, memory_mib=1024, processes=64, cpus=2.0, writable_mib=64)

RULES: tuple[str, ...] = (
    *("F", "E9", "PLE", "B", "ASYNC", "RUF006"),
    *("BLE001", "E722", "S110", "S112"),
    *("S105", "S106", "S107", "S113", "S301", "S307", "S324", "S501", "S506", "S602", "S605", "S608", "S701"),
    *("DTZ001", "DTZ003", "DTZ004", "DTZ005", "DTZ006", "PLW0603", "T201", "ERA001"),
    *("C901", "PLR0912", "PLR0913", "PLR0915"),
)
"""Rules that point at behaviour (errors, security, time, concurrency) or at size; none on taste or layout."""
MOST_COMPLEX, MOST_BRANCHES, MOST_STATEMENTS, MOST_PARAMETERS = 10, 12, 50, 7
ARGUMENTS: tuple[str, ...] = (
    *("check", "--isolated", "--no-cache", "--exit-zero", "--quiet", "--no-respect-gitignore", "--ignore-noqa"),
    *("--target-version", "py311", "--output-format", "json", "--select", ",".join(RULES)),
    *(
        "--config",
        f"lint.mccabe.max-complexity={MOST_COMPLEX}",
        "--config",
        f"lint.pylint.max-branches={MOST_BRANCHES}",
    ),
    *(
        "--config",
        f"lint.pylint.max-statements={MOST_STATEMENTS}",
        "--config",
        f"lint.pylint.max-args={MOST_PARAMETERS}",
    ),
)
"""Ours alone: no configuration of the submission's, and no comment in it, changes what a figure means."""

Text = Annotated[str, Field(max_length=1_200)]
Number = Annotated[int, Field(ge=0, le=10_000_000)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Lint(_Strict):
    """One diagnostic: rule, its name, and the lines it is about."""

    code: Text
    name: Text
    message: Text
    path: Text
    line: Number
    end: Number


class Unread(_Strict):
    """A file that the parser or ruff could not read, and why."""

    path: Text
    by: Text
    reason: Text
    line: Number | None = None


class SurveyedFile(_Strict):
    """One file. functions: [name, first line, last line, parameters], longest first.

    imports: [module, names, level, line, deferred]; deferred ones run in a function or for type checkers only.
    """

    path: Text
    lines: Number
    code_lines: Number
    functions: list[tuple[Text, Number, Number, Number]] = Field(max_length=400)
    function_count: Number
    classes: Number
    imports: list[tuple[Text, list[Text], Number, Number, bool]] = Field(max_length=400)
    marks: list[Number] = Field(max_length=50)
    switched_off: Number


class Survey(_Strict):
    """All that was found; `ruff` is the version that looked."""

    ruff: Text = ""
    files: list[SurveyedFile] = Field(default_factory=list, max_length=FILES)
    lint: list[Lint] = Field(default_factory=list, max_length=2_000)
    unread: list[Unread] = Field(default_factory=list, max_length=200)


def make_survey(workshop: Workshop, paths: Sequence[str]) -> tuple[Survey | None, str]:
    """Survey these Python files in a sandbox. Gives the survey, or None with a sentence on what ended it.

    Raises what the workshop raises for our own faults.
    """
    order = {"files": list(paths[:FILES]), "ruff": list(ARGUMENTS), "seconds": SECONDS}
    run = workshop.run(
        ("/usr/bin/env", "-i", "PATH=/usr/local/bin:/usr/bin:/bin", "python3", "-I", PROGRAM, ORDER, ANSWER),
        files={ORDER: json.dumps(order).encode(), PROGRAM: SCRIPT.read_bytes()},
        collect=(ANSWER,),
        limits=LIMITS,
    )
    content = run.files.get(ANSWER)
    if content is None:
        return None, _ended(run)
    return read_survey(content)


def read_survey(content: bytes) -> tuple[Survey | None, str]:
    """Read the survey's JSON: what does not fit the form is not used at all."""
    if len(content) > ANSWER_LIMIT:
        return None, "The survey of the files is larger than can be read."
    try:
        data = json.loads(content)
        # JSON knows no tuples: the rows are made into what the strict form asks for.
        for file in data["files"]:
            file["functions"] = [tuple(row) for row in file["functions"]]
            file["imports"] = [tuple(row) for row in file["imports"]]
        return Survey.model_validate(data), ""
    except (ValueError, TypeError, KeyError, RecursionError, ValidationError):
        return None, "The survey of the files came back in a form that cannot be read."


def _ended(run: Run) -> str:
    match run.ended:
        case "deadline":
            return f"The survey of the files did not end within {LIMITS.seconds} s."
        case "memory":
            return f"The survey of the files needed more than {LIMITS.memory_mib} MiB."
    return f"The survey of the files left no answer (ended: {run.ended}, exit code {run.exit_code})."
