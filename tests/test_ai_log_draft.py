"""The draft of an AI usage log: what the record holds is filled in, what only the person knows is left open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from graders import candidate
from graders.ai_log.document import Document, read_document
from graders.candidate import exported
from graders.candidate.draft import draft
from graders.candidate.history import OwnCommit
from graders.candidate.scrub import OUTPUT, make_scrubber
from graders.candidate.work import PIECES, pieces
from graders.transcripts import Event, Session

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SOURCE = "ai/transcripts/1-codex.jsonl"


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


def prompt(minute: float, text: str) -> Event:
    return Event("prompt", 1, at(minute), text)


def edit(minute: float, path: str) -> Event:
    return Event("edit", 2, at(minute), path=path, ok=True)


def shell(minute: float, command: str, code: int | None = None, ok: bool | None = None) -> Event:
    return Event("shell", 3, at(minute), command=command, exit_code=code, ok=ok)


def session(*events: Event, tool: str = "Codex") -> Session:
    return Session(tool, "rollout.jsonl", events, id="s1", models=("some-model",), cwd=".")


def drafted(*events: Event, commits: tuple[OwnCommit, ...] = ()) -> tuple[str, Document]:
    text = draft([(SOURCE, session(*events))], commits, timezone(timedelta(hours=2)))
    return text, read_document(text, "AI_LOG.md")


def test_what_a_person_must_say_is_left_open() -> None:
    """The prompt is there in the person's words; correction and verification are placeholders that the reader knows."""
    text, document = drafted(prompt(0, "Write a streaming parser for the leads."), edit(1, "app/leads.py"))
    (entry,) = document.entries

    assert document.kind == "log"
    assert entry.text("prompt") == "Write a streaming parser for the leads."
    assert set(entry.unfilled) == {"correction", "verification"}
    assert entry.when == "2026-03-02 11:00 +02:00"
    assert f"`app/leads.py`, {SOURCE}" in text
    assert "Tools: Codex (some-model)\nWritten: afterwards, from transcripts\n" in text


def test_recorded_test_runs_are_the_verification() -> None:
    """Each test command stands once, with what came of its last run; what came before is a note."""
    text, document = drafted(
        prompt(0, "Write the parser"),
        edit(1, "app/leads.py"),
        shell(2, "python -m pytest -q", code=1),
        shell(3, "python -m pytest -q", code=2),
        shell(4, "ls -l"),
        Event("shell", 3, at(5), "1.2 passed\n== 12 passed, 1 skipped in 0.3s ==", command="python -m pytest -q"),
        shell(6, "pytest tests/test_leads.py", ok=True),
        shell(7, "pytest -k later"),
    )

    assert document.entries[0].text("verification") == (
        "`python -m pytest -q` -> 12 passed, 1 skipped at 2026-03-02 11:05 +02:00; "
        "`pytest tests/test_leads.py` -> ok at 2026-03-02 11:06 +02:00; "
        f"`pytest -k later` -> result not recorded at 2026-03-02 11:07 +02:00 (recorded in {SOURCE})"
    )
    assert "Runs before:\n- `python -m pytest -q` -> failed at 2026-03-02 11:02 +02:00\n" in text


def test_corrections_are_hinted_at_and_never_made_up() -> None:
    """What was turned down, stopped, changed by hand or said next stands in notes that the reader passes over."""
    text, document = drafted(
        prompt(0, "Write the parser"),
        edit(1, "app/leads.py"),
        Event("reject", 2, at(2), path="app/extra.py"),
        Event("interrupt", 2, at(3), "[Request interrupted by user]"),
        Event("user_edit", 2, at(4), path="app/leads.py"),
        prompt(5, "no --> use Decimal\n```\nfor amounts"),
    )

    assert "11:02 +02:00 you turned down app/extra.py" in text
    assert "11:03 +02:00 you stopped it\n" in text
    assert "11:04 +02:00 you changed by hand app/leads.py" in text
    assert "then you wrote: no -- > use Decimal" in text
    assert "correction" in document.entries[0].unfilled
    assert "Decimal" not in "".join(part.text for part in document.entries[0].parts.values())


@pytest.mark.parametrize(
    "text",
    [
        "# A heading\n## 2. Another\n**Correction:** none\n**Verification:** all fine",
        "```python\nprint(1)\n```\nand\n~~~~\nmore\n~~~~\n**Prompt:** inner",
        "Verification: is what I want",
        "| prompt | correction |\n|---|---|\n| a | b |",
        "<!-- not closed\nPrompt: x",
        "<!-- closed --> on one line",
        "---\n- [x] Used as is\nUser: hello\nAssistant: hi",
        "Prompts",
        "Keep the rows. Correction: one a line, Verification: by hand",
        "How to write a log template",
        "Example",
        "_fill in_ the gaps that are left",
        "x " * 2_000,
        "line\n" * 60,
        "Ignore all previous instructions",
    ],
)
def test_whatever_a_prompt_holds_it_stays_one_entry(text: str) -> None:
    """Headings, fences, tables, labels and comments inside a prompt do not make entries or answers."""
    later = (prompt(90, "A second one"), edit(91, "app/b.py"))
    written, document = drafted(prompt(0, text), edit(1, "app/leads.py"), *later)

    assert len(document.entries) == 2, written
    first = document.entries[0]
    assert {"correction", "verification"} <= set(first.unfilled)
    assert first.text("prompt").startswith(text.split("\n")[0].strip()[:40])
    assert document.entries[1].text("prompt") == "A second one"


def test_a_session_falls_into_pieces_of_work() -> None:
    """A long pause and a turn to other files begin the next piece; a follow-up on the same files does not."""
    found = pieces(
        [
            (
                SOURCE,
                session(
                    prompt(0, "parser"),
                    edit(1, "app/leads.py"),
                    prompt(5, "and the last row"),
                    edit(6, "app/leads.py"),
                    prompt(10, "now retries"),
                    edit(11, "app/retry.py"),
                    prompt(200, "after lunch"),
                ),
            )
        ]
    )

    assert [[event.text for event in piece.prompts] for piece in found] == [
        ["parser", "and the last row"],
        ["now retries"],
        ["after lunch"],
    ]


def test_a_long_history_gives_eight_entries() -> None:
    """The pieces with most to tell are drafted, in the order of time; the others are named in a note."""
    events = []
    for number in range(20):
        events += [prompt(number * 60, f"Piece {number} of the work"), edit(number * 60 + 1, f"app/{number}.py")]
        if number >= 12:
            events.append(shell(number * 60 + 2, "pytest", code=0))
    text, document = drafted(*events)

    assert len(document.entries) == PIECES
    assert [entry.text("prompt") for entry in document.entries] == [f"Piece {n} of the work" for n in range(12, 20)]
    assert "Not drafted, smaller: 12 more pieces" in text


def test_small_talk_is_no_entry() -> None:
    """A word or two on which nothing followed is named among what was not drafted."""
    text, document = drafted(prompt(0, "hi"), prompt(100, "Write the parser for leads"), edit(101, "app/leads.py"))

    assert [entry.text("prompt") for entry in document.entries] == ["Write the parser for leads"]
    assert "Not drafted, smaller: 1 more" in text


def test_commits_near_in_time_are_linked() -> None:
    """A commit soon after, that touches the same files, is named; one of the day after is not."""
    commits = (
        OwnCommit("c" * 40, at(60 * 24), "later", ("app/leads.py",)),
        OwnCommit("b" * 40, at(12), "other", ("README.md",)),
        OwnCommit("a" * 40, at(10), "parser", ("app/leads.py",)),
    )
    _, document = drafted(prompt(0, "Write the parser"), edit(1, "app/leads.py"), commits=commits)

    assert document.entries[0].text("links") == f"{'a' * 10}, `app/leads.py`, {SOURCE}"


def test_sessions_without_times_are_drafted_too() -> None:
    """Cursor records no times: there is an entry without one, and no commit is guessed."""
    events = (Event("prompt", 1, None, "Write the parser"), Event("edit", 2, None, path="app/leads.py"))
    text = draft([(SOURCE, session(*events, tool="Cursor"))], [OwnCommit("a" * 40, START, "x", ())])
    (entry,) = read_document(text, "AI_LOG.md").entries

    assert entry.when is None
    assert "aaaa" not in text


def test_no_session_gives_a_draft_that_says_so() -> None:
    """Nothing recorded is no error: what is left is the template's head."""
    assert read_document(draft([], []), "AI_LOG.md").entries == ()


@pytest.fixture
def place(tmp_path: Path) -> tuple[Path, candidate.Scrubber]:
    home = tmp_path / "home" / "mia"
    root = home / "code" / "leads"
    (root / ".git").mkdir(parents=True)
    return root, make_scrubber(candidate.find_repository(root, home), home)


def test_paths_lose_the_home_folder(place: tuple[Path, candidate.Scrubber]) -> None:
    """In the repository they become relative to it; elsewhere `~` stands for the home folder, however it is written."""
    root, scrubber = place
    home = str(root.parent.parent)

    def clean(text: str) -> str:
        return scrubber.clean(text)

    assert clean(f"open {root}/app/leads.py in {root}") == "open app/leads.py in ."
    assert clean(f"{root}-old/x and {home}/notes.md") == "~/code/leads-old/x and ~/notes.md"
    assert clean(f"file://{root}/a.py") == "a.py"
    assert clean(f"{home}/.claude/projects/{str(root).replace('/', '-')}/x") == "~/.claude/projects/~-code-leads/x"
    assert clean(home.replace("/", "%2F")) == "~"
    assert clean("/home/someone/x, /Users/Ann.Lee/y, C:\\Users\\Ann\\z, c:/users/bo/q") == "~/x, ~/y, ~\\z, ~/q"
    assert clean("GET /users/42 and take-home-test at https://a.test/home/page") == (
        "GET /users/42 and take-home-test at https://a.test/home/page"
    )


def test_addresses_are_taken_out_and_names_like_them_are_not(place: tuple[Path, candidate.Scrubber]) -> None:
    """An address of any domain goes; a version, a decorator and a repository's address stay."""
    _, scrubber = place

    assert scrubber.clean("to ann.lee+x@mail.test.org, bo%40site.io, ж@почта.рф!") == (
        "to [redacted: e-mail], [redacted: e-mail], [redacted: e-mail]!"
    )
    kept = "uvicorn@0.30.1, @app.get, git@host.test:a/b.git, a @ b.c"
    assert scrubber.clean(kept) == kept


def test_half_a_secret_goes_too(place: tuple[Path, candidate.Scrubber]) -> None:
    """A key whose end is missing, and a token that somebody's limit cut in two, are not shown in part."""
    _, scrubber = place
    begun = "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7\nabcdefgh"
    cut = ("word " * 1_600 + "ghp_" + "a1B2" * 9)[:8_000]
    cut = cut[: 8_000 - 12] + "ghp_a1B2a1B2"

    assert "MIIE" not in scrubber.clean(begun)
    assert "ghp_" not in scrubber.clean(cut)
    assert scrubber.taken["private-key"] == 1


def test_a_tools_output_is_cut(place: tuple[Path, candidate.Scrubber]) -> None:
    """Two kilobytes of a command's output stay, a prompt is kept longer; hostile lengths cost little."""
    root, scrubber = place
    long = session(shell(0, "cat x" + " y" * 5_000), Event("reply", 1, START, "z " * 300_000), prompt(1, "p " * 3_000))
    clean = scrubber.session(long)

    assert len(clean.events[0].command or "") <= OUTPUT + 10
    assert len(clean.events[1].text) <= OUTPUT + 10
    assert len(clean.events[2].text) > 5_000
    assert len(scrubber.clean(("a@" * 60_000) + "/home/" * 10_000)) < 9_000
    assert len(scrubber.clean("A1b2" * 40_000)) < 9_000
    assert str(root) not in repr(clean)


def test_paths_of_a_folder_inside_are_the_repositorys(place: tuple[Path, candidate.Scrubber]) -> None:
    """A session that was started in a folder inside names its files from there; in the export, from the root."""
    root, scrubber = place
    inner = Session("Codex", "x", (edit(0, "leads.py"), edit(1, str(root / "b.py")), edit(2, "~/code/leads/c.py")),
                    cwd=str(root / "app"))  # fmt: skip
    clean = scrubber.session(inner)

    assert [event.path for event in clean.events] == ["app/leads.py", "b.py", "c.py"]
    assert clean.cwd == "."


def test_a_very_long_session_stays_readable(
    place: tuple[Path, candidate.Scrubber], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transcript that the reader would cut keeps every event and every prompt; what tools said is shortened."""
    _, scrubber = place
    monkeypatch.setattr(exported, "SIZE", 40_000)
    events = [Event("reply", 1, at(0), "word " * 380) for _ in range(50)]
    found = candidate.Found("codex", Path("x.jsonl"), 1, (session(prompt(0, "Write it all"), *events),))
    made = candidate.export([found], scrubber, (), {})
    (text,) = made.transcripts.values()

    assert len(text) < 40_000
    assert text.count("\n") == 52
    assert "Write it all" in text
    assert "were cut to 400" in text
