"""The brief of lead-ingestion: every requirement stands in it, word for word, and it promises nothing else by id."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

PACK = Path(__file__).parent.parent / "challenges" / "lead-ingestion"
IDENTIFIER = re.compile(r"\[(R-[a-z0-9-]+)\]")


@pytest.fixture(scope="module")
def brief() -> str:
    return (PACK / "brief.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def requirements() -> dict[str, str]:
    told = tomllib.loads((PACK / "requirements.toml").read_text(encoding="utf-8"))
    return {requirement["id"]: requirement["text"] for requirement in told["requirement"]}


def test_brief_and_requirements_name_the_same_ids(brief: str, requirements: dict[str, str]) -> None:
    """A hidden test can rest on no requirement that the candidate was not told, and none stands there twice."""
    named = IDENTIFIER.findall(brief)

    assert sorted(named) == sorted(requirements)


def test_brief_states_each_requirement_in_its_own_words(brief: str, requirements: dict[str, str]) -> None:
    """What the report quotes as the brief's sentence is the brief's sentence."""
    flat = " ".join(brief.split())
    changed = [name for name, text in requirements.items() if f"**[{name}]** {' '.join(text.split())}" not in flat]

    assert changed == []


def test_contract_names_every_requirement(requirements: dict[str, str]) -> None:
    """The OpenAPI description carries the same ids, so that neither can fall behind."""
    contract = (PACK / "contract" / "openapi.yaml").read_text(encoding="utf-8")

    assert set(IDENTIFIER.findall(contract)) == set(requirements)


def test_brief_gives_the_limits_that_are_held(brief: str) -> None:
    """Time box, memory and processes in the brief are those of challenge.toml."""
    told = tomllib.loads((PACK / "challenge.toml").read_text(encoding="utf-8"))
    limits = told["limits"]

    assert f"**{told['time_box_minutes'] // 60} hours**" in brief
    assert f"{limits['memory_mib']} MiB of memory" in brief
    assert f"{limits['processes']} processes and threads" in brief
    assert f"within {limits['start_seconds']} seconds of the start" in brief
    assert f"holds {limits['writable_mib']} MiB" in " ".join(brief.split())
    assert limits["cpus"] == 1.0
    assert "one processor" in brief


def test_candidates_are_shown_nothing_of_the_hidden_tests(brief: str) -> None:
    """Neither the brief nor what goes with it names a hidden test, a twin or a calibration submission."""
    hidden = {path.stem for path in (PACK / "hidden_tests").glob("test_*.py")}
    shown = [brief] + [
        path.read_text(encoding="utf-8")
        for part in ("contract", "starter")
        for path in (PACK / part).rglob("*")
        if path.is_file() and path.suffix in {".md", ".toml", ".yaml", ".py", ".txt", ".in"}
    ]

    for text in shown:
        assert not any(f"{name}.py" in text for name in hidden)
        assert "calibration" not in text
        assert "polished" not in text
