"""The proof of a challenge pack: what `harness challenge verify` held, rule by rule, and where the pack broke one.

A pack keeps its proof as `verify.json`; it tells of one digest of the pack, one version of the harness and one set of
images, and is stale for any other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Literal

from jinja2 import Environment, PackageLoader, StrictUndefined
from pydantic import ValidationError

from reports import text
from reports.page import figure
from reports.report import Record, ReportError

READ_LIMIT = 8 * 1024 * 1024


class Objected(Record):
    """One thing that breaks a rule: what it is (a test, a file, a bug), how, and what to do about it."""

    subject: str
    what: str
    remedy: str


class Ruling(Record):
    """One rule: `about` says what it demands, `looked_at` what was held against it; objections mean that it broke."""

    rule: str
    about: str
    looked_at: str
    seconds: float
    objections: tuple[Objected, ...] = ()

    @property
    def held(self) -> bool:
        return not self.objections


class Headroom(Record):
    """How far the reference stays below the challenge's limits: seconds of its slowest exam, MiB at its peak."""

    slowest_exam_seconds: float | None = None
    exam_limit_seconds: int
    memory_peak_mib: float | None = None
    memory_limit_mib: int


class ProvedPack(Record):
    """Which pack."""

    id: str
    version: str
    digest: str
    title: str


class Proof(Record):
    """All rulings on one pack. `held` is true when every rule was held against it and none was broken."""

    schema_version: Literal[1] = 1
    challenge: ProvedPack
    harness_version: str
    images: dict[str, str]
    held: bool
    rulings: tuple[Ruling, ...]
    headroom: Headroom

    def to_json(self) -> str:
        """verify.json: sorted keys, two spaces; the same proof gives the same bytes."""
        data = self.model_dump(mode="json")
        return json.dumps(data, ensure_ascii=False, allow_nan=False, indent=2, sort_keys=True) + "\n"


def read_proof(data: bytes) -> Proof:
    """The proof in these bytes. Raises ReportError when they hold none that this version can read."""
    if len(data) > READ_LIMIT:
        raise ReportError(f"verify.json has {len(data):,} bytes: verify the pack again")
    try:
        return Proof.model_validate_json(data)
    except (ValidationError, ValueError, RecursionError):
        raise ReportError("verify.json is no proof that this version can read: verify the pack again") from None


def standing(proof: Proof | None, digest: str, harness_version: str, images: Mapping[str, str]) -> str:
    """What a report says of the pack's proof: "" while it stands, else one sentence with the remedy.

    `images` are those of the grading by profile; only profiles that the proof knows too can make it stale.
    """
    remedy = "`harness challenge verify` makes one."
    if proof is None:
        return f"The challenge pack holds no proof that it is sound: {remedy}"
    if not proof.held:
        broken = ", ".join(ruling.rule for ruling in proof.rulings if not ruling.held) or "none of them in full"
        return f"The challenge pack did not hold when it was last verified ({broken}): see its verify.json."
    changed = [
        name
        for name, other in (
            ("the pack", proof.challenge.digest != digest),
            ("the harness", proof.harness_version != harness_version),
            ("an image", any(proof.images.get(profile, known) != known for profile, known in images.items())),
        )
        if other
    ]
    if changed:
        return f"The challenge pack's proof is stale ({' and '.join(changed)} changed since): {remedy}"
    return ""


def render_proof(proof: Proof) -> str:
    """verify.html: the table of rules for the team that owns the pack; the same proof gives the same bytes."""
    environment = Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(line=text.line, figure=figure)
    environment.globals.update(count=text.count)
    return environment.get_template("proof.html.j2").render(proof=proof)
