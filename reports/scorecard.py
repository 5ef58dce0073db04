"""scorecard.json: what a person writes about one submission; per dimension a level, and why.

The harness never fills in a level. It checks that a scorecard is whole before it is locked: a level of the rubric's
own words and a reason for every dimension, evidence that the report holds, and the very report that was looked at.
People write it as TOML (`scorecard_form`), the page saves it as JSON; both are read here, with the same rules.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections import Counter
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationError, field_validator

from reports.report import Record, Report
from reports.text import HIDDEN

SCORECARD_LIMIT = 1024 * 1024
"""Bytes of a scorecard: seven dimensions, the round's questions and notes take some twenty thousand."""

REASON_WORDS = 4
"""Words that a reason has at least: "looks good to me" is the shortest that can be argued with."""

Digest = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=400)]
Words = Annotated[str, StringConstraints(max_length=10_000)]


class ScorecardError(Exception):
    """These bytes are no scorecard, or the scorecard can't be locked yet; the message names what is missing."""


class ScoredSubmission(Record):
    """Which submission: as the report names it (in a blind report, the candidate's opaque id)."""

    name: Annotated[str, StringConstraints(max_length=400)]
    commit: Annotated[str, StringConstraints(max_length=64)]
    tree: Annotated[str, StringConstraints(max_length=64)]


class ScoredChallenge(Record):
    """Which challenge, and so which anchors."""

    id: Name
    version: Name
    digest: Name


class Score(Record):
    """One dimension. `level` is one of the rubric's four words, None while it is open.

    `evidence` are ids of findings in the report. `confidence` is how sure the rater is.
    """

    dimension: Name
    level: Annotated[str, StringConstraints(max_length=60)] | None = None
    reason: Words = ""
    evidence: Annotated[tuple[Name, ...], Field(max_length=100)] = ()
    confidence: Literal["low", "medium", "high"] | None = None

    @field_validator("level", "confidence", mode="before")
    @classmethod
    def _open(cls, value: object) -> object:
        """TOML knows no null: an empty text says the same."""
        return None if value == "" else value


class Asked(Record):
    """A question that was asked (the id of a core question or of a question of the report) and what was noted."""

    id: Name
    note: Words = ""


class Scorecard(Record):
    """One rater's scores of one submission. `report_digest` is the sha256 of report.json's bytes."""

    schema_version: Literal[1] = 1
    report_digest: Digest
    submission: ScoredSubmission
    challenge: ScoredChallenge
    rater: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    scores: Annotated[tuple[Score, ...], Field(max_length=50)] = ()
    questions_asked: Annotated[tuple[Asked, ...], Field(max_length=200)] = ()
    notes: Annotated[str, StringConstraints(max_length=40_000)] = ""

    @field_validator("rater")
    @classmethod
    def _somebody(cls, value: str) -> str:
        """A name that can be shown: a log of blanks or of unseen characters would name nobody."""
        if not value.strip() or HIDDEN.search(value):
            raise ValueError("a rater has a name, without unseen characters")
        return value

    def to_json(self) -> str:
        """The canonical text: sorted keys, two spaces, a last line feed; its sha256 is the scorecard's digest."""
        return json.dumps(self.model_dump(mode="json"), ensure_ascii=True, indent=2, sort_keys=True) + "\n"

    def digest(self) -> str:
        """`sha256:` and the digest of the canonical text."""
        return digest_of(self.to_json().encode("ascii"))


def digest_of(data: bytes) -> str:
    """`sha256:` and 64 hexadecimal digits."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def report_digest(report: Report) -> str:
    """The digest of report.json as this version writes it: what a scorecard on this report carries."""
    return digest_of(report.to_json().encode("utf-8"))


def empty_scorecard(report: Report, rater: str, digest: str | None = None) -> Scorecard:
    """A scorecard with every dimension open. `digest`: of the report.json that lies on disk, where there is one.

    Raises ScorecardError for a rater without a name.
    """
    try:
        return Scorecard(
            report_digest=digest or report_digest(report),
            submission=ScoredSubmission(
                name=report.submission.name[:400], commit=report.submission.commit, tree=report.submission.tree
            ),
            challenge=ScoredChallenge(
                id=report.challenge.id, version=report.challenge.version, digest=report.challenge.digest
            ),
            rater=" ".join(rater.split()),
            scores=tuple(Score(dimension=dimension.id) for dimension in report.challenge.dimensions),
        )
    except ValidationError as error:
        raise ScorecardError(f"no scorecard can be made: {_first(error)}") from None


def read_scorecard(data: bytes) -> Scorecard:
    """The scorecard in these bytes, TOML or JSON. Raises ScorecardError for anything else, and for too many bytes."""
    if len(data) > SCORECARD_LIMIT:
        raise ScorecardError(f"a scorecard has at most {SCORECARD_LIMIT:,} bytes; this one has {len(data):,}")
    try:
        text = data.decode("utf-8-sig")
        if not text.lstrip().startswith("{"):
            text = json.dumps(tomllib.loads(text), default=_refuse)
        return Scorecard.model_validate_json(text)
    except ValidationError as error:
        raise ScorecardError(f"not a scorecard of schema version 1: {_first(error)}") from None
    except tomllib.TOMLDecodeError as error:
        raise ScorecardError(f"the scorecard is no sound TOML: {error}") from None
    except (ValueError, RecursionError) as error:
        raise ScorecardError(f"not a scorecard ({type(error).__name__}): it is UTF-8 text, TOML or JSON") from None


def shortcomings(card: Scorecard, report: Report, digest: str) -> tuple[str, ...]:
    """What keeps this scorecard from being locked against the report with this digest; () when nothing does."""
    if card.report_digest != digest:
        return (
            f"it was written for another report ({card.report_digest[:19]}…, this one is {digest[:19]}…): "
            "make a new one with `harness score init`",
        )
    levels = {d.id: tuple(anchor.level for anchor in d.anchors) for d in report.challenge.dimensions}
    known = {finding.id for grade in report.grades.values() for finding in grade.findings}
    times = Counter(score.dimension for score in card.scores)
    found = [f"{name}: no score" for name in levels if not times[name]]
    found += [f"{name}: scored more than once" for name, number in times.items() if number > 1]
    found += [f"{name}: no dimension of this challenge" for name in times if name not in levels]
    for score in card.scores:
        found += _open_ends(score, levels.get(score.dimension, ()), known)
    return tuple(found)


def _open_ends(score: Score, levels: tuple[str, ...], known: set[str]) -> list[str]:
    name = score.dimension
    found = []
    if score.level is None:
        found.append(f"{name}: no level")
    elif levels and score.level not in levels:
        found.append(f"{name}: {score.level[:40]!r} is no level of the rubric ({', '.join(levels)})")
    if len(score.reason.split()) < REASON_WORDS:
        found.append(f"{name}: the reason needs a sentence")
    found += [f"{name}: the report has no finding {piece[:120]!r}" for piece in score.evidence if piece not in known]
    return found


def _refuse(value: object) -> object:
    raise ValueError(f"a scorecard holds no {type(value).__name__}")


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])[:200] or "the top"
    return f"at {where}: {first['msg']}"
