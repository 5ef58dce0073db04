"""The draft: an AI usage log made from recorded sessions, with everything open that only the person can say."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo

from graders.ai_log.document import read_document
from graders.candidate.history import OwnCommit
from graders.candidate.work import Piece, chosen, pieces
from graders.transcripts import Event, Session

OPEN = "_fill in_"
"""What stands where the person has to write; the reader counts it as not filled in."""
_PROMPT = 900
_PROMPT_LINES = 24
_HINTS = 8
_TESTS = 6
_FILES = 8

_HEAD = """\
# AI usage log

Tools: {tools}
Written: afterwards, from transcripts
Transcripts: {transcripts}

<!--
A draft, made on this machine from what the tools recorded. It holds what they could record; the rest is yours:

- Put your own words where it says "fill in". "None needed" and "not tested" are complete answers.
- Delete an entry that changed nothing, join two that belong together; four to eight are plenty.
- Read it and the transcripts once more for anything that is nobody's business, and delete it.
- `harness ai-log check` shows what the reader will see.
-->
"""


def draft(
    sessions: Sequence[tuple[str, Session]],
    commits: Sequence[OwnCommit],
    zone: tzinfo | None = None,
    transcripts: str = "ai/transcripts/",
) -> str:
    """A draft of AI_LOG.md from sessions that are scrubbed already, each with the path of its transcript.

    `zone`: in which times are written (None: this machine's). What the record holds is filled in: the prompt in the
    person's words (cut), the test runs with what came of them, commits and files. The correction is left open.
    """
    kept, left_out = chosen(pieces(sessions))
    for titles in (_from_prompt, _from_files):
        text = _written(kept, left_out, sessions, commits, zone, transcripts, titles)
        if len(read_document(text, "AI_LOG.md").entries) == len(kept):
            return text
    return text


def _written(
    kept: Sequence[Piece],
    left_out: Sequence[Piece],
    sessions: Sequence[tuple[str, Session]],
    commits: Sequence[OwnCommit],
    zone: tzinfo | None,
    transcripts: str,
    title: Callable[[Piece], str],
) -> str:
    tools: dict[str, dict[str, None]] = {}
    for _, session in sessions:
        tools.setdefault(_line(session.tool), {}).update(dict.fromkeys(_line(model) for model in session.models))
    named = ", ".join(f"{tool} ({', '.join(models)})" if models else tool for tool, models in tools.items())
    parts = [_HEAD.format(tools=named or OPEN, transcripts=transcripts)]
    for number, piece in enumerate(kept, start=1):
        parts.append(_entry(number, piece, title(piece), piece.commits(commits), zone))
    if left_out:
        rows = [f"- {_clock(piece.started, zone)} {_hint(_first(piece))}".rstrip() for piece in left_out[:40]]
        parts += _comment(f"Not drafted, smaller: {len(left_out)} more pieces of work, by their first prompt.", rows)
        parts.append("")
    parts.append(f"## Not delegated\n- {OPEN}\n")
    return "\n".join(parts)


def _entry(number: int, piece: Piece, title: str, commits: Sequence[OwnCommit], zone: tzinfo | None) -> str:
    when = _clock(piece.started, zone)
    runs, earlier = _test_runs(piece.tests, zone)
    lines = [
        f"## {number}. {title}" + (f"    {when}" if when else ""),
        f"**Prompt:** {_quoted(_first(piece), piece.source)}",
        f"**Correction:** {OPEN}",
        *_correction_hints(piece, zone),
        f"**Verification:** {'; '.join(runs) + f' (recorded in {piece.source})' if runs else OPEN}",
    ]
    if earlier:
        lines += _comment("Runs before:", earlier)
    if not runs:
        lines += _comment("No test run is recorded here. Reading and trying by hand leave no record: did you?", [])
    links = [commit.id[:10] for commit in commits]
    links += [f"`{_line(path)}`" for path in piece.files[:_FILES] if "`" not in path]
    lines.append(f"**Links:** {', '.join([*links, piece.source])}")
    return "\n".join(lines) + "\n"


def _correction_hints(piece: Piece, zone: tzinfo | None) -> list[str]:
    """What the record says of turned-down, stopped and hand-made changes, and what was said afterwards."""
    said = {"reject": "you turned down", "interrupt": "you stopped it", "user_edit": "you changed by hand"}
    rows = []
    for event in piece.corrections:
        about = "" if event.kind == "interrupt" else _hint(event.path or event.command or event.text)
        what = f"{said[event.kind]} {about}".strip()
        rows.append(f"- {_clock(event.when, zone)} {what}".replace("-  ", "- "))
    rows += [
        f"- {_clock(event.when, zone)} then you wrote: {_hint(event.text)}"
        for event in piece.prompts
        if event is not piece.first
    ]
    more = len(rows) - _HINTS
    shown = rows[:_HINTS] + ([f"- and {more} more"] if more > 0 else [])
    return _comment("From the record:", shown) if rows else []


def _test_runs(events: Sequence[Event], zone: tzinfo | None) -> tuple[list[str], list[str]]:
    """Each test command with what came of its last run; and, for notes, what came of the runs before that."""
    runs: dict[str, list[str]] = {}
    for event in events:
        clock = _clock(event.when, zone)
        came = _came(event)
        runs.setdefault(_line(event.command or "")[:160], []).append(f"{came} at {clock}" if clock else came)
    shown, before = [], []
    for command, results in list(runs.items())[:_TESTS]:
        marks = "``" if "`" in command else "`"
        shown.append(f"{marks}{command}{marks} -> {results[-1]}")
        before += [f"- `{_hint(command)}` -> {result}" for result in results[:-1]]
    return shown, before[:_HINTS]


def _came(event: Event) -> str:
    """What came of a run: the runner's own figures where it printed them, else whether it went well."""
    figures = re.findall(r"(?<![\w.])\d{1,6} (?:failed|passed|skipped|errors?)\b", event.text[-600:])
    if figures:
        return ", ".join(dict.fromkeys(figures))
    ok = event.exit_code == 0 if event.exit_code is not None else event.ok
    return {True: "ok", False: "failed", None: "result not recorded"}[ok]


def _quoted(text: str, source: str) -> str:
    """A prompt as it stands in the log: on the line, or between marks that keep its own marks from meaning anything."""
    lines = text.strip().split("\n")
    cut = "\n".join(line[:_PROMPT] for line in lines[:_PROMPT_LINES])[:_PROMPT]
    shortened = len(cut) < len(text.strip())
    if len(lines) == 1 and "<!--" not in cut and "-->" not in cut and _reads_back(cut):
        return cut + (f" [shortened; all of it in {source}]" if shortened else "")
    fence = "~" * min(max((len(run) for run in re.findall(r"~{3,20}", cut)), default=3) + 1, 20)
    rest = f"\n[shortened; all of it in {source}]" if shortened else ""
    return f"\n{fence}\n{cut}{rest}\n{fence}"


def _reads_back(line: str) -> bool:
    """Whether a prompt on the label's line is read as the prompt and nothing else ("Correction:" in it is a label)."""
    document = read_document(
        f"## 1. x\n**Prompt:** {line}\n**Correction:** {OPEN}\n**Verification:** {OPEN}\n", "AI_LOG.md"
    )
    return [(entry.text("prompt"), set(entry.unfilled)) for entry in document.entries] == [
        (line, {"correction", "verification"})
    ]


def _from_prompt(piece: Piece) -> str:
    """The first words of the prompt, without signs that mean something in a heading."""
    first = re.split(r"(?<=[.!?])\s", _first(piece).split("\n")[0][:400])[0]
    first = re.sub(r"\[redacted: [a-z-]{1,40}\]", " ", first)
    words = re.sub(r"[^\w\s.,'()/+-]+", " ", first).split()
    title = ""
    for word in words:
        if len(title) + len(word) > 60:
            break
        title = f"{title} {word}".strip()
    title = re.sub(r"\s+(?=[.,)])", "", title)
    return title.strip(" .,-") or _from_files(piece)


def _from_files(piece: Piece) -> str:
    if not piece.files:
        return f"Session with {_line(piece.tool)}"
    more = len(piece.files) - 1
    return f"Work on {_line(piece.files[0])}" + (f" and {more} more" if more else "")


def _first(piece: Piece) -> str:
    return piece.first.text.strip() if piece.first else ""


def _comment(head: str, rows: Sequence[str]) -> list[str]:
    """The lines of a comment for the person who fills the draft in; the reader passes it over."""
    text = "\n".join([head, *rows]).replace("-->", "-- >").replace("<!--", "<! --").replace("```", "` ` `")
    return f"<!-- {text} -->".split("\n")


def _hint(text: str) -> str:
    short = _line(text)
    return short if len(short) <= 140 else f"{short[:139].rstrip()}…"


def _line(text: str) -> str:
    return " ".join(text.split())


def _clock(when: datetime | None, zone: tzinfo | None) -> str:
    """A time with its offset, as the log asks for it; "" where none is recorded."""
    if when is None:
        return ""
    local = when.astimezone(zone)
    offset = local.strftime("%z")
    return f"{local:%Y-%m-%d %H:%M} {offset[:3]}:{offset[3:5]}"
