"""One command in a real sandbox: what honest programs may do there, and what hostile ones may not."""

# ruff: noqa: E501
# the scripts that run inside the sandboxes read better unbroken

from __future__ import annotations

import json
import tarfile
import time
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from sandbox.engine import Engine, SandboxError
from sandbox.images import Image, provide
from sandbox.profile import FEW_USERS, Limits
from sandbox.run import Run, run

pytestmark = pytest.mark.docker

QUICK = Limits(seconds=20, memory_mib=128, processes=32, cpus=1.0, writable_mib=16, files=500, file_mib=4)

RunPython = Callable[..., Run]


@pytest.fixture
def python(engine: Engine, python_image: Image) -> RunPython:
    """Runs a Python script in a sandbox of its own."""

    def run_python(script: str, limits: Limits = QUICK, **options: Any) -> Run:
        return run(engine, python_image, ("python3", "-c", script), limits=limits, **options)

    return run_python


@pytest.fixture
def shell(engine: Engine, python_image: Image) -> RunPython:
    """Runs a shell line in a sandbox of its own."""

    def run_shell(line: str, limits: Limits = QUICK, **options: Any) -> Run:
        return run(engine, python_image, line, limits=limits, **options)

    return run_shell


def pack(path: Path, **files: bytes) -> Path:
    with tarfile.open(path, "w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name.replace("__", "/"))
            member.size = len(content)
            tar.addfile(member, BytesIO(content))
    return path


# What an honest command finds


def test_files_in_and_out(engine: Engine, python_image: Image, tmp_path: Path) -> None:
    """The submission lies in /submission, our files over it; named files come back, with the exit code and the output."""
    packed = pack(tmp_path / "s.tar", app__main=b"the submission", app__old=b"theirs")

    done = run(
        engine,
        python_image,
        "cat app/main app/old /harness/input/given; cp app/main /tmp/out; echo to stderr >&2; exit 3",
        pack=packed,
        files={"app/old": b"ours", "/harness/input/given": b"given"},
        collect=("/tmp/out", "/tmp/none"),
        variables={"NAME": "value"},
        limits=QUICK,
    )

    assert (done.ended, done.exit_code) == ("exited", 3)
    assert done.output == "the submissionoursgivento stderr\n"
    assert done.files == {"/tmp/out": b"the submission"}
    assert done.refused == {"/tmp/none": "No such file or directory"}
    assert done.memory_peak_mib


@pytest.mark.parametrize("profile", ["python-3.11", "python-3.13"])
def test_every_image_works(engine: Engine, cache_folder: Path, profile: str) -> None:
    """The launcher runs on the Python of each image."""
    image = provide(engine, profile, cache_folder, print)
    done = run(engine, image, "python3 -c 'import sys; print(sys.version_info[:2])'", limits=QUICK)

    assert done.output == f"({profile.removeprefix('python-').replace('.', ', ')})\n"


def test_environment_is_given_not_inherited(monkeypatch: pytest.MonkeyPatch, python: RunPython, engine: Engine) -> None:
    """Nothing of the host's environment goes in; the launcher's own variables do not reach the command."""
    monkeypatch.setenv("SECRET_OF_THE_HOST", "hunter2")
    done = python("import os, json; print(json.dumps(dict(os.environ)))", variables={"GIVEN": "1"})

    found = json.loads(done.output)
    assert found["GIVEN"] == "1"
    assert not [name for name in found if "SECRET" in name or name.startswith("HARNESS")]
    assert set(found) - {"GIVEN"} <= {
        *("PATH", "PYTHONPATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "TZ"),
        *("PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "LC_CTYPE"),
    }


def test_an_ordinary_program_works(python: RunPython) -> None:
    """SQLite with a write-ahead log, processes, threads, locks, asyncio, a server on the loopback, subprocesses."""
    done = python(
        "import asyncio, sqlite3, subprocess, threading, multiprocessing as m, socket, tempfile, urllib.request\n"
        "from http.server import HTTPServer, SimpleHTTPRequestHandler as H\n"
        "def double(x): return 2 * x\n"
        "if __name__ == '__main__':\n"
        "    c = sqlite3.connect('/submission/x.db'); c.execute('pragma journal_mode=wal'); c.execute('create table t(a)'); c.commit()\n"
        "    with m.get_context('fork').Pool(2) as pool: assert pool.map(double, [1, 2]) == [2, 4]\n"
        "    s = HTTPServer(('127.0.0.1', 8000), H); threading.Thread(target=s.serve_forever, daemon=True).start()\n"
        "    assert urllib.request.urlopen('http://127.0.0.1:8000/').status == 200\n"
        "    assert asyncio.run(asyncio.sleep(0, 7)) == 7\n"
        "    assert subprocess.run(['echo', 'sub'], capture_output=True).stdout == b'sub\\n'\n"
        "    tempfile.TemporaryFile().write(b'x'); print('fine')\n",
        limits=replace(QUICK, processes=64),
    )

    assert done.output.endswith("fine\n"), done.output


def test_unknown_command_is_the_commands_failure(engine: Engine, python_image: Image) -> None:
    """A program that is not there ends as a shell would tell it: 127, with the reason in the output."""
    done = run(engine, python_image, ("no-such-program",), limits=QUICK)

    assert (done.ended, done.exit_code) == ("exited", 127)
    assert "no-such-program" in done.output


def test_exit_codes_are_told_from_signals(shell: RunPython) -> None:
    """128 + n after signal n; a command that exits with 137 by itself was not killed for memory."""
    assert shell("kill -SEGV $$").exit_code == 139
    done = shell("exit 137")
    assert (done.ended, done.exit_code, done.out_of_memory) == ("exited", 137, False)


def test_output_that_is_not_text(python: RunPython) -> None:
    """Bytes that are not UTF-8, NUL and escape codes come back as text, whole."""
    done = python("import sys; sys.stdout.buffer.write(b'\\xff\\x00\\x1b[31m caf\\xc3\\xa9')")

    assert done.output == "\ufffd\x00\x1b[31m café"


# Limits


def test_fork_bomb_stops_at_the_limit(python: RunPython) -> None:
    """The process limit binds, the run goes on, and nothing is left of the children."""
    done = python(
        "import os, time\n"
        "n = 0\n"
        "try:\n"
        "    while True:\n"
        "        if os.fork() == 0: time.sleep(60); os._exit(0)\n"
        "        n += 1\n"
        "except OSError: print(n)\n"
    )

    assert done.ended == "exited"
    assert 20 <= int(done.output) <= 32


def test_fork_bomb_in_the_shell_ends_with_the_deadline(shell: RunPython) -> None:
    """The classic, which never stops by itself."""
    began = time.monotonic()
    done = shell("b() { b | b & }; b; sleep 100", limits=replace(QUICK, seconds=2))

    assert done.ended in ("deadline", "exited")
    assert time.monotonic() - began < 10


def test_memory_hog(python: RunPython) -> None:
    """Ended by the kernel, and told as memory."""
    done = python("x = []\nwhile True: x.append(bytearray(1 << 20))")

    assert done.ended == "memory"
    assert done.memory_peak_mib
    assert done.memory_peak_mib > 100


def test_memory_hog_in_a_child(python: RunPython) -> None:
    """The child is killed, the parent ends well: it is told as memory all the same."""
    done = python(
        "import subprocess, sys\n"
        "subprocess.run([sys.executable, '-c', 'x = []\\nwhile True: x.append(bytearray(1 << 20))'])\n"
        "print('well')"
    )

    assert done.ended == "memory"
    assert done.exit_code == 0
    assert done.out_of_memory


def test_memory_filled_with_files(python: RunPython) -> None:
    """Files in memory count, and killing frees none of them: PID 1 goes too, and it is told as memory all the same."""
    done = python(
        "import os\nfor i in range(60): open(f'/tmp/{i}', 'wb').write(b'x' * (2 << 20))",
        limits=replace(QUICK, memory_mib=64, writable_mib=200),
    )

    assert done.ended == "memory"
    assert done.out_of_memory


def test_endless_output_is_stopped(shell: RunPython) -> None:
    """64 MiB end the run; only the end of it is kept, and it is said that there was more."""
    began = time.monotonic()
    done = shell("yes and no", limits=replace(QUICK, output_kib=8))

    assert done.ended == "output"
    assert len(done.output) == 8 * 1024
    assert done.output_truncated
    assert time.monotonic() - began < 20


def test_endless_slow_output_ends_with_the_deadline(python: RunPython) -> None:
    """Output does not keep the deadline from coming."""
    done = python("import time\nwhile True: print('x' * 10_000); time.sleep(0.01)", limits=replace(QUICK, seconds=2))

    assert done.ended == "deadline"
    assert done.seconds < 4
    assert done.output.endswith("x\n")


def test_deadline_of_a_deaf_program(python: RunPython) -> None:
    """SIGTERM ignored, children that ignore it too: gone at the deadline, with the output until then."""
    began = time.monotonic()
    done = python(
        "import os, signal, time\n"
        "for s in range(1, 65):\n"
        "    try: signal.signal(s, signal.SIG_IGN)\n"
        "    except (OSError, ValueError): pass\n"
        "if os.fork() == 0: os.setsid()\n"
        "print('asleep'); time.sleep(1000)",
        limits=replace(QUICK, seconds=2),
    )

    assert done.ended == "deadline"
    assert done.exit_code is None
    assert "asleep" in done.output
    assert time.monotonic() - began < 6


def test_deadline_among_busy_processes(shell: RunPython) -> None:
    """A hundred processes that fight for the processor do not keep PID 1 from its work."""
    began = time.monotonic()
    done = shell(
        "i=0; while [ $i -lt 100 ]; do (while :; do :; done) & i=$((i+1)); done; wait",
        limits=replace(QUICK, seconds=3, processes=128),
    )

    assert done.ended == "deadline"
    assert time.monotonic() - began < 8


def test_a_command_that_kills_itself_through_pid_1(shell: RunPython) -> None:
    """PID 1's own signals, sent by the command: it has ended itself, and cannot make it look like a fault of ours."""
    done = shell("kill -USR1 1; sleep 20")
    assert (done.ended, done.exit_code) == ("exited", 137)
    assert shell("trap 'exit 6' TERM; kill -TERM 1; sleep 1; exit 7").exit_code == 6


def test_deadline_does_not_need_the_host(monkeypatch: pytest.MonkeyPatch, python: RunPython) -> None:
    """PID 1 ends the run by itself when the host never would."""
    monkeypatch.setattr("sandbox.container.Container.kill", lambda self: pytest.fail("the host had to kill"))
    done = python("import time; time.sleep(1000)", limits=replace(QUICK, seconds=1))

    assert done.ended == "deadline"


def test_full_tmpfs_and_full_inodes(python: RunPython) -> None:
    """Space and number of files are bounded in both folders; nothing else is writable."""
    done = python(
        "import os\n"
        "for where in ('/tmp', '/submission'):\n"
        "    size = count = 0\n"
        "    try:\n"
        "        for i in range(100):\n"
        "            with open(f'{where}/f{i}', 'wb') as f: size += f.write(b'x' * (1 << 20))\n"
        "    except OSError as e: print(where, size >> 20, e.strerror)\n"
        "    for i in range(100):\n"
        "        try: os.unlink(f'{where}/f{i}')\n"
        "        except OSError: pass\n"
        "    try:\n"
        "        for i in range(5000): open(f'{where}/n{i}', 'w').close(); count += 1\n"
        "    except OSError as e: print(where, count, e.strerror)\n"
        "for where in ('/', '/etc', '/usr', '/dev', '/harness', '/proc/sys/kernel', '/sys/fs/cgroup', '/var/tmp', '/run'):\n"
        "    try: open(where + '/x', 'w'); print('WROTE', where)\n"
        "    except OSError: pass\n"
    )

    lines = done.output.splitlines()
    assert "WROTE" not in done.output
    assert lines[0].startswith("/tmp 15 No space left") or lines[0].startswith("/tmp 16 No space left")
    assert lines[1].startswith("/tmp 4")
    assert lines[1].endswith("No space left on device")
    assert lines[2].startswith("/submission 1")
    assert lines[3].startswith("/submission 4") or lines[3].startswith("/submission 5")


def test_one_file_is_bounded(python: RunPython) -> None:
    """A file of a terabyte is refused before it is made."""
    done = python(
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "try: open('/tmp/x', 'w').truncate(1 << 40)\n"
        "except OSError as e: print(e.strerror)"
    )

    assert done.output == "File too large\n"


def test_descriptors_are_bounded(python: RunPython) -> None:
    """Open files end at the limit."""
    done = python(
        "l = []\ntry:\n    while True: l.append(open('/dev/null'))\nexcept OSError as e: print(len(l), e.strerror)"
    )

    assert int(done.output.split()[0]) < 1024


def test_orphans_are_reaped(shell: RunPython) -> None:
    """A thousand orphans, one after the other, do not use the process limit up."""
    done = shell("i=0; while [ $i -lt 300 ]; do ( (true) & ); i=$((i+1)); done; sleep 0.2; ls -d /proc/[0-9]* | wc -l")

    assert int(done.output.split()[-1]) < 12, done.output


def test_children_in_other_sessions_are_gone(shell: RunPython) -> None:
    """A child in a session of its own that holds the output open does not delay the end."""
    began = time.monotonic()
    done = shell("setsid sh -c 'trap \"\" TERM HUP; sleep 300' & echo done")

    assert done.output == "done\n"
    assert done.ended == "exited"
    assert time.monotonic() - began < 5


# Secrets, neighbours, the outside


PRIVATE = """
import os, sys
for name in ("environ", "mem", "maps", "fd", "cwd", "root", "exe", "stack", "syscall", "auxv", "io", "pagemap"):
    path = f"/proc/1/{name}"
    try:
        if name in ("fd",): found = [os.readlink(f"{path}/{n}") for n in os.listdir(path)]
        elif name in ("cwd", "root", "exe"): found = os.readlink(path)
        else:
            with open(path, "rb") as f: found = f.read(64)
        print("READ", name, found)
    except OSError as reason: pass
for target in ("/proc/1/fd/1", "/proc/1/fd/0", "/dev/console", "/dev/tty"):
    try:
        with open(target, "w") as f: f.write("forged\\n")
        print("WROTE", target)
    except OSError: pass
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
for name, number in (("ptrace", 101), ("process_vm_readv", 310), ("pidfd_getfd", 438), ("kcmp", 312)):
    if libc.syscall(number, 16, 1, 0, 0, 0, 0) != -1: print("CALLED", name)
import resource
try: resource.prlimit(1, resource.RLIMIT_CPU, (0, 0)); print("LIMITED PID 1")
except OSError: pass
try: os.sched_setscheduler(1, os.SCHED_IDLE, os.sched_param(0)); print("SLOWED PID 1")
except OSError: pass
import signal, time
for s in range(1, 65):
    if s not in (signal.SIGTERM, signal.SIGUSR1):
        try: os.kill(1, s)
        except OSError: pass
time.sleep(0.3)
print("end")
"""


def test_pid_1_keeps_its_secrets_and_its_life(python: RunPython) -> None:
    """Memory, environment and descriptors of PID 1 are closed; no signal, limit or scheduling class stops it."""
    done = python(PRIVATE)

    assert done.output == "end\n"
    assert (done.ended, done.exit_code) == ("exited", 0)


def test_the_nonce_is_nowhere(monkeypatch: pytest.MonkeyPatch, python: RunPython) -> None:
    """A search through everything readable, with our own memory, does not find what marks the account."""
    nonce = "5ec2e75ec2e75ec2e75ec2e75ec2e751"
    monkeypatch.setattr("sandbox.launch.secrets.token_hex", lambda size: nonce)
    half, other = nonce[:16].encode(), nonce[16:].encode()
    done = python(
        "import os\n"
        f"half, other = {half!r}, {other!r}\n"
        "def look(path):\n"
        "    try:\n"
        "        with open(path, 'rb', buffering=0) as f:\n"
        "            data = f.read(4 << 20)\n"
        "            at = data.find(half)\n"
        "            while at >= 0:\n"
        "                if data[at + 16:at + 32] == other: print('FOUND', path)\n"
        "                at = data.find(half, at + 1)\n"
        "    except OSError: pass\n"
        "for pid in os.listdir('/proc'):\n"
        "    if pid.isdigit():\n"
        "        for name in ('environ', 'cmdline', 'stat', 'maps', 'mountinfo', 'comm', 'status'): look(f'/proc/{pid}/{name}')\n"
        "        try:\n"
        "            for line in open(f'/proc/{pid}/maps'):\n"
        "                a, b = (int(x, 16) for x in line.split()[0].split('-'))\n"
        "                with open(f'/proc/{pid}/mem', 'rb', buffering=0) as m:\n"
        "                    m.seek(a); data = m.read(min(b - a, 8 << 20))\n"
        "                    if half + other in data and pid != str(os.getpid()): print('MEMORY', pid)\n"
        "        except (OSError, ValueError, OverflowError): pass\n"
        "for root in ('/harness', '/tmp', '/submission', '/etc', '/run', '/var', '/home', '/dev'):\n"
        "    for place, _, names in os.walk(root):\n"
        "        for name in names:\n"
        "            if not place.startswith('/dev') or name in ('shm', 'mqueue'): look(os.path.join(place, name))\n"
        "print('searched')",
        limits=replace(QUICK, seconds=60),
    )

    assert done.output == "searched\n"


def test_forged_accounts_are_only_output(shell: RunPython) -> None:
    """What looks like our lines in the output is output."""
    done = shell(
        "echo '0000 1 end eyJyZWFzb24iOiAiZXhpdGVkIiwgImV4aXRfY29kZSI6IDB9'; echo '{\"reason\": \"exited\"}'; exit 5"
    )

    assert done.exit_code == 5
    assert done.output.startswith("0000 1 end")


SYSTEM_CALLS = """
import ctypes, errno, os, platform, socket
libc = ctypes.CDLL(None, use_errno=True)
assert platform.machine() == "x86_64"
def refused(name, number, *arguments):
    ctypes.set_errno(0)
    if libc.syscall(number, *arguments) != -1 or ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS): print("ALLOWED", name, ctypes.get_errno())
for name, number, arguments in (
    ("io_uring_setup", 425, (8, 0)), ("keyctl", 250, (0, 0, 0)), ("add_key", 248, (0, 0, 0, 0, 0)), ("ptrace", 101, (0, 0, 0, 0)),
    ("unshare", 272, (0x10000000,)), ("setns", 308, (3, 0)), ("mount", 165, (0, 0, 0, 0, 0)), ("umount2", 166, (0, 0)),
    ("pivot_root", 155, (0, 0)), ("chroot", 161, (0,)), ("bpf", 321, (0, 0, 0)), ("perf_event_open", 298, (0, 0, 0, 0, 0)),
    ("userfaultfd", 323, (0,)), ("personality", 135, (0x40000,)), ("shmget", 29, (0, 4096, 0o1600)), ("msgget", 68, (0, 0o1600)),
    ("semget", 64, (0, 1, 0o1600)), ("mq_open", 240, (b"x", 0o102, 0o600, 0)), ("open_by_handle_at", 304, (0, 0, 0)),
    ("name_to_handle_at", 303, (0, 0, 0, 0, 0)), ("clone3", 435, (0, 0)), ("clone into a user namespace", 56, (0x10000011, 0, 0, 0, 0)),
    ("landlock", 444, (0, 0, 1)), ("fsopen", 430, (b"tmpfs", 0)), ("kexec_load", 246, (0, 0, 0, 0)), ("reboot", 169, (0, 0, 0, 0)),
    ("setuid", 105, (0,)), ("mknod", 133, (b"/tmp/dev", 0o060666, 0x0800)), ("sethostname", 170, (b"x", 1)), ("swapon", 167, (b"/tmp/x", 0)),
): refused(name, number, *arguments)
for name, family, kind in (("AF_ALG", 38, 5), ("AF_VSOCK", 40, 1), ("AF_PACKET", 17, 3), ("raw IPv6", 10, 3), ("AF_BLUETOOTH", 31, 3), ("AF_NFC", 39, 1)):
    try: socket.socket(family, kind, 58 if family == 10 else 0); print("OPENED", name)
    except PermissionError: pass
    except OSError as reason: print("OPENED?", name, reason)
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(status["Seccomp"].strip(), status.get("Seccomp_filters", "2").strip(), status["NoNewPrivs"].strip(), status["CapEff"].strip(), status["CapBnd"].strip())
"""


def test_system_calls_are_refused(python: RunPython) -> None:
    """Whatever the engine's own filter allows, ours refuses; two filters are active and no capability is left."""
    done = python(SYSTEM_CALLS)

    assert done.output == "2 2 1 0000000000000000 0000000000000000\n"


def test_setuid_programs_give_nothing(shell: RunPython) -> None:
    """su and a setuid copy of a shell stay what they are."""
    done = shell(
        "cp /bin/sh /submission/sh; chmod 6755 /submission/sh; /submission/sh -p -c 'id -u'; su -c id root </dev/null; true"
    )

    assert int(done.output.splitlines()[0]) >= FEW_USERS.start
    assert "uid=0" not in done.output


def test_nothing_can_be_reached(python: RunPython) -> None:
    """No address of the host, the bridge, the metadata service or the world, and no name server answers."""
    done = python(
        "import socket\n"
        "for host in ('169.254.169.254', '172.17.0.1', '172.18.0.1', '10.0.0.1', '192.168.0.1', '1.1.1.1', '8.8.8.8', '93.184.216.34'):\n"
        "    for port in (22, 53, 80, 443, 2375):\n"
        "        with socket.socket() as s:\n"
        "            s.settimeout(1)\n"
        "            try: s.connect((host, port)); print('REACHED', host, port)\n"
        "            except OSError as e:\n"
        "                if e.errno != 101: print('odd', host, e)\n"
        "for host in ('2001:4860:4860::8888', 'fe80::1'):\n"
        "    with socket.socket(socket.AF_INET6) as s:\n"
        "        s.settimeout(1)\n"
        "        try: s.connect((host, 53)); print('REACHED', host)\n"
        "        except OSError: pass\n"
        "with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:\n"
        "    try: s.sendto(b'x', ('8.8.8.8', 53)); print('SENT')\n"
        "    except OSError: pass\n"
        "for name in ('example.com', 'host.docker.internal', 'gateway.docker.internal', 'metadata'):\n"
        "    try: socket.getaddrinfo(name, 80); print('RESOLVED', name)\n"
        "    except OSError: pass\n"
        "print(sorted(n for _, n in socket.if_nameindex() if n == 'lo' or not n.startswith(('tunl', 'sit', 'gre', 'ip', 'erspan'))))"
    )

    assert done.output == "['lo']\n"


def test_host_is_not_in_sight(shell: RunPython) -> None:
    """No engine socket, no devices, no other processes, no host folders."""
    done = shell(
        "ls /var/run/docker.sock /run/docker.sock 2>/dev/null; ls -d /proc/[0-9]* | wc -l; "
        "ls /dev | tr '\\n' ' '; grep -c docker.sock /proc/self/mountinfo; true"
    )

    assert "docker.sock" not in done.output
    assert int(done.output.splitlines()[0]) < 8
    assert not {"sda", "vda", "kmsg", "mem", "kvm", "fuse"} & set(done.output.split())


def test_files_are_collected_by_exact_name_only(python: RunPython) -> None:
    """Links, links on the way, FIFOs, folders, devices' names and too large files bring nothing of the container's."""
    names = {
        "/tmp/link": "a link",
        "/tmp/way/environ": "a link",
        "/tmp/fifo": "not a regular file",
        "/tmp/folder": "not a regular file",
        "/tmp/large": "too large",
        "/dev/zero": "not a regular file",
    }
    done = python(
        "import os\n"
        "os.symlink('/proc/1/environ', '/tmp/link'); os.symlink('/proc/1', '/tmp/way'); os.mkfifo('/tmp/fifo'); os.mkdir('/tmp/folder')\n"
        "open('/tmp/large', 'w').truncate(100 << 20); open('/tmp/good', 'w').write('good')",
        limits=replace(QUICK, file_mib=200),
        collect=(*names, "/tmp/good"),
    )

    assert done.files == {"/tmp/good": b"good"}
    assert done.refused == names


def test_a_large_file_comes_back_whole(python: RunPython) -> None:
    """8 MiB that do not compress, after a flood of output: no line of the account is lost to the log's turning over."""
    done = python(
        "import os, random\n"
        "open('/tmp/large', 'wb').write(random.Random(1).randbytes(8 << 20))\n"
        "for _ in range(2000): print('x' * 1000)",
        limits=replace(QUICK, file_mib=16, memory_mib=256),
        collect=("/tmp/large",),
    )

    import random

    assert done.files["/tmp/large"] == random.Random(1).randbytes(8 << 20)
    assert done.output_truncated


def test_a_container_that_vanishes_is_our_trouble(engine: Engine, python_image: Image, python: RunPython) -> None:
    """Removed by someone else in the middle: not the command's fault, and told so."""
    import threading

    running = {"label": f"harness.run={engine.run_id}", "status": "running"}

    def remove() -> None:
        for _ in range(100):
            time.sleep(0.1)
            found = engine.call("looking", lambda api: api.containers(filters=running))
            if found:
                time.sleep(0.5)
                engine.remove_container(found[0]["Id"])
                return

    thread = threading.Thread(target=remove, daemon=True)
    thread.start()
    done = python("import time; time.sleep(15)")
    thread.join()

    assert done.ended == "vanished"
    assert done.exit_code is None


def test_an_image_without_python_is_said_so(
    engine: Engine, python_image: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A launcher that can't start is our trouble, with its reason."""
    monkeypatch.setattr("sandbox.launch.COMMAND", ("sh", "-c", "echo no python; exit 9"))

    with pytest.raises(SandboxError, match="no python"):
        run(engine, python_image, "true", limits=QUICK)


def test_nothing_is_left(engine: Engine, python_image: Image) -> None:
    """After a run its container and its folder are gone."""
    before = sorted(path.name for path in engine.folder.iterdir())
    run(engine, python_image, "true", limits=QUICK)

    mine = {"label": f"harness.run={engine.run_id}"}
    assert engine.call("looking", lambda api: api.containers(all=True, filters=mine)) == []
    assert sorted(path.name for path in engine.folder.iterdir()) == before
