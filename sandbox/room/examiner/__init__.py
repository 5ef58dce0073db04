"""The library of the hidden tests: runs in the examiner container, beside no byte of the candidate's."""

from .called import Called
from .client import Client, Log, Response, multipart
from .command import Command, Ran
from .expect import CandidateFault, ExaminerError, Unmet, check, check_equal, show
from .journal import Call, Journal
from .library import Library, Made, Session
from .patience import Patience
from .pick import pick, pick_list
from .program import Program
from .room import Room
from .twin import Answer, Twin

__all__ = [
    "Answer",
    "Call",
    "Called",
    "CandidateFault",
    "Client",
    "Command",
    "ExaminerError",
    "Journal",
    "Library",
    "Log",
    "Made",
    "Patience",
    "Program",
    "Ran",
    "Response",
    "Room",
    "Session",
    "Twin",
    "Unmet",
    "check",
    "check_equal",
    "multipart",
    "pick",
    "pick_list",
    "show",
]
