"""PID 1 of the rooms: its parts, outside of any container."""

from __future__ import annotations

import base64
import ctypes
import json
import os
import struct
import subprocess
import sys
import tarfile
import zlib
from io import BytesIO
from pathlib import Path

import pytest

from sandbox.launch import COLLECT_MIB, measure, read_account
from sandbox.room import belongings, system_calls

ROOM = Path(belongings.__file__).parent
NONCE = "0123abcd"


def line(kind: str, content: bytes, number: int = 0, nonce: str = NONCE) -> bytes:
    return f"{nonce} {number} {kind} ".encode() + base64.b64encode(content) + b"\n"


def end(**fields: object) -> bytes:
    return line("end", json.dumps({"reason": "exited", "exit_code": 0, "seconds": 1.0, **fields}).encode())


def verdict(program: bytes, number: int, argument: int = 0, architecture: int = system_calls.X86_64) -> int:
    """What the filter answers to one system call: a small interpreter of classic BPF."""
    data = struct.pack("<iIQ6Q", number, architecture, 0, argument, 0, 0, 0, 0, 0)
    steps = list(struct.iter_unpack("=HBBI", program))
    at = accumulator = 0
    while True:
        code, yes, no, value = steps[at]
        at += 1
        if code == 0x20:
            accumulator = struct.unpack_from("<I", data, value)[0]
        elif code == 0x06:
            return int(value)
        elif code == 0x15:
            at += yes if accumulator == value else no
        elif code == 0x35:
            at += yes if accumulator >= value else no
        elif code == 0x45:
            at += yes if accumulator & value else no
        else:
            raise AssertionError(f"unknown code {code:#x}")


ALLOW, EPERM, ENOSYS, KILL = 0x7FFF0000, 0x00050001, 0x00050026, 0x80000000


@pytest.mark.parametrize(("machine", "column"), [("x86_64", 0), ("aarch64", 1)])
def test_filter_denies_what_its_table_names(machine: str, column: int) -> None:
    """Each call in the table is refused on both machines; the calls of an ordinary program are not."""
    program = system_calls.seccomp_filter(machine)
    architecture = (system_calls.X86_64, system_calls.AARCH64)[column]

    for name, numbers in system_calls.DENIED.items():
        assert verdict(program, numbers[column], architecture=architecture) == EPERM, name
    assert verdict(program, system_calls.CLONE3[column], architecture=architecture) == ENOSYS
    ordinary = (0, 1, 9, 59, 231) if column == 0 else (63, 64, 222, 221, 94)  # read, write, mmap, execve, exit_group
    assert {verdict(program, number, architecture=architecture) for number in ordinary} == {ALLOW}


def test_filter_looks_at_arguments() -> None:
    """Socket families, new namespaces, and whose limits are changed decide, not the call alone."""
    program = system_calls.seccomp_filter("x86_64")

    assert [verdict(program, 41, family) for family in (1, 2, 10, 16)] == [ALLOW] * 4
    assert [verdict(program, 41, family) for family in (17, 38, 40)] == [EPERM] * 3
    assert verdict(program, 53, 1) == ALLOW
    assert verdict(program, 56, 0x01200011) == ALLOW  # fork
    assert verdict(program, 56, 0x003D0F00) == ALLOW  # a thread
    assert verdict(program, 56, 0x10000000 | 17) == EPERM  # a user namespace
    assert verdict(program, 302, 0) == ALLOW
    assert verdict(program, 302, 1) == EPERM  # the limits of PID 1


def test_filter_knows_one_architecture() -> None:
    """32-bit calls have other numbers, and x32 has others still: both are closed."""
    program = system_calls.seccomp_filter("x86_64")

    assert verdict(program, 0, architecture=0x40000003) == KILL
    assert verdict(program, 0x40000000 | 101) == ENOSYS
    with pytest.raises(system_calls.UnknownMachineError):
        system_calls.seccomp_filter("riscv64")


def test_filter_is_accepted_by_this_kernel() -> None:
    """The kernel takes the filter, and then refuses a denied call to an ordinary process."""
    if not sys.platform.startswith("linux"):
        pytest.skip("seccomp is Linux's")
    script = (
        "import platform, socket, sys; sys.path.insert(0, sys.argv[1])\n"
        "import system_calls\n"
        "system_calls.install(system_calls.seccomp_filter(platform.machine()))\n"
        "socket.socket(socket.AF_INET).close()\n"
        "try: socket.socket(40, socket.SOCK_STREAM)\n"
        "except PermissionError: print('denied')\n"
    )
    told = subprocess.run([sys.executable, "-I", "-c", script, str(ROOM)], capture_output=True, text=True, timeout=20)

    assert told.stdout == "denied\n", told.stderr


def archive(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> str:
    with tarfile.open(path, "w") as tar:
        for member, content in members:
            member.size = len(content)
            tar.addfile(member, BytesIO(content))
    return str(path)


def entry(name: str, kind: bytes = tarfile.REGTYPE, target: str = "", mode: int = 0o644) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname, member.mode = kind, target, mode
    return member


def test_unpack_gives_the_tree_back(tmp_path: Path) -> None:
    """Files with their x bit, folders, links, names that are not UTF-8."""
    odd = os.fsdecode(b"caf\xe9.txt")
    packed = archive(
        tmp_path / "a.tar",
        (entry("app", tarfile.DIRTYPE), b""),
        (entry("app/run.sh", mode=0o755), b"#!/bin/sh\n"),
        (entry("deep/er/x.py"), b"x = 1\n"),
        (entry("link", tarfile.SYMTYPE, "app/run.sh"), b""),
        (entry(odd), b"odd"),
    )
    root = tmp_path / "tree"
    root.mkdir()

    belongings.unpack(packed, {None: str(root)})

    assert (root / "app/run.sh").stat().st_mode & 0o777 == 0o755
    assert (root / "deep/er/x.py").read_text() == "x = 1\n"
    assert (root / "link").readlink() == Path("app/run.sh")
    assert (root / odd).read_bytes() == b"odd"


def test_unpack_passes_over_impossible_names(tmp_path: Path) -> None:
    """A name longer than a file system takes is left out, and the rest of the submission is there."""
    packed = archive(
        tmp_path / "a.tar",
        (entry("x" * 300), b"x"),
        (entry("/".join(["d" * 200] * 30)), b"x"),
        (entry("good"), b"good"),
    )
    root = tmp_path / "tree"
    root.mkdir()

    belongings.unpack(packed, {None: str(root)}, skip_impossible=True)

    assert (root / "good").read_bytes() == b"good"
    with pytest.raises(OSError, match="too long"):
        belongings.unpack(packed, {None: str(root)})


def test_unpack_follows_no_link(tmp_path: Path) -> None:
    """A file under a link that was unpacked before lands in a folder in the link's place, not behind the link."""
    outside = tmp_path / "outside"
    outside.mkdir()
    packed = archive(
        tmp_path / "a.tar",
        (entry("way", tarfile.SYMTYPE, str(outside)), b""),
        (entry("way/x"), b"got out"),
        (entry("y", tarfile.SYMTYPE, str(outside / "y")), b""),
        (entry("y"), b"got out"),
        (entry("fifo", tarfile.FIFOTYPE), b""),
    )
    root = tmp_path / "tree"
    root.mkdir()

    belongings.unpack(packed, {None: str(root)})

    assert list(outside.iterdir()) == []
    assert (root / "way/x").read_bytes() == b"got out"
    assert not (root / "fifo").exists()


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x"])
def test_unpack_refuses_names_that_leave(tmp_path: Path, name: str) -> None:
    """No name leads out of the folder, whatever the host has let through."""
    packed = archive(tmp_path / "a.tar", (entry(name), b"x"))

    with pytest.raises(belongings.BadNameError):
        belongings.unpack(packed, {None: str(tmp_path / "tree")})


def test_our_files_win_over_the_submissions(tmp_path: Path) -> None:
    """Files laid over replace files, links and links to folders that stand in their way."""
    root, given = tmp_path / "tree", tmp_path / "input"
    root.mkdir()
    given.mkdir()
    (root / "tests").symlink_to(tmp_path)
    (root / "a.py").symlink_to(tmp_path / "elsewhere")
    packed = archive(
        tmp_path / "a.tar",
        (entry("submission/tests/t.py"), b"ours"),
        (entry("submission/a.py"), b"ours"),
        (entry("input/b"), b"given"),
    )

    belongings.unpack(packed, {"submission": str(root), "input": str(given)})

    assert (root / "tests/t.py").read_bytes() == (root / "a.py").read_bytes() == b"ours"
    assert not (tmp_path / "t.py").exists()
    assert not (tmp_path / "elsewhere").exists()
    assert (given / "b").read_bytes() == b"given"


def test_empty_a_hostile_folder(tmp_path: Path) -> None:
    """Folders far deeper than a path may be long, closed ones, links: all gone, and nothing behind a link."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("x")
    data = tmp_path / "data"
    data.mkdir()
    here = os.open(data, os.O_RDONLY)
    for _ in range(2_000):  # far beyond the longest path
        os.mkdir("deep-folder", dir_fd=here)
        below = os.open("deep-folder", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    (data / "link").symlink_to(outside)
    (data / "closed" / "in").mkdir(parents=True)
    (data / "closed" / "file").write_text("x")
    (data / "closed").chmod(0)

    belongings.empty(str(data))

    assert list(data.iterdir()) == []
    assert (outside / "kept").exists()


def test_hand_over_takes_plain_files_by_exact_name(tmp_path: Path) -> None:
    """A link, a link on the way, a FIFO, a folder, a missing and an oversized file are refused, with the reason."""
    (tmp_path / "plain").write_bytes(b"content")
    (tmp_path / "link").symlink_to("plain")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/file").write_bytes(b"x")
    (tmp_path / "way").symlink_to("folder")
    (tmp_path / "large").write_bytes(b"x" * 2_000)
    os.mkfifo(tmp_path / "fifo")
    names = ("plain", "link", "way/file", "folder", "fifo", "large", "missing")
    said: dict[int, bytes] = {}

    refused = belongings.hand_over(
        [str(tmp_path / name) for name in names], 1_000, lambda i, piece: said.update({i: said.get(i, b"") + piece})
    )

    assert {i: zlib.decompress(packed) for i, packed in said.items()} == {0: b"content"}
    assert {Path(path).relative_to(tmp_path).as_posix(): why for path, why in refused.items()} == {
        "link": "a link",
        "way/file": "a link",
        "folder": "not a regular file",
        "fifo": "not a regular file",
        "large": "too large",
        "missing": "No such file or directory",
    }


def test_account_is_read() -> None:
    """Output in order, files unpacked, the end's figures."""
    packed = zlib.compress(b"report")
    log = b"".join(
        [
            line("ready", b""),
            line("output", b"one "),
            line("output", b"two"),
            line("memory", b"1048576"),
            line("file-1", packed[:4]),
            line("file-1", packed[4:]),
            end(exit_code=3, printed=7, memory_peak=2_097_152),
        ]
    )

    account = read_account(log, NONCE, 100)

    assert account.ready
    assert account.output == b"one two"
    assert account.files == {1: b"report"}
    assert account.end is not None
    assert account.end.exit_code == 3
    assert account.memory_peak == 2_097_152


def test_account_of_a_forger() -> None:
    """Lines without the nonce, out of form, or too large when unpacked change nothing."""
    bomb = zlib.compress(b"\0" * ((COLLECT_MIB + 1) * 2**20), 9)
    log = b"".join(
        [
            line("end", b'{"reason": "exited", "exit_code": 0}', nonce="f" * 8),
            b'{"kind": "end"}\n\xff\xfe\n' + NONCE.encode() + b" 1 output not/base64!\n",
            line("file-0", bomb),
            line("file-2", b"not zlib"),
            line("file-x", b""),
            line("end", b'{"reason": "won"}'),
            line("end", b"[" * 100_000),
            line("memory", b"9" * 40),
        ]
    )

    account = read_account(log, NONCE, 100)

    assert account.end is None
    assert account.files == {}
    assert account.output == b""
    assert account.memory_peak is None
    assert "ffffffff" in account.stray


def test_account_keeps_the_end_of_much_output() -> None:
    """What is kept is the end; `printed` still tells how much there was."""
    log = line("output", b"a" * 50) + line("tail", b"b" * 100) + end(printed=10_000)

    account = read_account(log, NONCE, 100)

    assert account.output == b"b" * 100
    assert account.printed == 10_000


def test_account_cut_by_the_engine() -> None:
    """Where the engine turned the log over, a first half line is passed over."""
    log = b"Zm9v\n" + line("output", b"rest") + end()

    assert read_account(log, NONCE, 100).output == b"rest"


def test_measure_counts_what_unpacking_takes(tmp_path: Path) -> None:
    """Sizes are rounded up to pages, folders count as files do."""
    packed = archive(tmp_path / "a.tar", (entry("a/b/c"), b"x" * 5_000), (entry("d"), b"x"))

    assert measure(Path(packed)) == (2, 4)


def test_room_code_runs_on_older_pythons() -> None:
    """What runs inside containers keeps to the syntax of Python 3.9."""
    import ast

    for name in ("launcher.py", "belongings.py", "system_calls.py"):
        ast.parse((ROOM / name).read_text("utf-8"), feature_version=(3, 9))


def test_prctl_reaches_the_kernel() -> None:
    """PR_GET_DUMPABLE of an ordinary process is 1: the call goes through with its arguments in place."""
    if sys.platform != "linux":
        pytest.skip("prctl is Linux's")
    assert ctypes.sizeof(ctypes.c_void_p) == 8
    assert system_calls.prctl(3) in (0, 1)
