"""The made corpus of AI usage logs: 70 logs with planted truth, each graded against a described history.

`tests/ai_logs/<id>/` holds a log as its author wrote it and `planted.toml`: how it reads, which checks have something
to say, and each claim with its truth ("true", "false", "open": nobody could tell). `histories/*.toml` describe the
work: commits with their files. Nothing is run: the tests of a commit are the functions in its files, and all of them
pass.
"""

from __future__ import annotations

import difflib
import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from graders import ai_usage_log
from graders.ai_log.own_run import Tally
from graders.ai_log.rerun import Rerun
from graders.grade import Grade, Outcome
from sandbox import Change, Commit, Hunk

CORPUS = Path(__file__).parent / "ai_logs"
TEST_COMMAND = "python -m pytest"


@dataclass(frozen=True)
class Planted:
    """One log of the corpus: its folder's name, the files of its log, and what its planted.toml says."""

    id: str
    files: Mapping[str, bytes]
    truth: Mapping[str, Any]


@cache
def corpus() -> tuple[Planted, ...]:
    """Every log of the corpus, in order."""
    found = []
    for planted in sorted(CORPUS.glob("*/planted.toml")):
        folder = planted.parent
        paths = [path for path in folder.rglob("*") if path.is_file() and path != planted]
        files = {str(path.relative_to(folder)): path.read_bytes() for path in paths}
        found.append(Planted(folder.name, files, tomllib.loads(planted.read_text(encoding="utf-8"))))
    return tuple(found)


class Work:
    """Stands in for a submission at one of its commits: what `sandbox.Submission` offers, from a described history."""

    def __init__(self, states: Sequence[Mapping[str, bytes]], commits: Sequence[Commit], at: int) -> None:
        self._states, self._commits, self._at = states, commits, at
        self._contents = states[at]
        self.commit = commits[at].id
        self.notes: tuple[Any, ...] = ()
        self.files = tuple(
            SimpleNamespace(path=path, size=len(content), is_link=False, blob=hashlib.sha1(content).hexdigest())
            for path, content in self._contents.items()
        )

    def read(self, path: str, limit: int) -> bytes | None:
        content = self._contents.get(path)
        return None if content is None else content[:limit]

    def read_many(self, paths: Sequence[str], limit: int) -> dict[str, bytes]:
        return {path: self._contents[path][:limit] for path in paths if path in self._contents}

    def commits(self, limit: int = 2_000) -> tuple[Commit, ...]:
        return tuple(self._commits[: self._at + 1][-limit:])

    def at(self, commit: str) -> Work:
        return Work(self._states, self._commits, [one.id for one in self._commits].index(commit))

    def patch(self, commit: str, paths: Sequence[str] = ()) -> tuple[Hunk, ...]:
        number = [one.id for one in self._commits].index(commit)
        before: Mapping[str, bytes] = self._states[number - 1] if number else {}
        return tuple(
            hunk
            for path, content in self._states[number].items()
            if (not paths or path in paths) and content != before.get(path, b"")
            for hunk in _hunks(path, before.get(path, b""), content)
        )

    def ai_notes(self) -> dict[str, bytes]:
        return {}

    def added_lines(self, starter: Mapping[str, bytes]) -> dict[str, set[int]]:
        return {path: set(range(1, content.count(b"\n") + 1)) for path, content in self._contents.items()}

    def tests(self, paths: Sequence[str] = ()) -> list[str]:
        """The ids of the test functions in the files, and of those that the paths select."""
        ids = [
            f"{path}::{name.decode()}"
            for path, content in self._contents.items()
            for name in re.findall(rb"(?m)^def (test_\w+)", content)
        ]
        return [one for one in ids if not paths or any(one.startswith(path.rstrip("/")) for path in paths)]


def grade_planted(planted: Planted) -> Grade:
    """The grade of a log, with the rest of its submission as its history describes it."""
    work = submission_of(planted)
    ids = work.tests()
    own = Grade(
        Outcome.PASSED,
        "",
        {"collected": len(ids), "passed": len(ids), "failed": 0},
        exhibits={"own_tests": tuple({"id": one, "outcome": "passed"} for one in ids)},
    )
    rules = SimpleNamespace(ai_usage_log_required=True, test=TEST_COMMAND)
    case: Any = SimpleNamespace(
        submission=work,
        challenge=SimpleNamespace(starter={}, handed_out={}, submission=rules),
        manifest=SimpleNamespace(test=TEST_COMMAND),
        ai_log=None,
        own_tests=lambda: own,
        open_earlier=lambda commit, seconds: work,
    )
    with _runs_of(work):
        return ai_usage_log.grade(case)


def submission_of(planted: Planted) -> Work:
    """The submission that a log belongs to."""
    history = tomllib.loads((CORPUS / "histories" / f"{planted.truth['history']}.toml").read_text(encoding="utf-8"))
    states: list[Mapping[str, bytes]] = []
    commits: list[Commit] = []
    state: dict[str, bytes] = {}
    for number, step in enumerate(history["commits"]):
        before, state = state, dict(state)
        state.update({path: text.strip().encode() + b"\n" for path, text in step.get("files", {}).items()})
        state.update({path: _filler(path, count) for path, count in step.get("lines", {}).items()})
        state.update({path: _test_file(names) for path, names in step.get("tests", {}).items()})
        if step.get("log"):
            state.update(planted.files)
        states.append(state)
        commits.append(_commit(number, step, before, state, commits))
    return Work(states, commits, len(commits) - 1)


def _commit(
    number: int, step: Mapping[str, Any], before: Mapping[str, bytes], after: Mapping[str, bytes], earlier: list[Commit]
) -> Commit:
    when: datetime = step["when"]
    changes = tuple(
        Change(path, content.count(b"\n"), before.get(path, b"").count(b"\n"))
        for path, content in after.items()
        if content != before.get(path)
    )
    identifier = (step["id"] + hashlib.sha1(step["subject"].encode()).hexdigest())[:40]
    parents = (earlier[-1].id,) if earlier else ()
    return Commit(
        identifier, "Sam", "sam@example.org", when, when, step["subject"], step.get("body", ""), parents, changes
    )


def _filler(path: str, count: int) -> bytes:
    return "".join(f"# {path}, line {number}\n" for number in range(1, count + 1)).encode()


def _test_file(names: Sequence[str]) -> bytes:
    return "".join(f"def {name}():\n    assert True\n\n\n" for name in names).encode()


def _hunks(path: str, before: bytes, after: bytes) -> Iterator[Hunk]:
    old, new = before.decode().splitlines(), after.decode().splitlines()
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            yield Hunk(path, c + 1, tuple(old[a:b]), tuple(new[c:d]))


@contextmanager
def _runs_of(work: Work) -> Iterator[None]:
    """Put in the place of git and of the sandbox what the history says: a run passes every test there is."""

    def run(self: Any, commit: str, invocation: Any) -> Rerun:
        chosen = work.at(commit).tests(invocation.paths)
        told = Rerun(commit, invocation.text, None)
        if invocation.words or not chosen:
            return replace(told, trouble="pytest ran no test")
        return replace(told, tally=Tally(len(chosen), len(chosen), 0))

    with (
        patch("graders.ai_log.counts.at_commit", lambda submission, commit: submission.at(commit)),
        patch("graders.ai_log.rerun.Reruns._run", run),
    ):
        yield
