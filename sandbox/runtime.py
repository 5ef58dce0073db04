"""Which runtime starts the sandboxes, and whether it keeps their limits: measured before it is trusted.

A runtime that ignores limits (gVisor with --ignore-cgroups, a rootless engine on version 1 of the control groups) says
nothing about it. A sound one is remembered for a day, for this engine as it runs now, so that a grading asks once.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from sandbox.cache import cache_root
from sandbox.engine import Engine, SandboxError
from sandbox.images import provide
from sandbox.measure import BINDING, Measured, look_inside
from sandbox.profile import brings_own_kernel
from sandbox.turn import taking_turns

SETTING, WEAK_SETTING = "HARNESS_RUNTIME", "HARNESS_ALLOW_WEAK_SANDBOX"
PROFILE = "python-3.13"
"""The image that is measured in; every grading needs it, or one like it."""
RECIPE = "1"
"""Raised when what is measured changes, so that an older answer is not taken for it."""
TRUSTED_SECONDS = 24 * 3600.0

Tell = Callable[[str], None]


class RuntimeUnknownError(SandboxError):
    """The configuration names a runtime that the engine does not have: the user's to mend, not the machine's."""


def chosen(engine: Engine, wanted: str | None = None) -> str:
    """The runtime for sandboxes without a shared network: `wanted`, else $HARNESS_RUNTIME, else "" for the default.

    Raises RuntimeUnknownError when the engine does not know it.
    """
    name = (os.environ.get(SETTING, "") if wanted is None else wanted).strip()
    known = sorted(str(one) for one in engine.info.get("Runtimes") or ())
    if not name or name == engine.default_runtime:
        return ""
    if name not in known:
        shown = "".join(letter for letter in name[:60] if letter.isprintable())
        raise RuntimeUnknownError(
            f"the engine has no runtime {shown!r} (it has {', '.join(known) or 'none that it names'}): install it and "
            f"name it in the engine's daemon.json under `runtimes`, or choose another with --runtime or {SETTING}"
        )
    return name


def settle(engine: Engine, tell: Tell, *, wanted: str | None = None, weak: bool = False) -> tuple[str, ...]:
    """Choose the run's runtime, hold it and the engine's default to their limits, and give notes for the report.

    The exam stays on the default, whose containers can share a loopback. Raises SandboxError when a limit is not kept
    and `weak` (or $HARNESS_ALLOW_WEAK_SANDBOX=1) does not allow it.
    """
    engine.runtime = chosen(engine, wanted)
    notes = []
    if engine.runtime:
        notes.append(
            f"Own tests and other commands ran under the runtime {engine.runtime}; the exam, whose sandbox shares the "
            f"examiner's loopback, ran under the engine's default, {engine.default_runtime}."
        )
    for runtime in dict.fromkeys(("", engine.runtime)):
        broken = unkept(engine, runtime, tell)
        if not broken:
            continue
        shown = runtime or engine.default_runtime
        what = "; ".join(f"{one.name}: no ({one.detail})" for one in broken)
        if not weak and os.environ.get(WEAK_SETTING) != "1":
            raise SandboxError(
                f"the runtime {shown} does not keep the limits of a sandbox here: {what}. See `harness doctor`; grade "
                "on another engine or runtime, or, on a machine that you can lose, with --allow-weak-sandbox"
            )
        notes.append(f"Weak sandbox, allowed by whoever graded: the runtime {shown} did not keep its limits: {what}.")
        tell(notes[-1])
    return tuple(notes)


def unkept(engine: Engine, runtime: str, tell: Tell) -> tuple[Measured, ...]:
    """What the runtime was measured not to keep, in a third of a second; nothing at once where it was found sound."""
    folder = cache_root() / "measured"
    folder.mkdir(parents=True, exist_ok=True)
    mark = folder / f"{_key(engine, runtime)}.json"
    if _trusted(mark):
        return ()
    with taking_turns(folder / ".lock", "waiting for another run that measures this engine", tell):
        if _trusted(mark):
            return ()
        image = provide(engine, PROFILE, cache_root(), tell)
        broken = tuple(one for one in look_inside(engine, image, runtime) if one.name in BINDING and not one.held)
        if not broken:
            with suppress(OSError):  # it is measured again then
                _remember(mark)
    return broken


def _remember(mark: Path) -> None:
    draft = mark.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps({"at": time.time()}), "utf-8")
    draft.rename(mark)
    for path in mark.parent.glob("*.*"):
        if path.name != ".lock" and time.time() - path.stat().st_mtime > TRUSTED_SECONDS:
            path.unlink(missing_ok=True)


def _key(engine: Engine, runtime: str) -> str:
    """The engine as it runs now, and its runtime as it is configured: another process may keep other promises."""
    identity = engine.identity()
    name = runtime or engine.default_runtime
    about = (engine.info.get("Runtimes") or {}).get(name)
    ingredients = [
        *(RECIPE, identity.engine, identity.process, name, about, brings_own_kernel(engine, runtime)),
        *(engine.info.get(part) for part in ("ServerVersion", "KernelVersion", "CgroupDriver", "CgroupVersion")),
    ]
    return hashlib.sha256(json.dumps(ingredients, sort_keys=True, default=str).encode()).hexdigest()[:32]


def _trusted(mark: Path) -> bool:
    try:
        at = float(json.loads(mark.read_text("utf-8"))["at"])
    except (OSError, ValueError, LookupError, TypeError):
        return False
    return 0 <= time.time() - at < TRUSTED_SECONDS
