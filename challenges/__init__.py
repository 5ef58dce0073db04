"""What candidates are asked and all that judges it: the format of a challenge pack, and the packs that come with it."""

from challenges.calibration import Calibration, PlannedCommit, load_calibration
from challenges.challenge import Challenge, load, load_all
from challenges.export import export
from challenges.new import new
from challenges.pack import PROOF, ChallengeError
from challenges.rules import HiddenTest, Objection, bugs_rule, export_rule, requirements_rule, rubric_rule, titles_rule
from challenges.seeded_bugs import SeededBug, load_seeded_bugs

__all__ = [
    "PROOF",
    "Calibration",
    "Challenge",
    "ChallengeError",
    "HiddenTest",
    "Objection",
    "PlannedCommit",
    "SeededBug",
    "bugs_rule",
    "export",
    "export_rule",
    "load",
    "load_all",
    "load_calibration",
    "load_seeded_bugs",
    "new",
    "requirements_rule",
    "rubric_rule",
    "titles_rule",
]
