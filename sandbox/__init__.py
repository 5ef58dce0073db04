"""The only code that touches a candidate's bytes: fetches, prepares and runs them; owns git and docker."""

from sandbox.cache import cache_root
from sandbox.commits import Change, Commit
from sandbox.dependencies import Refusal
from sandbox.earlier import at_commit
from sandbox.engine import Engine, SandboxError
from sandbox.exam import USUAL, Circumstances
from sandbox.fetch import fetch
from sandbox.git import git_version
from sandbox.manifest import MANIFEST_NAME, Manifest, read_manifest
from sandbox.patch import Hunk
from sandbox.planting import planted
from sandbox.profile import Limits
from sandbox.record import CollectedTest, ExamRecord, Exchange, Start, TestResult
from sandbox.refusal import FetchLimits, Known, SubmissionRefused
from sandbox.replay import CommitPlan, build_repository
from sandbox.run import Run
from sandbox.runtime import RuntimeUnknownError, settle
from sandbox.scratch import open_scratch
from sandbox.submission import Submission
from sandbox.sweep import remove_images, sweep
from sandbox.tree import File, Note
from sandbox.workshop import RECORDER, Workshop, open_earlier, open_workshop

__all__ = [
    "MANIFEST_NAME",
    "RECORDER",
    "USUAL",
    "Change",
    "Circumstances",
    "CollectedTest",
    "Commit",
    "CommitPlan",
    "Engine",
    "ExamRecord",
    "Exchange",
    "FetchLimits",
    "File",
    "Hunk",
    "Known",
    "Limits",
    "Manifest",
    "Note",
    "Refusal",
    "Run",
    "RuntimeUnknownError",
    "SandboxError",
    "Start",
    "Submission",
    "SubmissionRefused",
    "TestResult",
    "Workshop",
    "at_commit",
    "build_repository",
    "cache_root",
    "fetch",
    "git_version",
    "open_earlier",
    "open_scratch",
    "open_workshop",
    "planted",
    "read_manifest",
    "remove_images",
    "settle",
    "sweep",
]
