"""The first questions worth asking, each with the findings it rests on.

A question is worth more the more its evidence surprises (a behaviour that the brief states and that was not
seen, before a file that no test runs, before something beyond the brief) and less when the candidate's own
documents already speak of it. The order is a rule that anyone can read (rules.py holds the weights);
nothing is learned. What *we* could not tell is never a question to the candidate.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from reports.asking import Candidate, Material
from reports.matrix import matrix
from reports.own_words import own_words
from reports.report import ChallengeFacts, CoreQuestion, GradeRecord, Question
from reports.rules import RULES
from reports.wording import TOPIC_WORDS, Topic

FIRST = 3
"""Questions on the first screen: what twenty minutes hold."""
AI_EACH = 4
"""Follow-ups under the core question on AI: its log has more gaps to ask about than one conversation fills."""


def first_questions(
    grades: Mapping[str, GradeRecord], challenge: ChallengeFacts, number: int = FIRST
) -> tuple[Question, ...]:
    """The `number` questions most worth asking, most worth first, from different core questions while there
    are some.
    """
    ranked = ranked_candidates(grades, challenge)
    chosen: list[Candidate] = []
    for candidate in ranked:
        if len(chosen) < number and all(candidate.topic != other.topic for other in chosen):
            chosen.append(candidate)
    for candidate in ranked:
        if len(chosen) < number and candidate not in chosen:
            chosen.append(candidate)
    chosen.sort(key=_order)
    return tuple(_question(candidate, challenge.core_questions, f"q{n}") for n, candidate in enumerate(chosen, 1))


def follow_ups(
    grades: Mapping[str, GradeRecord], challenge: ChallengeFacts, each: int = 2
) -> dict[str, tuple[Question, ...]]:
    """For each core question (by id) up to `each` questions (AI_EACH on AI) that its evidence suggests."""
    found: dict[str, list[Question]] = {core.id: [] for core in challenge.core_questions}
    for number, candidate in enumerate(ranked_candidates(grades, challenge), 1):
        core = core_question(candidate.topic, challenge.core_questions)
        room = AI_EACH if candidate.topic == "ai" else each
        if core is not None and len(found[core.id]) < room:
            found[core.id].append(_question(candidate, challenge.core_questions, f"f{number}"))
    return {identifier: tuple(questions) for identifier, questions in found.items()}


def ranked_candidates(grades: Mapping[str, GradeRecord], challenge: ChallengeFacts) -> list[Candidate]:
    """Every question that a rule proposes, most worth first; the same grades give the same order."""
    material = Material(grades, matrix(grades, challenge), own_words(grades))
    return sorted((candidate for rule in RULES for candidate in rule(material)), key=_order)


def core_question(topic: Topic, questions: Sequence[CoreQuestion]) -> CoreQuestion | None:
    """The round's core question on this topic: the one that shares most words with it, else the first."""
    if not questions:
        return None
    shared = [len(TOPIC_WORDS[topic] & set(re.findall(r"[a-z]+", f"{q.id} {q.text}".lower()))) for q in questions]
    return questions[shared.index(max(shared))]


def told_and_asked(text: str) -> tuple[str, str]:
    """What a question rests on, and what it asks: its last sentence. The first is empty when there is one sentence."""
    ends = [match.end() for match in _SENTENCE_END.finditer(text[:2_000])]
    for end in reversed(ends):
        told, asked = text[:end].strip(), text[end:].strip()
        if asked.endswith("?") and asked[:1].isupper():
            return told, asked
    return "", text


_SENTENCE_END = re.compile(r"[.!?…][”)\"]{0,2}\.?\s")


def _order(candidate: Candidate) -> tuple[int, str]:
    return (-candidate.weight, candidate.key)


def _question(candidate: Candidate, questions: Sequence[CoreQuestion], identifier: str) -> Question:
    core = core_question(candidate.topic, questions)
    return Question(
        id=identifier,
        core_question=core.id if core else None,
        text=candidate.text,
        because=candidate.because,
        evidence=candidate.evidence,
    )
