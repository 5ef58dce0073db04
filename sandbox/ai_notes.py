"""AI notes: the git notes in which git-ai says which lines an assistant wrote. Fetched apart from the submission.

Notes are not part of a commit, and no clone brings them. They go into a repository of their own that is gone again
when they have been read, so that nothing of them touches the submission's objects or history. A repository without
them, with too many, or with strange ones has none: no grade depends on them.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from sandbox.blobs import read_blobs
from sandbox.commit_stream import make_bare
from sandbox.engine import SandboxError
from sandbox.git import run_git
from sandbox.refusal import MIB

REF = "refs/notes/ai"
NOTES = 2_000
NOTE_BYTES = 256 * 1024
"""A larger note is left out."""
ALL_BYTES = 8 * MIB
DOWNLOAD = 16 * MIB
SECONDS = 20.0
_KEPT = "refs/harness/notes"
_RECORD = re.compile(rb"100644 blob ([0-9a-f]{40}) +(\d{1,9})\t([0-9a-f/]{40,60})")
"""A note's path is the commit's id, with slashes after pairs of digits where there are many."""


def fetch_ai_notes(
    location: str, protocol: str, configuration: Mapping[str, str], into: Path, seconds: float
) -> dict[str, bytes]:
    """The notes at `location` (what git is told to fetch from): commit id → note. {} when there are none to be had.

    `into` is a new folder for them, which is gone afterwards. `seconds` is the time that is left for it.
    """
    try:
        make_bare(into)
        return _read(into) if _fetched(location, protocol, configuration, into, min(seconds, SECONDS)) else {}
    except (SandboxError, OSError):
        return {}
    finally:
        shutil.rmtree(into, ignore_errors=True)


def _fetched(location: str, protocol: str, configuration: Mapping[str, str], into: Path, seconds: float) -> bool:
    for place in (location, location.rstrip("/") + ".git"):  # a host may want the ending, and answers nothing without
        listed = run_git(
            ["ls-remote", "--quiet", "--", place, REF], seconds=seconds, protocol=protocol, configuration=configuration
        )
        if not listed.good:
            if protocol == "file" or place.endswith(".git.git"):
                return False
            continue
        if not listed.output.rstrip().endswith(b"\t" + REF.encode()):
            return False
        options = ["--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--depth=1"]
        return run_git(
            ["fetch", *options, "--", "source", f"+{REF}:{_KEPT}"],
            git_dir=into,
            seconds=seconds,
            watched=(into, DOWNLOAD),
            file_bytes=DOWNLOAD,
            protocol=protocol,
            configuration={**configuration, "remote.source.url": place},
        ).good
    return False


def _read(bare: Path) -> dict[str, bytes]:
    listed = run_git(["ls-tree", "-r", "-z", "-l", _KEPT], git_dir=bare, seconds=SECONDS, output_limit=MIB)
    if not listed.good:
        return {}
    wanted: dict[str, str] = {}
    room = ALL_BYTES
    for entry in listed.output.split(b"\0")[:NOTES]:
        record = _RECORD.fullmatch(entry)
        commit = record[3].replace(b"/", b"").decode() if record else ""
        if record is None or len(commit) != 40 or int(record[2]) > NOTE_BYTES:
            continue
        room -= int(record[2])
        if room < 0:
            break
        wanted[commit] = record[1].decode()
    contents = read_blobs(bare, list(wanted.values()), NOTE_BYTES, seconds=SECONDS)
    return {commit: contents[blob] for commit, blob in wanted.items()}
