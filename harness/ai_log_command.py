"""`harness ai-log`: the candidate's side of the AI usage log. Runs without Docker, without git, without a network."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.failure import failing_as_one_line

if TYPE_CHECKING:
    from graders import candidate

TOOLS = (
    *("claude-code", "codex", "gemini", "copilot-cli", "copilot-chat", "cursor", "aider", "cline", "opencode"),
    "specstory",
)
"""Names for --tool; a test holds that they are those of graders.candidate.FINDERS."""
_ONLY = f"Only this tool, can be repeated: {', '.join(TOOLS)}."
_HERE = Path()
_CHALLENGE = click.option("--challenge", "challenge_id", metavar="ID", help="The challenge that you were sent.")


@click.group("ai-log", short_help="For candidates: write, draft and check the AI usage log.")
def ai_log() -> None:
    """Write your AI usage log: a template, a draft from your tools' records, a look at what will be read.

    Made for candidates. Nothing is sent anywhere, and nothing needs Docker.
    """


@ai_log.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="The file; default: AI_LOG.md.")
@_CHALLENGE
def init(out: Path | None, challenge_id: str | None) -> None:
    """Write the template of the log, AI_LOG.md. An existing file is never changed."""
    with failing_as_one_line():
        from graders import candidate
        from harness import ai_log_told as told
        from harness.candidate_files import CandidateFileError, put_new

        path = out or Path(candidate.NAME)
        starter = _starter(_HERE, challenge_id).get(candidate.NAME)
        if os.path.lexists(path):
            _say_it_is_there(path, starter)
        text = starter.decode("utf-8", "replace") if challenge_id and starter else candidate.TEMPLATE
        try:
            put_new(path.parent, path.name, text)
        except CandidateFileError as reason:
            raise click.UsageError(str(reason)) from None
        _say(f"Written: {path}" + (" (the one of the challenge's starter)" if challenge_id and starter else ""))
        _say(told.AFTER_INIT)


@ai_log.command(short_help="Draft the log from your AI tools' records of this repository.")
@click.option("--since", metavar="DATE", help="Leave out what ended before: YYYY-MM-DD, or first-commit.")
@click.option(
    "--tool",
    "tools",
    multiple=True,
    type=click.Choice(TOOLS),
    metavar="NAME",
    help=f"Only this tool (can be repeated): {', '.join(TOOLS)}.",
)
@click.option("--home", type=click.Path(path_type=Path, exists=True, file_okay=False), help="Another home folder.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Where to write; default: the repository."
)
@click.option("--was", multiple=True, type=click.Path(path_type=Path), help="A folder where the repository lay before.")
@click.option("--yes", is_flag=True, help="Take every session that is found, without asking.")
@click.option("--list", "only_list", is_flag=True, help="Only list the sessions; write nothing.")
def export(
    since: str | None,
    tools: tuple[str, ...],
    home: Path | None,
    was: tuple[Path, ...],
    out: Path | None,
    yes: bool,
    only_list: bool,
) -> None:
    """Draft the log from your AI tools' records of this repository; you choose which sessions go in.

    Reads the tools' folders in your home folder; writes ai/transcripts/ and AI_LOG.md (or a draft beside the one that
    is there). Secrets, e-mail addresses and home paths are taken out. Offline: nothing leaves this machine.
    """
    with failing_as_one_line():
        from graders import candidate
        from harness import ai_log_told as told

        repository = _repository(_HERE, home, was)
        machine = candidate.Machine(home or Path.home(), os.environ)
        commits = candidate.own_commits(repository)
        found = candidate.discover(repository, machine, tools, _since(since, commits))
        scrubber = candidate.make_scrubber(repository, machine.home)
        if not found.found:
            _say(told.NOTHING_FOUND)
            told.tell_sessions(found, scrubber.clean, _say)
            return
        count = len(found.found)
        _say(f"{count} {'session' if count == 1 else 'sessions'} of this repository on this machine:")
        told.tell_sessions(found, scrubber.clean, _say)
        if only_list:
            return
        if not yes and not _at_a_terminal():
            _say(told.NOBODY_TO_ASK)
            return
        chosen = found.found if yes else [found.found[number - 1] for number in _asked(count)]
        if not chosen:
            _say("None was chosen; nothing was written.")
            return
        _write(repository, chosen, commits or (), out, home)


@ai_log.command(short_help="Show what the reader will see, before you hand it in.")
@click.argument("path", default=".", type=click.Path(path_type=Path, exists=True, file_okay=False))
@_CHALLENGE
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def check(path: Path, challenge_id: str | None, as_json: bool) -> None:
    """Show what the reader will see of the log in the repository at PATH, before you hand it in.

    Reads the working tree, with what is not committed yet. A help and no gate: the exit code is 0 whatever it finds.
    """
    with failing_as_one_line():
        from graders import candidate
        from harness.ai_log_told import preview_as_data, tell_preview

        repository = _repository(path, None)
        seen = candidate.preview(repository, _starter(repository.root, challenge_id))
        clean = candidate.make_scrubber(repository, Path.home()).clean
        if as_json:
            click.echo(json.dumps(preview_as_data(seen, clean), indent=2, ensure_ascii=False))
        else:
            tell_preview(seen, clean, _say)


def _repository(start: Path, home: Path | None, was: Sequence[Path] = ()) -> candidate.Repository:
    from graders import candidate

    try:
        return candidate.find_repository(start, home or Path.home(), was)
    except candidate.RepositoryError as reason:
        raise click.UsageError(str(reason)) from None


def _starter(folder: Path, challenge_id: str | None) -> dict[str, bytes]:
    """The starter's files of the challenge that is named, or that submission.toml names; {} when there is none.

    Raises click.UsageError when the named one is not known.
    """
    import tomllib

    named = challenge_id
    if named is None:
        try:
            with (folder / "submission.toml").open("rb") as file:
                manifest = tomllib.loads(file.read(65_536).decode("utf-8", "replace"))
            named = manifest.get("submission", {}).get("challenge")
        except (OSError, ValueError, AttributeError):
            return {}
        if not isinstance(named, str):
            return {}
    from challenges import ChallengeError, load

    try:
        return dict(load(named).starter)
    except ChallengeError as reason:
        if challenge_id:
            raise click.UsageError(str(reason)) from None
        return {}  # a private challenge: its starter is not here


def _say_it_is_there(path: Path, starter: bytes | None) -> None:
    """Tell that the log's file exists, and leave: with 0 when it is a template that waits to be filled in."""
    from graders import candidate

    try:
        content = path.read_bytes() if path.is_file() else b""
    except OSError:
        content = b""
    texts = {"the challenge's starter": starter, "`harness ai-log init`": candidate.TEMPLATE.encode()}
    for origin, text in texts.items():
        if text is not None and content.split() == text.split():
            _say(f"{path} is here already: it is the template of {origin}. Fill it in; it was left as it is.")
            raise click.exceptions.Exit(0)
    raise click.UsageError(f"{path} is here already and was left as it is; --out FILE names another file.")


def _since(text: str | None, commits: Sequence[candidate.OwnCommit] | None) -> datetime | None:
    if text is None:
        return None
    if text == "first-commit":
        if not commits:
            raise click.UsageError("--since first-commit: no commit can be read here; name a date (YYYY-MM-DD).")
        return min(commit.when for commit in commits)
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise click.UsageError(f"--since {text!r} is no date: write YYYY-MM-DD, or first-commit.") from None


def _at_a_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _asked(count: int) -> tuple[int, ...]:
    """The numbers that the person at the terminal chooses; asked again until they can be understood."""
    from graders import candidate

    while True:
        text = click.prompt("Which go in? (1,3-5, or -2 to leave one out, or all, or none)")
        try:
            return candidate.selected(str(text), count)
        except candidate.SelectionError as reason:
            _say(str(reason))


def _write(
    repository: candidate.Repository,
    chosen: Sequence[candidate.Found],
    commits: Sequence[candidate.OwnCommit],
    out: Path | None,
    home: Path | None,
) -> None:
    from graders import candidate
    from harness.ai_log_told import tell_taken
    from harness.candidate_files import CandidateFileError, first_lines, free_name, put, put_new

    folder = out or repository.root
    scrubber = candidate.make_scrubber(repository, home or Path.home())
    made = candidate.export(chosen, scrubber, commits, first_lines(folder / candidate.FOLDER))
    try:
        for name, text in made.transcripts.items():
            _say(f"Written: {scrubber.clean(str(put(folder, name, text)))}")
        name = free_name(folder, candidate.NAME, candidate.DRAFT)
        path = scrubber.clean(str(put_new(folder, name, made.log)))
    except CandidateFileError as reason:
        raise click.ClickException(scrubber.clean(str(reason))) from None
    _say(f"Written: {path}" + ("" if name == candidate.NAME else f", a draft: {candidate.NAME} was left as it is"))
    tell_taken(made.taken, _say)
    _say("Next: fill in what the record can't know (it says so there), then `harness ai-log check`.")


def _say(text: str) -> None:
    """A line, or several; control characters may come from a transcript's texts, so they are taken out."""
    for line in text.split("\n"):
        shown = "".join(sign if sign.isprintable() else "·" for sign in line)
        encoding = sys.stdout.encoding or "utf-8"  # a pipe on Windows may know few signs
        click.echo(shown.encode(encoding, "replace").decode(encoding))
