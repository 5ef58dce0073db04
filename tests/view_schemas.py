"""What the outside formats demand, as far as our views use them: schemas of our own, after the formats' documents."""

from __future__ import annotations

from typing import Any

_TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
_PLACE = {
    "type": "object",
    "required": ["artifactLocation"],
    "additionalProperties": False,
    "properties": {
        "artifactLocation": {
            "type": "object",
            "required": ["uri", "uriBaseId"],
            "additionalProperties": False,
            "properties": {
                "uri": {"type": "string", "pattern": r"^[A-Za-z0-9%._~-]+(/[A-Za-z0-9%._~-]+)*$"},
                "uriBaseId": {"const": "%SRCROOT%"},
            },
        },
        "region": {
            "type": "object",
            "required": ["startLine"],
            "additionalProperties": False,
            "properties": {"startLine": {"type": "integer", "minimum": 1}},
        },
    },
}
_LOCATION = {
    "type": "object",
    "required": ["physicalLocation"],
    "additionalProperties": False,
    "properties": {"id": {"type": "integer", "minimum": 0}, "physicalLocation": _PLACE},
}
_RESULT = {
    "type": "object",
    "required": ["ruleId", "level", "message", "locations", "partialFingerprints"],
    "additionalProperties": False,
    "properties": {
        "ruleId": {"type": "string", "pattern": r"^[a-z][a-z0-9_-]*\.[a-z][a-z0-9_-]*$"},
        "level": {"enum": ["warning", "note"]},
        "message": _TEXT,
        "locations": {"type": "array", "minItems": 1, "maxItems": 1, "items": _LOCATION},
        "relatedLocations": {"type": "array", "items": _LOCATION},
        "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
_RUN = {
    "type": "object",
    "required": ["tool", "results"],
    "additionalProperties": False,
    "properties": {
        "tool": {
            "type": "object",
            "required": ["driver"],
            "properties": {
                "driver": {
                    "type": "object",
                    "required": ["name", "rules"],
                    "properties": {
                        "rules": {
                            "type": "array",
                            "uniqueItems": True,
                            "items": {
                                "type": "object",
                                "required": ["id", "shortDescription"],
                                "properties": {"shortDescription": _TEXT},
                            },
                        }
                    },
                }
            },
        },
        "invocations": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["executionSuccessful"],
                "properties": {"executionSuccessful": {"type": "boolean"}},
            },
        },
        "originalUriBaseIds": {"type": "object"},
        "versionControlProvenance": {
            "type": "array",
            "items": {"type": "object", "required": ["repositoryUri"]},
        },
        "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
        "results": {"type": "array", "maxItems": 5000, "items": _RESULT},
    },
}
SARIF: dict[str, Any] = {
    "type": "object",
    "required": ["version", "runs"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string", "pattern": "^https://docs.oasis-open.org/"},
        "version": {"const": "2.1.0"},
        "runs": {"type": "array", "minItems": 1, "maxItems": 1, "items": _RUN},
    },
}

GRADESCOPE: dict[str, Any] = {
    "type": "object",
    "required": ["tests", "visibility", "stdout_visibility", "output"],
    "additionalProperties": False,
    "properties": {
        "visibility": {"const": "hidden"},
        "stdout_visibility": {"const": "hidden"},
        "output": {"type": "string"},
        "output_format": {"const": "text"},
        "test_name_format": {"const": "text"},
        "test_output_format": {"const": "text"},
        "extra_data": {"type": "object"},
        "tests": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "status", "visibility"],
                "additionalProperties": False,
                "properties": {
                    "name": {"type": "string"},
                    "status": {"enum": ["passed", "failed"]},
                    "visibility": {"const": "hidden"},
                    "output": {"type": "string"},
                    "tags": {"type": "array", "items": {"type": "string"}},
                    "extra_data": {"type": "object"},
                },
            },
        },
    },
}
"""No `score`, no `max_score`, no leaderboard: Gradescope shows a test without them as a check with a status."""

CHECK_RUN: dict[str, Any] = {
    "type": "object",
    "required": ["name", "status", "conclusion", "output"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string"},
        "status": {"const": "completed"},
        "conclusion": {"const": "neutral"},
        "output": {
            "type": "object",
            "required": ["title", "summary"],
            "additionalProperties": False,
            "properties": {
                "title": {"type": "string", "maxLength": 255},
                "summary": {"type": "string", "maxLength": 65_535},
            },
        },
    },
}
