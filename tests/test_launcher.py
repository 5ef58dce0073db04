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
from collections.abc import Callable
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


def verdict(program: bytes, number: int, *arguments: int, architecture: int = system_calls.X86_64) -> int:
    """What the filter answers to one system call: a small interpreter of classic BPF."""
    data = struct.pack("<iIQ6Q", number, architecture, 0, *arguments, *[0] * (6 - len(arguments)))
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


BOTH = pytest.mark.parametrize(("machine", "column"), [("x86_64", 0), ("aarch64", 1), ("arm64", 1)])


def filter_of(machine: str, column: int) -> Callable[..., int]:
    """What that machine's filter answers to a call of that machine."""
    program = system_calls.seccomp_filter(machine)
    architecture = (system_calls.X86_64, system_calls.AARCH64)[column]
    return lambda number, *arguments: verdict(program, number, *arguments, architecture=architecture)


@BOTH
def test_filter_denies_what_its_table_names(machine: str, column: int) -> None:
    """Each call in the table is refused on both machines; the calls of an ordinary program are not."""
    ask = filter_of(machine, column)

    for name, numbers in system_calls.DENIED.items():
        if numbers[column] is not None:
            assert ask(numbers[column]) == EPERM, name
    assert ask(system_calls.CLONE3[column]) == ENOSYS
    ordinary = (0, 1, 9, 59, 231) if column == 0 else (63, 64, 222, 221, 94)  # read, write, mmap, execve, exit_group
    assert {ask(number) for number in ordinary} == {ALLOW}


@BOTH
def test_filter_denies_by_the_kernels_numbers(machine: str, column: int) -> None:
    """The calls that the sandbox's promise names, by the numbers of the kernel's own headers, written down here anew.

    A wrong number in the filter would close some harmless call and leave the other one open.
    """
    ask = filter_of(machine, column)
    numbers = [line.split() for line in KERNEL_NUMBERS.strip().splitlines()]

    assert {name for name, *_ in numbers} == set(system_calls.DENIED)
    for name, *columns in numbers:
        if columns[column] != "-":
            assert ask(int(columns[column])) == EPERM, name
    denied = {int(columns[column]) for _, *columns in numbers if columns[column] != "-"}
    special = {
        table[column]
        for table in (
            *(system_calls.SOCKET, system_calls.SOCKETPAIR, system_calls.CLONE, system_calls.CLONE3),
            *system_calls.DENIED_ON_PID_1.values(),
        )
    }
    assert {number for number in range(470) if ask(number, 1) != ALLOW} == denied | special - {
        system_calls.SOCKET[column], system_calls.SOCKETPAIR[column], system_calls.CLONE[column]
    }  # fmt: skip


@BOTH
def test_filter_looks_at_arguments(machine: str, column: int) -> None:
    """Socket families and protocols, new namespaces, and whose limits are changed decide, not the call alone."""
    ask = filter_of(machine, column)
    socket, pair, clone = ((41, 53, 56), (198, 199, 220))[column]
    limits = (302, 261)[column]

    assert [ask(socket, family, 1, 0) for family in (1, 2, 10, 16)] == [ALLOW] * 4
    assert {ask(socket, family, 1, 0) for family in range(64) if family not in (1, 2, 10, 16)} == {EPERM}
    assert [ask(socket, 2, 1, protocol) for protocol in (6, 17)] == [ALLOW] * 2
    assert {ask(socket, family, 1, protocol) for family in (2, 10) for protocol in (132, 262, 33)} == {EPERM}
    assert ask(socket, 1, 1, 77) == ALLOW  # the kernel's own refusal serves
    assert {ask(socket, 16, 3, protocol) for protocol in range(1, 23)} == {EPERM}
    assert ask(pair, 1, 1, 0) == ALLOW
    assert {ask(pair, family, 1, 0) for family in range(2, 64)} == {EPERM}
    assert ask(clone, 0x01200011) == ALLOW  # fork
    assert ask(clone, 0x003D0F00) == ALLOW  # a thread
    for flag in (0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000):
        assert ask(clone, flag | 17) == EPERM  # a namespace of any kind
    assert ask(limits, 0) == ALLOW
    assert ask(limits, 1) == EPERM  # the limits of PID 1


KERNEL_NUMBERS = """
acct 163 89
add_key 248 217
adjtimex 159 171
bpf 321 280
chroot 161 51
clock_adjtime 305 266
clock_settime 227 112
delete_module 176 106
fanotify_init 300 262
finit_module 313 273
fsconfig 431 431
fsmount 432 432
fsopen 430 430
fspick 433 433
init_module 175 105
io_uring_enter 426 426
io_uring_register 427 427
io_uring_setup 425 425
ioperm 173 -
iopl 172 -
kcmp 312 272
kexec_file_load 320 294
kexec_load 246 104
keyctl 250 219
landlock_add_rule 445 445
landlock_create_ruleset 444 444
landlock_restrict_self 446 446
lookup_dcookie 212 18
mbind 237 235
memfd_secret 447 447
modify_ldt 154 -
mount 165 40
mount_setattr 442 442
move_mount 429 429
mq_getsetattr 245 185
mq_notify 244 184
mq_open 240 180
mq_timedreceive 243 183
mq_timedsend 242 182
mq_unlink 241 181
msgctl 71 187
msgget 68 186
msgrcv 70 188
msgsnd 69 189
name_to_handle_at 303 264
open_by_handle_at 304 265
open_tree 428 428
perf_event_open 298 241
personality 135 92
pidfd_getfd 438 438
pivot_root 155 41
process_madvise 440 440
process_mrelease 448 448
process_vm_readv 310 270
process_vm_writev 311 271
ptrace 101 117
quotactl 179 60
quotactl_fd 443 443
reboot 169 142
request_key 249 218
semctl 66 191
semget 64 190
semop 65 193
semtimedop 220 192
set_mempolicy 238 237
set_mempolicy_home_node 450 450
setdomainname 171 162
sethostname 170 161
setns 308 268
settimeofday 164 170
shmat 30 196
shmctl 31 195
shmdt 67 197
shmget 29 194
swapoff 168 225
swapon 167 224
syslog 103 116
umount2 166 39
unshare 272 97
userfaultfd 323 282
vhangup 153 58
"""
"""Name, number on x86_64 (asm/unistd_64.h), number on aarch64 (asm-generic/unistd.h); "-" where there is none."""


def test_filter_knows_one_architecture() -> None:
    """32-bit calls have other numbers, and x32 has others still: both are closed."""
    program = system_calls.seccomp_filter("x86_64")

    assert verdict(program, 0, architecture=0x40000003) == KILL
    assert verdict(program, 0, architecture=system_calls.AARCH64) == KILL
    assert verdict(program, 0x40000000 | 101) == ENOSYS
    arm = system_calls.seccomp_filter("aarch64")
    assert verdict(arm, 63, architecture=0x40000028) == KILL  # 32-bit ARM
    assert verdict(arm, 63) == KILL
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


def test_emptying_meets_no_name_that_was_laid_in_its_way(tmp_path: Path) -> None:
    """A folder with the names to which things were moved before they went could never be emptied again."""
    laid = ["first", *(f".harness-{os.getpid()}-{number}" for number in range(1, 9)), "last"]
    for name in laid:
        (tmp_path / name / "folder").mkdir(parents=True)
        (tmp_path / name / "file").write_text("x")

    belongings.empty(str(tmp_path))

    assert list(tmp_path.iterdir()) == []


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

    for name in ("launcher.py", "belongings.py", "system_calls.py", "probe.py"):
        ast.parse((ROOM / name).read_text("utf-8"), feature_version=(3, 9))


def test_prctl_reaches_the_kernel() -> None:
    """PR_GET_DUMPABLE of an ordinary process is 1: the call goes through with its arguments in place."""
    if sys.platform != "linux":
        pytest.skip("prctl is Linux's")
    assert ctypes.sizeof(ctypes.c_void_p) == 8
    assert system_calls.prctl(3) in (0, 1)
