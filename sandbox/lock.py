"""A lock file while it is read: its markers evaluated, its pins written down, what is from elsewhere refused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from sandbox import toml
from sandbox.notebook import Notebook, decoded, host_of, line_of, shown, table, tables

PACKAGES = 5_000
"""Packages in one lock; more is refused."""

MARKER_CHARACTERS = 4_000

Environment = Mapping[str, str]

_HASH = re.compile(r"sha(256:[0-9a-f]{64}|384:[0-9a-f]{96}|512:[0-9a-f]{128})")

_RELEASE = "lock a release of the package from the index"


def environment(python: str, machine: str) -> dict[str, str]:
    """Return the marker environment of a sandbox with this Python ("3.13.5") on this machine ("x86_64")."""
    return {
        "implementation_name": "cpython",
        "implementation_version": python,
        "os_name": "posix",
        "platform_machine": machine,
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": python,
        "python_version": ".".join(python.split(".")[:2]),
        "sys_platform": "linux",
        "extra": "",
    }


@dataclass
class Lock:
    """One lock while it is read."""

    path: str
    text: str
    environment: Environment
    notebook: Notebook

    def line(self, name: str) -> Callable[[], int | None]:
        return partial(line_of, self.text, f'name = "{name}"' if self.path != "Pipfile.lock" else f'"{name}"')

    def holds(self, marker: Any, *, extras: Iterable[str] = (), groups: Iterable[str] = ()) -> bool:
        """Evaluate a marker. One that can't be read counts as true: uv will say if the package does not fit."""
        if not isinstance(marker, str) or not marker.strip():
            return True
        if len(marker) > MARKER_CHARACTERS:
            return True
        try:
            if self.path == "pylock.toml":
                values: dict[str, Any] = {**self.environment, "extras": set(extras), "dependency_groups": set(groups)}
                return Marker(marker).evaluate(values, context="lock_file")
            return Marker(marker).evaluate(dict(self.environment))
        except (
            InvalidMarker,
            UndefinedComparison,
            UndefinedEnvironmentName,
            InvalidVersion,
            RecursionError,
            ValueError,
        ):
            self.notebook.note(f"a marker in {self.path} can't be read and is taken to hold: {shown(marker)[:100]}")
            return True

    def pin(self, name: Any, version: Any, hashes: Iterable[Any]) -> str | None:
        """Return "name==version --hash=..." or None after refusing it."""
        if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,200}[A-Za-z0-9])?", name):
            self.notebook.refuse(self.path, None, str(name), "not the name of a package", "make the lock again")
            return None
        try:
            if not isinstance(version, str) or len(version) > 200:
                raise InvalidVersion(str(version)[:50])  # noqa: TRY301
            exact = str(Version(version))
        except InvalidVersion:
            self.notebook.refuse(
                self.path, self.line(name), f"{name} {version}", "not a version", "make the lock again"
            )
            return None
        good = sorted({value for value in hashes if isinstance(value, str) and _HASH.fullmatch(value)})
        return " ".join([f"{canonicalize_name(name)}=={exact}", *(f"--hash={value}" for value in good)])

    def elsewhere(self, name: str, what: str) -> None:
        self.notebook.refuse(
            self.path,
            self.line(name),
            f"{name}: {shown(what)}",
            "taken from elsewhere than the package index",
            _RELEASE,
        )

    def registry(self, name: str, address: Any, hashes: list[Any]) -> bool:
        """Judge the index that a lock names: another one than the user's is good where hashes say what to expect."""
        if not isinstance(address, str) or host_of(address) is None:
            self.elsewhere(name, str(address))
            return False
        hashed = any(isinstance(value, str) and _HASH.fullmatch(value) for value in hashes)
        if hashed or self.notebook.knows(address):
            return True
        self.elsewhere(name, address)
        return False


def load(path: str, content: bytes, notebook: Notebook) -> dict[str, Any]:
    try:
        text = decoded(content)
        loaded = json.loads(text) if path == "Pipfile.lock" else toml.parse(text)
    except (ValueError, RecursionError) as problem:
        notebook.refuse(path, None, "", f"it can't be read: {shown(str(problem))}", "make the lock again")
        return {}
    return table(loaded)


def opened(
    path: str, content: bytes, environment: Environment, notebook: Notebook
) -> tuple[Lock, dict[str, Any], list[dict[str, Any]]]:
    lock = Lock(path, decoded(content), environment, notebook)
    loaded = load(path, content, notebook)
    packages = tables(loaded.get("package", loaded.get("packages")))
    if len(packages) > PACKAGES:
        notebook.refuse(path, None, "", f"more than {PACKAGES} packages", "lock fewer")
        packages = []
    return lock, loaded, packages


def hashes_of(files: Any, *, key: str = "hash") -> list[Any]:
    return [file.get(key) for file in tables(files)]
