"""A grading in a process of its own, brought to one of its steps; what it said, how it ended, and what it left."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from repositories import Content
from tiny_pack import PROGRAM, make_pack, make_submission

from graders.grade import Outcome
from reports import Report
from sandbox.engine import Engine

ROOT = Path(__file__).parent.parent
STEP_SECONDS = 90.0
KEPT = ("environments", "images", "programs", "uv")
SLOW_GIT = """#!/bin/sh
for word in "$@"; do
    if [ "$word" = fetch ]; then echo $$ > {told}; exec sleep 60; fi
done
PATH={path} exec git "$@"
"""


@dataclass(frozen=True)
class Ending:
    """How a grading ended: its exit code, its own lines ("harness: ..."), and its report, if it wrote one."""

    code: int
    told: tuple[str, ...]
    report: Report | None
    said: str

    @property
    def line(self) -> str:
        """What a person reads of it first: the one line, or why a grade could not be made."""
        if self.told or self.report is None:
            return "; ".join(self.told)
        unsure = [grade.summary for grade in self.report.grades.values() if grade.outcome is Outcome.ERROR]
        return unsure[0] if unsure else self.report.grades["hidden_tests"].summary


@dataclass
class Grading:
    """A `harness grade` of its own process and cache; `lines` are what it has said on stderr so far."""

    process: subprocess.Popen[str]
    folder: Path
    cache: Path
    engine: Engine
    lines: list[str] = field(default_factory=list)

    @property
    def out(self) -> Path:
        return self.folder / "out"

    @property
    def run_id(self) -> str:
        return next((path.name for path in self.runs if not path.name.startswith(".")), "none")

    @property
    def runs(self) -> list[Path]:
        return list((self.cache / "runs").iterdir()) if (self.cache / "runs").is_dir() else []

    def heard(self, words: str) -> bool:
        return any(words in line for line in self.lines)

    def containers(self, role: str) -> list[str]:
        """The ids of this run's running containers of a role."""
        mine = {"label": [f"harness.run={self.run_id}", f"harness.role={role}"], "status": "running"}
        return [str(one["Id"]) for one in self.engine.call("looking", lambda api: api.containers(filters=mine))]

    def running(self, role: str) -> int:
        return len(self.containers(role))

    def programs(self) -> list[str]:
        """The ids of the sandboxes that share an examiner's network: the program, and the one for its next start."""
        mine = {"label": [f"harness.run={self.run_id}", "harness.role=sandbox"], "status": "running"}
        found = self.engine.call("looking", lambda api: api.containers(filters=mine))
        return [str(one["Id"]) for one in found if one["HostConfig"]["NetworkMode"].startswith("container:")]

    def wait_for(self, what: Callable[[], bool]) -> None:
        ends = time.monotonic() + STEP_SECONDS
        while not what():
            assert self.process.poll() is None, self.lines
            assert time.monotonic() < ends, self.lines
            time.sleep(0.05)

    def ended(self, seconds: float, *, rest: bool = False) -> Ending:
        """Wait for its end, so long at the most, and hold what holds of every end, whatever the fault was.

        A report is whole or not there, and so is its folder; exit codes agree with it; no traceback. `rest`: whether a
        folder of the run may stay, for the next sweep.
        """
        code = self.process.wait(seconds)
        time.sleep(0.1)  # its last lines come through a thread
        said = "".join(self.lines)
        assert "Traceback" not in said
        told = tuple(line.strip() for line in self.lines if line.startswith("harness: "))
        there = sorted(path.name for path in self.out.iterdir()) if self.out.is_dir() else []
        report = None
        if code in (0, 1):
            assert there == ["report.html", "report.json", "report.md"], said
            report = Report.model_validate_json((self.out / "report.json").read_bytes())
            assert report.complete == (code == 0), said
        else:
            assert (code in (2, 3, 4, 130), there, len(told)) == (True, [], 1), said
        assert rest or self.runs == []
        return Ending(code, told, report, said)


def nobody_failed(report: Report) -> None:
    """Hold that none of what runs the submission failed it, and that nothing passed without its evidence.

    The tiny submission is right in all, so that whatever fails here fails for a fault that is not its own.
    """
    for name in ("hidden_tests", "own_tests", "design"):
        assert report.grades[name].outcome is not Outcome.FAILED, report.grades[name]
        told = [finding for finding in report.grades[name].findings if finding.outcome is Outcome.FAILED]
        assert not told, told
    exam, own = report.grades["hidden_tests"], report.grades["own_tests"]
    assert exam.outcome is Outcome.ERROR or exam.measures["passed"] == exam.measures["total"] == 2, exam
    assert own.outcome is Outcome.ERROR or own.measures["passed"] == own.measures["collected"] == 1, own


def left_of(engine: Engine, run_id: str = "") -> list[str]:
    """What carries the run's label on the engine (or any run's): containers, volumes, networks."""
    mine = {"label": f"harness.run={run_id}" if run_id else "harness.run"}

    def look(api: Any) -> list[str]:
        found = [str(one["Names"]) for one in api.containers(all=True, filters=mine)]
        found += [str(one["Name"]) for one in api.volumes(filters=mine)["Volumes"] or ()]
        return found + [str(one["Name"]) for one in api.networks(filters=mine)]

    return engine.call("looking", look)


def environment_of(folder: Path, cache: Path, address: str | None = None) -> dict[str, str]:
    """The variables of a harness in a process of its own; `address` is another engine's."""
    engine = {name: os.environ[name] for name in os.environ if name.startswith("DOCKER_")}
    if address:
        engine["DOCKER_HOST"] = address
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PYTHONPATH": str(ROOT),
        "HARNESS_CACHE": str(cache),
    } | engine


def share(cache: Path, cache_folder: Path, fresh: Sequence[str] = ()) -> Path:
    """A cache of its own for runs, which shares what is dear with the user's, but for what is to be made afresh."""
    cache.mkdir(exist_ok=True)
    for name in set(KEPT) - set(fresh):
        (cache_folder / name).mkdir(exist_ok=True)
        if not (cache / name).exists():
            (cache / name).symlink_to(cache_folder / name)
    return cache


def with_our_tools(cache: Path, cache_folder: Path) -> Path:
    """A cache that has our tools, and in which a submission's dependencies are not yet installed."""
    (cache / "environments").mkdir(parents=True)
    for environment in (cache_folder / "environments").iterdir():
        if not environment.name.startswith("."):
            (cache / "environments" / environment.name).symlink_to(environment)
    return cache


@contextmanager
def grading(
    step: str,
    folder: Path,
    cache_folder: Path,
    engine: Engine,
    *,
    seconds: float = 50,
    changes: Mapping[str | bytes, Content] | None = None,
    variables: Mapping[str, str] | None = None,
    prefix: Sequence[str] = (),
    before: str = "",
    arguments: Sequence[str] = (),
    fresh: Sequence[str] = (),
    exam_seconds: int = 120,
    reference: bool = True,
    **streams: Any,
) -> Iterator[Grading]:
    """A grading that has come to `step` ("" for none), and would stay there for `seconds`.

    `variables` are laid over its environment, `prefix` is what runs it, and `before` is Python that it runs first;
    `fresh` are parts of the cache that it does not share with the user's. `streams` go to Popen.
    """
    cache = share(folder / "cache", cache_folder, ("environments",) if step == "prepare" else fresh)
    environment = environment_of(folder, cache, engine.address) | (variables or {})
    mine: dict[str | bytes, Any] = {**(changes or {})}
    if step == "fetch":
        (folder / "bin").mkdir(exist_ok=True)
        slow = folder / "bin" / "git"
        slow.write_text(SLOW_GIT.format(told=folder / "git.pid", path=environment["PATH"]))
        slow.chmod(0o755)
        environment["PATH"] = f"{folder / 'bin'}:{environment['PATH']}"
    if step == "control":
        mine["program.py"] = PROGRAM.replace('b"hello"', 'b"good-bye"')
    if step == "own_tests":
        mine["tests/test_program.py"] = f"import time\n\n\ndef test_long():\n    time.sleep({seconds})\n"
    packs, them = folder / "packs", folder / "them"
    if not packs.exists():
        stay = 0 if step == "own_tests" else seconds
        make_pack(packs, seconds=stay, reference=reference, exam_seconds=exam_seconds)
    if not them.exists():
        make_submission(them, mine)
    harness = ["-c", f"{before}\nfrom harness.cli import main\nmain()"] if before else ["-m", "harness"]
    command = [*prefix, sys.executable, *harness, "grade", str(them), "--challenge", "tiny"]
    command += ["--challenges", str(packs), "--out", str(folder / "out"), "-v", *arguments]
    # Under nohup SIGHUP is ignored, and the harness keeps what it finds ignored: here it must find it as usual.
    hangup = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    options: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, **streams}
    process = subprocess.Popen(command, cwd=folder, env=environment, text=True, **options)
    signal.signal(signal.SIGHUP, hangup)
    one = Grading(process, folder, cache, engine)
    reader = threading.Thread(target=lambda: one.lines.extend(iter(process.stderr.readline, "")), daemon=True)  # type: ignore[union-attr]
    if process.stderr is not None:
        reader.start()
    come = {
        "": lambda: True,
        "fetch": (folder / "git.pid").exists,
        "prepare": lambda: one.running("prepare") > 0,
        "exam": lambda: one.heard("· hidden tests") and len(one.programs()) > 1,
        "own_tests": lambda: one.heard("✓ hidden tests") and one.running("sandbox") > 0,
        "control": lambda: one.heard("✓ the reference") and len(one.programs()) > 1,
    }
    try:
        one.wait_for(come[step])
        yield one
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait()
        if process.stderr is not None:
            reader.join(5)
            process.stderr.close()


def plain(text: str) -> str:
    """A line of the harness without what differs from run to run: folders of tests, names of runs, lengths of time."""
    text = re.sub(r"/tmp/[\w./-]*?(?=[\s:,;()]|$)", "…", text)
    text = re.sub(r"harness-[0-9a-f]{12}-", "harness-…-", text)
    return re.sub(r"[0-9a-f]{40,64}", "…", text)
