"""Locks of five tools, read as data into pins: name, version and hashes, for one Python on one machine.

No lock tool is asked, so none of their plug-ins, settings or build steps runs. Markers are evaluated here, and
what a lock takes from elsewhere than the package index is refused.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from packaging.utils import canonicalize_name

from sandbox.lock import PACKAGES, Environment, Lock, environment, hashes_of, load, opened
from sandbox.notebook import Notebook, decoded, shown, table, tables, texts
from sandbox.project_file import WANTED_GROUPS

__all__ = ["PARSERS", "environment", "requires_python"]

Parser = Callable[[bytes, Environment, Mapping[str, Any], Notebook], tuple[str, ...]]


def requires_python(name: str, content: bytes, notebook: Notebook) -> str | None:
    """Return the Python that a lock asks for, as it is written there."""
    lock = load(name, content, Notebook(notebook.registries))
    metadata = table(lock.get("metadata"))
    stated = {
        "uv.lock": lock.get("requires-python"),
        "pylock.toml": lock.get("requires-python"),
        "poetry.lock": metadata.get("python-versions"),
        "pdm.lock": metadata.get("requires_python"),
        "Pipfile.lock": table(table(lock.get("_meta")).get("requires")).get("python_version"),
    }[name]
    return stated if isinstance(stated, str) and 0 < len(stated) < 200 and stated != "*" else None


def _uv(content: bytes, environment: Environment, project: Mapping[str, Any], notebook: Notebook) -> tuple[str, ...]:
    """uv.lock: walk from the project's own entry along the edges whose markers hold."""
    lock, loaded, packages = opened("uv.lock", content, environment, notebook)
    del project
    by_name: dict[str, list[dict[str, Any]]] = {}
    for package in packages:
        by_name.setdefault(str(package.get("name")), []).append(package)
    manifest = table(loaded.get("manifest"))
    members = set(texts(manifest.get("members")))
    todo: deque[tuple[dict[str, Any], tuple[str, ...]]] = deque()
    for package in packages:
        source = table(package.get("source"))
        if (
            "." in (source.get("virtual"), source.get("editable"), source.get("directory"))
            or package.get("name") in members
        ):
            todo.append((package, WANTED_GROUPS))
    done: set[tuple[int, tuple[str, ...]]] = set()
    pins: dict[str, None] = {}

    def follow(edges: Any) -> None:
        for edge in tables(edges):
            if not lock.holds(edge.get("marker")):
                continue
            for target in _targets(lock, edge, by_name):
                todo.append((target, tuple(sorted(texts(edge.get("extra"))))))

    for group, edges in table(manifest.get("dependency-groups")).items():
        if canonicalize_name(group) in WANTED_GROUPS:
            follow(edges)
    while todo:
        package, extras = todo.popleft()
        if (id(package), extras) in done:
            continue
        done.add((id(package), extras))
        if len(done) > 4 * PACKAGES:
            notebook.refuse("uv.lock", None, "", "too many ways through the lock", "make the lock again")
            break
        pin, own = _uv_package(lock, package)
        if pin is not None:
            pins[pin] = None
        follow(package.get("dependencies"))
        for extra, edges in table(package.get("optional-dependencies")).items():
            if extra in extras:
                follow(edges)
        for group, edges in table(package.get("dev-dependencies")).items():
            if own and canonicalize_name(group) in WANTED_GROUPS:
                follow(edges)
    return tuple(sorted(pins))


def _targets(lock: Lock, edge: dict[str, Any], by_name: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return the entries that an edge leads to: the one it names, or those whose resolution is for this environment."""
    candidates = by_name.get(str(edge.get("name")), [])
    if "version" in edge:
        candidates = [package for package in candidates if package.get("version") == edge["version"]]
    if len(candidates) > 1:
        candidates = [
            package
            for package in candidates
            if any(lock.holds(marker) for marker in texts(package.get("resolution-markers")) or [""])
        ]
    return candidates[:1]


def _uv_package(lock: Lock, package: dict[str, Any]) -> tuple[str | None, bool]:
    """Return the pin of an entry, if it has one, and whether it is the project itself."""
    name, source = str(package.get("name")), table(package.get("source"))
    if "registry" in source:
        hashes = hashes_of(package.get("wheels")) + hashes_of([package.get("sdist")])
        if not lock.registry(name, source["registry"], hashes):
            return None, False
        return lock.pin(name, package.get("version"), hashes), False
    local = next((source[kind] for kind in ("virtual", "editable", "directory") if kind in source), None)
    if local == ".":
        return None, True
    if local is not None and not str(local).startswith(("/", "..")):
        lock.notebook.note(
            f"{shown(name)} in {shown(str(local))} of the repository is not installed: put its folder on the path"
        )
        return None, True
    lock.elsewhere(name, ", ".join(f"{kind} {place}" for kind, place in source.items()) or "no source")
    return None, False


def _pylock(
    content: bytes, environment: Environment, project: Mapping[str, Any], notebook: Notebook
) -> tuple[str, ...]:
    """pylock.toml (PEP 751): every package says by itself when it is wanted."""
    lock, loaded, packages = opened("pylock.toml", content, environment, notebook)
    del project
    extras = [extra for extra in texts(loaded.get("extras")) if extra in WANTED_GROUPS]
    groups = [group for group in texts(loaded.get("dependency-groups")) if canonicalize_name(group) in WANTED_GROUPS]
    groups += texts(loaded.get("default-groups"))
    pins = []
    for package in packages:
        if not lock.holds(package.get("marker"), extras=extras, groups=groups):
            continue
        name = str(package.get("name"))
        if table(package.get("directory")).get("path") in (".", "./"):
            continue
        other = next((kind for kind in ("vcs", "directory", "archive") if kind in package), None)
        files = [*tables(package.get("wheels")), *tables([package.get("sdist")])]
        if other or any("path" in file for file in files):
            lock.elsewhere(name, f"{other or 'path'}")
            continue
        hashes = [f"{kind}:{value}" for file in files for kind, value in table(file.get("hashes")).items()]
        if "index" in package and not lock.registry(name, package["index"], list(hashes)):
            continue
        pins.append(lock.pin(name, package.get("version"), hashes))
    return tuple(sorted({pin for pin in pins if pin}))


def _poetry(
    content: bytes, environment: Environment, project: Mapping[str, Any], notebook: Notebook
) -> tuple[str, ...]:
    """poetry.lock: 2.1 states groups and markers of each package; older ones state them on the edges alone."""
    lock, loaded, packages = opened("poetry.lock", content, environment, notebook)
    old_files = table(table(loaded.get("metadata")).get("files"))
    modern = any("groups" in package for package in packages)
    wanted = _poetry_extras(loaded, packages)
    reached = None if modern else _reached(lock, packages, _poetry_edges, _poetry_roots(project))
    pins = []
    for package in packages:
        name = str(package.get("name"))
        if package.get("optional") is True and canonicalize_name(name) not in wanted:
            continue
        groups = texts(package.get("groups")) or ["main"]
        markers = package.get("markers")
        if not {"main", *WANTED_GROUPS}.intersection(groups):
            continue
        if isinstance(markers, dict):
            markers = (
                None
                if any(group not in markers or lock.holds(markers[group]) for group in groups)
                else "os_name == 'none'"
            )
        if not lock.holds(markers) or (reached is not None and canonicalize_name(name) not in reached):
            continue
        hashes = hashes_of(package.get("files") or old_files.get(name))
        source = table(package.get("source"))
        kind = source.get("type")
        if kind in ("git", "url", "file", "directory") or (
            kind == "legacy" and not lock.registry(name, source.get("url"), hashes)
        ):
            if kind != "legacy":
                lock.elsewhere(name, f"{kind} {source.get('url', '')}")
            continue
        pins.append(lock.pin(name, package.get("version"), hashes))
    return tuple(sorted({pin for pin in pins if pin}))


def _poetry_edges(package: dict[str, Any]) -> Iterable[tuple[str, Any]]:
    for name, wanted in table(package.get("dependencies")).items():
        for edge in wanted if isinstance(wanted, list) else [wanted]:
            yield canonicalize_name(name), edge.get("markers") if isinstance(edge, dict) else None


def _poetry_roots(project: Mapping[str, Any]) -> set[str]:
    poetry = table(table(project.get("tool")).get("poetry"))
    named = [*table(poetry.get("dependencies")), *table(poetry.get("dev-dependencies"))]
    for group in table(poetry.get("group")).values():
        named += table(table(group).get("dependencies"))
    named += [
        re.split(r"[^A-Za-z0-9._-]", line.strip(), maxsplit=1)[0]
        for line in texts(table(project.get("project")).get("dependencies"))
    ]
    return {canonicalize_name(name) for name in named}


def _poetry_extras(loaded: dict[str, Any], packages: list[dict[str, Any]]) -> set[str]:
    """Return the names that the wanted extras lead to."""
    todo: list[str] = [
        canonicalize_name(re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0])
        for extra, lines in table(loaded.get("extras")).items()
        if extra in WANTED_GROUPS
        for line in texts(lines)
    ]
    edges: dict[str, list[tuple[str, Any]]] = {
        str(canonicalize_name(str(package.get("name")))): list(_poetry_edges(package)) for package in packages
    }
    wanted: set[str] = set()
    while todo:
        name = todo.pop()
        if name not in wanted:
            wanted.add(name)
            todo += [target for target, _ in edges.get(name, [])]
    return wanted


def _pdm(content: bytes, environment: Environment, project: Mapping[str, Any], notebook: Notebook) -> tuple[str, ...]:
    """pdm.lock: groups and markers of each package, or (without inherit_metadata) markers on the edges."""
    lock, _, packages = opened("pdm.lock", content, environment, notebook)
    del project
    modern = any("groups" in package for package in packages)
    reached = None if modern else _reached(lock, packages, _pdm_edges, set())
    pins = []
    for package in packages:
        name = str(package.get("name"))
        groups: set[str] = {canonicalize_name(group) for group in texts(package.get("groups"))} or {"default"}
        if not {"default", *WANTED_GROUPS} & groups or not lock.holds(package.get("marker")):
            continue
        if reached is not None and canonicalize_name(name) not in reached:
            continue
        if package.get("path") in (".", "./"):
            continue
        other = next((kind for kind in ("git", "hg", "svn", "url", "path") if kind in package), None)
        if other:
            lock.elsewhere(name, f"{other} {package[other]}")
            continue
        pins.append(lock.pin(name, package.get("version"), hashes_of(package.get("files"))))
    return tuple(sorted({pin for pin in pins if pin}))


def _pdm_edges(package: dict[str, Any]) -> Iterable[tuple[str, Any]]:
    for line in texts(package.get("dependencies")):
        requirement, _, marker = line.partition(";")
        yield canonicalize_name(re.split(r"[^A-Za-z0-9._-]", requirement.strip(), maxsplit=1)[0]), marker.strip()


def _reached(
    lock: Lock,
    packages: list[dict[str, Any]],
    edges: Callable[[dict[str, Any]], Iterable[tuple[str, Any]]],
    roots: set[str],
) -> set[str]:
    """Return the names that are wanted here, for locks that put markers on edges: from the roots along those that hold.

    Without known roots, what nothing leads to is a root.
    """
    outgoing: dict[str, list[tuple[str, Any]]] = {}
    for package in packages:
        outgoing.setdefault(canonicalize_name(str(package.get("name"))), []).extend(edges(package))
    if not roots & outgoing.keys():
        roots = outgoing.keys() - {target for targets in outgoing.values() for target, _ in targets}
    todo, reached = sorted(roots), set()
    while todo:
        name = todo.pop()
        if name not in reached:
            reached.add(name)
            todo += [
                target for target, marker in outgoing.get(name, []) if target not in reached and lock.holds(marker)
            ]
    return reached


def _pipfile(
    content: bytes, environment: Environment, project: Mapping[str, Any], notebook: Notebook
) -> tuple[str, ...]:
    """Pipfile.lock: JSON with the pins of the program and of its development."""
    lock = Lock("Pipfile.lock", decoded(content), environment, notebook)
    del project
    loaded = load("Pipfile.lock", content, notebook)
    addresses = {source.get("name"): source.get("url") for source in tables(table(loaded.get("_meta")).get("sources"))}
    pins: dict[str, str] = {}
    for section in ("default", "develop"):
        for name, entry in list(table(loaded.get(section)).items())[:PACKAGES]:
            wanted = table(entry)
            if not lock.holds(wanted.get("markers")):
                continue
            if wanted.get("path") in (".", "./"):
                notebook.note("Pipfile.lock installs the project itself, which is imported from its folder instead")
                continue
            other = next((kind for kind in ("git", "hg", "svn", "file", "path", "editable") if kind in wanted), None)
            if other:
                lock.elsewhere(name, f"{other} {wanted[other]}")
                continue
            hashes = texts(wanted.get("hashes"))
            address = addresses.get(wanted.get("index"))
            if address is not None and not lock.registry(name, address, list(hashes)):
                continue
            pin = lock.pin(name, str(wanted.get("version", "")).removeprefix("=="), hashes)
            if pin:
                pins.setdefault(canonicalize_name(name), pin)
    return tuple(sorted(pins.values()))


PARSERS: Mapping[str, Parser] = {
    "uv.lock": _uv,
    "pylock.toml": _pylock,
    "poetry.lock": _poetry,
    "pdm.lock": _pdm,
    "Pipfile.lock": _pipfile,
}
"""The locks that are read, in the order in which they are looked for."""
