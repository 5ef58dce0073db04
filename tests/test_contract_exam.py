"""Exams of a command line and of a library in real sandboxes: right ones pass, hostile ones gain and harm nothing."""

from __future__ import annotations

import shutil
import tempfile
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from challenges import load, load_calibration, new
from graders import hold_exam
from harness.bench import Bench
from harness.progress import Progress
from sandbox import Engine, ExamRecord, open_scratch

pytestmark = pytest.mark.docker

MARKS = """
import pytest
from examiner import CandidateFault, Room, check, check_equal

pytestmark = [
    pytest.mark.tier("robustness"), pytest.mark.category("greeting"), pytest.mark.dimension("correctness"),
]
"""
MORE = {
    "command-line": MARKS
    + '''
def fault(room, *arguments, **more):
    with pytest.raises(CandidateFault) as caught:
        room.command.run(*arguments, **more)
    return f"{caught.value.kind}: {caught.value}"

def test_memory(room: Room) -> None:
    """A command that eats all memory is told as that, and the next run is sound."""
    check("memory: " in (told := fault(room, ["hog"])), given="hog", expected="memory", observed=told)
    check_equal(room.command.run(["say"]).text(), "/data/work\\n", given="say")

def test_what_stays(room: Room) -> None:
    """What a run leaves beside the submission's files stays for the next, and is gone in a new sandbox."""
    room.command.run(["leave"]).expect_exit(0)
    check_equal(room.command.run(["look"]).text(), "['/submission/left']\\n", given="look")
    room.command.restart()
    check_equal(room.command.run(["look"]).text(), "[]\\n", given="look")

def test_ground(room: Room) -> None:
    """Nothing of ours is in a run's environment, and no process of an earlier run."""
    ran = room.command.run(["environment"], settings={"EXTRA": "more"})
    check_equal(ran.text(), "['EXTRA'] 1\\n", given="environment")
''',
    "library": MARKS
    + '''
def test_memory(room: Room) -> None:
    """A call that eats all memory is told as that, and the next call is sound."""
    with pytest.raises(CandidateFault) as caught:
        room.library.call("greeting:hog")
    check_equal(caught.value.kind, "memory", given="hog")
    check_equal(room.library.call("greeting:say").value, "/submission", given="say")

def test_program_is_ours(room: Room) -> None:
    """A contract of another kind is our error."""
    with pytest.raises(Exception, match="needs contract"):
        room.command
''',
}
SOUND = {
    "command-line": """
        import os, subprocess, sys
        def hog(): x = [bytearray(1 << 20) for _ in range(10_000)]
        def say(): print(os.getcwd())
        def leave(): open("/submission/left", "w").write("x")
        def look(): print([p for p in ("/submission/left",) if os.path.exists(p)])
        def environment():
            ours = [n for n in os.environ if n.startswith("HARNESS") or n in ("PORT", "DATA_DIR", "EXTRA")]
            all = [open(f"/proc/{p}/cmdline", "rb").read().split(b"\\0") for p in os.listdir("/proc") if p.isdigit()]
            print(ours, len([words for words in all if b"greet" in words]))
        globals()[sys.argv[1]]()
        """,
    "library": """
        import os
        def hog(): return [bytearray(1 << 20) for _ in range(10_000)]
        def say(): return os.getcwd()
        """,
}
TAKE_OVER = """
import ctypes, os, re, signal, socket, sys, time
worker = os.getppid()
while worker > 1 and b"worker/main.py" not in open(f"/proc/{worker}/cmdline", "rb").read():
    worker = int(open(f"/proc/{worker}/stat").read().rpartition(")")[2].split()[1])
port = 0
for line in open("/proc/net/tcp").readlines()[1:]:
    fields = line.split()
    if fields[3] == "0A" and int(fields[7]) == os.getuid(): port = int(fields[1].split(":")[1], 16)
body = b'{"ended": "exited", "exit_code": 2, "seconds": 0, "stdout": "SGVsbG8sIEFkYSE=", "stdout_bytes": 11, ' \\
    b'"stderr": "eA==", "stderr_bytes": 1, "files": {"greetings.txt": "SGVsbG8sIEFkYSE="}, "refused": {}, ' \\
    b'"answer": "eyJraW5kIjogInZhbHVlIiwgInZhbHVlIjogIkhlbGxvLCBBZGEhIn0="}'
forged = b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n%s" % (len(body), body)
def serve(again):
    with socket.socket() as listener:
        for name in (socket.SO_REUSEADDR, socket.SO_REUSEPORT): listener.setsockopt(socket.SOL_SOCKET, name, 1)
        for _ in range(again):
            try: listener.bind(("127.0.0.1", port)); break
            except OSError: time.sleep(0.01)
        else: return False
        listener.listen()
        while True:
            connection, _ = listener.accept()
            connection.recv(65536); connection.sendall(forged); connection.close()
def into_its_memory():
    for path in (f"/proc/{worker}/mem", f"/proc/{worker}/fd/3", f"/proc/{worker}/environ"):
        try: open(path, "r+b"); print("opened", path); return True
        except OSError: pass
    handle = os.pidfd_open(worker)
    return any(ctypes.CDLL(None).syscall(438, handle, number, 0) >= 0 for number in range(3, 20))
"""
HOSTILE = {
    "ends the worker": f"{TAKE_OVER}\nos.kill(worker, signal.SIGKILL); time.sleep(30)",
    "ends the worker and takes its place": f"""{TAKE_OVER}
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0: serve(1000)
    os._exit(0)
os.kill(worker, signal.SIGKILL); time.sleep(30)""",
    "stops the worker and takes its port": f"{TAKE_OVER}\nos.kill(worker, signal.SIGSTOP); serve(100); time.sleep(30)",
    "writes into the worker": f"""{TAKE_OVER}
if into_its_memory(): serve(100)
raise SystemExit(1)""",
    "lays a module in the worker's way": f"""{TAKE_OVER}
body = b'{{"ended": "exited", "exit_code": 2, "seconds": 0, "stdout": "", "stdout_bytes": 0, ' \\
    b'"stderr": "eA==", "stderr_bytes": 1, "files": {{}}, "refused": {{}}}}'
forged = b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n%s" % (len(body), body)
taken = f'''
import os, socket
for number in range(3, 30):
    try: listener = socket.socket(fileno=os.dup(number))
    except OSError: continue
    if not listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN): continue
    listener.settimeout(None)
    while True:
        connection, _ = listener.accept()
        connection.recv(65536); connection.sendall({{forged!r}}); connection.close()
'''
for name in ("traceback", "linecache", "tokenize"): open(f"/harness/input/worker/{{name}}.py", "w").write(taken)
deep = socket.create_connection(("127.0.0.1", port))  # waits until this run is over, and then ends the worker
deep.sendall(b"POST /run HTTP/1.1\\r\\nContent-Length: 100000\\r\\n\\r\\n" + b"[" * 100_000)
os._exit(1)""",
    "floods": "import sys\nwhile True: sys.stdout.write('x' * 65536); sys.stderr.write('y' * 65536)",
    "forks": """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
while True:
    try:
        if os.fork() == 0: os.setsid()
    except OSError: time.sleep(0.01)""",
    "forges lines on every descriptor": """
import os, sys, time
line = b'{"kind": "value", "value": "Hello, Ada!"}\\n'
for number in range(1, 30):
    try: os.write(number, line * 50)
    except OSError: pass
os._exit(0)""",
    "leaves links and pipes": """
import os, shutil, time
for name in ("work", "home", "tmp"):
    shutil.rmtree(f"/data/{name}", ignore_errors=True)
    os.symlink("/harness", f"/data/{name}")
os.mkfifo("/data/greetings.txt")
os.chmod("/data", 0)""",
}
FILE = {"command-line": "greet.py", "library": "greeting.py"}
ASKED = ["test_greeting.py::test_greets_by_name", "test_greeting.py::test_no_name"]
SAME = {
    ("library", "stops the worker and takes its port"),
    ("library", "lays a module in the worker's way"),
    ("library", "forks"),
}
"""What meets the same lines of ours for both kinds, and takes long."""
TOLD = {
    "ends the worker": "was ended meanwhile",
    "ends the worker and takes its place": "was ended meanwhile",
    "stops the worker and takes its port": "was stopped or kept from working",
    "floods": "was ended",
    "forks": "it was ended",
}

Hold = Callable[..., ExamRecord]


@pytest.fixture(scope="module")
def hold(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hold]:
    """Holds the exam of an example pack on its reference, or on its starter with `files` laid over.

    With `tests` these are its hidden tests, of which `only` some may be held.
    """
    with Engine.connect() as engine, open_scratch(engine) as scratch, Progress(quiet=True) as progress:

        def hold_one(
            contract: str,
            files: Mapping[str, str] | None = None,
            tests: str = "",
            only: Sequence[str] | None = None,
        ) -> ExamRecord:
            folder = tmp_path_factory.mktemp("packs")
            new("tiny", folder, contract)
            challenge = load("tiny", folder)
            if tests:
                (challenge.hidden_tests / "test_greeting.py").write_text(tests)
            submission = load_calibration(challenge, "right").folder
            if files is not None:
                submission = folder / "submission"
                shutil.copytree(challenge.folder / "starter", submission)
                for name, content in files.items():
                    (submission / name).write_text(content)
            bench = Bench(engine, challenge, Path(tempfile.mkdtemp(dir=scratch)), progress)
            record = hold_exam(bench.workshop(submission), challenge, only)
            mine = {"label": f"harness.run={engine.run_id}"}
            assert engine.call("looking", lambda api: api.containers(all=True, filters=mine)) == []
            assert not engine.call("looking", lambda api: api.volumes(filters=mine))["Volumes"]
            return record

        yield hold_one


@pytest.mark.parametrize("contract", FILE)
def test_an_exam_of_each_kind(hold: Hold, contract: str) -> None:
    """The reference passes every hidden test, with one start of our worker, and memory is measured."""
    record = hold(contract)

    assert record.problem is None
    assert [result.outcome for result in record.results] == ["passed"] * 4
    assert len(record.starts) == 1
    assert record.starts[0].memory_peak_mib
    assert record.starts[0].output == ""


@pytest.mark.parametrize("contract", FILE)
def test_what_only_a_sandbox_shows(hold: Hold, contract: str) -> None:
    """Memory, what stays between runs, and what a run finds around itself."""
    record = hold(contract, {FILE[contract]: textwrap.dedent(SOUND[contract])}, MORE[contract])

    assert record.problem is None
    told = {result.id: (result.outcome, result.message) for result in record.results}
    assert {outcome for outcome, _ in told.values()} == {"passed"}, told


@pytest.mark.parametrize(
    ("contract", "attack"),
    [(contract, attack) for contract in FILE for attack in HOSTILE if (contract, attack) not in SAME],
)
def test_a_hostile_submission_gains_and_harms_nothing(hold: Hold, contract: str, attack: str) -> None:
    """It passes nothing, errs nothing, and the exam comes to its end in time."""
    record = hold(contract, {FILE[contract]: HOSTILE[attack]}, only=ASKED)

    assert record.problem is None
    assert record.finished
    outcomes = {result.id: (result.outcome, result.message) for result in record.results}
    assert {outcome for outcome, _ in outcomes.values()} == {"failed"}, outcomes
    assert all(TOLD.get(attack, "") in message for _, message in outcomes.values()), outcomes
    assert "opened" not in repr(record.results)
    assert "FileExistsError" not in repr(record.results)  # what an earlier run left is gone
