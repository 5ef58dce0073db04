"""Attacks on the sandbox, the network and resources: a probe runs inside, says what it got, and proves that it ran."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from attack_corpus import Attack, Seen
from attack_ground import Ground, Way
from attack_listener import listening

from sandbox.container import Container
from sandbox.launch import ROOM
from sandbox.profile import SANDBOX_USERS, Bind, Limits, Profile
from sandbox.run import run

USER = 70_000
QUICK = {
    "seconds": 15,
    "memory_mib": 128,
    "processes": 32,
    "cpus": 1.0,
    "writable_mib": 16,
    "files": 500,
    "file_mib": 4,
}


def probe(attack: Attack, ground: Ground) -> Seen:
    """Run `command` in a sandbox with the attack's files; outcomes: how it ended, and each file that was asked for.

    `runs` is how often, one sandbox after the other; with `beside`, a sandbox of the same files runs that command
    meanwhile, and has been for three seconds; with `listener` this host listens, and TARGETS names where; with
    `setuid` a setuid shell of root's lies in the sandbox.
    """
    try:
        if attack.told.get("setuid"):
            change_containers(ground, with_setuid_shell(ground))
        if beside := attack.told.get("beside"):
            neighbour = replace(attack, told={**attack.told, "command": beside})
            with ThreadPoolExecutor(1) as pool:
                first = pool.submit(_run, neighbour, ground, {})
                time.sleep(3)
                seen = _run(attack, ground, {})
                return replace(seen, text=seen.text + first.result().text)
        if not attack.told.get("listener"):
            return _run(attack, ground, {})
        with listening() as heard:
            seen = _run(attack, ground, {"TARGETS": ",".join(heard.targets)})
        return replace(seen, text=seen.text + heard.text())
    finally:
        shutil.rmtree(ground.folder / "given", ignore_errors=True)  # no such shell is left on this machine


def _run(attack: Attack, ground: Ground, variables: Mapping[str, str]) -> Seen:
    told = attack.told
    files = attack.files(ground.planted)
    collect = tuple(ground.planted.filled(name.encode()).decode() for name in told.get("collect", ()))
    printed = []
    for _ in range(told.get("runs", 1)):
        done = run(
            ground.engine,
            ground.image,
            told.get("command", ("python3", "probe.py")),
            files=files,
            collect=collect,
            variables={**told.get("variables", {}), **variables},
            limits=Limits(**{**QUICK, **told.get("limits", {})}),
        )
        printed.append(done.output)
    outcomes = {"ended": done.ended, "exit_code": str(done.exit_code), "out_of_memory": str(done.out_of_memory)}
    outcomes |= {f"file {name}": "collected" if name in done.files else "refused" for name in collect}
    kept = [content.decode("utf-8", "replace") for content in done.files.values()]
    return Seen(outcomes, "\n".join([*printed, *kept, *(done.refused or {}).values()]))


Change = Callable[[dict[str, Any]], None]


def weakened(change: Change, filters: bool, attack: Attack, ground: Ground) -> Seen:
    """The same probe with something taken off the container; without `filters` also without our system call filter."""
    change_containers(ground, change)
    if not filters:
        ground.monkeypatch.setattr("sandbox.launch.ROOM", room_without_filter(ground.fresh("room")))
    try:
        return probe(attack, ground)
    finally:
        ground.monkeypatch.undo()


def change_containers(ground: Ground, change: Change) -> None:
    """From now on containers of this test are made with the change, on top of what was changed before."""
    import sandbox.container

    before = sandbox.container.creation

    def make(*arguments: Any) -> dict[str, Any]:
        options = before(*arguments)
        change(options)
        return options

    ground.monkeypatch.setattr("sandbox.container.creation", make)


def with_setuid_shell(ground: Ground) -> Change:
    """A setuid shell of root's, on a file system that honours it: as an image might hold one."""
    from docker.types import Mount

    folder = ground.fresh("given")
    shutil.copyfile(shutil.which("sh") or "/bin/sh", folder / "sh")
    folder.chmod(0o755)
    (folder / "sh").chmod(0o4755)
    mount = Mount("/opt/given", str(folder), type="bind", read_only=True)
    return lambda options: options["host_config"]["mounts"].append(mount)


def room_without_filter(folder: Path) -> Path:
    """Our part of a sandbox, with a filter that is never installed."""
    return _changed_room(folder, "system_calls.py", "def install(program):\n    return None")


def _changed_room(folder: Path, file: str, function: str) -> Path:
    """Our part of a sandbox, with another function in a file of it."""
    shutil.copytree(ROOM, folder, dirs_exist_ok=True)
    text = (folder / file).read_text()
    assert f"\n{function.partition('(')[0]}(" in text, "the launcher does this otherwise: mend this weak variant"
    (folder / file).write_text(f"{text}\n\n{function}\n")
    return folder


def following_links(attack: Attack, ground: Ground) -> Seen:
    """Files are handed out by their path, as a plain open() finds them."""
    plain = "def _open_exactly(path):\n    return os.open(path, os.O_RDONLY)"
    ground.monkeypatch.setattr("sandbox.launch.ROOM", _changed_room(ground.fresh("room"), "belongings.py", plain))
    try:
        return probe(attack, ground)
    finally:
        ground.monkeypatch.undo()


def _host(**settings: Any) -> Change:
    return lambda options: options["host_config"].update(settings)


def _user(identifier: str) -> Change:
    def change(options: dict[str, Any]) -> None:
        user = options["user"].partition(":")[0]
        options["user"] = identifier
        options["host_config"]["tmpfs"] = {
            place: told.replace(f"uid={user},gid={user}", "uid=0,gid=0")
            for place, told in options["host_config"]["tmpfs"].items()
        }

    return change


def _tmpfs(old: str, new: str) -> Change:
    def change(options: dict[str, Any]) -> None:
        host = options["host_config"]
        host["tmpfs"] = {place: re.sub(old, new, told) for place, told in host["tmpfs"].items()}

    return change


def _limit(name: str) -> Change:
    def change(options: dict[str, Any]) -> None:
        host = options["host_config"]
        host["ulimits"] = [limit for limit in host["ulimits"] if limit["Name"] != name]

    return change


def _root_with_capabilities(options: dict[str, Any]) -> None:
    """As containers are when nothing is asked for: root, with the engine's usual capabilities."""
    _user("0:0")(options)
    options["host_config"].update(cap_drop=[])


def _one_user_for_all(attack: Attack, ground: Ground) -> Seen:
    """Every sandbox runs as the same user."""
    ground.monkeypatch.setattr("sandbox.run.draw_user", lambda _: SANDBOX_USERS[7])
    return probe(attack, ground)


def unmasked(attack: Attack, ground: Ground) -> Seen:
    """Nothing of /proc and /sys is hidden or read-only."""
    from docker import APIClient

    before = APIClient.create_host_config

    def make(self: APIClient, *arguments: Any, **options: Any) -> Any:
        return {**before(self, *arguments, **options), "MaskedPaths": [], "ReadonlyPaths": []}

    ground.monkeypatch.setattr(APIClient, "create_host_config", make)
    return probe(attack, ground)


def _engines_socket(options: dict[str, Any]) -> None:
    from docker.types import Mount

    options["host_config"]["mounts"].append(Mount("/run/docker.sock", "/var/run/docker.sock", type="bind"))


def _nothing(options: dict[str, Any]) -> None:
    """The container stays as it is."""


def inherited(attack: Attack, ground: Ground) -> Seen:
    """A runner that hands its own environment on, as many do."""
    ours = {name: value for name, value in os.environ.items() if name.startswith("HARNESS")}
    told = {**attack.told, "variables": {**attack.told.get("variables", {}), **ours}}
    return probe(replace(attack, told=told), ground)


def buffered(attack: Attack, ground: Ground) -> Seen:
    """Python's own habit: what is printed waits in a buffer."""
    return probe(replace(attack, told={**attack.told, "variables": {"PYTHONUNBUFFERED": ""}}), ground)


def with_the_store(attack: Attack, ground: Ground) -> Seen:
    """A sandbox that sees a folder of the host's."""
    from docker.types import Mount

    def change(options: dict[str, Any]) -> None:
        source = str(ground.planted.store.parent)
        options["host_config"]["mounts"].append(Mount(target="/host", source=source, type="bind", read_only=True))

    ground.planted.store.chmod(0o644)
    ground.planted.store.parent.chmod(0o755)
    return weakened(change, True, attack, ground)


def without_launcher(change: Change, attack: Attack, ground: Ground) -> Seen:
    """A plain container, whose log the engine keeps as it is told to."""
    laid = ground.fresh("laid")
    for name, content in attack.files(ground.planted).items():
        (laid / name).write_bytes(content)
    laid.chmod(0o755)
    change_containers(ground, change)
    profile = Profile("sandbox", USER, Limits(seconds=60), binds=(Bind(laid, "/submission"),))
    try:
        with Container(ground.engine, profile, ground.image.id, ("python3", "/submission/probe.py")) as container:
            container.start()
            ended = container.wait(60)
            container.kill()
            text = container.log(65_536).decode("utf-8", "replace")
    finally:
        ground.monkeypatch.undo()
    return Seen({"ended": "exited" if ended else "deadline"}, text)


def without_memory_of_sockets(attack: Attack, ground: Ground) -> Seen:
    """Nobody bounds what sockets hold: neither the limit of memory, which counts them on cgroup v2, nor we on v1."""
    ground.monkeypatch.setattr("sandbox.container.bound_socket_memory", lambda *_: False)
    return weakened(_host(mem_limit=512 * 2**20, memswap_limit=512 * 2**20), True, attack, ground)


def copied_out(attack: Attack, ground: Ground) -> Seen:
    """Results fetched with `docker cp` and then read on the host, links and all."""
    name = ground.engine.name("copied")
    into = ground.fresh("copied")
    files = attack.files(ground.planted)
    command = attack.told.get("command", "python3 probe.py")
    labels = [f"--label={key}={value}" for key, value in ground.engine.labels("sandbox", 60).items()]
    (into / "laid").mkdir()
    for path, content in files.items():
        (into / "laid" / path).write_bytes(content)
    script = command if isinstance(command, str) else " ".join(command)
    _docker("create", "--name", name, "--network=none", *labels, ground.image.id, "sh", "-c", f"cd /srv; {script}")
    try:
        _docker("cp", f"{into / 'laid'}/.", f"{name}:/srv")
        _docker("start", name)
        _docker("wait", name)
        outcomes, text = {}, []
        for place in attack.told.get("collect", ()):
            target = into / Path(place).name
            _docker("cp", f"{name}:{place}", str(target), good=False)
            outcomes[f"file {place}"] = "collected" if target.is_file() else "refused"
            if target.is_file():
                text.append(target.read_text(errors="replace"))
                text.append("SETUID ON THE HOST" if target.stat().st_mode & 0o6000 else "")
        return Seen(outcomes, "\n".join(text))
    finally:
        _docker("rm", "-f", name, good=False)
        shutil.rmtree(into)


def _docker(*arguments: str, good: bool = True) -> str:
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, timeout=60)
    assert not good or done.returncode == 0, done.stderr
    return done.stdout


def _weak(change: Change, *, filters: bool = True) -> Way:
    return partial(weakened, change, filters)


WEAK: dict[str, Way] = {
    "bridge network": _weak(_host(network_mode="bridge")),
    "no filter of ours": _weak(_nothing, filters=False),
    "no system call filter": _weak(_host(security_opt=["no-new-privileges:true", "seccomp=unconfined"]), filters=False),
    "all capabilities": _weak(_host(cap_drop=[], cap_add=["ALL"]), filters=False),
    "writable root": _weak(_host(read_only=False)),
    "user root": _weak(_user("0:0")),
    "no process limit": _weak(_host(pids_limit=400)),
    "no memory limit": _weak(_host(mem_limit=512 * 2**20, memswap_limit=512 * 2**20)),
    "no size of folders": _weak(_tmpfs(r"size=\d+m", "size=400m")),
    "no inode limit": _weak(_tmpfs(r"nr_inodes=\d+", "nr_inodes=100000")),
    "setuid in folders": _weak(_tmpfs("nosuid", "suid")),
    "no limit of descriptors": _weak(_limit("nofile")),
    "no limit of queues": _weak(_limit("msgqueue"), filters=False),
    "endless log": partial(without_launcher, _host(log_config={"Type": "json-file", "Config": {}})),
    "new privileges": _weak(_host(security_opt=[]), filters=False),
    "root with usual capabilities": _weak(_root_with_capabilities, filters=False),
    "engine's socket": _weak(_engines_socket),
    "environment handed on": inherited,
    "buffered output": buffered,
    "folder of the host": with_the_store,
    "docker cp": copied_out,
    "no limit of socket memory": without_memory_of_sockets,
    "host network": _weak(_host(network_mode="host")),
    "one user for all": _one_user_for_all,
    "nothing of /proc hidden": unmasked,
    "links followed": following_links,
}
