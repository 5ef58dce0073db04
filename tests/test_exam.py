"""The exam room: an examiner of our own making, programs that behave and programs that do not."""

# ruff: noqa: E501
# the scripts that run inside the containers read better unbroken

from __future__ import annotations

import json
import tarfile
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from sandbox.channel import Channel
from sandbox.engine import Engine
from sandbox.exam import hold_exam
from sandbox.images import Image
from sandbox.profile import Limits
from sandbox.record import ExamRecord, Reading

LIMITS = Limits(seconds=60, memory_mib=128, processes=64, writable_mib=16, files=2_000)

EXAMINER = """
import json, os, pathlib, socket, sys, time, urllib.request
channel = pathlib.Path("/exam/channel")
order = json.loads((channel / "order.json").read_text())
count = 0
def ask(op, **fields):
    global count
    count += 1
    draft = channel / "requests" / f".{count}.tmp"
    draft.write_text(json.dumps({"op": op, **fields}))
    draft.rename(channel / "requests" / f"{count:06d}.json")
    answer = channel / "answers" / f"{count:06d}.json"
    while not answer.exists(): time.sleep(0.005)
    return json.loads(answer.read_text())
def do(op, **fields):
    answer = ask(op, **fields)
    assert answer["ok"], answer
    return answer["value"]
def record(kind, **fields):
    with (channel / "results.jsonl").open("a") as file: file.write(json.dumps({"kind": kind, "nonce": order["nonce"], **fields}) + "\\n")
def collected(*names):
    record("collected", tests=[{"id": n, "title": n, "tier": "contract", "category": "csv", "dimension": "edge_cases", "requirements": []} for n in names])
def result(name, outcome="passed", **fields): record("result", id=name, outcome=outcome, seconds=0.1, **fields)
def get(path="/", port=8001, seconds=10):
    until = time.monotonic() + seconds
    while True:
        try: return urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5).read().decode()
        except OSError:
            if time.monotonic() > until: raise
            time.sleep(0.02)
def start(keep_data=False, **settings): return do("start", settings={"PORT": "8001", **settings}, keep_data=keep_data)
"""

COUNTER = """
import http.server, json, os, sys
path = os.environ["DATA_DIR"] + "/count"
count = int(open(path).read()) + 1 if os.path.exists(path) else 1
with open(path, "w") as file: file.write(str(count))
print("started", count, os.environ.get("EXTRA", ""))
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/die": os._exit(9)
        if self.path == "/hog": x = [bytearray(1 << 20) for _ in range(10_000)]
        body = json.dumps({"count": count, "files": sorted(os.listdir("/submission"))}).encode()
        self.send_response(200); self.end_headers(); self.wfile.write(body)
    def log_message(self, *_): pass
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""

Hold = Callable[..., ExamRecord]


@pytest.fixture
def hold(engine: Engine, python_image: Image, examiner_image: Image, tmp_path: Path) -> Hold:
    """Holds an exam whose examiner is EXAMINER and the script given."""

    def hold_one(script: str, app: str = COUNTER, start: str = "python3 app.py", **options: Any) -> ExamRecord:
        pack = tmp_path / "submission.tar"
        with tarfile.open(pack, "w") as tar:
            member = tarfile.TarInfo("app.py")
            member.size = len(app.encode())
            tar.addfile(member, BytesIO(app.encode()))
        tests, support = tmp_path / "hidden", tmp_path / "support"
        for folder in (tests, support):
            folder.mkdir(exist_ok=True)
        (tests / "test_secret.py").write_text("# MARKER-OF-A-HIDDEN-TEST\n")
        (support / "twin.py").write_text("# MARKER-OF-A-TWIN\n")
        main = tmp_path / "main.py"
        # It stays for a moment: an examiner that is gone before the program's containers join it is another case.
        main.write_text(f"{EXAMINER}import atexit\natexit.register(time.sleep, 2)\n{script}")
        settings: dict[str, Any] = {"seed": 7, "limits": LIMITS, "exam_seconds": 60, **options}
        return hold_exam(
            engine,
            image=python_image,
            examiner=examiner_image,
            examiner_tools=None,
            environment=None,
            pack=pack,
            start=start,
            hidden_tests=tests,
            support=support,
            library=[main],
            **settings,
        )

    return hold_one


def observed(record: ExamRecord) -> list[str]:
    return [result.observed for result in record.results]


@pytest.mark.docker
def test_exam_from_end_to_end(hold: Hold, engine: Engine) -> None:
    """Order, tests, results, one start with its facts; nothing is left on the engine and in the run's folder."""
    told: list[tuple[int, int]] = []
    before = sorted(path.name for path in engine.folder.iterdir())
    record = hold(
        """
collected("a::one", "a::two")
start(EXTRA="value")
result("a::one", observed=get(), expected="x")
result("a::two", "failed", message="no", observed=json.dumps(order["only"]) + str(order["seed"]), exchanges=[{"request": "GET /", "response": "200"}], journal=["call 1"])
record("finished", count=2)
""",
        only=["a::one", "a::two"],
        on_progress=lambda done, of: told.append((done, of)),
    )

    assert record.problem is None
    assert record.finished
    assert [test.id for test in record.tests] == ["a::one", "a::two"]
    assert [result.outcome for result in record.results] == ["passed", "failed"]
    assert json.loads(record.results[0].observed) == {"count": 1, "files": ["app.py"]}
    assert record.results[1].observed == '["a::one", "a::two"]7'
    assert record.results[1].exchanges[0].request == "GET /"
    assert record.results[1].journal == ["call 1"]
    assert told[-1] == (2, 2)
    assert len(record.starts) == 1
    assert record.starts[0].output == "started 1 value\n"
    assert record.starts[0].memory_peak_mib
    mine = {"label": f"harness.run={engine.run_id}"}
    assert engine.call("looking", lambda api: api.containers(all=True, filters=mine)) == []
    assert not engine.call("looking", lambda api: api.volumes(filters=mine))["Volumes"]
    assert sorted(path.name for path in engine.folder.iterdir()) == before


@pytest.mark.docker
def test_data_survives_when_asked(hold: Hold) -> None:
    """Stop, kill, crash and start anew: /data stays with keep_data and is empty without; /submission is always fresh."""
    record = hold(
        """
collected("t")
seen = []
def look(): seen.append(json.loads(get())["count"])
start(); look()
assert do("stop", grace_seconds=5)["exit_code"] == 143
start(keep_data=True); look()
assert do("kill")["exit_code"] is None
start(keep_data=True); look()
try: get("/die", seconds=0)
except OSError: pass
for _ in range(100):
    state = do("state")
    if not state["running"]: break
    time.sleep(0.05)
seen.append(state["exit_code"])
start(keep_data=True); look()
start(keep_data=True); look()   # kills the running one
start(); look()
result("t", observed=json.dumps(seen))
record("finished", count=1)
"""
    )

    assert record.problem is None
    assert json.loads(record.results[0].observed) == [1, 2, 3, 9, 4, 5, 1]
    assert [start.exit_code for start in record.starts] == [143, None, 9, None, None, None]


@pytest.mark.docker
def test_a_start_that_fails_tells_its_last_words(hold: Hold) -> None:
    """A program that ends at once, or does not exist: its exit code and what it printed."""
    record = hold(
        """
collected("t")
start()
for _ in range(200):
    state = do("state")
    if not state["running"]: break
    time.sleep(0.02)
result("t", observed=json.dumps([state["exit_code"], do("output", tail_kib=4)["text"]]))
record("finished", count=1)
""",
        start="no-such-program --port $PORT",
    )

    code, words = json.loads(record.results[0].observed)
    assert code == 127
    assert "no-such-program" in words
    assert record.starts[0].exit_code == 127


@pytest.mark.docker
def test_a_program_that_eats_all_memory(hold: Hold) -> None:
    """It is told as out of memory, in the answer and in the facts of the start; the exam goes on."""
    record = hold(
        """
collected("t")
start(); get()
try: get("/hog", seconds=0)
except OSError: pass
for _ in range(200):
    state = do("state")
    if not state["running"]: break
    time.sleep(0.02)
start(); again = json.loads(get())["count"]
result("t", observed=json.dumps([state["out_of_memory"], again]))
record("finished", count=1)
"""
    )

    assert record.problem is None
    assert json.loads(record.results[0].observed) == [True, 1]
    assert record.starts[0].out_of_memory
    assert not record.starts[1].out_of_memory


GRACEFUL = """
import http.server, os, signal, sys, time
def leave(*_):
    time.sleep(0.5)
    print("left in peace"); sys.exit(0)
signal.signal(signal.SIGTERM, leave)
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), http.server.SimpleHTTPRequestHandler).serve_forever()
"""


@pytest.mark.docker
@pytest.mark.parametrize(
    "start", ["python3 app.py", "exec python3 app.py", "A=1 python3 app.py", "true && python3 app.py; true"]
)
def test_a_program_may_end_in_peace(hold: Hold, start: str) -> None:
    """A stop gives the program its time, also behind a shell that dies of the signal at once."""
    record = hold(
        """
collected("t")
start(); get()
do("stop", grace_seconds=5)
result("t", observed=do("output", tail_kib=4)["text"][-14:])
record("finished", count=1)
""",
        app=GRACEFUL,
        start=start,
    )

    assert record.problem is None
    assert observed(record) == ["left in peace\n"]


SPY = """
import http.server, os, socket
found = []
for place in ("/", ):
    for root, folders, names in os.walk(place):
        if root.startswith(("/proc", "/sys", "/usr", "/lib", "/dev")): folders[:] = []; continue
        for name in names:
            try:
                with open(os.path.join(root, name), "rb") as file: content = file.read(1 << 20)
                if b"MARKER-OF" + b"-A" in content: found.append(os.path.join(root, name))
            except OSError: pass
for pid in os.listdir("/proc"):
    if pid.isdigit():
        for name in ("environ", "cmdline"):
            try:
                with open(f"/proc/{pid}/{name}", "rb") as file:
                    if b"/exam" in file.read(): found.append(f"/proc/{pid}/{name}")
            except OSError: pass
found += [n for n in ("/exam", "/exam/tests", "/exam/channel", "/exam/channel/results.jsonl") if os.path.exists(n)]
ports = []
for port in range(1, 65536):
    with socket.socket() as probe:
        probe.settimeout(0.2)
        reached = probe.connect_ex(("127.0.0.1", port)) == 0
        if reached and probe.getsockname() != probe.getpeername(): ports.append(port)  # not a meeting with itself
try:
    s = socket.socket(); s.bind(("127.0.0.1", 9001)); found.append("took the twin's port")
except OSError: pass
for address in ("169.254.169.254", "172.17.0.1", "8.8.8.8"):
    with socket.socket() as probe:
        probe.settimeout(0.5)
        if probe.connect_ex((address, 80)) == 0: found.append(address)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(repr((found, ports)).encode())
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""


@pytest.mark.docker
def test_the_program_finds_nothing_of_the_examiner(hold: Hold) -> None:
    """Files, processes and ports: of all that the examiner has, a program sees the twin's port alone."""
    record = hold(
        """
import threading
collected("t")
twin = socket.socket(); twin.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); twin.bind(("127.0.0.1", 9001)); twin.listen(100)
start()
result("t", observed=get(seconds=40))
record("finished", count=1)
""",
        app=SPY,
    )

    assert record.problem is None
    assert observed(record) == ["([], [9001])"]


@pytest.mark.docker
def test_examiner_that_dies_is_our_problem(hold: Hold) -> None:
    """What it had written counts; the rest was not run; its last words are told; nobody failed."""
    record = hold(
        "collected('a', 'b')\nresult('a')\nprint('last words'); sys.stdout.flush(); time.sleep(2); os._exit(3)"
    )

    assert not record.finished
    assert [result.id for result in record.results] == ["a"]
    assert record.problem
    assert "exit code 3" in record.problem
    assert "last words" in record.problem


@pytest.mark.docker
def test_examiner_that_hangs_ends_with_the_exam(hold: Hold) -> None:
    """The exam's time is kept without the examiner's help."""
    began = time.monotonic()
    record = hold("collected('a')\ntime.sleep(1000)", exam_seconds=4)

    assert record.problem
    assert "time" in record.problem
    assert time.monotonic() - began < 12


@pytest.mark.docker
@pytest.mark.parametrize(
    ("script", "word"),
    [
        ("record('finished', count=0)", "announced"),
        ("collected('a')\nrecord('finished', count=1)", "announced"),
        ("collected('a')\nresult('b')", "not expected"),
        ("collected('a')\nresult('a')\nresult('a', 'failed')", "not expected"),
        ("collected('a', 'a')", "one name"),
        ("order['nonce'] = 'x'\ncollected('a')", "does not belong"),
        ("collected('a')\nresult('a', 'won')", "can't be read"),
        ("record('problem', text='a twin broke')", "a twin broke"),
        ("(channel / 'results.jsonl').symlink_to('/etc/passwd')\ntime.sleep(5)", "can't be opened"),
        ("os.mkfifo(channel / 'results.jsonl')\ntime.sleep(5)", "not a file"),
        ("(channel / 'results.jsonl').write_text('x' * 3_000_000)\ntime.sleep(5)", "too large"),
        ("[(channel / f'f{i}').touch() for i in range(2000)]\ntime.sleep(5)", "filled its channel"),
    ],
)
def test_records_that_do_not_add_up(hold: Hold, script: str, word: str) -> None:
    """An exam counts as held only when the record is whole, in form, and of this exam."""
    record = hold(script)

    assert not record.finished
    assert record.problem
    assert word in record.problem


@pytest.mark.docker
def test_requests_that_are_none(hold: Hold) -> None:
    """Unknown operations, wrong fields, links in the place of requests: an error in the answer, and the exam goes on."""
    record = hold(
        """
collected("t")
answers = [ask("fly"), ask("stop", grace_seconds=1e9), ask("start", settings={"lower": "x"}), ask("start", settings={"A": 1}), ask("output", tail_kib=-1), ask("kill")]
count += 1
(channel / "requests" / f"{count:06d}.json").symlink_to("/exam/channel/order.json")
place = channel / "answers" / f"{count:06d}.json"
while not place.exists(): time.sleep(0.01)
answers.append(json.loads(place.read_text()))
written = []
for path in ("/exam/channel/answers/x", "/exam/tests/x", "/exam/lib/x", "/exam/x", "/harness/x"):
    try: open(path, "w"); written.append(path)
    except OSError: pass
result("t", observed=json.dumps([[a["ok"] for a in answers], written]))
record("finished", count=1)
"""
    )

    assert record.problem is None
    assert json.loads(record.results[0].observed) == [[False] * 7, []]


@pytest.mark.docker
def test_program_removed_by_someone_else_is_our_trouble(hold: Hold, engine: Engine) -> None:
    """The answer is an error, so that the examiner tells the test as one of ours; the next start works."""
    labels = [f"harness.run={engine.run_id}", "harness.role=sandbox"]

    def remove(done: int, _: int) -> None:
        if done == 1:
            for found in engine.call("looking", lambda api: api.containers(all=True, filters={"label": labels})):
                engine.remove_container(found["Id"])

    record = hold(
        """
collected("up", "t")
start(); get()
result("up")
time.sleep(3)
first = ask("state")
start()
result("t", observed=json.dumps([first["ok"], get()[:8]]))
record("finished", count=2)
""",
        on_progress=remove,
    )

    assert record.problem is None
    assert json.loads(record.results[1].observed) == [False, '{"count"']


@pytest.mark.docker
def test_program_cannot_outstay_its_container(hold: Hold) -> None:
    """Children in sessions of their own, deaf to signals, are gone with the program, and the port is free again."""
    record = hold(
        """
collected("t")
start(); get()
do("stop", grace_seconds=0.5)
with socket.socket() as probe: free = probe.connect_ex(("127.0.0.1", 8001))
result("t", observed=str(free != 0))
record("finished", count=1)
""",
        app="""
import http.server, os, signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for _ in range(5):
    if os.fork() == 0: os.setsid(); break
class Server(http.server.HTTPServer): allow_reuse_port = True
import socket, socketserver
server = socketserver.TCPServer(("127.0.0.1", int(os.environ["PORT"])), http.server.SimpleHTTPRequestHandler, bind_and_activate=False)
server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1); server.server_bind(); server.server_activate(); server.serve_forever()
""",
    )

    assert observed(record) == ["True"]


@pytest.mark.docker
def test_examiner_and_sandbox_share_no_user_and_no_layer(python_image: Image, examiner_image: Image) -> None:
    """Neither a layer of their images nor a user id."""
    from sandbox.profile import EXAMINER_USER, FEW_USERS, KEEPER_USER, SANDBOX_USERS

    assert not set(python_image.layers) & set(examiner_image.layers)
    assert len({EXAMINER_USER, KEEPER_USER}) == 2
    assert FEW_USERS.stop < EXAMINER_USER < SANDBOX_USERS.start
    assert FEW_USERS.stop < KEEPER_USER < SANDBOX_USERS.start


# The channel and the record, without an engine


@pytest.fixture
def channel(tmp_path: Path) -> Channel:
    (tmp_path / "tests" / "__pycache__").mkdir(parents=True)
    (tmp_path / "tests" / "test_a.py").write_text("x")
    (tmp_path / "tests" / "__pycache__" / "y.pyc").write_text("x")
    (tmp_path / "runs").mkdir()
    return Channel(tmp_path / "runs", {"hidden_tests": tmp_path / "tests"}, [tmp_path / "tests" / "test_a.py"])


def test_channel_shows_what_it_must(channel: Channel) -> None:
    """Tests without compiled leftovers, readable whatever the umask; all gone at the end."""
    assert [path.name for path in (channel.root / "hidden_tests").iterdir()] == ["test_a.py"]
    assert (channel.root / "lib" / "test_a.py").stat().st_mode & 0o777 == 0o644
    assert [(bind.target, bind.writable) for bind in channel.binds if bind.writable] == [("/exam/channel", True)]
    channel.close()
    assert not channel.root.exists()


def test_requests_are_read_in_order_once(channel: Channel) -> None:
    """One after the other, each once; a link or an oversized one is read as nothing, and the next one follows."""
    requests = channel.talk / "requests"
    assert channel.next_request() is None
    (requests / "000001.json").write_text("one")
    (requests / "000002.json").symlink_to("/etc/passwd")
    (requests / "000003.json").write_text("x" * 300_000)
    (requests / "000004.json").mkdir()
    (requests / "000005.json").write_text("five")

    assert [channel.next_request() for _ in range(4)] == [b"one", b"", b"", b""]
    assert channel.next_request() == b"five"
    assert channel.next_request() is None
    channel.close()


def test_a_requests_folder_that_became_a_link(channel: Channel, tmp_path: Path) -> None:
    """The harness does not follow it."""
    (channel.talk / "requests").rmdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "000001.json").write_text("x")
    (channel.talk / "requests").symlink_to(tmp_path / "elsewhere")

    assert channel.next_request() is None
    assert (tmp_path / "elsewhere" / "000001.json").exists()
    channel.close()


def reading(folder: Path, *lines: object) -> Reading:
    import os

    with (folder / "results.jsonl").open("a") as file:
        for line in lines:
            file.write((line if isinstance(line, str) else json.dumps({"nonce": "n", **line})) + "\n")  # type: ignore[dict-item]  # dicts by the caller
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        found = Reading(descriptor, "n")
        found.read_on()
        found.close()
    finally:
        os.close(descriptor)
    return found


TEST = {"id": "a", "title": "t", "tier": "contract", "category": "c", "dimension": "d"}


@pytest.mark.parametrize(
    "line",
    [
        '{"nonce": "n", "kind": "result", "id": "a", "outcome": "failed", "outcome": "passed", "seconds": 1}',
        '{"nonce": "n", "kind": "result", "id": "a", "outcome": "passed", "seconds": NaN}',
        '{"nonce": "n", "kind": "result", "id": "a", "outcome": "passed", "seconds": 1e999}',
        '{"nonce": "n", "kind": "result", "id": "a", "outcome": "passed", "seconds": -1}',
        '{"nonce": "n", "kind": "result", "id": "a", "outcome": "passed", "seconds": "1"}',
        '{"nonce": "n", "kind": "result", "id": "a", "outcome": true, "seconds": 1}',
        "[" * 100_000,
        '{"nonce": "n", "kind": "result", "seconds": ' + "9" * 5_000 + "}",
        "not json",
        "[]",
        '"text"',
    ],
)
def test_a_malformed_line_is_a_problem(tmp_path: Path, line: str) -> None:
    """Doubled keys, odd numbers, deep nesting, other types: a problem of ours, never a result."""
    found = reading(tmp_path, {"kind": "collected", "tests": [TEST]}, line)

    assert found.problem
    assert found.results == {}


def test_texts_are_cut_and_mended(tmp_path: Path) -> None:
    """A megabyte of text is cut; half a surrogate pair does not break the report that is written later."""
    found = reading(
        tmp_path,
        {"kind": "collected", "tests": [TEST]},
        {"kind": "result", "id": "a", "outcome": "passed", "seconds": 1, "message": "x" * 1_000_000, "given": "\ud800"},
        {"kind": "finished", "count": 1},
    )

    assert found.finished
    assert len(found.results["a"].message) < 65_000
    assert found.results["a"].message.endswith("[cut]")
    assert found.results["a"].given.encode()
