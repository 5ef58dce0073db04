"""What candidates are asked and all that judges it: the format of a challenge pack, and the packs that come with it."""

from challenges.calibration import Calibration, PlannedCommit, load_calibration
from challenges.challenge import Challenge, load, load_all
from challenges.export import export
from challenges.pack import ChallengeError

__all__ = [
    "Calibration",
    "Challenge",
    "ChallengeError",
    "PlannedCommit",
    "export",
    "load",
    "load_all",
    "load_calibration",
]
