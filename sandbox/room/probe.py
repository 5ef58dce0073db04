"""What a program meets in a sandbox: tries what it should not be able to do, and says what came of it, as JSON lines.

Stdlib only, Python 3.9 to 3.14; started by measure.py, which lays asked.json and a nonce beside it. Ours, and run on
an engine before a submission is.
"""
# ruff: noqa: PTH100, PTH102, PTH108, PTH110, PTH116, PTH118, PTH120, PTH123, T201, S108
# plain calls of the system are the point, and so is going on whatever fails

from __future__ import annotations

import ctypes
import errno
import json
import os
import shutil
import socket
import stat
import subprocess
import time
from typing import Any

HERE = os.path.dirname(os.path.abspath(__file__))
NEW_USER_NAMESPACE = 0x10000000
IO_URING_SETUP = 425
PR_GET_NO_NEW_PRIVS = 39
LIBC = ctypes.CDLL(None, use_errno=True)


def name_of(number: int) -> str:
    return errno.errorcode.get(number, str(number))


def called(answer: int) -> str:
    return "allowed" if answer >= 0 else name_of(ctypes.get_errno())


def opened(family: int, kind: int) -> str:
    try:
        socket.socket(family, kind).close()
    except OSError as reason:
        return name_of(reason.errno or 0)
    return "allowed"


def connected(address: str, port: int) -> str:
    try:
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.settimeout(1)
            answer = probe.connect_ex((address, port))
    except OSError as reason:
        answer = reason.errno or 0
    return "connected" if answer == 0 else name_of(answer)


def resolved() -> str:
    """What a name server said, or "" when none answers: by the system's own way, and asked directly."""
    try:
        return str(socket.getaddrinfo("example.com", 80)[0][4][0])
    except OSError:
        pass
    servers = ["127.0.0.11"]
    try:
        with open("/etc/resolv.conf") as file:
            servers += [line.split()[1] for line in file if line.startswith("nameserver") and len(line.split()) > 1]
    except OSError:
        pass
    question = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example\x03com\x00\x00\x01\x00\x01"
    for server in servers[:3]:
        try:
            family = socket.AF_INET6 if ":" in server else socket.AF_INET
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.settimeout(0.3)
                probe.connect((server, 53))
                probe.send(question)
                probe.recv(512)
                return f"{server} answered"
        except OSError:
            continue
    return ""


def setuid() -> tuple[bool, str]:
    """Whether root came of a program that is setuid root: asked of the kernel while such a program waits."""
    if LIBC.setuid(0) == 0:
        return True, "setuid(0) was allowed"
    for place in ("/bin/su", "/usr/bin/su", "/usr/bin/passwd", "/usr/bin/gpasswd", "/usr/bin/newgrp"):
        try:
            about = os.stat(place)
        except OSError:
            continue
        if not about.st_mode & stat.S_ISUID or about.st_uid != 0:
            continue
        command = [place, "-c", "id -u", "root"] if place.endswith("su") else [place]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as it:
            users = ""
            for _ in range(20):
                with open(f"/proc/{it.pid}/status") as file:
                    users = next((line for line in file if line.startswith("Uid:")), users)
                if it.poll() is not None or users.split()[2:3] == ["0"]:
                    break
                time.sleep(0.01)
            it.kill()
        return users.split()[2:3] == ["0"], f"{place} runs as {' '.join(users.split()[1:])}"
    return False, "setuid(0) is refused, and the image has no setuid program"


def written() -> list[str]:
    found = []
    for folder in ("/", "/etc", "/usr/bin", "/dev", "/var/tmp", "/proc/sys/kernel", "/sys/fs/cgroup", "/harness"):
        try:
            with open(os.path.join(folder, "harness-probe"), "w"):
                found.append(folder)
        except OSError:
            pass
    return found


def filled(mib: int) -> int:
    """MiB that fit into /tmp, up to half as much again as they may."""
    count = 0
    try:
        with open("/tmp/large", "wb", buffering=0) as file:
            while count < mib + mib // 2:
                if file.write(bytes(1 << 20)) < 1 << 20:
                    break
                count += 1
    except OSError:
        pass
    if os.path.exists("/tmp/large"):
        os.unlink("/tmp/large")
    return count


def made(files: int) -> int:
    count = 0
    os.mkdir("/tmp/many")
    try:
        while count < 2 * files:
            open(f"/tmp/many/{count}", "w").close()
            count += 1
    except OSError:
        pass
    shutil.rmtree("/tmp/many", ignore_errors=True)
    return count


def forked(processes: int) -> int:
    """How many children could be had at once, up to somewhat more than there may be."""
    children = []
    try:
        for _ in range(processes + 32):
            child = os.fork()
            if child == 0:
                time.sleep(60)
                os._exit(0)
            children.append(child)
    except OSError:
        pass
    for child in children:
        os.kill(child, 9)
    for child in children:
        os.waitpid(child, 0)
    return len(children)


def eat(mib: int) -> None:
    """Take three times the memory that there is, in a child: it, or all of us, should not come to its end."""
    child = os.fork()
    if child == 0:
        kept = []
        for step in range(8, 3 * mib + 1, 8):
            kept.append(bytearray(os.urandom(1 << 20) * 8))
            say(eaten_mib=step)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    say(eater=status)


def buffered(mib: int) -> None:
    """Leave two and a half times the memory that there is in sockets, in a child: it should not come so far."""
    child = os.fork()
    if child == 0:
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write("1000")  # it, and not one of ours, when the limit of memory counts sockets
        held, total, said, wanted = [], 0, 0, (5 * mib << 20) // 2
        with socket.create_server(("127.0.0.1", 0)) as server:
            while total < wanted and len(held) < 400:
                held.append(socket.create_connection(server.getsockname()))
                held.append(server.accept()[0])
                for end in held[-2:]:
                    end.setblocking(False)
                    try:
                        while total < wanted:
                            total += end.send(bytes(65536))
                    except OSError:
                        pass
                if total - said > 8 << 20:
                    said = total
                    say(buffered_mib=total >> 20)
        say(buffered_mib=total >> 20)
        os._exit(0)
    os.waitpid(child, 0)


def say(**found: Any) -> None:
    print(json.dumps(found), flush=True)


def look(asked: dict[str, Any]) -> None:
    with open("/proc/self/status") as file:
        status = dict(line.split(":\t", 1) for line in file.read().splitlines() if ":\t" in line)
    try:
        with open(os.path.join(HERE, "nonce")) as file:
            nonce = file.read() == asked["nonce"]
    except OSError:
        nonce = False
    with open("/proc/net/route") as file:
        routes = max(0, len(file.read().splitlines()) - 1)
    say(
        nonce=nonce,
        interfaces=sorted(name for _, name in socket.if_nameindex()),
        routes=routes,
        reached=[connected(address, 9) for address in ("192.0.2.1", "2001:db8::1")],  # addresses that are nobody's
        doors={f"{address}:{port}": connected(address, port) for address, port in asked["doors"]},
        resolved=resolved(),
        asked={
            "vsock": opened(40, socket.SOCK_STREAM),
            "AF_ALG": opened(38, socket.SOCK_SEQPACKET),
            "io_uring": called(LIBC.syscall(IO_URING_SETUP, 8, ctypes.create_string_buffer(120))),
            "user namespaces": called(LIBC.unshare(NEW_USER_NAMESPACE)),
        },
        no_new_privileges=LIBC.prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0),
        capabilities=status.get("CapEff", "1").strip(),
        written=written(),
    )
    useful, told = setuid()
    say(setuid=useful, setuid_told=told)


def main() -> None:
    with open(os.path.join(HERE, "asked.json")) as file:
        asked = json.load(file)
    if "look" in asked["parts"]:
        look(asked)
    if "fill" in asked["parts"]:
        say(filled_mib=filled(asked["mib"]), made=made(asked["files"]))
    if "fork" in asked["parts"]:
        say(children=forked(asked["processes"]))
    if "buffer" in asked["parts"]:
        say(buffered_mib=0)
        buffered(asked["memory_mib"])
    if "eat" in asked["parts"]:
        eat(asked["memory_mib"])


if __name__ == "__main__":
    main()
