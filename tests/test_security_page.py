"""SECURITY.md promises what tests prove: every test and attack that it names exists, and each sentence names one."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent
PAGE = (TOP / "SECURITY.md").read_text(encoding="utf-8")
PROMISES = PAGE.partition("## What is promised\n")[2].partition("## Grading a population")[0]
SENTENCES = [" ".join(item.split()) for item in re.split(r"\n(?=- |#|\n)", PROMISES) if item.lstrip().startswith("- ")]
PROOF = re.compile(r"`attacks/[\w-]+`|`tests/test_\w+\.py`|`test_\w+\.py::test_\w+`|\(docs/faults\.md\)|not tested")
ELSEWHERE = ("docs/ai-usage-log.md",)
"""A page that measures what it says."""


@cache
def functions(file: str) -> frozenset[str]:
    """The names of all functions in a file of tests."""
    return frozenset(
        re.findall(r"^ *def (test_\w+)\(", (TOP / "tests" / file).read_text(encoding="utf-8"), re.MULTILINE)
    )


def test_there_are_sentences() -> None:
    """The page was read: promises, what confines a sandbox, what is not promised."""
    assert len(SENTENCES) > 50


@pytest.mark.parametrize("sentence", SENTENCES, ids=lambda sentence: sentence[2:50])
def test_each_sentence_names_its_proof(sentence: str) -> None:
    """A promise without a test says so."""
    assert PROOF.search(sentence) or any(other in sentence for other in ELSEWHERE), sentence


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`attacks/([\w-]+)`", PAGE))))
def test_each_attack_is_in_the_corpus(name: str) -> None:
    """The folder of an attack that the page names exists."""
    assert (TOP / "tests" / "attacks" / name / "attack.toml").is_file()


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(test_\w+\.py::test_\w+)`", PAGE))))
def test_each_test_is_there(name: str) -> None:
    """The function of a test that the page names exists in its file."""
    file, _, function = name.partition("::")
    assert function in functions(file)


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`tests/(test_\w+\.py)`|\]\((docs/[\w-]+\.md)\)", PAGE))))
def test_each_file_is_there(name: tuple[str, str]) -> None:
    """Files of tests and pages that the page leads to exist."""
    file, page = name
    assert (TOP / (f"tests/{file}" if file else page)).is_file()
