"""An example: a challenge's calibration submission as the git repository that a candidate would hand in."""

from __future__ import annotations

from pathlib import Path

from challenges import Challenge, ChallengeError, load, load_calibration
from sandbox import CommitPlan, build_repository


def example_repository(challenge: Challenge, name: str, into: Path) -> Path:
    """Build the repository of the calibration submission `name` at `into` (new); the same commits every time."""
    calibration = load_calibration(challenge, name)
    commits = [CommitPlan(c.message, c.date, c.author, c.paths) for c in calibration.commits]
    return build_repository(calibration.folder, commits, into.absolute())


def write_example(challenge_id: str, name: str, folder: Path, challenges: Path | None) -> Path:
    """`harness challenge example`. Raises ChallengeError when the folder holds something already."""
    if folder.exists() and any(folder.iterdir()):
        raise ChallengeError(f"{folder} is not empty: name a folder that is new or empty.")
    return example_repository(load(challenge_id, challenges), name, folder)
