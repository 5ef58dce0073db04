"""Attacks on what people and programs read: a payload in every field that a submission can choose, in each view."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import hostile_corpus as corpus
from attack_corpus import Attack, Seen
from attack_ground import Ground, Way
from attack_reading import content
from markdown_it import MarkdownIt

from harness import terminal
from harness.pipeline import Graded
from reports import VIEWS, Report


def viewing(attack: Attack, ground: Ground) -> Seen:
    """The `view` of that name (or `terminal`) of a report that holds the payload everywhere; `longest` is in bytes."""
    text = content(attack, ground)["payload.txt"].decode("utf-8", "surrogateescape").removesuffix("\n")
    report = corpus.raw(text) if attack.told.get("raw") else corpus.poisoned(text)
    shown = _view(attack.told["view"], report)
    size = len(shown.encode("utf-8"))
    return Seen({}, shown + ("TOO LONG" if size > attack.told.get("longest", size) else ""))


def _view(name: str, report: Report) -> str:
    if name in ("markdown", "step-summary"):  # as it is shown; words in a code span call nobody
        shown = MarkdownIt("commonmark", {"html": True}).enable("table").render(VIEWS[name].render(report))
        return re.sub(r"<code>.*?</code>", "<code></code>", shown, flags=re.DOTALL)
    if name != "terminal":
        return VIEWS[name].render(report)
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        terminal.tell_report(Graded(report, Path("grading")))
    return told.getvalue()


def without_autoescape(attack: Attack, ground: Ground) -> Seen:
    """Templates as they are when nobody asks for escaping."""
    from reports import page

    open_environment = page._environment().overlay(autoescape=False)
    ground.monkeypatch.setattr(page, "_environment", lambda: open_environment)
    return viewing(attack, ground)


def without_escapes(attack: Attack, ground: Ground) -> Seen:
    """Texts as they are: nothing is cleaned, quoted or escaped on its way into a view."""
    from reports import annotations, text

    nothing = re.compile("(?!)")
    ground.monkeypatch.setattr(text, "HIDDEN", nothing)
    ground.monkeypatch.setattr(text, "line", lambda told, limit=200: told[:limit])
    ground.monkeypatch.setattr(terminal, "plain_line", lambda told: told)
    ground.monkeypatch.setattr(annotations, "_data", lambda told: told)
    return viewing(attack, ground)


WEAK: dict[str, Way] = {"no autoescape": without_autoescape, "no cleaning": without_escapes}
