"""What the grades were made with, and of what: the parts of a report that no grader knows."""

from __future__ import annotations

import dataclasses
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version

from challenges import PROOF, Challenge
from graders import Case, own_tests
from harness import __version__
from reports import Proof, ReportError, read_proof, standing
from sandbox import Engine, FetchLimits, Known, Manifest, Submission, Workshop, git_version


def describe_challenge(challenge: Challenge) -> dict[str, object]:
    """The challenge as the report tells it, with all that its page needs."""
    return {
        "id": challenge.id,
        "version": challenge.version,
        "digest": challenge.digest,
        "title": challenge.title,
        "round": challenge.round,
        "time_box_minutes": challenge.time_box_minutes,
        "categories": [{"id": c.id, "title": c.title, "about": c.about} for c in challenge.categories],
        "dimensions": [
            {
                "id": dimension.id,
                "title": dimension.title,
                "about": dimension.about,
                "anchors": [a.model_dump() for a in challenge.rubric.anchors.get(dimension.id, ())],
            }
            for dimension in challenge.dimensions
        ],
        "core_questions": [question.model_dump() for question in challenge.rubric.questions],
    }


def describe_submission(submission: Submission) -> dict[str, object]:
    """Which bytes were graded."""
    return {
        "repository": submission.repository,
        "commit": submission.commit,
        "tree": submission.tree,
        "name": submission.name,
        "ref": submission.ref,
        "notes": [{"kind": note.kind, "text": note.text, "path": note.path} for note in submission.notes],
    }


def describe_refused(known: Known) -> dict[str, object]:
    """What is known of a submission that was refused."""
    return {"repository": known.repository, "commit": known.commit, "tree": known.tree, "name": known.name}


def make_provenance(
    engine: Engine,
    workshops: Sequence[Workshop],
    challenge: Challenge,
    manifest: Manifest,
    timings: Mapping[str, float],
    *,
    replay: bool = False,
    confined: Sequence[str] = (),
) -> dict[str, object]:
    """Engine, images by digest, limits, versions and seconds; `workshops` are the submission's and the control's.

    `replay`: whether what the AI usage log claims could be run again; `confined`: notes on the runtime.
    """
    images: dict[str, str] = {}
    versions: dict[str, str] = {
        "git": ".".join(map(str, git_version())),
        "python": platform.python_version(),
        "uv": version("uv"),
    }
    notes = [*confined, *manifest.problems]
    if manifest.challenge not in (None, challenge.id):
        notes.append(f"The manifest names the challenge {manifest.challenge!r}; it was graded as {challenge.id}.")
    for workshop in workshops:
        for image in (workshop.image, workshop.examiner):
            images[image.profile] = image.digest
            versions[f"python in {image.profile}"] = image.python
            notes.append(f"The image {image.profile} comes from {_source(image.source)}.")
        notes.extend(workshop.notes)
        for package in ("pytest", "coverage", "ruff"):
            told = dict(workshop.tools.packages).get(package)
            if told:
                versions[package] = told
    if workshops:
        first = workshops[0]
        if first.environment is not None:
            versions["dependencies"] = f"{first.environment.source} ({first.environment.digest[:16]})"
            notes.append(_dependencies(first))
    unproved = standing(_proof(challenge), challenge.digest, __version__, images)
    if unproved:
        notes.append(unproved)
    return {
        "harness_version": __version__,
        "engine": engine.facts(),
        "images": images,
        "limits": {
            "program": challenge.limits.model_dump(),
            "own_tests": {"seconds": own_tests.LIMITS.seconds, "memory_mib": own_tests.LIMITS.memory_mib},
            "replay": dataclasses.asdict(Case.BOUNDS) if replay else {"commands": 0},
            "fetch": {name: getattr(FetchLimits(), name) for name in FetchLimits.__dataclass_fields__},
        },
        "timings": dict(timings),
        "versions": versions,
        "notes": list(dict.fromkeys(notes)),
    }


def _proof(challenge: Challenge) -> Proof | None:
    """The proof that the pack keeps; None when it has none that can be read."""
    try:
        return read_proof((challenge.folder / PROOF).read_bytes())
    except (OSError, ReportError):
        return None


def _source(source: str) -> str:
    return "the registry, by digest" if source == "registry" else "Debian's packages, built here"


def _dependencies(workshop: Workshop) -> str:
    environment = workshop.environment
    assert environment is not None
    how = "prepared before and used again" if environment.reused else "prepared for this grading"
    return f"Dependencies: {len(environment.packages)} packages from {environment.source}, {how}."
