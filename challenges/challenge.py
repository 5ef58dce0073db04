"""The challenge: what candidates are asked, with all that judges it; loaded from a pack's folder, checked whole."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from challenges.pack import ChallengeError, digest, pack_files, read_toml

BUILT_IN = Path(__file__).parent
"""The folder of the packs that come with the harness."""
Contract = Literal["http-service", "command-line", "library"]
"""What joins a candidate's program to the hidden tests."""
BRIEF = "BRIEF.md"
"""The brief's name in what a candidate is sent."""
IDENTIFIER = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Category(_Part):
    """A group of hidden tests: `title` and a sentence `about` it, for the report."""

    id: str = Field(pattern=r"^[a-z][a-z-]*$")
    title: str
    about: str = ""


class Dimension(_Part):
    """What the round looks at. `measured` by graders, or `observed` by people from the evidence."""

    id: str = Field(pattern=r"^[a-z][a-z_]*$")
    title: str
    kind: Literal["measured", "observed"]
    about: str = ""


class Limits(_Part):
    """What the candidate's program may use while the hidden tests run."""

    memory_mib: int = Field(default=512, ge=64, le=16_384)
    processes: int = Field(default=128, ge=8, le=4_096)
    cpus: float = Field(default=1.0, gt=0, le=16)
    writable_mib: int = Field(default=128, ge=1, le=8_192)
    start_seconds: int = Field(default=15, ge=1, le=120)
    exam_seconds: int = Field(default=300, ge=10, le=3_600)


class Submission(_Part):
    """What a submission has to bring, and how it starts where its manifest is silent (a library is not started).

    `reference` names the calibration submission that is right in everything; `starter_passes` the contract tests that
    the starter passes as it is handed out (a program that says that it lives), since it fails all others.
    """

    start: str = ""
    test: str
    ai_usage_log_required: bool = True
    written_evidence: tuple[str, ...] = ("decision_log", "readme", "time_box")
    reference: str | None = None
    starter_passes: tuple[str, ...] = ()


class _ChallengeFile(_Part):
    """challenge.toml."""

    title: str
    version: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    round: int = Field(ge=1, le=6)
    contract: Contract
    time_box_minutes: int = Field(ge=10, le=10_000)
    about: str = ""
    seed: int = 1
    limits: Limits = Limits()
    submission: Submission
    categories: tuple[Category, ...] = Field(min_length=1)
    dimensions: tuple[Dimension, ...] = Field(min_length=1)


class _Vocabulary(_Part):
    """hidden_tests/vocabulary.toml: the words that markers may use."""

    categories: tuple[str, ...]
    dimensions: tuple[str, ...]


class Anchor(_Part):
    """What one level of a dimension looks like."""

    level: Literal["Strong Hire", "Hire", "Mixed", "No Hire"]
    text: str


class CoreQuestion(_Part):
    """A question of the round."""

    id: str
    text: str


class Rubric(_Part):
    """rubric.toml: the anchors by dimension, and the questions that every candidate of the round is asked."""

    anchors: dict[str, tuple[Anchor, ...]]
    questions: tuple[CoreQuestion, ...] = ()


@dataclass(frozen=True)
class Challenge:
    """A challenge, with its folder. `digest` is the SHA-256 over every file of the pack, as "sha256:<hex>"."""

    id: str
    folder: Path
    title: str
    version: str
    round: int
    contract: Contract
    time_box_minutes: int
    about: str
    seed: int
    limits: Limits
    submission: Submission
    categories: tuple[Category, ...]
    dimensions: tuple[Dimension, ...]
    rubric: Rubric
    digest: str = field(default="")

    @property
    def hidden_tests(self) -> Path:
        return self.folder / "hidden_tests"

    @property
    def twins(self) -> Path:
        return self.folder / "twins"

    @property
    def brief(self) -> str:
        return (self.folder / "brief.md").read_text(encoding="utf-8")

    @property
    def examples(self) -> tuple[str, ...]:
        """Names of the calibration submissions."""
        folder = self.folder / "calibration"
        return (
            tuple(sorted(f.name for f in folder.iterdir() if (f / "expected.toml").is_file()))
            if folder.is_dir()
            else ()
        )

    @cached_property
    def starter(self) -> Mapping[str, bytes]:
        """The starter's files: path inside the submission to bytes; what a candidate did not write."""
        return self._part("starter")

    @cached_property
    def handed_out(self) -> Mapping[str, bytes]:
        """All that a candidate is sent, by its path in the export: the brief, the contract, and the starter's files.

        It is what `export` writes, and the challenge's own words wherever they turn up in a submission.
        """
        contract = {f"contract/{path}": content for path, content in self._part("contract").items()}
        return {BRIEF: self.brief.encode(), **contract, **self.starter}

    def _part(self, name: str) -> dict[str, bytes]:
        folder = self.folder / name
        return {file.relative_to(folder).as_posix(): file.read_bytes() for file in pack_files(folder)}


def load(identifier: str, challenges: Path | None = None) -> Challenge:
    """The challenge with this id, from the folder `challenges` of private packs, else from the built-in ones.

    Raises ChallengeError when there is none, or when its pack is incomplete or wrong.
    """
    check_identifier(identifier)
    for parent in _parents(challenges):
        if (parent / identifier).is_dir():
            return _read(parent / identifier)
    known = ", ".join(challenge for challenge in _names(challenges)) or "none"
    raise ChallengeError(f"There is no challenge {identifier!r}. Known: {known}. Private packs: --challenges DIR.")


def check_identifier(identifier: str) -> None:
    """Raises ChallengeError when this is no challenge id, with one that is."""
    if not IDENTIFIER.fullmatch(identifier):
        words = re.findall(r"[a-z0-9]+", identifier.lower())
        such = "-".join(words).lstrip("0123456789-") or "warm-welcome"
        raise ChallengeError(f"{identifier!r} is no challenge id: lower-case words joined by hyphens are ({such!r}).")


def load_all(challenges: Path | None = None) -> tuple[Challenge, ...]:
    """Every challenge that can be graded, by id. Raises ChallengeError when one is wrong."""
    return tuple(load(name, challenges) for name in _names(challenges))


def _parents(challenges: Path | None) -> tuple[Path, ...]:
    if challenges is None:
        return (BUILT_IN,)
    if not challenges.is_dir():
        raise ChallengeError(f"There is no folder {challenges}: --challenges names a folder of challenge packs.")
    if (challenges / "challenge.toml").is_file():
        raise ChallengeError(f"{challenges} is a challenge pack: --challenges names the folder that packs lie in.")
    return (challenges, BUILT_IN)


def _names(challenges: Path | None) -> list[str]:
    packs = {file.parent for parent in _parents(challenges) for file in parent.glob("*/challenge.toml")}
    for pack in sorted(packs):
        if not IDENTIFIER.fullmatch(pack.name):
            raise ChallengeError(f"{pack}: a pack's folder is its id: rename it to lower-case words joined by hyphens.")
    return sorted({pack.name for pack in packs})


def _read(folder: Path) -> Challenge:
    for needed in ("brief.md", "hidden_tests", "rubric.toml"):
        if not (folder / needed).exists():
            raise ChallengeError(f"{folder / needed} is missing: a challenge pack needs it.")
    if not any((folder / "hidden_tests").glob("test_*.py")):
        raise ChallengeError(
            f"{folder / 'hidden_tests'} holds no test_*.py: a pack without hidden tests grades nothing."
        )
    try:
        (folder / "brief.md").read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ChallengeError(f"{folder / 'brief.md'} is not UTF-8: save it as that, candidates are sent it.") from None
    told = read_toml(folder / "challenge.toml", _ChallengeFile)
    if told.contract != "library" and not told.submission.start.strip():
        raise ChallengeError(f"{folder / 'challenge.toml'}: submission.start: a {told.contract} needs a line to start.")
    _check_vocabulary(folder / "hidden_tests" / "vocabulary.toml", told)
    rubric = read_toml(folder / "rubric.toml", Rubric)
    unknown = set(rubric.anchors) - {dimension.id for dimension in told.dimensions}
    if unknown:
        raise ChallengeError(f"{folder / 'rubric.toml'}: no dimension {', '.join(sorted(unknown))} in challenge.toml.")
    challenge = Challenge(
        id=folder.name, folder=folder.resolve(), rubric=rubric, digest=digest(folder), **dict(iter(told))
    )
    reference = told.submission.reference
    if reference is not None and reference not in challenge.examples:
        known = ", ".join(challenge.examples) or "none"
        raise ChallengeError(
            f"{folder / 'challenge.toml'}: reference {reference!r} is no calibration submission. Known (folders of "
            f"calibration/ with an expected.toml): {known}."
        )
    return challenge


def _check_vocabulary(path: Path, told: _ChallengeFile) -> None:
    """The examiner checks markers against this file, since challenge.toml does not enter it: the two must agree."""
    words = read_toml(path, _Vocabulary)
    categories, dimensions = {c.id for c in told.categories}, {d.id for d in told.dimensions}
    strangers = (set(words.categories) - categories) | (set(words.dimensions) - dimensions)
    missing = categories - set(words.categories)
    if strangers or missing:
        wrong = ", ".join(sorted(strangers | missing))
        raise ChallengeError(f"{path} and challenge.toml do not agree on: {wrong}. Name the same words in both.")
