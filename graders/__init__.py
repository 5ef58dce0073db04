"""Graders answer one question each about a submission; this package owns grades and what they mean."""

from importlib import import_module
from typing import TYPE_CHECKING

from graders.grade import EVIDENCE_LIMIT, Evidence, Finding, Grade, Outcome, Scalar, Tier

if TYPE_CHECKING:
    from graders.case import Case
    from graders.hidden_tests import hold_exam
    from graders.register import GRADERS
    from graders.sitting import Sitting, rerun
else:
    _LATER = {
        "GRADERS": "graders.register",
        "Case": "graders.case",
        "Sitting": "graders.sitting",
        "hold_exam": "graders.hidden_tests",
        "rerun": "graders.sitting",
    }

    def __getattr__(name: str) -> object:
        """What brings the sandbox and pydantic with it comes when it is first asked for.

        `harness ai-log` runs on a candidate's machine, where neither is of use.
        """
        if name not in _LATER:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_LATER[name]), name)


__all__ = [
    "EVIDENCE_LIMIT",
    "GRADERS",
    "Case",
    "Evidence",
    "Finding",
    "Grade",
    "Outcome",
    "Scalar",
    "Sitting",
    "Tier",
    "hold_exam",
    "rerun",
]
