"""The register of graders: every question that a report answers, in the report's order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import graders.ai_usage_log
import graders.design
import graders.hidden_tests
import graders.history
import graders.own_tests
import graders.written_evidence
from graders.case import Case
from graders.grade import Grade

GRADERS: Mapping[str, Callable[[Case], Grade]] = MappingProxyType(
    {
        "hidden_tests": graders.hidden_tests.grade,
        "own_tests": graders.own_tests.grade,
        "ai_usage_log": graders.ai_usage_log.grade,
        "written_evidence": graders.written_evidence.grade,
        "design": graders.design.grade,
        "history": graders.history.grade,
    }
)
"""Name of the grade to the function that makes it, in the report's order."""
