"""The whole truth about one graded submission as data, and the views that are drawn from it alone."""

from reports.annotations import workflow_command
from reports.audit_log import LOG_LIMIT, Line, Log, LogError, What, next_line, read_log, same_person
from reports.blind import ID_LENGTH, Sealed, blind_report, candidate_id, is_blind
from reports.cohort import Member, compare
from reports.cohort_page import render_index
from reports.intake import make_report
from reports.locked import Locked, Phase, file_stem, lock_by, locked_name, read_locked
from reports.page import render_page
from reports.proof import Headroom, Objected, Proof, ProvedPack, Ruling, read_proof, render_proof, standing
from reports.report import READ_LIMIT, Report, ReportError, read_report
from reports.reveal_page import REVEAL_NAME, head_of, render_reveal, reveal_lines
from reports.scorecard import (
    SCORECARD_LIMIT,
    Scorecard,
    ScorecardError,
    digest_of,
    empty_scorecard,
    read_scorecard,
    shortcomings,
)
from reports.scorecard_form import render_form
from reports.summary import render_summary
from reports.views import VIEWS, View

__all__ = [
    "ID_LENGTH",
    "LOG_LIMIT",
    "READ_LIMIT",
    "REVEAL_NAME",
    "SCORECARD_LIMIT",
    "VIEWS",
    "Headroom",
    "Line",
    "Locked",
    "Log",
    "LogError",
    "Member",
    "Objected",
    "Phase",
    "Proof",
    "ProvedPack",
    "Report",
    "ReportError",
    "Ruling",
    "Scorecard",
    "ScorecardError",
    "Sealed",
    "View",
    "What",
    "blind_report",
    "candidate_id",
    "compare",
    "digest_of",
    "empty_scorecard",
    "file_stem",
    "head_of",
    "is_blind",
    "lock_by",
    "locked_name",
    "make_report",
    "next_line",
    "read_locked",
    "read_log",
    "read_proof",
    "read_report",
    "read_scorecard",
    "render_form",
    "render_index",
    "render_page",
    "render_proof",
    "render_reveal",
    "render_summary",
    "reveal_lines",
    "same_person",
    "shortcomings",
    "standing",
    "workflow_command",
]
