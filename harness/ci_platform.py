"""The CI server that a job runs on: what it says about its repository, and where it wants summary and outputs.

Only the variables that the server itself sets are read; nothing of the submission.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

EVENT_LIMIT = 25 * 1024 * 1024
"""Bytes of an event that GitHub sends at most."""


@dataclass(frozen=True, slots=True)
class Platform:
    """`repository`: the address of the repository that the job belongs to. `open_to_all`: its runs, logs and artifacts
    can be seen by everybody. `summary` and `outputs` are files that the server reads; None where it has none.
    """

    name: Literal["github", "gitlab", "none"]
    repository: str = ""
    open_to_all: bool = False
    summary: Path | None = None
    outputs: Path | None = None

    def write_summary(self, markdown: str) -> None:
        """Add Markdown to the step's summary, where there is one."""
        if self.summary is not None:
            with self.summary.open("a", encoding="utf-8", newline="\n") as file:
                file.write(markdown)

    def write_outputs(self, values: Mapping[str, str]) -> None:
        """Set the step's outputs: names of ours, values without a line break. Raises ValueError for another value."""
        if self.outputs is None:
            return
        lines = [f"{name}={value}" for name, value in values.items()]
        if any(not line.isprintable() for line in lines):
            raise ValueError("an output of a CI step holds a line break or a control character")
        with self.outputs.open("a", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{line}\n" for line in lines)


def platform(environment: Mapping[str, str]) -> Platform:
    """The CI server that set these variables."""

    def path(name: str) -> Path | None:
        value = environment.get(name)
        return Path(value) if value else None

    if environment.get("GITHUB_ACTIONS") == "true":
        server = environment.get("GITHUB_SERVER_URL", "https://github.com")
        return Platform(
            "github",
            f"{server}/{environment.get('GITHUB_REPOSITORY', '')}",
            _event_of_a_public_repository(path("GITHUB_EVENT_PATH")),
            path("GITHUB_STEP_SUMMARY"),
            path("GITHUB_OUTPUT"),
        )
    if environment.get("GITLAB_CI") == "true":
        is_open = environment.get("CI_PROJECT_VISIBILITY") == "public"
        return Platform("gitlab", environment.get("CI_PROJECT_URL", ""), is_open)
    return Platform("none")


def same_repository(one: str, other: str) -> bool:
    """Whether two addresses name the same repository, however they are spelled (https, ssh, `git@host:path`)."""
    return bool(one) and _spelled(one) == _spelled(other)


def _spelled(address: str) -> str:
    """`host/path` in lower case, without scheme, user, port, `.git` and slashes at the end."""
    without_scheme = address.strip().lower().partition("://")[2]
    if not without_scheme:
        without_scheme = re.sub(r"^([^/:]*):", r"\1/", address.strip().lower())
    host, slash, path = without_scheme.partition("/")
    host = host.rpartition("@")[2].partition(":")[0]
    return f"{host}{slash}{path.rstrip('/').removesuffix('.git').rstrip('/')}"


def _event_of_a_public_repository(event: Path | None) -> bool:
    """Whether the event that started the job says that its repository is public; False when it does not say."""
    try:
        if event is None or event.stat().st_size > EVENT_LIMIT:
            return False
        repository = json.loads(event.read_bytes()).get("repository")
        return isinstance(repository, dict) and repository.get("private") is False
    except (OSError, ValueError, AttributeError, RecursionError):
        return False
