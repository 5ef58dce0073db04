"""The library of the hidden tests: runs in the examiner container, beside no byte of the candidate's."""

from .client import Client, Log, Response, multipart
from .expect import CandidateFault, ExaminerError, Unmet, check, check_equal, show
from .journal import Call, Journal
from .patience import Patience
from .pick import pick, pick_list
from .program import Program
from .room import Room
from .twin import Answer, Twin

__all__ = [
    "Answer",
    "Call",
    "CandidateFault",
    "Client",
    "ExaminerError",
    "Journal",
    "Log",
    "Patience",
    "Program",
    "Response",
    "Room",
    "Twin",
    "Unmet",
    "check",
    "check_equal",
    "multipart",
    "pick",
    "pick_list",
    "show",
]
