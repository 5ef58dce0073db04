"""The runtime that starts the sandboxes: chosen by whoever grades, and trusted once it was measured."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from private_engine import WHY_NOT, PrivateEngine
from tiny_pack import make_pack, make_submission

from harness.failure import failing_as_one_line
from reports import Report
from sandbox import runtime
from sandbox.engine import Engine, Identity, SandboxError
from sandbox.images import Image
from sandbox.measure import Measured, look_inside
from sandbox.profile import Limits
from sandbox.run import run
from sandbox.runtime import RuntimeUnknownError, chosen, settle, unkept

SOUND = tuple(Measured(name, held=True, detail="as it should be") for name in sorted(runtime.BINDING))
WEAK = (Measured("forks bounded", held=False, detail="64 processes could be started, the limit is 32"), *SOUND[1:])


def engine_with(process: str = "1:1", default: str = "runc", **info: Any) -> Engine:
    """An engine as far as it is asked here; it knows the runtimes runc and guest."""
    told = SimpleNamespace(
        runtime="",
        default_runtime=default,
        info={
            "Runtimes": {"runc": {"path": "runc"}, "guest": {"path": "/bin/runsc"}},
            "ServerVersion": "20.10",
            **info,
        },
        identity=lambda: Identity("ENGINE", process),
    )
    return cast(Engine, told)


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The runtimes that were measured, in order; all are sound but the one named in $WEAK."""
    asked: list[str] = []

    def look(engine: Engine, image: object, name: str) -> tuple[Measured, ...]:
        asked.append(name)
        return WEAK if name == os.environ.get("WEAK") else SOUND

    monkeypatch.setattr(runtime, "look_inside", look)
    monkeypatch.setattr(runtime, "provide", lambda *_: None)
    return asked


def silent(_: str) -> None:
    """Told nothing."""


def test_a_runtime_is_chosen_by_option_or_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The option first, the setting next; neither, or the default's own name, is the engine's default."""
    assert chosen(engine_with()) == ""
    assert chosen(engine_with(), "runc") == ""
    assert chosen(engine_with(), "guest") == "guest"
    monkeypatch.setenv("HARNESS_RUNTIME", "guest")
    assert chosen(engine_with()) == "guest"
    assert chosen(engine_with(default="guest")) == ""
    assert chosen(engine_with(), "runc") == ""


@pytest.mark.parametrize("name", ["runsc", "../runsc", "gue\x1b[31mst", "x" * 500])
def test_an_unknown_runtime_is_the_users_to_mend(name: str) -> None:
    """It is told what the engine has and what to do, in one line and as exit code 2, before anything is run."""
    with pytest.raises(RuntimeUnknownError, match=r"it has guest, runc.*daemon\.json.*HARNESS_RUNTIME") as wrong:
        chosen(engine_with(), name)
    assert "\x1b" not in str(wrong.value)
    assert len(str(wrong.value)) < 400

    with pytest.raises(SystemExit) as left, failing_as_one_line():
        raise wrong.value
    assert left.value.code == 2


def test_a_sound_engine_is_measured_once(measured: list[str]) -> None:
    """The second grading asks nothing; a restarted engine, another runtime or other settings are measured anew."""
    assert settle(engine_with(), silent) == ()
    assert settle(engine_with(), silent) == ()
    assert measured == [""]

    settle(engine_with(process="2:9"), silent)
    assert measured == ["", ""]
    engine = engine_with()
    notes = settle(engine, silent, wanted="guest")
    assert measured == ["", "", "guest"]
    assert engine.runtime == "guest"
    assert len(notes) == 1
    assert "under the runtime guest" in notes[0]
    assert "exam" in notes[0]
    assert "runc" in notes[0]
    settle(engine_with(Runtimes={"runc": {"path": "/tmp/other"}}), silent)
    assert measured == ["", "", "guest", ""]


def test_a_measure_is_trusted_for_a_day(measured: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """An old mark, one from the future and one that can't be read are no marks; old ones are removed."""
    unkept(engine_with(), "", silent)
    folder = runtime.cache_root() / "measured"
    [mark] = folder.glob("*.json")
    for content in (f'{{"at": {time.time() - 90_000}}}', f'{{"at": {time.time() + 900}}}', "{", '{"at": []}', ""):
        mark.write_text(content)
        unkept(engine_with(), "", silent)
    assert measured == [""] * 6

    os.utime(mark, (1, 1))
    unkept(engine_with(process="3:3"), "", silent)
    assert not mark.exists()


def test_a_runtime_without_limits_is_refused(measured: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named with what it did not keep and what to do; nothing is remembered, so that mending it helps at once."""
    monkeypatch.setenv("WEAK", "guest")
    for _ in range(2):
        with pytest.raises(SandboxError, match=r"guest does not keep.*forks bounded: no.*--allow-weak-sandbox"):
            settle(engine_with(), silent, wanted="guest")
    assert measured == ["", "guest", "guest"]

    monkeypatch.setenv("WEAK", "")
    with pytest.raises(SandboxError, match=r"the runtime runc does not keep"):
        settle(engine_with(process="4:4"), silent)


@pytest.mark.parametrize("by_option", [True, False])
def test_who_grades_may_allow_it_and_the_report_says_so(
    by_option: bool, measured: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the option or the setting it goes on, with a note for the report that is said aloud as well."""
    monkeypatch.setenv("WEAK", "guest")
    if not by_option:
        monkeypatch.setenv("HARNESS_ALLOW_WEAK_SANDBOX", "1")
    said: list[str] = []
    notes = settle(engine_with(), said.append, wanted="guest", weak=by_option)

    assert notes[1:] == tuple(said)
    assert re.match(r"Weak sandbox, allowed by whoever graded: the runtime guest did not keep .*64 processes", said[0])


def test_a_submission_says_nothing_of_the_runtime() -> None:
    """The choice is whoever grades': no name of it is read from a manifest or another file of the submission."""
    from sandbox.manifest import Manifest

    assert not {"runtime", "weak"} & {*Manifest.__dataclass_fields__}


# A second engine, with runtimes of the tests' own

WRAPPER = """#!/usr/bin/python3 -IS
import json, os, sys
if "create" in sys.argv:
    path = os.path.join(sys.argv[sys.argv.index("--bundle") + 1], "config.json")
    with open(path) as file: told = json.load(file)
    with open({log!r}, "a") as file: file.write(told["hostname"] + "\\n")
    for name in {dropped!r}: told["linux"]["resources"].pop(name, None)
    with open(path, "w") as file: json.dump(told, file)
os.execv({runc!r}, ["runc", *sys.argv[1:]])
"""


class RuntimesEngine(PrivateEngine):
    """A private engine with more runtimes, most of which are runc in the end.

    `harness-test` is runc by another name, `weak` one that drops the limits, `broken` a program that fails. Two more
    need gVisor: `guest`, and `weak-guest`, which ignores control groups.
    """

    GUEST = "exec runsc --platform=ptrace --network=none"
    """Works in virtual machines too; a network of its own is not needed."""

    @property
    def command(self) -> list[str]:
        names = {name: self.folder / name for name in ("harness-test", "weak", "broken")}
        guests = {name: self.folder / f"runsc-{name}" for name in ("guest", "weak-guest")}
        return [*super().command, *(f"--add-runtime={name}={path}" for name, path in {**names, **guests}.items())]

    def write_runtimes(self) -> None:
        runc = shutil.which("runc") or "/usr/sbin/runc"
        for name, dropped in (("harness-test", ()), ("weak", ("memory", "pids", "cpu"))):
            log = str(self.folder / f"{name}.log")
            (self.folder / name).write_text(WRAPPER.format(log=log, dropped=dropped, runc=runc))
        (self.folder / "broken").write_text("#!/bin/sh\necho broken >&2; exit 1\n")
        (self.folder / "runsc-guest").write_text(f'#!/bin/sh\n{self.GUEST} "$@"\n')
        (self.folder / "runsc-weak-guest").write_text(f'#!/bin/sh\n{self.GUEST} --ignore-cgroups "$@"\n')
        for name in ("harness-test", "weak", "broken", "runsc-guest", "runsc-weak-guest"):
            (self.folder / name).chmod(0o755)

    def started(self, name: str) -> list[str]:
        """The host names of the containers that a runtime has started."""
        path = self.folder / f"{name}.log"
        return path.read_text().split() if path.exists() else []


@pytest.fixture(scope="module")
def runtimes(python_image: Image, examiner_image: Image) -> Iterator[RuntimesEngine]:
    """The second engine, with the images that a grading needs."""
    if os.geteuid() != 0 or shutil.which("dockerd") is None or shutil.which("runc") is None:
        pytest.skip(WHY_NOT)
    engine = RuntimesEngine(Path(tempfile.mkdtemp(prefix="he-", dir="/tmp")))
    try:
        engine.write_runtimes()
        engine.start()
        engine.load([python_image.name, examiner_image.name])
        yield engine
    finally:
        engine.remove()


@pytest.mark.docker
def test_a_sandbox_starts_under_the_runtime(runtimes: RuntimesEngine, python_image: Image) -> None:
    """What the run's engine names starts its sandboxes, with every limit still asked for; else the default does."""
    with runtimes.connect() as engine:
        before = len(runtimes.started("harness-test"))
        assert run(engine, python_image, "true", limits=Limits(seconds=10)).exit_code == 0
        assert len(runtimes.started("harness-test")) == before
        engine.runtime = chosen(engine, "harness-test")
        assert run(engine, python_image, "true", limits=Limits(seconds=10)).exit_code == 0
        assert runtimes.started("harness-test")[before:] == ["sandbox"]
        assert engine.facts()["runtime"] == "harness-test"
        assert engine.facts()["exam_runtime"] == "runc"


@pytest.mark.docker
def test_only_a_runtime_that_drops_limits_is_found_out(runtimes: RuntimesEngine) -> None:
    """Measured for real: runc by another name is sound, and the one that leaves the limits away is not."""
    with runtimes.connect() as engine:
        assert unkept(engine, "harness-test", silent) == ()
        assert {one.name for one in unkept(engine, "weak", silent)} == {"forks bounded", "memory bounded"}


@pytest.mark.docker
def test_a_runtime_that_fails_is_our_trouble(runtimes: RuntimesEngine) -> None:
    """It can't start anything: a refusal with the engine's own words, and never "sound"."""
    with runtimes.connect() as engine, pytest.raises(SandboxError, match="starting the sandbox container"):
        unkept(engine, "broken", silent)


Grade = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def grade(runtimes: RuntimesEngine, tmp_path: Path) -> Grade:
    """Grades a tiny submission on the second engine, as a user would."""
    packs = make_pack(tmp_path / "packs")
    repository = make_submission(tmp_path / "submission")

    def grade_it(*options: str) -> subprocess.CompletedProcess[str]:
        import sys

        command = [sys.executable, "-m", "harness", "grade", str(repository), "--challenge", "tiny", *options]
        command += ["--challenges", str(packs), "--out", str(tmp_path / "out")]
        surroundings = {**os.environ, "DOCKER_HOST": runtimes.address}
        return subprocess.run(command, capture_output=True, text=True, timeout=120, env=surroundings)

    return grade_it


@pytest.mark.docker
def test_grading_refuses_what_it_should(grade: Grade, runtimes: RuntimesEngine, tmp_path: Path) -> None:
    """A runtime that the engine does not have is exit 2, one without limits exit 3; neither starts the submission."""
    unknown = grade("--runtime", "no-such-runtime")
    assert unknown.returncode == 2
    assert "no-such-runtime" in unknown.stderr
    weak = grade("--runtime", "weak")
    assert weak.returncode == 3
    assert "--allow-weak-sandbox" in weak.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.docker
def test_a_weak_sandbox_that_was_allowed_is_in_the_report(
    grade: Grade, runtimes: RuntimesEngine, tmp_path: Path
) -> None:
    """The grading is complete; own tests ran under the runtime, the exam under the default; all of it is told."""
    before = len(runtimes.started("weak"))
    done = grade("--runtime", "weak", "--allow-weak-sandbox")
    assert done.returncode == 0, done.stderr
    report = Report.model_validate_json((tmp_path / "out" / "report.json").read_bytes())
    notes = " ".join(report.provenance.notes)

    assert report.provenance.engine["runtime"] == "weak"
    assert report.provenance.engine["exam_runtime"] == "runc"
    assert "Weak sandbox, allowed by whoever graded: the runtime weak did not keep its limits" in notes
    assert "the exam, whose sandbox shares the examiner" in notes
    assert "Weak sandbox, allowed by whoever graded" in (tmp_path / "out" / "report.html").read_text()
    started = runtimes.started("weak")[before:]
    assert len(started) >= 2  # the measure, and the own tests
    assert set(started) == {"sandbox"}
    assert (
        json.loads((tmp_path / "out" / "report.json").read_text())["grades"]["hidden_tests"]["measures"]["passed"] == 2
    )


@pytest.mark.docker
@pytest.mark.skipif(shutil.which("runsc") is None, reason="gVisor is not installed (Debian's package runsc)")
def test_gvisor_keeps_its_limits_or_is_found_out(runtimes: RuntimesEngine, python_image: Image) -> None:
    """Our launcher works under gVisor's kernel, with all its refusals; told to ignore control groups, it is refused."""
    with runtimes.connect() as engine:
        found = {one.name: one.held for one in look_inside(engine, python_image, "guest")}
        instead = {name: held for name, held in found.items() if held is not True}
        assert instead == {"inodes bounded": None, "socket memory bounded": None}  # its own memory bounds both
        broken = {one.name for one in unkept(engine, "weak-guest", silent)}
        assert broken == {"forks bounded", "memory bounded"}
        engine.runtime = "guest"
        done = run(engine, python_image, "cat /proc/version; python3 -m this | head -1", limits=Limits(seconds=20))
        assert done.exit_code == 0
        assert "Zen of Python" in done.output
