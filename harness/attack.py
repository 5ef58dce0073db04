"""`harness challenge attack`: the attacks that fit any pack, tried on one of the user's, one after the other."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from challenges import Challenge, ChallengeError
from harness.attack_file import Attack, Objection, shipped
from harness.attack_trial import WAYS, Ground, NotTriedError, planted
from harness.progress import Progress
from sandbox import Engine, SandboxError, SubmissionRefused, open_scratch, sweep

VARIABLE = "HARNESS_ATTACK_SECRET"
"""A secret in the harness's own environment, where no attack may find it."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One attack on the pack. `held` is None when it could not be tried; `why` says that, or how it succeeded."""

    attack: Attack
    held: bool | None
    why: tuple[str, ...]
    seconds: float


def attack(challenge: Challenge, progress: Progress, only: Sequence[str] = ()) -> Iterator[Tried]:
    """Try the attacks (all, or `only` those named) on the pack: each result as it comes.

    Raises ChallengeError for a name that no attack has, SandboxError when the machine can't run any.
    """
    attacks = shipped()
    unknown = sorted(set(only) - {one.id for one in attacks})
    if unknown:
        known = ", ".join(one.id for one in attacks)
        raise ChallengeError(f"There is no attack {', '.join(unknown)}. Attacks: {known}.")
    with Engine.connect() as engine:
        sweep(engine)
        with open_scratch(engine) as scratch, _planted(challenge, engine, scratch, progress) as ground:
            for one in attacks:
                if not only or one.id in only:
                    progress.tell(f"{one.id}: {one.tries}")
                    yield _tried(one, ground)


@contextmanager
def _planted(challenge: Challenge, engine: Engine, scratch: Path, progress: Progress) -> Iterator[Ground]:
    """The pack with secrets in its hidden tests, in our environment and in a file of this machine."""
    names = ("hidden tests", "harness's environment", "host's file")
    hidden, environment, stored = (f"canary-{secrets.token_hex(16)}" for _ in names)
    (scratch / "secret").write_text(stored, encoding="ascii")
    os.environ[VARIABLE] = environment
    try:
        copy = planted(challenge, scratch / "packs", hidden)
        known = dict(zip(names, (hidden, environment, stored), strict=True))
        yield Ground(engine, copy, scratch, known, progress.tell)
    finally:
        del os.environ[VARIABLE]


def _tried(one: Attack, ground: Ground) -> Tried:
    began = time.monotonic()
    held: bool | None
    try:
        found: list[Objection] = WAYS[one.way](one, ground)
        held, why = not found, tuple(map(str, found))
    except NotTriedError as reason:
        held, why = None, (str(reason),)
    except (SandboxError, SubmissionRefused) as reason:  # ours or the pack's: it says nothing about the defence
        held, why = None, (f"it could not be run: {reason}",)
    return Tried(one, held, why, round(time.monotonic() - began, 1))
