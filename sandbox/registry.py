"""Images from a registry: asked for within seconds, pulled by digest, used by image id.

Only the engine speaks to registries, with the engine's own configuration; no registry is named here. A reference
without a host means whatever the engine takes it to mean.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

from sandbox.engine import Engine, SandboxError

ANSWER_SECONDS = 6.0
"""How long a registry may take to answer at all before we do without it."""

SILENT_SECONDS = 60.0
"""How long the engine may say nothing during a pull."""

PULL_SECONDS = 900.0
"""How long a pull may take in all."""

_BY_DIGEST = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,254}@sha256:[0-9a-f]{64}")


def by_digest(reference: str) -> tuple[str, str]:
    """Split "name@sha256:..." into name and digest; raise SandboxError for anything that is not by digest."""
    if not _BY_DIGEST.fullmatch(reference):
        raise SandboxError(
            f"the image {reference[:200]!r} is not named by digest: write it as name@sha256:<64 hex digits>, "
            "so that a report can say which image it was"
        )
    name, _, digest = reference.partition("@")
    return name, digest


def current_digest(engine: Engine, reference: str, *, seconds: float = ANSWER_SECONDS) -> str | None:
    """Return the digest that `reference` (name:tag) stands for at its registry now, or None when none answers."""

    def ask(api: Any) -> object:
        return api.inspect_distribution(reference)["Descriptor"]["digest"]

    try:
        digest = engine.call("asking a registry", ask, seconds=seconds)
    except (SandboxError, KeyError, TypeError):
        return None
    finally:
        # A registry that is silent says nothing about the engine, which would be hurried from now on.
        engine.silent = False
    return digest if isinstance(digest, str) else None


def pull(engine: Engine, reference: str, *, report: Callable[[str], None]) -> str:
    """Pull `reference` (name@sha256:...) and return the image's id. Raises SandboxError when it can't be had."""
    name, digest = by_digest(reference)
    report(f"pulling the image {name} ({digest[:19]})")
    deadline = time.monotonic() + PULL_SECONDS

    def ask(api: Any) -> str:
        for event in api.pull(name, tag=digest, stream=True, decode=True):
            if isinstance(event, dict) and event.get("error"):
                raise SandboxError(f"the image {reference} could not be pulled: {str(event['error'])[:300]}")
            if time.monotonic() > deadline:
                raise SandboxError(f"pulling the image {reference} took longer than {PULL_SECONDS:.0f} s")
        return str(api.inspect_image(reference)["Id"])

    return engine.call(f"pulling {reference}", ask, seconds=SILENT_SECONDS)
