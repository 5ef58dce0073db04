"""Environments: a submission's dependencies (or our own tools) installed once, and found again by their content.

uv runs in a container that sees one file of requirements, uv's own cache and a socket to the package index; it installs
wheels only, so that nothing of a candidate's runs. Bytecode is compiled in a second container that has no
way out at all. What comes out is a folder on the host, mounted read-only afterwards.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from sandbox import installer
from sandbox.engine import Engine, SandboxError
from sandbox.images import Image
from sandbox.index import Index, user_index
from sandbox.leftovers import mark_used, sweep_leftovers, sweep_unused
from sandbox.listing import gave_other_bytes
from sandbox.turn import taking_turns
from sandbox.uv_program import uv_version

RECIPE = "1"
"""Raised when the way environments are made changes, so that older ones are not taken for them."""

REQUIREMENTS_BYTES = 4 * 1024 * 1024
"""The longest text of requirements; a lock with hashes for 300 packages has about 1 MiB."""


Layout = Literal["venv", "folder"]
"""A virtual environment at /environment, or a plain folder of packages for PYTHONPATH at /tools."""


@dataclass(frozen=True, slots=True)
class Environment:
    """Installed packages: `path` is a folder on the host, to be mounted read-only at `mount`.

    `digest` is the key of all that went into it; `packages` are (name, version), sorted; `source` is the file
    that the requirements came from; `seconds` is what making it took, `reused` whether that was now.
    `note` says what was weaker than it should be (empty when nothing was).
    """

    path: Path
    mount: str
    digest: str
    packages: tuple[tuple[str, str], ...]
    source: str
    seconds: float
    reused: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class PreparationRefused:
    """The requirements can't be installed, and not for a fault of ours or of the network.

    `kind`: "not found" (no such package, or no such version), "no wheel", "hash mismatch", "conflict", "invalid",
    "too large". `text` is what uv said, cleaned and cut; it may quote the candidate's file.
    """

    kind: str
    text: str
    source: str


def prepare(
    engine: Engine,
    image: Image,
    requirements: str,
    cache: Path,
    report: Callable[[str], None],
    *,
    constraints: str = "",
    source: str = "",
    complete: bool = False,
    layout: Layout = "venv",
    exclude_newer: datetime | None = None,
    limits: installer.Limits = installer.Limits(),  # noqa: B008  # a frozen value
    index: Index | None = None,
) -> Environment | PreparationRefused:
    """Install `requirements` (the text of a requirements file) for `image`, or find them installed already.

    `complete` says that the text is a whole locked set, so that nothing beyond it is installed. `exclude_newer`
    (aware) leaves out what the index got later. `source` is for the record. Returns PreparationRefused when the
    requirements are at fault; raises SandboxError when the engine, the index, the network or the disk is.
    """
    if len(requirements.encode()) > REQUIREMENTS_BYTES:
        return PreparationRefused("too large", f"more than {REQUIREMENTS_BYTES} bytes of requirements", source)
    uv = uv_version()
    newest = exclude_newer.isoformat() if exclude_newer else ""
    ingredients = [RECIPE, requirements, constraints, image.id, uv, layout, newest, str(complete)]
    digest = hashlib.sha256(json.dumps(ingredients).encode()).hexdigest()
    store = cache / "environments"
    store.mkdir(parents=True, exist_ok=True)
    mount = "/environment" if layout == "venv" else "/tools"
    present = _present(store / digest, mount, digest, source)
    if present is not None:
        return present
    waiting = "waiting for another run that installs the same dependencies"
    with taking_turns(store / f".{digest[:16]}.lock", waiting, report):
        present = _present(store / digest, mount, digest, source)
        if present is not None:
            return present
        report(f"installing the dependencies of {source}" if source else "installing dependencies")
        sweep_leftovers(store)
        sweep_unused(store)
        started = time.monotonic()
        work = Path(tempfile.mkdtemp(prefix=f".{digest[:12]}.", dir=store))
        try:
            order = installer.Order(
                requirements=requirements,
                constraints=constraints,
                layout=layout,
                mount=mount,
                complete=complete,
                exclude_newer=newest,
                limits=limits,
            )
            index = index or user_index()
            outcome = installer.install(engine, image, order, work, cache / "uv", index)
            if outcome.code != 0:
                refused = _refused(outcome, source)
                if refused.kind == "hash mismatch" and (project := gave_other_bytes(index, refused.text)):
                    raise SandboxError(
                        f"{index.shown} gave a file of {project} that is not one of those it lists: try again, or ask "
                        "whoever runs the index or the proxy to it"
                    )
                return refused
            installer.compile_bytecode(engine, image, work / "tree", mount, limits)
            environment = Environment(
                path=store / digest / "tree",
                mount=mount,
                digest=digest,
                packages=_packages(work / "tree"),
                source=source,
                seconds=time.monotonic() - started,
                reused=False,
                note=outcome.note,
            )
            _publish(work, store / digest, environment)
            return environment
        finally:
            shutil.rmtree(work, ignore_errors=True)


def _present(folder: Path, mount: str, digest: str, source: str) -> Environment | None:
    try:
        about = json.loads((folder / "about.json").read_text("utf-8"))
        packages = tuple((str(name), str(version)) for name, version in about["packages"])
        seconds, note = float(about["seconds"]), str(about["note"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    mark_used(folder)
    return Environment(folder / "tree", mount, digest, packages, source, seconds, reused=True, note=note)


def _publish(work: Path, folder: Path, environment: Environment) -> None:
    """Make a finished environment visible under its digest, whole or not at all."""
    for name in ("input", "channel"):
        shutil.rmtree(work / name, ignore_errors=True)
    about = {
        "packages": environment.packages,
        "seconds": round(environment.seconds, 3),
        "note": environment.note,
        "made": int(time.time()),
    }
    (work / "about.json").write_text(json.dumps(about), "utf-8")
    work.chmod(0o755)
    if folder.exists():  # only ever without a readable about.json: see _present
        shutil.rmtree(folder, ignore_errors=True)
    try:
        work.rename(folder)
    except OSError as problem:
        raise SandboxError(
            f"the environment could not be stored at {folder}: {problem}; remove that folder"
        ) from problem


_DIST_INFO = re.compile(r"([A-Za-z0-9][A-Za-z0-9._]{0,200})-([A-Za-z0-9][A-Za-z0-9._+!]{0,100})\.dist-info")


def _packages(tree: Path) -> tuple[tuple[str, str], ...]:
    """Return (name, version) of what is installed, by the names of folders alone; no file of it is opened."""
    places = [tree, *tree.glob("lib/python3.*/site-packages")]
    found = set()
    for place in places:
        if place.is_symlink() or not place.is_dir():
            continue
        for entry in os.scandir(place):
            match = _DIST_INFO.fullmatch(entry.name)
            if match:
                found.add((re.sub(r"[-_.]+", "-", match[1]).lower(), match[2]))
    return tuple(sorted(found))


_KINDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("hash mismatch", ("Hash mismatch",)),
    (
        "no wheel",
        (
            "no usable wheels",
            "no wheels with a matching",
            "no wheels are available",
            "Building source distributions",
            "doesn't have a source distribution or wheel",
            "has no wheels",
            "marked as `--no-build`",
            "no compatible wheel",
        ),
    ),
    ("not found", ("was not found in the package registry", "there is no version of", "there are no versions of")),
    ("conflict", ("No solution found",)),
    (
        "invalid",
        (
            "Couldn't parse requirement",
            "Failed to parse",
            "Conflicting URLs",
            "does not satisfy Python",
            "Unsupported URL",
        ),
    ),
)
"""What uv 0.13 says when the requirements are at fault, most telling first. Anything else is taken for our trouble."""

_OURS = (
    "Failed to fetch: `",
    "error sending request",
    "Request failed after",
    "No space left on device",
    "operation timed out",
    "status server error",
    "tunnel error",
    "Could not connect, are you offline",
    "dns error",
    "connection closed before",
    "Permission denied (os error",
    "invalid peer certificate",
    "\nforwarder: ",
    "error decoding response body",
    "Read-only file system (os error",
)
"""What shows that the network, the index or the machine failed: it outweighs the words above."""


def _refused(outcome: installer.Outcome, source: str) -> PreparationRefused:
    """Say whose fault a failed installation is: the requirements' (returned) or ours (raised)."""
    text = outcome.text.removeprefix(outcome.text.partition("error: ")[0])
    if outcome.ended == "size":
        return PreparationRefused("too large", text, source)
    ours = next((sign for sign in _OURS if sign.lower() in text.lower()), None)
    kind = next((kind for kind, signs in _KINDS if any(sign in text for sign in signs)), None)
    if outcome.ended == "exited" and kind is not None and ours is None and not outcome.trouble:
        return PreparationRefused(kind, text, source)
    told = "; ".join(outcome.trouble) or text or "nothing"
    raise SandboxError(
        f"dependencies could not be installed ({outcome.ended}, exit code {outcome.code}): {told[-1500:]}"
    )
