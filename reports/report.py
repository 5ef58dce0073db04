"""What is known about one graded submission: `report.json`, as DESIGN §6 fixes it.

Every view (page, summary) is a function of this value and of nothing else. It holds facts and questions: by
design there is no total, no rank and no suggested level, and there is no field that could hold one.

Python reads strictly (a field that this version does not know is an error, because rendering and writing
the report again would silently lose it). The published JSON Schema leaves objects open, because fields may
be added.
"""

from __future__ import annotations

import json
import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from graders import Outcome
from reports.text import HIDDEN

READ_LIMIT = 32 * 1024 * 1024
"""Bytes of report.json that `read_report` accepts: make_report's own bounds keep a report far below it."""

LARGEST_WHOLE = 2**63 - 1

Cell = (
    bool
    | Annotated[int, Field(ge=-LARGEST_WHOLE, le=LARGEST_WHOLE)]
    | Annotated[float, Field(allow_inf_nan=False)]
    | str
    | None
)


class ReportError(Exception):
    """The bytes are no report that this version can read, or what should become one is not sound."""


class Record(BaseModel):
    """A frozen part of the report; unknown fields and numbers that JSON cannot hold are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Category(Record):
    """One of the challenge's categories of hidden tests; `about` is a sentence on what they look at."""

    id: str
    title: str
    about: str = ""


class Anchor(Record):
    """What a level of the rubric looks like for one dimension. The level is a person's to choose."""

    level: str
    text: str


class Dimension(Record):
    """A dimension of the rubric with its anchors, in the order in which the form prints them.

    `kind`: what graders can measure, or what people observe.
    """

    id: str
    title: str
    about: str = ""
    kind: Literal["measured", "observed"] | None = None
    anchors: tuple[Anchor, ...] = ()


class CoreQuestion(Record):
    """A question that every candidate of the round is asked, in this order."""

    id: str
    text: str


class ChallengeFacts(Record):
    """Which challenge, and what of it the page needs so that it depends on report.json alone."""

    id: str
    version: str
    digest: str
    title: str
    round: int | None = None
    time_box_minutes: int | None = None
    categories: tuple[Category, ...] = ()
    dimensions: tuple[Dimension, ...] = ()
    core_questions: tuple[CoreQuestion, ...] = ()


class SubmissionNote(Record):
    """Something about the submission's files that was looked at differently (a submodule, a link)."""

    kind: str
    text: str
    path: str | None = None


class SubmissionFacts(Record):
    """Which bytes were graded. `commit` and `tree` are full ids; empty when the submission was never read."""

    repository: str
    commit: str
    tree: str
    name: str
    ref: str | None = None
    notes: tuple[SubmissionNote, ...] = ()


class EvidenceRecord(Record):
    """A piece of evidence, as graders.grade.Evidence. `text` is quoted: data, never instructions, never
    markup.
    """

    kind: str
    text: str = ""
    path: str | None = None
    line: int | None = None
    commit: str | None = None


class FindingRecord(Record):
    """A finding, as graders.grade.Finding; `id` is unique in the report."""

    id: str
    title: str
    outcome: Outcome
    detail: str = ""
    evidence: tuple[EvidenceRecord, ...] = ()
    tier: Literal["contract", "robustness", "probe"] | None = None
    category: str | None = None
    dimension: str | None = None


class GradeRecord(Record):
    """A grade, as graders.grade.Grade."""

    outcome: Outcome
    summary: str
    measures: dict[str, Cell] = Field(default_factory=dict)
    findings: tuple[FindingRecord, ...] = ()
    exhibits: dict[str, tuple[dict[str, Cell], ...]] = Field(default_factory=dict)


class Question(Record):
    """A question worth asking: the core question it belongs to, why it is asked, the findings it rests on."""

    id: str
    core_question: str | None
    text: str
    because: str = ""
    evidence: tuple[str, ...] = ()


class Provenance(Record):
    """What the grades were made with. `images` name to digest, `timings` step to seconds, `versions` tool
    to version.
    """

    harness_version: str
    engine: dict[str, Cell] = Field(default_factory=dict)
    images: dict[str, str] = Field(default_factory=dict)
    limits: dict[str, Cell] = Field(default_factory=dict)
    timings: dict[str, Annotated[float, Field(strict=False)]] = Field(default_factory=dict)
    versions: dict[str, str] = Field(default_factory=dict)
    notes: tuple[str, ...] = ()


class Report(Record):
    """All the grades of one submission, for the interviewer."""

    schema_version: Literal[1] = 1
    challenge: ChallengeFacts
    submission: SubmissionFacts
    complete: bool
    grades: dict[str, GradeRecord]
    questions: tuple[Question, ...] = ()
    provenance: Provenance

    def to_json(self) -> str:
        """report.json: sorted keys, two spaces, a last line feed; the same report gives the same bytes.

        Hidden characters (escape sequences, direction controls) stay data, but are written as `\\u009b`, so
        that showing the file in a terminal does nothing.
        """
        data = self.model_dump(mode="json")
        text = json.dumps(data, ensure_ascii=False, allow_nan=False, indent=2, sort_keys=True)
        return _HIDDEN_IN_JSON.sub(lambda match: _json_escape(match.group()), text) + "\n"

    def finding(self, identifier: str) -> FindingRecord | None:
        """The finding with this id."""
        return next((f for g in self.grades.values() for f in g.findings if f.id == identifier), None)


_HIDDEN_IN_JSON = re.compile(HIDDEN.pattern)


def _json_escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


def _refuse_constant(name: str) -> object:
    raise ReportError(f"report.json holds {name}, which JSON does not know: write the report again")


def read_report(data: bytes) -> Report:
    """The report in these bytes.

    Raises ReportError for too many bytes, for what is not JSON, and for what is not a report of schema
    version 1.
    """
    if len(data) > READ_LIMIT:
        raise ReportError(f"report.json has {len(data):,} bytes, more than the {READ_LIMIT:,} that a report can have")
    try:
        json.loads(data, parse_constant=_refuse_constant)
        return Report.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])[:200] or "the top"
        raise ReportError(f"not a report of schema version 1: at {where}: {first['msg']}") from None
    except (ValueError, RecursionError) as error:
        raise ReportError(f"not JSON: {type(error).__name__}; grade again to get a report") from None
