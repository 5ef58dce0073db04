"""pyproject.toml, as far as it states dependencies: PEP 621, PEP 735, and the tables that uv and pdm had before."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import partial
from typing import Any

from packaging.dependency_groups import resolve_dependency_groups
from packaging.utils import canonicalize_name

from sandbox import toml
from sandbox.notebook import Found, Notebook, Read, content_of, decoded, line_of, shown, table, texts
from sandbox.requirement import one_requirement

WANTED_GROUPS = ("dev", "test", "tests", "testing")
"""Groups and extras that are installed beside the main dependencies: what the candidate's own tests need."""


def load(present: frozenset[str], read: Read, notebook: Notebook) -> dict[str, Any]:
    """Return pyproject.toml as data (with its text under a key that TOML can't write), or an empty table."""
    if "pyproject.toml" not in present:
        return {}
    content = content_of("pyproject.toml", read, notebook)
    if content is None:
        return {}
    text = decoded(content)
    try:
        return {**toml.parse(text), "\0text": text}
    except (ValueError, RecursionError) as problem:
        notebook.refuse("pyproject.toml", None, "", f"it is not TOML: {shown(str(problem))}", "mend the file")
        return {}


def from_project(project: dict[str, Any], groups: Collection[str], notebook: Notebook) -> Found | None:
    """Return what pyproject.toml asks for: main dependencies, and the groups and extras named in `groups`."""
    path = "pyproject.toml"
    main = project.get("project")
    tool = table(project.get("tool"))
    if not isinstance(main, dict) and not project.get("dependency-groups"):
        if "poetry" in tool:
            notebook.refuse(
                path, None, "[tool.poetry]", "Poetry's own dependency table, without a lock, is read by Poetry alone",
                "commit poetry.lock, or state the dependencies in [project] or requirements.txt",
            )  # fmt: skip
            return Found(path, ())
        return None
    main = table(main)
    if "dependencies" in texts(main.get("dynamic")):
        notebook.refuse(
            path,
            None,
            'dynamic = ["dependencies"]',
            "the dependencies are computed by the build, which would run the project's code",
            "state them in [project] dependencies, or commit a lock or requirements.txt",
        )
    lines = texts(main.get("dependencies"))
    lines += _extras(main, groups)
    named = table(project.get("dependency-groups"))
    for group in named:
        if canonicalize_name(group) in groups:
            try:
                lines += resolve_dependency_groups(named, group)
            except (Exception, RecursionError) as problem:  # noqa: BLE001  # packaging raises groups of several kinds
                reason = f"the group can't be resolved: {shown(str(problem))}"
                notebook.refuse(path, None, f"[dependency-groups] {group}", reason, "mend the group, or commit a lock")
    lines += texts(table(tool.get("uv")).get("dev-dependencies"))
    for group, wanted in table(table(tool.get("pdm")).get("dev-dependencies")).items():
        if canonicalize_name(group) in groups:
            lines += texts(wanted)
    return Found(path, _checked(lines, project, notebook))


def _extras(main: dict[str, Any], groups: Collection[str]) -> list[str]:
    """Return the lines of the wanted extras; an extra that names the project's own other extras is followed."""
    extras = {canonicalize_name(name): texts(lines) for name, lines in table(main.get("optional-dependencies")).items()}
    own = canonicalize_name(str(main.get("name", "")))
    todo = [name for name in extras if name in groups]
    done: set[str] = set()
    lines: list[str] = []
    while todo:
        name = todo.pop()
        if name in done or name not in extras:
            continue
        done.add(name)
        for line in extras[name]:
            own_extra = re.fullmatch(r"\s*([A-Za-z0-9._-]{1,100})\s*\[([^\]]{1,200})\]\s*", line)
            if own and own_extra and canonicalize_name(own_extra[1]) == own:
                todo += [canonicalize_name(part.strip()) for part in own_extra[2].split(",")]
            else:
                lines.append(line)
    return lines


def _checked(lines: list[str], project: dict[str, Any], notebook: Notebook) -> tuple[str, ...]:
    path = "pyproject.toml"
    sources = {canonicalize_name(name) for name in table(table(table(project.get("tool")).get("uv")).get("sources"))}
    text = str(project.get("\0text", ""))
    checked = []
    for line in lines[:5_000]:
        normal = one_requirement(line, path, partial(line_of, text, line), notebook)
        if normal is None:
            continue
        name = canonicalize_name(re.split(r"[^A-Za-z0-9._-]", normal, maxsplit=1)[0])
        if name in sources:
            reason = "[tool.uv.sources] takes it from elsewhere than the package index"
            remedy = "use a release of the package from the index, or keep its source in the repository"
            notebook.refuse(path, partial(line_of, text, line), line, reason, remedy)
            continue
        checked.append(normal)
    return tuple(dict.fromkeys(checked))
