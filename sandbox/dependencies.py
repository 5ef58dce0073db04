"""What a submission needs installed: found in its files, read as data, refused where it would not be safe.

Nothing of the submission is run, and no tool of its own is asked: locks, requirements and pyproject are parsed
here, from bounded bytes. What comes out is the text of a requirements file; each line names a package of the index.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from sandbox import lockfiles, project_file, requirements_file
from sandbox.engine import SandboxError
from sandbox.index import user_index
from sandbox.notebook import READ_BYTES, Found, Notebook, Read, Refusal, content_of, shown, table

__all__ = ["PYTHONS", "READ_BYTES", "Dependencies", "Refusal", "find", "plain_specifier", "users_registries"]

PYTHONS: Mapping[str, str] = {"python-3.13": "3.13.5", "python-3.11": "3.11.2"}
"""The profiles, newest first, with the oldest version of each that an image may hold."""


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What to install. With any refusal nothing is installed: half an environment would blame the wrong line later.

    `source` is the file it was found in ("" when there is none); `requirements` and `constraints` are texts for uv;
    `complete` says that the requirements are a whole lock. `profile` is the newest one that satisfies
    `requires_python`, or None when none does (then a refusal says so). `notes` are facts that stop nothing.
    """

    source: str = ""
    requirements: str = ""
    constraints: str = ""
    complete: bool = False
    requires_python: str | None = None
    profile: str | None = next(iter(PYTHONS))
    refusals: tuple[Refusal, ...] = ()
    notes: tuple[str, ...] = ()


def find(
    files: Collection[str],
    read: Read,
    *,
    registries: Callable[[], Collection[str]] | None = None,
    machine: str = "x86_64",
    pythons: Mapping[str, str] = PYTHONS,
) -> Dependencies:
    """Find the dependencies of a submission whose paths are `files`, reading through `read` (None when absent).

    `read` gives at least READ_BYTES of a file. `registries` gives the host names of the user's own index (by default
    it is looked up), for lines that name one and for locks without hashes. `machine` is as in platform.machine().
    The order is: uv.lock, pylock.toml, poetry.lock, pdm.lock, Pipfile.lock, requirements files, pyproject.toml.
    """
    notebook = Notebook(registries or users_registries)
    present = frozenset(files)
    project = project_file.load(present, read, notebook)
    required = _required_python(project)
    for name, parse in lockfiles.PARSERS.items():
        if name not in present:
            continue
        content = content_of(name, read, notebook)
        if content is None:
            return _result(Found(name, ()), None, required, notebook, pythons)
        asked = lockfiles.requires_python(name, content, notebook) or required
        profile, _ = _profile(asked, pythons)
        environment = lockfiles.environment(pythons[profile or next(iter(pythons))], machine)
        pins = parse(content, environment, project, notebook)
        if project and project.get("project", {}).get("scripts"):
            notebook.note(
                "the project is not installed itself but imported from its folder: its console scripts are not there"
            )
        return _result(Found(name, pins, complete=True), profile, asked, notebook, pythons)
    found = requirements_file.find(present, read, project, notebook)
    if found is None and project:
        found = project_file.from_project(project, project_file.WANTED_GROUPS, notebook)
    if found is None:
        _unusable(present, read, notebook)
        found = Found(notebook.refusals[0].path if notebook.refusals else "", ())
    profile, _ = _profile(required, pythons)
    return _result(found, profile, required, notebook, pythons)


def users_registries() -> Collection[str]:
    """Return the hosts of the user's own index; none when it is not known (installing will then say so)."""
    try:
        return user_index().registries
    except SandboxError:
        return ()


def _required_python(project: dict[str, Any]) -> str | None:
    stated = table(project.get("project")).get("requires-python")
    poetry = table(table(table(project.get("tool")).get("poetry")).get("dependencies")).get("python")
    return next((value for value in (stated, poetry) if isinstance(value, str) and len(value) < 200), None)


def _profile(required: str | None, pythons: Mapping[str, str]) -> tuple[str | None, bool]:
    """Return the newest profile that satisfies `required`, and whether `required` could be read."""
    if not required:
        return next(iter(pythons)), True
    try:
        wanted = SpecifierSet(plain_specifier(required))
    except (InvalidSpecifier, ValueError):
        return next(iter(pythons)), False
    return next((name for name, version in pythons.items() if wanted.contains(version, prereleases=True)), None), True


def plain_specifier(text: str) -> str:
    """Turn Poetry's "^3.11" and "~3.11" into PEP 440's words; leave the rest as it is."""
    parts = []
    for part in text.split(","):
        word = part.strip()
        if word.startswith(("^", "~")) and not word.startswith("~="):
            release = Version(word[1:].strip()).release
            fixed = 1 if word.startswith("^") or len(release) == 1 else 2
            above = (*release[: fixed - 1], release[fixed - 1] + 1)
            parts.append(f">={'.'.join(map(str, release))},<{'.'.join(map(str, above))}")
        elif re.fullmatch(r"[0-9][0-9.]*(\.\*)?", word):
            parts.append(f"=={word if word.endswith('.*') or word.count('.') > 1 else word + '.*'}")
        elif word != "*":
            parts.append(word)
    return ",".join(parts)


def _result(
    found: Found, profile: str | None, required: str | None, notebook: Notebook, pythons: Mapping[str, str]
) -> Dependencies:
    if required and profile is None:
        have = ", ".join(name.removeprefix("python-") for name in pythons)
        notebook.refuse(
            found.source or "pyproject.toml",
            None,
            f"requires-python {required}",
            f"no sandbox image has such a Python: there are {have}",
            "widen the range, or have the team provide an image (HARNESS_IMAGE_PYTHON_3_13)",
        )
    elif required and not _profile(required, pythons)[1]:
        notebook.note(f"the Python that is asked for can't be read: {shown(required)}")
    result = Dependencies(
        source=found.source,
        complete=found.complete,
        requires_python=required,
        profile=profile,
        refusals=tuple(notebook.refusals),
        notes=tuple(notebook.notes),
    )
    if notebook.refusals:
        return result
    return replace(
        result,
        requirements="".join(f"{line}\n" for line in found.requirements),
        constraints="".join(f"{line}\n" for line in found.constraints),
    )


def _unusable(present: frozenset[str], read: Read, notebook: Notebook) -> None:
    """Say what there is when nothing could be used."""
    remedy = (
        "commit a lock (uv.lock, poetry.lock, ...), a requirements.txt, or a pyproject.toml with [project] dependencies"
    )
    for name, reason in (
        (
            "setup.py",
            "setup.py says what it needs only when it is run, and nothing of a submission is run to install it",
        ),
        ("setup.cfg", "dependencies in setup.cfg are read by setuptools alone"),
        ("environment.yml", "conda environments are not supported"),
        ("environment.yaml", "conda environments are not supported"),
    ):
        if name == "setup.cfg" and b"install_requires" not in (read(name) or b""):
            continue  # settings of other tools: linters and pytest have theirs there too
        if name in present:
            notebook.refuse(name, None, name, reason, remedy)
            return
    elsewhere = sorted(
        path for path in present if path.count("/") == 1 and path.endswith(("/requirements.txt", "/pyproject.toml"))
    )
    if elsewhere:
        notebook.note(
            f"dependencies are stated in {shown(', '.join(elsewhere[:5]))}, but none at the root, so none are installed"
        )
