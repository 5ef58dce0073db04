"""The JSON Schema of report.json that we publish, in reports/schema/.

    python -m reports.json_schema > reports/schema/report.schema.json

Objects are open in it (fields may be added, DESIGN §6), although this version of Python reads strictly.
"""

from __future__ import annotations

import json
import sys
from typing import cast

from reports.report import Report


def report_schema() -> str:
    """The schema as JSON text, the same bytes for the same model."""
    schema = Report.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Report of the take-home grading harness"
    return json.dumps(_opened(schema), indent=2, sort_keys=True, ensure_ascii=True) + "\n"


def _opened(node: object) -> object:
    """The node without `additionalProperties: false`; maps of values keep their schema."""
    if isinstance(node, dict):
        items = cast("dict[str, object]", node).items()
        return {key: _opened(value) for key, value in items if not (key == "additionalProperties" and value is False)}
    return [_opened(item) for item in node] if isinstance(node, list) else node


if __name__ == "__main__":
    sys.stdout.write(report_schema())
