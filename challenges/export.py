"""What a candidate is sent: brief, contract and starter, and nothing else of the pack."""

from __future__ import annotations

from pathlib import Path

from challenges.challenge import Challenge
from challenges.pack import ChallengeError


def export(challenge: Challenge, folder: Path) -> tuple[Path, ...]:
    """Write the candidate's folder: BRIEF.md, contract/, and the starter's files at its top.

    Gives the files written. Raises ChallengeError when the folder holds something already.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ChallengeError(f"{folder} is not empty: name a folder that is new or empty.")
    return tuple(_write(folder / path, content) for path, content in challenge.handed_out.items())


def _write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path
