"""What a candidate is sent: brief, contract and starter, and nothing else of the pack."""

from __future__ import annotations

from pathlib import Path

from challenges.challenge import Challenge
from challenges.pack import ChallengeError, pack_files

PUBLIC = ("contract", "starter")
"""Folders of a pack that a candidate may see; the starter's files land at the top of the export."""


def export(challenge: Challenge, folder: Path) -> tuple[Path, ...]:
    """Write the candidate's folder: BRIEF.md, contract/, and the starter's files.

    Gives the files written. Raises ChallengeError when the folder holds something already.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ChallengeError(f"{folder} is not empty: name a folder that is new or empty.")
    written = [_write(folder / "BRIEF.md", challenge.brief.encode())]
    for part in PUBLIC:
        source = challenge.folder / part
        target = folder if part == "starter" else folder / part
        for file in pack_files(source):
            written.append(_write(target / file.relative_to(source), file.read_bytes()))
    return tuple(written)


def _write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path
