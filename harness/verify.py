"""`harness challenge verify`: a pack is proved before it grades anyone, rule by rule, each with its objections."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from challenges import Challenge, ChallengeError
from harness import __version__, exam_rules
from harness.bench import Bench
from harness.exam_rules import Answer
from harness.lanes import open_lanes
from harness.progress import Progress
from harness.proving import Proving
from reports import Objected, Proof, ProvedPack, Ruling
from sandbox import Engine, open_scratch, sweep

Rule = Callable[[Proving], Answer]

RULES: dict[str, Rule] = {
    "rubric": exam_rules.rubric,
    "export": exam_rules.exported,
    "reference": exam_rules.reference,
    "requirements": exam_rules.requirements,
    "titles": exam_rules.titles,
    "images": exam_rules.images,
    "starter": exam_rules.starter,
    "alternatives": exam_rules.alternatives,
    "calibration": exam_rules.calibration,
    "messages": exam_rules.messages,
    "seeded-bugs": exam_rules.seeded_bugs,
    "repeats": exam_rules.repeats,
}
"""In this order: what costs nothing first; the reference's exam gives the tests that most others look at."""
NEED_NO_EXAM = frozenset({"rubric", "export"})
AT_A_TIME = max(2, 2 * (os.cpu_count() or 1))
"""Exams held side by side: one leaves three quarters of two processors idle (measured on the lead-ingestion reference:
28 s of wall time, 24 % busy), because its tests wait on purpose."""


def verify(
    challenge: Challenge,
    challenges_folder: Path | None,
    progress: Progress,
    only: Sequence[str] = (),
    *,
    afresh: bool = False,
) -> Iterator[Ruling | Proof]:
    """Hold the rules (all, or `only` those named) against the pack: each ruling as it comes, the proof at the end.

    What an earlier run held of the very same pack, harness and images is not held again, unless `afresh`.
    Raises ChallengeError when the pack can't be proved at all, SandboxError when the machine can't.
    """
    unknown = sorted(set(only) - set(RULES))
    if unknown:
        raise ChallengeError(f"There is no rule {', '.join(unknown)}. Rules: {', '.join(RULES)}.")
    wanted = [name for name in RULES if not only or name in only]
    with Engine.connect() as engine:
        sweep(engine)
        with open_scratch(engine) as scratch, open_lanes(engine, progress, AT_A_TIME) as lanes:
            bench = Bench(engine, challenge, scratch, progress)
            proving = Proving(challenge, challenges_folder, bench, progress, scratch, lanes, afresh=afresh)
            rulings = []
            for name in wanted:
                rulings.append(_ruling(name, proving))
                yield rulings[-1]
            yield Proof(
                challenge=ProvedPack(
                    id=challenge.id, version=challenge.version, digest=challenge.digest, title=challenge.title
                ),
                harness_version=__version__,
                images=bench.images,
                held=len(wanted) == len(RULES) and all(ruling.held for ruling in rulings),
                rulings=tuple(rulings),
                headroom=proving.headroom(),
            )


def _ruling(name: str, proving: Proving) -> Ruling:
    began = time.monotonic()
    earlier = proving.earlier
    with proving.progress.step(name, name):
        if name not in NEED_NO_EXAM:
            proving.hold_reference()
        if name in NEED_NO_EXAM or name == "reference" or proving.tests:
            looked_at, objections = RULES[name](proving)
        else:  # without the list of hidden tests there is nothing to hold the rule against
            looked_at = "nothing"
            objections = exam_rules.ended(name, proving.challenge.submission.reference or "", proving.first)
    if proving.earlier > earlier:
        looked_at += f" ({proving.earlier - earlier} of them held by an earlier run)"
    return Ruling(
        rule=name,
        about=" ".join((RULES[name].__doc__ or "").split()),
        looked_at=looked_at,
        seconds=round(time.monotonic() - began, 1),
        objections=tuple(Objected(subject=o.subject, what=o.what, remedy=o.remedy) for o in objections),
    )
