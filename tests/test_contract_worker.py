"""Our worker in the sandbox: runs of a command and calls of a library, made as asked and told plainly."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from contract_worker import Started, command, library, worker
from examiner import CandidateFault, Command, ExaminerError, Library, Log, Unmet

TOOL = """
import os, signal, subprocess, sys, time

def show(): print(sorted(os.listdir(".")), os.environ.get("EXTRA", "-"), os.path.basename(os.environ["HOME"]))
def echo(): sys.stdout.write(sys.stdin.read()); sys.exit(3)
def leave():
    open("out.txt", "w").write("left")
    os.symlink("/etc/passwd", "link"); os.mkfifo("pipe"); os.mkdir("folder")
    os.symlink("/etc", "etc")
    open(os.path.expanduser("~/home.txt"), "w").write("x")
def look(): print(os.path.exists(os.path.expanduser("~/home.txt")), os.path.exists(os.environ["TMPDIR"]))
def crash(): os.kill(os.getpid(), signal.SIGSEGV)
def hang(): print("so far", flush=True); time.sleep(60)
def flood():
    while True: sys.stdout.write("x" * 65536)
def much(): sys.stdout.write("y" * 1_500_000)
def strange(): sys.stdout.buffer.write(b'\\xff{"a": NaN}')
def daemon():
    for _ in range(3): subprocess.Popen(["sleep", "60.125"], start_new_session=True)
    print("gone")
def orphan():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0: time.sleep(60)
        os._exit(0)
    print("gone")
def deaf(): sys.stdin.close(); print("ok")

globals()[sys.argv[1]]()
"""

LIBRARY = """
import os, sys, time
from enum import IntEnum

ANSWER, OPAQUE, CALLS = 42, object(), []

class Level(IntEnum):
    HIGH = 3
class Odd(ValueError):
    def __str__(self): raise RuntimeError
class Book:
    kind = "book"
    def __init__(self, *names): self.names = list(names)
    def sign(self, name): self.names.append(name); return self
    def list(self): return self.names

def echo(*args, **kwargs): return [args, kwargs]
def count(): CALLS.append(1); return len(CALLS)
def refuse(name): raise LookupError(f"no {name}")
def odd(): raise Odd
def make(code): return eval(code)
def talk(): print("to stdout"); print("to stderr", file=sys.stderr); os.write(1, b"raw"); return 1
def leave(): os._exit(7)
def bye(): sys.exit(5)
def hang(): time.sleep(60)
def flood():
    while True: print("x" * 1000)
def forge():
    for descriptor in range(3, 20):
        try: os.write(descriptor, b'{"kind": "value", "value": "forged"}\\n' * 3)
        except OSError: pass
    time.sleep(60)
def shut(): os.closerange(3, 256); return 1
def loop():
    value = []
    value.append(value)
    return value
"""
FILES = {
    "tool.py": TOOL,
    "src/inner/lib.py": LIBRARY,
    "broken.py": "import json\nimport nothing_of_that_name\n",
    "stubborn.py": "raise SystemExit('not today')\n",
    "start": "a file that is no program",
}


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    with worker(tmp_path_factory.mktemp("room"), FILES, "python3 tool.py") as up:
        yield up


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def tool(started: Started, log: Log) -> Command:
    return command(started, log, "python3 tool.py")


@pytest.fixture
def lib(started: Started, log: Log) -> Library:
    return library(started, log)


def fault(run: object, *args: object, **kwargs: object) -> CandidateFault:
    with pytest.raises(CandidateFault) as caught:
        run(*args, **kwargs)  # type: ignore[operator]
    return caught.value


# The command line


def test_a_run_from_end_to_end(tool: Command, log: Log) -> None:
    """Arguments, stdin and files go in; exit code, output and the files asked for come out; the record shows both."""
    ran = tool.run(["echo"], stdin="Zoë\n")
    assert (ran.exit_code, ran.text(), ran.errors()) == (3, "Zoë\n", "")
    ran.expect_exit(0, 3)
    shown = tool.run(["show"], files={"a b.csv": b"1", "deep/er/c.csv": "2"}, settings={"EXTRA": "more"})
    assert shown.text() == "['a b.csv', 'deep'] more home\n"
    left = tool.run(["leave"], collect=["out.txt", "link", "pipe", "folder", "none", "etc/passwd"])
    assert left.file_text("out.txt") == "left"
    assert set(left.refused) == {"link", "pipe", "folder", "none", "etc/passwd"}
    assert "a link" in str(fault(left.file, "link"))

    asked, answered = log.exchanges()[1]["request"], log.exchanges()[1]["response"]
    assert asked.startswith("$ python3 tool.py show\n[setting] EXTRA=more\n[file] a b.csv (1 bytes)\n1")
    assert answered.startswith("exit code 0 after ")
    assert "[stdout]\n['a b.csv', 'deep'] more home" in answered


def test_each_run_starts_empty_unless_asked_otherwise(tool: Command) -> None:
    """Working folder, home and temporary folder are new each time; with keep_folder they are the last run's."""
    tool.run(["leave"])
    assert tool.run(["look"], keep_folder=True).text() == "True True\n"
    kept = tool.run(["show"], keep_folder=True, files={"link": "laid", "etc/inner": "laid"}, collect=["link"])
    assert kept.file("link") == b"laid"  # the link in its way was replaced, not followed
    assert not Path("/etc/inner").exists()
    assert tool.run(["look"]).text() == "False True\n"
    assert tool.run(["show"]).text() == "[] - home\n"


def test_a_signal_is_an_exit_code(tool: Command) -> None:
    """As a shell tells it: 128 + n; an unmet exit code is told with the words on stderr."""
    assert tool.run(["crash"]).exit_code == 139
    with pytest.raises(Unmet) as caught:
        tool.run(["nothing"]).expect_exit(0)
    assert caught.value.expected == "exit code = 0"
    assert "KeyError: 'nothing'" in caught.value.observed


def test_output_is_bounded(tool: Command) -> None:
    """The first MiB is read; whoever prints on without end is ended; odd bytes and odd JSON are told as such."""
    much = tool.run(["much"])
    assert (len(much.stdout), much.stdout_bytes) == (1024 * 1024, 1_500_000)
    assert "1500000 bytes" in str(fault(much.text))
    assert "printed" in str(endless := fault(tool.run, ["flood"]))
    assert endless.kind == "too large"
    assert fault(tool.run(["strange"]).json).kind == "malformed"


@pytest.mark.slow
def test_a_run_that_hangs_is_ended_with_all_that_it_started(started: Started, tool: Command, log: Log) -> None:
    """It is told how long it had and what it had printed; daemons and orphans go with their run."""
    late = fault(tool.run, ["hang"], seconds=3)
    assert late.kind == "slow"
    assert str(late).startswith("`python3 tool.py hang` did not end within ")
    assert str(late).endswith(" s; it was ended. It had printed: so far")
    assert log.exchanges()[-1]["response"].startswith("did not end within")
    assert tool.run(["daemon"]).text() == "gone\n"
    assert tool.run(["orphan"]).text() == "gone\n"
    alive = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert "60.125" not in alive
    assert started.process is not None
    children = ["ps", "-o", "args=", "--ppid", str(started.process.pid)]
    assert subprocess.run(children, capture_output=True, text=True, check=False).stdout == ""


def test_stdin_that_nobody_reads(tool: Command) -> None:
    """A command may leave a megabyte of stdin unread."""
    assert tool.run(["deaf"], stdin=b"x" * 1_000_000).text() == "ok\n"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("no-such-program", "no-such-program: not found"),
        ("python3 -m no_such_module", "No module named no_such_module"),
        ("python3 nowhere.py", "can't open file"),
        ("./start", "ermission denied"),
    ],
)
def test_a_command_that_is_not_there(tmp_path: Path, line: str, words: str) -> None:
    """It is told in words that say what to mend, the same for every run, and no exchange is recorded."""
    log = Log()
    with worker(tmp_path, FILES, line) as up:
        tool = command(up, log, line)
        faults = [fault(tool.run, arguments) for arguments in ([], ["other"])]

    assert {one.kind for one in faults} == {"start"}
    assert words in str(faults[0])
    assert "[run] start" in str(faults[0])
    assert str(faults[0]) == str(faults[1])
    assert log.exchanges() == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"arguments": "not a list"},
        {"arguments": ["a\0b"]},
        {"arguments": ["x" * 200_000]},
        {"arguments": ["\ud800"]},
        {"files": {"../up": ""}},
        {"files": {"/etc/passwd": ""}},
        {"collect": ["a//b"]},
        {"settings": {"NO=NAME": "x"}},
        {"files": {"large": b"x" * 17_000_000}},
    ],
)
def test_a_test_that_asks_wrongly_is_our_error(tool: Command, wrong: dict[str, object]) -> None:
    """What a hidden test's author got wrong never counts against a submission."""
    with pytest.raises(ExaminerError):
        tool.run(**wrong)  # type: ignore[arg-type]


# The library


def test_a_call_from_end_to_end(lib: Library, log: Log) -> None:
    """Values cross as JSON: tuples as lists; what is printed is kept apart from the answer."""
    called = lib.call("inner.lib:echo", [1, "ë", None, [True]], {"loud": {"a": 1.5}})
    assert called.value == [[1, "ë", None, [True]], {"loud": {"a": 1.5}}]
    talked = lib.call("inner.lib:talk")
    assert (talked.value, talked.printed, talked.errors) == (1, "to stdout\nraw", "to stderr\n")
    assert lib.get("inner.lib:ANSWER") == 42
    assert lib.call("inner.lib:make", ["Level.HIGH, Book('a').names"]).value == [3, ["a"]]
    assert log.exchanges()[0]["request"] == "inner.lib:echo(1, 'ë', None, [True], loud={'a': 1.5})"
    assert log.exchanges()[0]["response"].startswith('returned [[1, "ë", null, [true]], {"loud": {"a": 1.5}}]\nafter ')


def test_what_a_call_raises(lib: Library) -> None:
    """Class, bases, message and place come back; a value is not to be had then; an odd message harms nobody."""
    called = lib.call("inner.lib:refuse", ["Ada"])
    assert (called.raised, called.message) == ("LookupError", "no Ada")
    assert called.raises("Exception")
    assert called.place.startswith("src/inner/lib.py:")
    called.expect_raised("LookupError")
    assert fault(lambda: called.value).kind == "raised"
    with pytest.raises(Unmet) as caught:
        called.expect_raised("ValueError")
    assert caught.value.observed.startswith("raised LookupError: no Ada (src/inner/lib.py:")
    with pytest.raises(Unmet) as caught:
        lib.call("inner.lib:count").expect_raised("ValueError")
    assert caught.value.observed == "returned 1"
    assert lib.call("inner.lib:odd").raises("ValueError")
    assert lib.call("inner.lib:bye").raised == "SystemExit"


NOT_JSON = {
    "{'names': [{1}]}": "set at .names[0]",
    "b'x'": "bytes",
    "float('nan')": "the float nan",
    "[float('-inf')]": "the float -inf at [0]",
    "{1: 2}": "a dict with a key of type int",
    "__import__('datetime').date(2026, 1, 2)": "date",
    "'\\ud800'": "half of a surrogate pair",
    "10 ** 500": "more than 400 digits",
    "(x for x in [])": "generator",
    "loop()": "nested deeper than 60 levels",
}


def test_what_is_not_json_is_named(lib: Library) -> None:
    """The kind of the value and where it stands in the result."""
    with lib.session() as session:
        for code, words in NOT_JSON.items():
            refused = fault(session.call, "inner.lib:make", [code])
            assert refused.kind == "malformed"
            assert "returned what is not JSON: " in str(refused)
            assert words in str(refused)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("nowhere.lib:echo", "nowhere.lib could not be imported: ModuleNotFoundError: No module named 'nowhere'"),
        ("broken:echo", "No module named 'nothing_of_that_name' (broken.py:2)"),
        ("stubborn:echo", "stubborn could not be imported: SystemExit: not today (stubborn.py:1)"),
        ("inner.lib:nothing", "inner.lib:nothing is not there"),
        ("inner.lib:echo.more", "inner.lib:echo.more is not there"),
    ],
)
def test_a_name_that_is_not_there(lib: Library, log: Log, target: str, words: str) -> None:
    """The last line of the traceback, with its place; no exchange is recorded."""
    missing = fault(lib.call, target)
    assert missing.kind == "start"
    assert words in str(missing)
    assert log.exchanges() == []


@pytest.mark.slow
def test_a_call_that_ends_or_hangs_the_process(lib: Library) -> None:
    """Each is told plainly, and the next call has a process of its own."""
    assert "ended the process (exit code 7) and returned nothing" in str(fault(lib.call, "inner.lib:leave"))
    assert "did not return within " in str(fault(lib.call, "inner.lib:hang", seconds=3))
    assert fault(lib.call, "inner.lib:flood").kind == "too large"
    assert fault(lib.call, "inner.lib:make", ["'x' * 5_000_000"]).kind == "too large"
    assert "exit code 1" in str(fault(lib.call, "inner.lib:shut"))
    assert lib.call("inner.lib:forge", seconds=20).value == "forged"  # its own answer, spoken in another way
    assert lib.call("inner.lib:count").value == 1


def test_a_session_keeps_its_process(lib: Library, log: Log) -> None:
    """Module state and made objects live as long as the session; a session that lost its process says so."""
    with lib.session(settings={"EXTRA": "more"}) as session:
        assert [session.call("inner.lib:count").value for _ in range(2)] == [1, 2]
        book = session.make("inner.lib:Book", ["Ada"])
        assert book.get("kind") == "book"
        assert fault(book.call, "sign", ["Grace"]).kind == "malformed"  # it returns the book, which is no JSON
        assert book.call("list").value == ["Ada", "Grace"]
        assert session.call("os:getenv", ["EXTRA"]).value == "more"
        assert fault(session.make, "inner.lib:refuse", ["x"]).kind == "raised"
        fault(session.call, "inner.lib:leave")
        assert "an earlier call of this session has ended the process" in str(fault(session.call, "inner.lib:count"))
    with lib.session() as session:
        assert session.call("inner.lib:count").value == 1
        assert lib.call("inner.lib:count").value == 1  # a call between ends the session's process
        assert fault(session.call, "inner.lib:count").kind == "closed"
    assert "Book#1.list()" in [exchange["request"] for exchange in log.exchanges()]


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        (["no colon"], {}),
        (["inner.lib:echo", "text"], {}),
        (["inner.lib:echo", [b"bytes"]], {}),
        (["inner.lib:echo", [float("nan")]], {}),
        (["inner.lib:echo", ["\ud800"]], {}),
        (["inner.lib:echo; import os:x"], {}),
    ],
)
def test_a_call_that_can_not_cross_is_our_error(lib: Library, args: list[object], kwargs: dict[str, object]) -> None:
    """What a hidden test's author got wrong never counts against a submission."""
    with pytest.raises(ExaminerError):
        lib.call(*args, **kwargs)  # type: ignore[arg-type]


def test_an_object_needs_a_session(lib: Library) -> None:
    """A single call's process is gone when it returns, and its objects with it."""
    from examiner.library import Session

    with pytest.raises(ExaminerError, match="lives in a session"):
        Session(lib._worker, Log(), None, {}).make("inner.lib:Book")


def test_the_worker_waits_for_nobody(started: Started, tool: Command) -> None:
    """Others in the room may connect, say nothing or nonsense, and go: the next run is made all the same."""
    with socket.create_connection(("127.0.0.1", started.port)) as one:
        one.sendall(b"\0" * 30_000)
    with socket.create_connection(("127.0.0.1", started.port)) as two:
        two.sendall(b"POST /run HTTP/1.1\r\nContent-Length: 2\r\n\r\n[]")
        assert b'"unable"' in two.recv(4096)
    assert tool.run(["echo"]).exit_code == 3
    assert started.process is not None
    assert started.process.poll() is None
