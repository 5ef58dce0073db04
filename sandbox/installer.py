"""uv at work in a container: no network but a socket to the package index, wheels only, bounded in all it uses.

The container sees the requirements, uv, uv's cache and the folder that it fills. Of the user's settings it gets the
index's address and certificates, in files; no variable of the host's environment goes in.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from sandbox import profile, proxy
from sandbox.container import Container
from sandbox.engine import Engine, SandboxError
from sandbox.growth import Growth
from sandbox.images import Image
from sandbox.index import Index
from sandbox.profile import Bind, Profile, Tmpfs
from sandbox.unpacked import at_work
from sandbox.uv_program import uv_binary

PORT = 3128
"""Where the forwarder listens inside the container: its own loopback, so that any number will do."""

UID = 65531
"""The container's user when the harness runs as root; else it is the harness's own, who has to own the files."""

TEXT_BYTES = 16 * 1024
"""How much of what uv says is kept."""

FILE_MIB = 2048
"""The largest single file: the libraries of the big machine learning packages have 1 GiB."""

FORWARDER = Path(__file__).parent / "room" / "forwarder.py"
HOME = "/tmp"  # noqa: S108  # the container's own
OWN_NETWORK = "dependencies were installed over the engine's own network, not over the index-only channel"


@dataclass(frozen=True, slots=True)
class Limits:
    """What an installation may take. Sizes in MiB; `tree_mib` is the environment, `download_mib` all traffic."""

    seconds: float = 600.0
    memory_mib: int = 2048
    processes: int = 256
    tree_mib: int = 3072
    download_mib: int = 2048


@dataclass(frozen=True, slots=True)
class Order:
    """What to install, and how: see prepare()."""

    requirements: str
    constraints: str
    layout: Literal["venv", "folder"]
    mount: str
    complete: bool
    exclude_newer: str
    limits: Limits


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended: `code` is uv's exit code (0 is success), `text` what it said, cleaned and cut.

    `ended` is "exited", "deadline", "memory", "size" (the environment or the download grew over its limit) or
    "disk" (the machine's is full); `trouble` is what the proxy met on the way to the index.
    """

    code: int
    ended: str
    text: str
    trouble: tuple[str, ...] = ()
    note: str = ""


def install(engine: Engine, image: Image, order: Order, work: Path, uv_cache: Path, index: Index) -> Outcome:
    """Fill `work`/tree with the packages of an order. Raises SandboxError when the engine or the disk fails."""
    tree = work / "tree"
    outcome, growth = _attempt(engine, image, order, work, uv_cache, index, alone=False)
    if outcome.ended == "size" and growth.by_cache:  # which others fill too: alone it is told whose fault it was
        shutil.rmtree(tree, ignore_errors=True)
        outcome, _ = _attempt(engine, image, order, work, uv_cache, index, alone=True)
    return outcome


def _attempt(
    engine: Engine, image: Image, order: Order, work: Path, uv_cache: Path, index: Index, *, alone: bool
) -> tuple[Outcome, Growth]:
    tree, given, channel = work / "tree", work / "input", work / "channel"
    for folder in (tree, given, channel, uv_cache):
        folder.mkdir(parents=True, exist_ok=True)
    for folder in (tree, uv_cache):
        if os.geteuid() == 0:
            os.chown(folder, UID, UID)
    _write_input(given, order, index)
    binds = [
        Bind(given, "/harness/input"),
        Bind(uv_binary(engine, uv_cache.parent), "/harness/uv"),
        Bind(FORWARDER, "/harness/forwarder.py"),
        Bind(tree, order.mount, writable=True),
        Bind(uv_cache, "/harness/cache", writable=True),
    ]
    command = ["/bin/sh", "-ec", _script(order)]
    variables = _variables(index)
    with ExitStack() as stack:
        door = None
        if shares_sockets(engine):
            socket, limit = channel / "index.sock", order.limits.download_mib * 1024**2
            door = stack.enter_context(proxy.open_door(socket, index.hosts, upstream=index.proxy, limit=limit))
            binds.append(Bind(channel, "/harness/channel"))
            forwarder = ["/harness/forwarder.py", "/harness/channel/index.sock", str(PORT)]
            command = ["python3", "-I", "-S", *forwarder, *command]
            address = f"http://127.0.0.1:{PORT}"
            variables |= {"HTTP_PROXY": address, "HTTPS_PROXY": address, "ALL_PROXY": address}
        elif index.proxy:
            variables |= {"HTTP_PROXY": index.proxy, "HTTPS_PROXY": index.proxy}
        confinement = _profile(order.limits, binds, network="none" if door else "bridge")
        with at_work(uv_cache, alone=alone) as its_work:
            growth = Growth(order.limits.tree_mib, tree, uv_cache)
            outcome = _run(engine, image, confinement, command, variables, growth)
            if outcome.ended == "size":
                its_work.drop(growth.fresh())
        trouble = _trouble(door.traffic()) if door and outcome.code else ()
        if door and outcome.code and door.traffic().over_limit:
            told = f"more than {order.limits.download_mib} MiB would have to be downloaded"
            outcome, trouble, growth.by_cache = Outcome(outcome.code, "size", told), (), False
    return replace(outcome, trouble=trouble, note="" if door else OWN_NETWORK), growth


def compile_bytecode(engine: Engine, image: Image, tree: Path, mount: str, limits: Limits) -> None:
    """Compile the modules in `tree`, with the image's own Python and none of what was installed.

    A file that does not compile is left as it is: some packages carry templates or code for other versions.
    """
    module = ["-m", "compileall", "-qq", "-j", "2", "--invalidation-mode", "unchecked-hash"]
    command = ["python3", "-I", "-S", *module, mount]
    confinement = _profile(limits, [Bind(tree, mount, writable=True)], network="none")
    outcome = _run(engine, image, confinement, command, {"HOME": HOME}, Growth(2 * limits.tree_mib, tree, None))
    if outcome.ended != "exited":
        raise SandboxError(
            f"compiling the installed packages did not end ({outcome.ended}): {outcome.text[-300:]}; try again"
        )


def cleaned(text: str) -> str:
    """Return text from a container for people: no control characters, no passwords in addresses, cut at TEXT_BYTES."""
    text = re.sub(r"\x1b\[[0-9;?]{0,20}[A-Za-z]", "", text[-TEXT_BYTES:])
    text = "".join(character for character in text if character.isprintable() or character == "\n")
    return re.sub(r"://[^/@\s]{1,200}@", "://", text).strip()


def shares_sockets(engine: Engine) -> bool:
    """Say whether a unix socket of this machine works in the engine's containers: same machine, same kernel."""
    local = engine.client.api.base_url.startswith("http+docker")
    return local and sys.platform == "linux" and engine.info.get("KernelVersion") == os.uname().release


def _profile(limits: Limits, binds: list[Bind], *, network: str) -> Profile:
    uid = UID if os.geteuid() == 0 else os.geteuid()
    return Profile(
        role="prepare",
        user=uid,
        limits=profile.Limits(
            seconds=limits.seconds, memory_mib=limits.memory_mib, processes=limits.processes, cpus=2.0
        ),
        network=network,
        binds=tuple(binds),
        tmpfs=(Tmpfs("/tmp", mib=64, inodes=8192, user=uid),),  # noqa: S108
        folder=HOME,
        file_mib=FILE_MIB,
    )


def _variables(index: Index) -> dict[str, str]:
    variables = {
        "HOME": HOME,
        "UV_CACHE_DIR": "/harness/cache",
        "UV_CONFIG_FILE": "/harness/input/uv.toml",
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_LINK_MODE": "copy",
        "UV_NO_PROGRESS": "1",
        "UV_HTTP_TIMEOUT": "60",
        "UV_CONCURRENT_DOWNLOADS": "16",
        "NO_COLOR": "1",
    }
    if index.certificates:
        variables["SSL_CERT_FILE"] = "/harness/input/certificates.pem"
    return variables


def _write_input(folder: Path, order: Order, index: Index) -> None:
    (folder / "requirements.txt").write_text(order.requirements, "utf-8")
    (folder / "constraints.txt").write_text(order.constraints, "utf-8")
    tables = [f"[[index]]\nurl = {json.dumps(url)}\n" for url in index.urls]
    (folder / "uv.toml").write_text("\n".join([*tables[:-1], f"{tables[-1]}default = true\n"]), "utf-8")
    if index.certificates:
        shutil.copyfile(index.certificates, folder / "certificates.pem")
    for path in folder.iterdir():
        path.chmod(0o644)
    for path in (folder, folder.parent, folder.with_name("channel")):
        path.chmod(0o755)


def _script(order: Order) -> str:
    """Return the shell script: fixed words of ours, and a time stamp that datetime wrote."""
    options = "--only-binary :all: --no-sources --no-compile -r /harness/input/requirements.txt"
    if order.constraints:
        options += " -c /harness/input/constraints.txt"
    if order.complete:
        options += " --no-deps"
    if order.exclude_newer:
        options += f" --exclude-newer {order.exclude_newer}"
    if order.layout == "folder":
        return f"exec /harness/uv pip install --python python3 --target {order.mount} {options}"
    return (
        f"/harness/uv venv --quiet --allow-existing --no-project --python python3 {order.mount}\n"
        f"exec /harness/uv pip install --python {order.mount}/bin/python {options}"
    )


def _trouble(traffic: proxy.Traffic) -> tuple[str, ...]:
    refused = (
        f"the index sends for files to {host}, which is not one of its known hosts: add it to HARNESS_INDEX_HOSTS"
        for host in traffic.refused
    )
    return (*traffic.failures, *refused)


def _run(
    engine: Engine, image: Image, confinement: Profile, command: list[str], variables: dict[str, str], growth: Growth
) -> Outcome:
    """Run one command of ours to its end, or until its time is over or `growth` objects."""
    with Container(engine, confinement, image.id, command, variables) as container:
        container.start()
        ended = _await(container, confinement.limits.seconds, growth)
        state = container.state()
        text = cleaned(container.log(TEXT_BYTES).decode("utf-8", errors="replace"))
    if ended == "exited" and state.out_of_memory:
        ended = "memory"
    code = state.exit_code or 0
    if ended == "exited" and code == 0 and growth.verdict() == "size":  # it ended before anybody looked
        ended, code = "size", 1
    return Outcome(code, ended, growth.said if ended == "size" else text)


def _await(container: Container, seconds: float, growth: Growth) -> str:
    """Wait until a container has ended; kill it when its time is over or `growth` objects. Returns why it ended."""
    deadline = time.monotonic() + seconds
    pause = 0.5
    while not container.wait(pause):
        began = time.monotonic()
        verdict = growth.verdict() or ("deadline" if began > deadline else None)
        if verdict is not None:
            container.kill()
            return verdict
        pause = max(1.0, 10 * (time.monotonic() - began))  # looking takes a tenth of the time at most
    return "exited"
