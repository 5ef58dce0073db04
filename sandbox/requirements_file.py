"""requirements.txt and its kin, read line by line; what names no package of the index is refused with its line."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from packaging.utils import canonicalize_name

from sandbox.notebook import FILE_BYTES, Found, Notebook, Read, decoded, shown
from sandbox.project_file import from_project
from sandbox.requirement import one_requirement, why_refused

LINES = 5_000
"""Lines in all the files together."""

FILES = 20
"""Files that include each other."""

_MAIN = ("requirements.txt", "requirements/base.txt", "requirements/main.txt", "requirements/requirements.txt",
         "requirements/prod.txt", "requirements/production.txt")  # fmt: skip
_VARIANT = re.compile(
    r"requirements[-_.](dev|develop|development|test|tests|testing|ci)\.txt"
    r"|(dev|develop|development|test|tests|testing)[-_.]requirements\.txt"
    r"|requirements/(dev|develop|development|test|tests|testing|ci)\.txt"
)
_VARIABLE = re.compile(r"\$\{[A-Za-z0-9_]{1,100}\}")
_HASH = re.compile(r"sha(256|384|512):[0-9a-fA-F]{64,128}")
_OPTION = re.compile(r"(--?[A-Za-z][A-Za-z-]*)(?:[=\s]\s*(.*))?", re.DOTALL)

_HARMLESS = {
    "--pre",
    "--prefer-binary",
    "--only-binary",
    "--require-hashes",
    "--no-cache-dir",
    "--use-feature",
    "--no-compile",
}
_INDEXES = {"-i", "--index-url", "--pypi-url", "--extra-index-url"}


@dataclass
class _Reading:
    """One walk through files that include each other."""

    present: frozenset[str]
    read: Read
    project: dict[str, Any]
    notebook: Notebook
    requirements: list[str] = field(default_factory=list)
    constraints: list[str] = field(default_factory=list)
    seen: set[tuple[str, bool]] = field(default_factory=set)
    lines: int = 0


def find(present: frozenset[str], read: Read, project: dict[str, Any], notebook: Notebook) -> Found | None:
    """Return what the requirements files at the root ask for, or None when there are none.

    Development and test variants are added. Where they stand alone, pyproject's own dependencies are the main part.
    """
    main = [name for name in _MAIN if name in present][:1]
    variants = sorted(name for name in present if _VARIANT.fullmatch(name))
    if not main and not variants:
        return None
    reading = _Reading(present, read, project, notebook)
    for name in [*main, *variants]:
        _file(name, reading, constraint=False)
    lines = reading.requirements
    if not main and project and (own := from_project(project, (), notebook)):
        lines = [*own.requirements, *lines]
    return Found(", ".join([*main, *variants]), tuple(dict.fromkeys(lines)), tuple(dict.fromkeys(reading.constraints)))


def _file(path: str, reading: _Reading, *, constraint: bool) -> None:
    if (path, constraint) in reading.seen:
        return
    reading.seen.add((path, constraint))
    if len(reading.seen) > FILES:
        reading.notebook.refuse(path, None, "", f"more than {FILES} files include each other", "put them into one")
        return
    content = reading.read(path)
    if content is None or len(content) > FILE_BYTES:
        reason = "it can't be read" if content is None else f"the file is larger than {FILE_BYTES // 1024**2} MiB"
        reading.notebook.refuse(path, None, "", reason, "commit the file, or take it out of the list")
        return
    for number, text in _logical_lines(decoded(content)):
        reading.lines += 1
        if reading.lines > LINES:
            reading.notebook.refuse(path, number, "", f"more than {LINES} requirement lines", "commit a shorter list")
            return
        _line(text, path, number, reading, constraint=constraint)


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield (number of the first line, text) with continuations joined and comments taken off."""
    first = 0
    parts: list[str] = []
    for number, whole in enumerate(text.splitlines(), start=1):
        if not parts:
            first = number
        raw = "" if whole.lstrip().startswith("#") else whole
        if raw.endswith("\\"):
            parts.append(raw[:-1])
            continue
        parts.append(raw)
        line = re.sub(r"(?<=\s)#.*$", "", "".join(parts)).strip()
        parts = []
        if line:
            yield first, line
    if parts and (line := "".join(parts).strip()):
        yield first, line


def _line(text: str, path: str, number: int, reading: _Reading, *, constraint: bool) -> None:
    refuse = reading.notebook.refuse
    if _VARIABLE.search(text):
        refuse(path, number, text, "an environment variable would be filled in", "write the value out")
        return
    if text.startswith("-"):
        _option(text, path, number, reading, constraint=constraint)
        return
    if text.rstrip("/") in (".", "./") or re.fullmatch(r"\.\[[A-Za-z0-9_., -]{1,200}\]", text):
        _own_project(text, path, number, reading)
        return
    body, *options = re.split(r"\s--(?=[a-z])", text)
    hashes = []
    for option in options:
        name, _, value = re.sub(r"^([a-z-]+)\s+", r"\1=", option.strip()).partition("=")
        if name == "hash" and _HASH.fullmatch(value.strip()):
            hashes.append(value.strip().lower())
        elif name == "hash":
            refuse(path, number, f"--{option}", "not a hash that can be checked", "use sha256")
        else:
            reading.notebook.note(
                f"the option --{shown(name)} in {path}:{number} has no effect: wheels are installed as they are"
            )
    normal = one_requirement(body, path, number, reading.notebook)
    if normal is not None:
        target = reading.constraints if constraint else reading.requirements
        target.append(" ".join([normal, *(f"--hash={value}" for value in hashes)]))


def _option(text: str, path: str, number: int, reading: _Reading, *, constraint: bool) -> None:
    refuse, note = reading.notebook.refuse, reading.notebook.note
    match = _OPTION.fullmatch(text)
    name, value = (match[1], (match[2] or "").strip().strip("\"'")) if match else (text, "")
    if len(name) > 2 and not name.startswith("--"):  # -rbase.txt
        name, value = name[:2], text[2:].strip()
    if name in ("-r", "--requirement", "-c", "--constraint"):
        included = posixpath.normpath(posixpath.join(posixpath.dirname(path), value))
        if included not in reading.present:
            refuse(path, number, text, "the file is not in the repository", "commit the file, or take the line out")
            return
        _file(included, reading, constraint=constraint or name in ("-c", "--constraint"))
    elif name in ("-e", "--editable"):
        if value.rstrip("/") in (".", "./") or re.fullmatch(r"\.\[[A-Za-z0-9_., -]{1,200}\]", value):
            _own_project(value, path, number, reading)
        else:
            refuse(path, number, text, *why_refused(value or text, "an editable install"))
    elif name in _INDEXES:
        if reading.notebook.knows(value):
            note(f"{path}:{number} names the index that is used anyway")
        else:
            refuse(
                path,
                number,
                text,
                "another package index",
                "take the line out: packages come from the team's index alone",
            )
    elif name in ("-f", "--find-links", "--no-index"):
        refuse(
            path,
            number,
            text,
            "packages from elsewhere than the index",
            "take the line out: packages come from the team's index alone",
        )
    elif name == "--trusted-host":
        refuse(path, number, text, "certificates would not be checked", "take the line out")
    elif name == "--no-binary":
        refuse(
            path,
            number,
            text,
            "packages would be built from source, which runs their code",
            "take the line out: wheels alone are installed",
        )
    elif name in _HARMLESS:
        note(f"the option {name} in {path}:{number} has no effect here")
    else:
        refuse(path, number, text, "an option that is not known", "take the line out")


def _own_project(text: str, path: str, number: int, reading: _Reading) -> None:
    """`-e .`: the project is imported from its folder anyway; what it needs is what pyproject states."""
    reading.notebook.note(f"{path}:{number} installs the project itself, which is imported from its folder instead")
    extras = text.partition("[")[2].rstrip("] ")
    groups = tuple(canonicalize_name(word.strip()) for word in extras.split(",") if word.strip())
    found = from_project(reading.project, groups, reading.notebook) if reading.project else None
    if found is not None:
        reading.requirements += found.requirements
    elif not reading.project:
        reading.notebook.refuse(path, number, text, "what the project needs is stated in no pyproject.toml",
                                "state the dependencies in pyproject.toml or in requirements.txt")  # fmt: skip
