"""The order of an exam: which tests, with which seed, under which nonce; and the words that its tests may use."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .expect import ExaminerError

TIERS = frozenset({"contract", "robustness", "probe"})


@dataclass(frozen=True, slots=True)
class Order:
    """`only`: ids of the tests to run (None: all). `nonce` stands in every record that the examiner writes.

    `start_seconds` is what the brief gives a program to become healthy. `shuffle` is the seed of the tests' order
    (None: as they are written). `contract` is the challenge's kind; `command` is the submission's shell line, for the
    record of a command-line challenge. After `exam_seconds` the harness ends the exam.
    """

    only: frozenset[str] | None
    seed: int
    nonce: str
    start_seconds: float = 15.0
    shuffle: int | None = None
    contract: str = "http-service"
    command: str = ""
    exam_seconds: float = float("inf")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The categories and dimensions that the challenge knows (`vocabulary.toml` beside its hidden tests)."""

    categories: frozenset[str]
    dimensions: frozenset[str]


def read_order(path: Path) -> Order:
    """The order that the harness wrote; ExaminerError when it can't be read."""
    try:
        content: dict[str, Any] = json.loads(path.read_bytes())
        only = content.get("only")
        return Order(
            None if only is None else frozenset(map(str, only)),
            int(content["seed"]),
            str(content["nonce"]),
            float(content.get("start_seconds", 15.0)),
            None if content.get("shuffle") is None else int(content["shuffle"]),
            str(content.get("contract", "http-service")),
            str(content.get("command", "")),
            float(content.get("exam_seconds", "inf")),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as trouble:
        raise ExaminerError(f"The order {path} can't be read: {trouble}") from trouble


def read_vocabulary(path: Path) -> Vocabulary:
    """The challenge's words; ExaminerError when the file is missing or wrong."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        return Vocabulary(frozenset(content["categories"]), frozenset(content["dimensions"]))
    except (OSError, ValueError, KeyError, TypeError) as trouble:
        raise ExaminerError(f"{path.name} beside the hidden tests can't be read: {trouble}") from trouble
