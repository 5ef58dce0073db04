"""A user id for every sandbox: what the kernel counts by user, one sandbox can't use up for another."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from sandbox.engine import Engine
from sandbox.images import Image
from sandbox.profile import EXAMINER_USER, FEW_USERS, KEEPER_USER, SANDBOX_USERS, Limits
from sandbox.run import Run, run

pytestmark = pytest.mark.docker

QUICK = Limits(seconds=20, memory_mib=64, processes=32, writable_mib=4, files=100)

HOARD = """
import ctypes, os, time
libc = ctypes.CDLL(None, use_errno=True)
count = 0
while libc.inotify_init1(0) >= 0: count += 1
print(os.getuid(), count, flush=True)
time.sleep({seconds})
"""
"""Takes every inotify instance that the user may have: 128 on most machines, fewer than the files it may open."""


def hoard(engine: Engine, image: Image, seconds: float) -> Run:
    return run(engine, image, ("python3", "-c", HOARD.format(seconds=seconds)), limits=QUICK)


@contextmanager
def hoarding(engine: Engine, image: Image) -> Iterator[Callable[[], Run]]:
    """A sandbox that has taken all that its user may have, while the block runs; gives its Run afterwards."""
    running = {"label": f"harness.run={engine.run_id}", "status": "running"}
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(hoard, engine, image, 6)
        for _ in range(200):
            if engine.call("looking", lambda api: api.containers(filters=running)):
                break
            time.sleep(0.05)
        time.sleep(1.5)
        yield first.result


def told(done: Run) -> tuple[int, int]:
    found = re.match(r"(\d+) (\d+)\n", done.output)
    assert found, done.output
    return int(found[1]), int(found[2])


def test_one_sandbox_does_not_starve_another(engine: Engine, python_image: Image) -> None:
    """Two at the same time: the second has as much of what is counted by user as the first one took."""
    with hoarding(engine, python_image) as first:
        user, count = told(hoard(engine, python_image, 0))
        other, before = told(first())

    assert user != other
    assert count == before > 0
    for one in (user, other):
        assert one in SANDBOX_USERS or one in FEW_USERS
        assert one not in (0, EXAMINER_USER, KEEPER_USER)


def test_with_one_user_for_all_it_would(engine: Engine, python_image: Image, monkeypatch: pytest.MonkeyPatch) -> None:
    """The contrast: with the same id for both, the second gets nothing, in another container and with other limits."""
    monkeypatch.setattr("sandbox.run.draw_user", lambda _: SANDBOX_USERS[7])
    with hoarding(engine, python_image) as first:
        user, count = told(hoard(engine, python_image, 0))
        other, before = told(first())

    assert user == other
    assert before > 0
    assert count == 0


def test_concurrent_draws_do_not_meet(engine: Engine) -> None:
    """From several threads at once, as lanes draw them."""
    from sandbox.profile import draw_user

    drawn: list[int] = []
    threads = [threading.Thread(target=lambda: drawn.extend(draw_user(engine) for _ in range(50))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(drawn)) == 400


def test_shared_memory_is_bounded_in_files_too(engine: Engine, python_image: Image) -> None:
    """/dev/shm: 16 MiB and a thousand files; what multiprocessing needs of it works."""
    done = run(
        engine,
        python_image,
        (
            "python3",
            "-c",
            "import os\n"
            "from multiprocessing import Lock, shared_memory\n"
            "with Lock(): s = shared_memory.SharedMemory(create=True, size=4096); s.buf[0] = 7; s.close(); s.unlink()\n"
            "count = mib = 0\n"
            "try:\n"
            "    while count < 5000: open(f'/dev/shm/{count}', 'w').close(); count += 1\n"
            "except OSError: print(count)\n"
            "for name in os.listdir('/dev/shm'): os.unlink(f'/dev/shm/{name}')\n"
            "try:\n"
            "    with open('/dev/shm/large', 'wb', buffering=0) as file:\n"
            "        while mib < 100 and file.write(bytes(1 << 20)) == 1 << 20: mib += 1\n"
            "except OSError: pass\n"
            "print(mib)\n",
        ),
        limits=Limits(seconds=20, memory_mib=128, processes=32),
    )

    count, mib = (int(line) for line in done.output.split())
    assert 900 < count < 1024
    assert mib <= 16


def test_sockets_speak_what_programs_need_and_no_more(engine: Engine, python_image: Image) -> None:
    """TCP, UDP, unix sockets, the list of interfaces; no SCTP, no multipath TCP, no netlink of firewall or crypto."""
    done = run(
        engine,
        python_image,
        (
            "python3",
            "-c",
            "import socket\n"
            "for family, kind, protocol in ((2, 1, 0), (2, 1, 6), (10, 2, 17), (1, 1, 0), (16, 3, 0)):\n"
            "    socket.socket(family, kind, protocol).close()\n"
            "a, b = socket.socketpair(); socket.if_nameindex()\n"
            "for family, kind, protocol in ((2, 1, 132), (2, 1, 262), (2, 6, 33), (16, 3, 12), (16, 3, 21), (16, 3, 6),"
            " (40, 1, 0), (38, 5, 0), (17, 3, 0), (30, 1, 0)):\n"
            "    try: socket.socket(family, kind, protocol); print('OPENED', family, protocol)\n"
            "    except PermissionError: pass\n"
            "    except OSError as reason: print('odd', family, protocol, reason)\n"
            "print('end')",
        ),
        limits=QUICK,
    )

    assert done.output == "end\n"
