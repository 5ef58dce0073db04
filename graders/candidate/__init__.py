"""The candidate's side: finds a repository's AI sessions on the machine they were made on, and readies the log.

Offline. Reads, and hands texts to the harness, which writes and prints.
"""

from graders.ai_log.template import DRAFT, NAME, TEMPLATE
from graders.candidate.discover import FINDERS, Discovery, Found, discover
from graders.candidate.exported import FOLDER, Export, export
from graders.candidate.history import OwnCommit, own_commits
from graders.candidate.machine import Machine
from graders.candidate.preview import Gap, Preview, preview
from graders.candidate.repository import Repository, RepositoryError, find_repository
from graders.candidate.scrub import Scrubber, make_scrubber
from graders.candidate.selection import SelectionError, selected

__all__ = [
    "DRAFT",
    "FINDERS",
    "FOLDER",
    "NAME",
    "TEMPLATE",
    "Discovery",
    "Export",
    "Found",
    "Gap",
    "Machine",
    "OwnCommit",
    "Preview",
    "Repository",
    "RepositoryError",
    "Scrubber",
    "SelectionError",
    "discover",
    "export",
    "find_repository",
    "make_scrubber",
    "own_commits",
    "preview",
    "selected",
]
