"""The parts of the log's evidence on plain values: times, transcripts, claims, tools, lines, moments, tables."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from evidence_cases import NOON, entry, session

from graders.ai_log import exhibits, facts
from graders.ai_log.agent_files import agent_files
from graders.ai_log.claim import Claim, Level, Result
from graders.ai_log.claims import joined, with_passing
from graders.ai_log.correction_hunks import Patches
from graders.ai_log.correction_hunks import joined as join_hunks
from graders.ai_log.corrections import changes_stated
from graders.ai_log.document import read_document
from graders.ai_log.header import headers
from graders.ai_log.line_coverage import LineCoverage, line_coverage
from graders.ai_log.link_targets import Ground, resolved
from graders.ai_log.links import named
from graders.ai_log.moments import moments
from graders.ai_log.timeline import Timeline, make_timeline
from graders.ai_log.timeline_words import written
from graders.ai_log.titles import short_title
from graders.ai_log.tools import disagree, mismatches, tools_in
from graders.ai_log.verifications import held, statements
from graders.grade import Evidence
from graders.transcripts import Event
from sandbox import Hunk

COMMITS = [NOON + timedelta(minutes=20 * number) for number in range(12)]


@pytest.mark.parametrize(
    ("text", "day", "clock", "offset"),
    [
        ("2026-06-02 14:10 +02:00", date(2026, 6, 2), time(14, 10), 120),
        ("2026-06-02T14:10:33Z", date(2026, 6, 2), time(14, 10, 33), 0),
        ("2026/06/02 2:10 PM", date(2026, 6, 2), time(14, 10), None),
        ("2/6/2026 9:05am", date(2026, 6, 2), time(9, 5), None),
        ("6/13/2026", date(2026, 6, 13), None, None),
        ("13.06.2026, 14:10", date(2026, 6, 13), time(14, 10), None),
        ("June 2nd, 2026 at 3pm", date(2026, 6, 2), time(15), None),
        ("2 de junio de 2026 14:10", date(2026, 6, 2), time(14, 10), None),
        ("2 июня 2026 14:10", date(2026, 6, 2), time(14, 10), None),
        ("2 Haziran 2026", date(2026, 6, 2), None, None),
        ("2026년 6월 2일 오후 2:10", date(2026, 6, 2), time(14, 10), None),
        ("2026-06-02 14:10 (UTC+3)", date(2026, 6, 2), time(14, 10), 180),
        ("2026-06-02 09:05-10:00", date(2026, 6, 2), time(9, 5), None),
        ("Jun 2, 14:10", date(2026, 6, 2), time(14, 10), None),
        ("14:10", date(2026, 6, 1), time(14, 10), None),
        ("1780409400", date(2026, 6, 2), time(14, 10), 0),
        ("2026-06-02 11:00-11:20", date(2026, 6, 2), time(11), None),
        ("2.6.2026 9.40", date(2026, 6, 2), time(9, 40), None),
        ("~9:40 on June 2", date(2026, 6, 2), time(9, 40), None),
        ("2 juin 2026 9h40", date(2026, 6, 2), time(9, 40), None),
        ("2/6 9:40", date(2026, 6, 2), time(9, 40), None),
        ("20260602T0940", date(2026, 6, 2), time(9, 40), None),
    ],
)
def test_times_are_read_as_people_write_them(text: str, day: date, clock: time | None, offset: int | None) -> None:
    """ISO, orders of day and month, month names, 12-hour clocks and a time alone give day, clock and offset."""
    found = written(text, otherwise=date(2026, 6, 1), year=2026)
    assert found is not None
    assert (found.day, found.clock, found.offset) == (day, clock, offset)


@pytest.mark.parametrize(
    "text", ["", "session 3", "32/13/2026", "2026-02-30", "ratio 3:45 of", "9" * 300, "99:99", "3/4 done", "3/4"]
)
def test_what_is_no_time_is_none(text: str) -> None:
    """Numbers that are no time are not made into one."""
    found = written(text)
    assert found is None


def test_local_times_stamped_z_are_read_as_local() -> None:
    """Twelve entries three hours off read as UTC-3, and that is said."""
    entries = [
        entry(n, when=(at - timedelta(hours=3, minutes=4)).strftime("%Y-%m-%dT%H:%M:00Z"), prompt="x")
        for n, at in enumerate(COMMITS, start=1)
    ]
    line = make_timeline(entries, COMMITS, {})
    assert line.told.startswith("Times read as UTC-3 (stamped Z)")
    assert line.moments[0].at == COMMITS[0] - timedelta(minutes=4)
    assert (line.inside, line.outside) == (12, ())


def test_the_month_may_come_first() -> None:
    """Where day first puts the entries months away, month first is read, and said."""
    entries = [entry(n, when=f"06/02/2026 12:{n:02d}", prompt="x") for n in (1, 21, 41)]
    line = make_timeline(entries, COMMITS, {})
    assert "month before the day" in line.told
    assert {moment.at.date() for moment in line.moments} == {date(2026, 6, 2)}


def test_the_written_reading_stays_while_it_is_near() -> None:
    """Entries a few minutes before their commits are read as they stand, whatever would fit a little better."""
    zone = timezone(timedelta(hours=2))
    entries = [entry(n, when=f"2026-06-02 14:{n:02d} +02:00", prompt="x") for n in (5, 15, 30)]
    line = make_timeline(entries, [at.astimezone(zone) for at in COMMITS], {})
    assert line.told == "Times read with the offsets that stand with them."
    bare = [entry(n, when=f"2026-06-02 14:{n:02d}", prompt="x") for n in (5, 15, 30)]
    line = make_timeline(bare, [at.astimezone(zone) for at in COMMITS], {})
    assert line.told == "Times read in the commits' zone, UTC+2; they name none."
    assert line.moments[0].at == NOON + timedelta(minutes=5)


def test_entries_outside_need_three_and_every_reading() -> None:
    """Work in the week before the first commit is inside; two years earlier is outside in every reading."""
    week = [entry(n, when=f"2026-05-2{n}", prompt="x") for n in range(7, 10)]
    assert make_timeline(week, COMMITS, {}).outside == ()
    years = [entry(n, when=f"2024-05-2{n}", prompt="x") for n in range(1, 5)]
    assert len(make_timeline(years, COMMITS, {}).outside) == 4


def test_rounded_minutes_make_times_approximate() -> None:
    """Ten entries at full quarters of an hour are drawn with bars; ten odd minutes are not."""
    round_ones = [entry(n, when=f"2026-06-02 {9 + n // 4}:{15 * (n % 4):02d}", prompt="x") for n in range(10)]
    assert {moment.uncertain for moment in make_timeline(round_ones, COMMITS, {}).moments} == {30}
    odd = [entry(n, when=f"2026-06-02 12:{n * n % 59:02d}", prompt="x") for n in range(1, 12)]
    assert not make_timeline(odd, COMMITS, {}).rounded


def test_times_beyond_the_calendar_do_no_harm() -> None:
    """Commits that claim the end of time, and a log without commits, give a time line all the same."""
    late = datetime(9999, 12, 31, tzinfo=UTC)
    entries = [entry(1, when="1999-01-01 00:00 +14:00", prompt="x")]
    assert make_timeline(entries, [late], {}).inside == 0
    assert make_timeline(entries, [], {}).inside == 1
    assert make_timeline([entry(1, prompt="x")], [late], {}) == Timeline()


RECORD = session(
    Event("prompt", 1, NOON, "Write the parser"),
    Event("edit", 5, NOON + timedelta(minutes=1), path="/home/me/code/src/csv_import.py"),
    Event("shell", 7, NOON + timedelta(minutes=2), command="pytest tests/test_csv.py", exit_code=1),
    Event("edit", 9, NOON + timedelta(minutes=3), path="src/csv_import.py"),
    Event("shell", 118, NOON + timedelta(minutes=7), command="pytest tests/test_csv.py", exit_code=0),
)


def test_a_transcripts_test_run_is_a_machine_record() -> None:
    """A test command after the edit, with a good result, confirms the statement with its place in the transcript."""
    one = entry(prompt="x", verification="`pytest tests/test_csv.py` -> 12 passed; tried a 200k-row file by hand")
    tests, by_hand = held(statements([one]), [RECORD], {1: {"src/csv_import.py"}}, {})
    assert (tests.level, tests.result) == (Level.RECORDED, Result.CONFIRMED)
    assert (tests.evidence[0].path, tests.evidence[0].line) == ("ai/transcripts/1.jsonl", 118)
    assert "4 min after an edit of src/csv_import.py" in tests.found
    assert (by_hand.level, by_hand.result) == (Level.STATED, Result.UNCHECKED)


def test_a_run_of_something_else_is_no_record() -> None:
    """A test command of other tests, or before any edit of the entry's file, records nothing of the statement."""
    other = entry(prompt="x", verification="`pytest tests/test_money.py` passed")
    (claim,) = held(statements([other]), [RECORD], {}, {})
    assert claim.level is Level.STATED
    (claim,) = held(statements([other]), [RECORD], {1: {"src/money.py"}}, {})
    assert claim.level is Level.STATED


def said(level: Level, result: Result, text: str = "ran `pytest`, 12 passed", kind: str = "verification") -> Claim:
    return Claim(kind, text, 1, "AI_LOG.md", 3, level, result, f"{level} {result}.")


def test_each_statement_has_one_claim() -> None:
    """What was run takes the place of what was only read, and other statements stay."""
    read, other = said(Level.STATED, Result.UNCHECKED), said(Level.STATED, Result.UNCHECKED, "read it")
    run = said(Level.CHECKABLE, Result.CONFIRMED, "12 passed")
    done = joined([read, other], [run])
    assert {claim.text: claim.result for claim in done} == {
        "ran `pytest`, 12 passed": Result.CONFIRMED, "read it": Result.UNCHECKED
    }  # fmt: skip
    assert len(done) == 2


def test_a_record_and_a_run_that_differ_settle_nothing() -> None:
    """A transcript says green, a replay says red: nobody is contradicted."""
    record = said(Level.RECORDED, Result.CONFIRMED)
    done = joined([record], [said(Level.CHECKABLE, Result.CONTRADICTED, "12 passed")])
    assert {claim.result for claim in done} == {Result.CONFIRMED, Result.UNCHECKED}


def test_named_tests_that_pass_now_are_confirmed() -> None:
    """A test that an entry names, and that our own run passed, is more than there."""
    place = Evidence("place", "test_last_row", "tests/test_csv.py", 4)
    claim = Claim(
        "verification", "test_last_row", 1, "AI_LOG.md", 3, Level.CHECKABLE, Result.UNCHECKED, "There.", (place,)
    )
    (done,) = with_passing([claim], lambda name: [f"tests/test_csv.py::{name}"])
    assert (done.result, done.found) == (Result.CONFIRMED, "test_last_row is there, and passed in our own run.")
    assert with_passing([claim], lambda _: []) == (claim,)
    elsewhere = dataclasses.replace(claim, text="three of them are tests")
    assert with_passing([elsewhere], lambda name: [name])[0].result is Result.UNCHECKED


GROUND = Ground(
    {"3f2a1c9" + "0" * 33: "Import"},
    ["src/App.tsx", "src/new/money.py", "README.md"],
    ["src/old/money.py", "gone.py"],
    dict,
    ignored=["/data/", "*.csv"],
)


@pytest.mark.parametrize(
    ("text", "kind", "found"),
    [
        ("`3F2A1C9`", "commit", "3f2a1c900000 Import"),
        ("https://example.org/me/it/commit/3f2a1c9", "commit", "3f2a1c900000 Import"),
        ("commits 3f2a1c9, 0badc0de1", "commit", "3f2a1c900000 Import"),
        ("src/App.ts", "file", "src/App.tsx (another ending)"),
        ("SRC/APP.TSX", "file", "src/App.tsx"),
        ("src/old/money.py", "file", "src/old/money.py (in the history, now src/new/money.py)"),
        ("gone.py", "file", "gone.py (in the history, not at this commit)"),
        ("/home/me/it/src/App.tsx:31", "file", "src/App.tsx"),
        ("- src/App.tsx", "file", "src/App.tsx"),
        ("@src/App.tsx", "file", "src/App.tsx"),
        ("https://github.com/sam/shop/blob/main/src/App.tsx#L10-L20", "file", "src/App.tsx"),
        ("3f2a1c9..1a2b3c4", "commit", "3f2a1c900000 Import"),
        ("`src/`", "file", "src/"),
    ],
)
def test_links_find_what_is_meant(text: str, kind: str, found: str) -> None:
    """Letter case, endings of one family, moves, absolute paths and glued signs do not break a link."""
    links = resolved(named([entry(links=text)]), GROUND)
    assert (links[0].kind, links[0].found) == (kind, found)


@pytest.mark.parametrize(
    "text",
    [
        "Next.js, Octokit.js and `Three.js`",
        "`#a1b2c3d4` and `sha256:abcdef1234567890`",
        "`deadline` `effaced` 1234567",
        "clay.com/docs/api.html and https://example.org/x/y.py",
        "https://github.com/encode/httpx/blob/master/README.md",
        "vitamin D3 and Cloudflare D1",
        "D7, without a decision log",
    ],
)
def test_names_that_are_no_links(text: str) -> None:
    """Product names, colours, digests, words, addresses are no links at all."""
    assert resolved(named([entry(links=text)]), GROUND) == ()


def test_links_that_lead_nowhere_have_a_reason() -> None:
    """Each names what can explain it."""
    links = resolved(named([entry(links="0badc0de1, data/leads.json, lib/x.py")]), GROUND)
    assert ["rebase" in links[0].why, ".gitignore" in links[1].why, "renamed" in links[2].why] == [True] * 3


@pytest.mark.parametrize(
    ("text", "how", "old", "new"),
    [
        ("I replaced float by Decimal.", "replaced", "float", "Decimal"),
        ("It used float for amounts; I switched to Decimal.", "replaced", "float", "Decimal"),
        ("Switched from SQLAlchemy to sqlite3 because of time", "replaced", "SQLAlchemy", "sqlite3"),
        ("Also `==` replaced by `hmac.compare_digest`", "replaced", "==", "hmac.compare_digest"),
        ("I used Decimal instead of float", "replaced", "float", "Decimal"),
        ("renamed getUser to fetch_user", "replaced", "getUser", "fetch_user"),
        ("Reemplacé `float` por `Decimal`.", "replaced", "float", "Decimal"),
        ("Заменил float на Decimal.", "replaced", "float", "Decimal"),
        ("float yerine Decimal kullandım", "replaced", "float", "Decimal"),
        ("`float`을 `Decimal`로 변경", "replaced", "float", "Decimal"),
        ("Removed the `x-clay-signature` check", "removed", "x-clay-signature", ""),
        ("I put asyncio.timeout around the whole call", "added", "", "asyncio.timeout"),
        ("It used == for the signature so I changed it to compare_digest", "replaced", "==", "compare_digest"),
        ("It compared them with ==. I used hmac.compare_digest instead.", "replaced", "==", "hmac.compare_digest"),
        ("It had float money; I changed that to Decimal.", "replaced", "float", "Decimal"),
        ("Told it to use Decimal, not floats.", "replaced", "float", "Decimal"),
        ("Had it swap requests for httpx.", "replaced", "requests", "httpx"),
        ("floats for money -> Decimal", "replaced", "float", "Decimal"),
        ("Replaced the print calls with logger.info", "replaced", "print", "logger.info"),
        ("Deleted the cache layer (OrderCache) it had added", "removed", "OrderCache", ""),
        ("Deleted the cache layer.", "removed", "cache", ""),
        ("Added tenacity for retries", "added", "", "tenacity"),
    ],
)
def test_stated_changes_are_read(text: str, how: str, old: str, new: str) -> None:
    """What was replaced, removed or added is read as identifiers to look for."""
    (change,) = changes_stated([entry(correction=text)])
    assert (change.how, change.old, change.new) == (how, old, new)


@pytest.mark.parametrize(
    "text",
    [
        "None needed.",
        "It removed the retry_loop.",
        "The model replaced float by Decimal.",
        "changed the retry count from 3 to 5",
        "I added some tests",
        "Should have removed OrderCache.",
        "Considered replacing float with Decimal, did not.",
        "Almost replaced requests with httpx but kept requests.",
        "removed everything unused",
    ],
)
def test_what_names_no_change_of_the_authors_states_none(text: str) -> None:
    """What the model did, plain words and numbers are nothing to look for in the history."""
    assert changes_stated([entry(correction=text)]) == ()


def test_a_change_without_its_hunk_is_left_open() -> None:
    """What was corrected before it was committed is "could not check", with the place where the new one came."""
    changes = changes_stated([entry(correction="I replaced float by Decimal")])
    hunk = Hunk("a.py", 3, (), ("x = 1", "y = Decimal(x)"))
    (found,) = join_hunks(changes, lambda _: ["c" * 40], Patches(lambda _: [hunk]))
    assert (found.claim.result, found.size) == (Result.UNCHECKED, 0)
    assert (found.claim.evidence[0].path, found.claim.evidence[0].line) == ("a.py", 4)
    (nothing,) = join_hunks(changes, lambda _: ["c" * 40], Patches(lambda _: []))
    assert (nothing.claim.level, nothing.claim.result) == (Level.STATED, Result.UNCHECKED)


@pytest.mark.parametrize(
    ("text", "hunks", "found"),
    [
        (
            "Deleted the cache layer",
            [Hunk("a.py", 3, ("class OrderCache:", "    x = 1"), ())],
            "took out `class OrderCache:`",
        ),
        ("Deleted the cache layer", [Hunk("a.py", 3, ("# no cache yet",), ())], None),
        ("Deleted the cache layer", [Hunk("a.py", 3, ("CACHE = {}",), ("cache_of = 1",))], None),
        ("Added tenacity for retries", [Hunk("a.py", 1, (), ("import tenacity",))], "put in `import tenacity`"),
        ("Added retries", [Hunk("a.py", 1, (), ("# tries and retries",))], None),
        (
            "Renamed `app/store.py` to storage.py",
            [Hunk("app/store.py", 0, ("x = 1",), ()), Hunk("app/storage.py", 1, (), ("x = 1",))],
            "moved app/store.py to app/storage.py",
        ),
    ],
)
def test_plain_words_are_found_where_names_come_from(text: str, hunks: list[Hunk], found: str | None) -> None:
    """A word that reads as no code is looked for in imports and definitions only; a file by its path."""
    changes = changes_stated([entry(correction=text)])
    done = join_hunks(changes, lambda _: ["c" * 40], Patches(lambda _: hunks))
    assert [one.claim.result for one in done] == ([Result.CONFIRMED] if found else [])
    assert not found or found in done[0].claim.found


def test_patches_are_read_within_bounds() -> None:
    """A commit is read once, and only so many are read in all."""
    asked: list[str] = []

    def read(commit: str) -> list[Hunk]:
        asked.append(commit)
        return []

    patches = Patches(read, limit=2)
    for commit in ("a", "a", "b", "c", "b"):
        patches.of(commit)
    assert asked == ["a", "b"]


def test_tools_disagree_only_maker_against_maker() -> None:
    """A renamed model, and a program that runs anybody's models, disagree with nothing."""
    assert tools_in("Claude Code (opus-4-7), gpt-5") == {"Claude", "ChatGPT"}
    assert disagree(frozenset({"ChatGPT"}), frozenset({"Claude"}))
    assert not disagree(tools_in("Cursor"), tools_in("Co-Authored-By: Claude Opus"))
    assert not disagree(tools_in("Claude 3.7 Sonnet"), tools_in("Claude Opus 5"))
    assert not disagree(tools_in("Codex CLI"), tools_in("ChatGPT"))
    assert mismatches(tools_in("ChatGPT"), [], {"CLAUDE.md": "Claude"})[0].paths == ("CLAUDE.md",)


def test_lines_are_joined_by_name_word_and_folder() -> None:
    """A file counts as mentioned by a path, a folder's name, or its own name in an entry's words."""
    added = {
        "src/billing/rates.py": set(range(90)),
        "src/outbox.py": set(range(10)),
        "src/csv_reader.py": set(range(20)),
        "web/app.js": set(range(50)),
        "uv.lock": set(range(900)),
    }
    entries = [entry(prompt="Write the outbox", title="Reading"), entry(2, prompt="A reader for csv")]
    coverage = line_coverage(added, entries, [("an entry", ["web/"])])
    assert {row.folder: (row.added, row.mentioned) for row in coverage.folders} == {
        "src/billing/": (90, 0), "web/": (50, 50), "src/": (30, 30)
    }  # fmt: skip
    assert coverage.gaps == (("src/billing/", 90),)
    assert line_coverage(added, [], []).gaps == ()


def test_sessions_give_facts_with_references() -> None:
    """Loops from red to green and tests after the last edit are counted; references say that they are no norm."""
    assert (facts.fail_to_pass(RECORD), facts.tests_after_last_edit(RECORD)) == (1, True)
    told = {fact.name: fact for fact in facts.facts([], [RECORD], [], [], [], LineCoverage())}
    assert told["test commands"].value == "2, in 1 of 1 sessions"
    assert told["agent edits per prompt"].value == "2.0"
    assert all("not a norm" in fact.reference for fact in told.values() if fact.reference)


def test_moments_from_a_transcript() -> None:
    """The first prompt, a failing test that was fixed and a refused call are quoted with their lines."""
    refused = session(Event("reject", 3, NOON, command="rm -rf data"), Event("prompt", 4, NOON, "No, keep the data"))
    found = {one.kind: one for one in moments([], [RECORD, refused], [], [])}
    assert (found["first prompt"].quote, found["first prompt"].line) == ("Write the parser", 1)
    assert (found["failing test"].line, found["rejected"].quote) == (7, "No, keep the data")


def test_events_are_thinned_to_what_can_be_drawn() -> None:
    """Of thousands of events tests stay, and edits are taken evenly."""
    many = [Event("edit", n, NOON + timedelta(seconds=n), path="a.py") for n in range(5_000)]
    tests = [Event("shell", n, NOON + timedelta(seconds=n), command="pytest", ok=False) for n in range(50)]
    table = exhibits.event_rows(Timeline(), [session(*many, *tests)], [])
    assert len(table) == exhibits.EVENTS
    assert [row["ok"] for row in table if row["lane"] == "test"] == [0] * 50


def test_agent_files_tell_the_starters_apart() -> None:
    """A file that came with the starter is marked; code beside it is none."""
    contents = {"AGENTS.md": b"a\nb\n", ".claude/settings.json": b"{}", ".cursorrules": b"x"}
    found = agent_files([*contents, "app.py"], lambda paths: {p: contents[p] for p in paths}, {"AGENTS.md": b"a\r\nb"})
    assert [(one.path, one.tool, one.lines, one.from_starter) for one in found] == [
        (".cursorrules", "Cursor", 1, False), ("AGENTS.md", "", 2, True), (".claude/settings.json", "Claude", 1, False)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("title", "short"),
    [
        ("1. CSV import   2026-06-02 14:10 +02:00", "CSV import"),
        ("Entry 3: Retry policy (2026-06-02)", "Retry policy"),
        ("2026-06-02", "2026-06-02"),
        ("", "without a title"),
    ],
)
def test_titles_read_without_number_and_time(title: str, short: str) -> None:
    """What the page says anyway is taken off a title; what is left is never empty."""
    assert short_title(entry(title=title, prompt="x")) == short


def test_a_time_alone_takes_the_day_of_the_heading_above() -> None:
    """ "09:10" in a section dated 2 June is that morning; where the time is a heading's, it is read there."""
    text = "# Log\n\n## 2 June 2026\n\n### 09:10 - scaffold\n**Prompt:** x\n\n### later\n**Prompt:** y\n"
    document = read_document(text, "AI_LOG.md")
    alone = entry(1, when="09:10", prompt="x")
    (read,) = make_timeline([dataclasses.replace(alone, line=5)], COMMITS, {"AI_LOG.md": document}).moments
    assert read.at == datetime(2026, 6, 2, 9, 10, tzinfo=UTC)
    moments_read = make_timeline(document.entries, COMMITS, {"AI_LOG.md": document}).moments
    assert moments_read[0].at == datetime(2026, 6, 2, 9, 10, tzinfo=UTC)


def test_a_logs_header_is_quoted_as_a_fact() -> None:
    """The tools named and when it was written are quoted with their lines; a choice left open says nothing."""
    text = "# AI usage log\nTools: Claude Code\nWritten: as I went | later\n\n## 1. A\n**Prompt:** x\n**Changed:** y\n"
    assert [(one.name, one.value, one.line) for one in headers([read_document(text, "AI_LOG.md")])] == [
        ("tools", "Claude Code", 2)
    ]
    chosen = read_document(text.replace(" | later", ""), "AI_LOG.md")
    assert [one.value for one in headers([chosen])] == ["Claude Code", "as I went"]


def test_a_date_without_its_year_is_read_near_the_commits() -> None:
    """ "Dec 28" in the log of a repository from January is that of the year before."""
    january = [datetime(2026, 1, 2, 12, tzinfo=UTC)]
    entries = [entry(n, when=f"Dec {27 + n}, 10:00", prompt="x") for n in range(1, 4)]
    line = make_timeline(entries, january, {})
    assert [moment.at.year for moment in line.moments] == [2025, 2025, 2025]
    assert line.outside == ()
