"""The JSON Schemas of report.json and scorecard.json that we publish, in reports/schema/.

    python -m reports.json_schema > reports/schema/report.schema.json
    python -m reports.json_schema scorecard > reports/schema/scorecard.schema.json

Objects are open in it (fields may be added, DESIGN §6), although this version of Python reads strictly.
"""

from __future__ import annotations

import json
import sys
from typing import cast

from pydantic import BaseModel

from reports.report import Report
from reports.scorecard import Scorecard


def report_schema() -> str:
    """The schema as JSON text, the same bytes for the same model."""
    return _published(Report, "Report of the take-home grading harness")


def scorecard_schema() -> str:
    """The schema of scorecard.json, which the page saves and `harness score lock` reads."""
    return _published(Scorecard, "Scorecard of the take-home grading harness")


def _published(model: type[BaseModel], title: str) -> str:
    schema = model.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = title
    return json.dumps(_opened(schema), indent=2, sort_keys=True, ensure_ascii=True) + "\n"


def _opened(node: object) -> object:
    """The node without `additionalProperties: false`; maps of values keep their schema."""
    if isinstance(node, dict):
        items = cast("dict[str, object]", node).items()
        return {key: _opened(value) for key, value in items if not (key == "additionalProperties" and value is False)}
    return [_opened(item) for item in node] if isinstance(node, list) else node


if __name__ == "__main__":
    sys.stdout.write(scorecard_schema() if sys.argv[1:] == ["scorecard"] else report_schema())
