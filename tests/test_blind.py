"""Blind mode: nothing in any view says who the candidate is, and the report stays what it was."""

from __future__ import annotations

# ruff: noqa: E501 - rows of data are read best on one line each
import json
import re
import stat
from collections.abc import Mapping
from pathlib import Path

import pytest
import report_samples as samples
from report_grades import ai_usage_log, hidden_tests, history, report

import reports
from graders import Evidence, Finding, Grade, Outcome, Scalar
from harness.blinding import authors_of, blinded, check_map, default_map, known_as
from harness.output import OutputError
from harness.pipeline import Order, _written
from reports import Report, read_report
from reports.blind import Sealed, blind_report, candidate_id, is_blind
from reports.identity import fold, is_tool
from reports.view import again

SECRET = b"0123456789abcdef" * 2
AUTHORS = (
    ("Hiring Team", "hiring@company.io"),
    ("Zoë Krüger-Patel", "zoe.kruger@posteo.de"),
    ("Zoë Krüger-Patel", "1234567+zkpatel@users.noreply.github.com"),
    ("Claude", "noreply@anthropic.com"),
    ("Zoë Krüger-Patel", "zoe.kruger@posteo.de"),
)
COMMIT = "4f2c9e1b" * 5
PLANTED = (
    "Zoë Krüger-Patel wrote this", "zoe kruger-patel", "ZOE_KRUGER_PATEL", "Krueger-Patel, Zoe", "zoekrugerpatel-leads", "zpatel42",
    "patel.zoe", "Zoe's laptop", "Zoe\u0308 Kru\u0308ger", "mail me: zoe.kruger@posteo.de", "other.mail@riseup.net", "zkpatel",
    "@zkpatel", "https://github.com/zkpatel/leads-of-mine", "git@github.com:zkpatel/leads-of-mine.git", "https://zkpatel.github.io/cv",
    "https://avatars.githubusercontent.com/u/1234567?v=4", "https://www.linkedin.com/in/zoe-k-patel-77", "/home/zoekp/code/app.py",
    "/Users/zoekp/work", "C:\\Users\\zoekp\\app", "C:\\\\Users\\\\zoekp\\\\app", "~/.claude/projects/-Users-zoekp-work/x.jsonl",
    "zoekp@Zoes-MacBook-Pro:~/work$ pytest", "Copyright (c) 2026 Zoë Krüger-Patel", 'authors = [{ name = "Zoë Krüger-Patel" }]',
    "Signed-off-by: Zoë Krüger-Patel <zoe.kruger@posteo.de>", "src/zoe_kruger/app.py", "src/zoe/kruger.py", "\\nZoe Patel", "%2FZoe%20Patel",
    "2026-06-02T14:12:00+05:30", "2026-06-02 14:12 +0530", "Tue Jun 2 14:12:00 2026 +0530", "14:12 IST", "Asia/Kolkata", "UTC+5:30",
    f"at {COMMIT[:9]} and {COMMIT}", "{\"author\": \"Zoë Krüger-Patel\"}",
)  # fmt: skip
"""Ways in which a report may say who wrote it, and where."""

TELLING = (
    "zoe", "kruger", "krueger", "patel", "zkp", "zoekp", "posteo", "riseup", "leads-of-mine", "1234567", "avatars", "linkedin", "github.io",
    "macbook", "+05:30", "+0530", "14:12 ist", "kolkata", "utc+5", COMMIT[:7], "9d0e7a35",
)  # fmt: skip
"""What none of the views may hold, in folded text."""


def planted() -> Report:
    """A report that says who the candidate is in every field a candidate's text can reach."""
    everything = "\n".join(PLANTED)
    pieces = tuple(Evidence("quote", p, path=p, line=1, commit=COMMIT) for p in PLANTED)
    rows: tuple[dict[str, Scalar], ...] = tuple({"path": p, p: "key", "n": n} for n, p in enumerate(PLANTED))

    def some(name: str) -> Grade:
        findings = tuple(Finding(f"{name}.{p}", p, Outcome.FAILED, p, pieces[:3]) for p in PLANTED)
        return Grade(Outcome.PASSED, everything, {p: p for p in PLANTED}, findings, {"odd": rows, PLANTED[0]: rows[:1]})

    exam = hidden_tests(failed=("test_csv.py::test_quoted_newline",), output=everything)
    return report(
        "zkpatel-leads-of-mine",
        {
            "hidden_tests": exam,
            "own_tests": some("own_tests"),
            "ai_usage_log": some("ai_usage_log"),
            "history": history(samples.STEADY),
            PLANTED[2]: some("other"),
        },
        notes=PLANTED,
        repository="https://github.com/zkpatel/leads-of-mine",
        ref="zoe/final",
        submission_notes=[{"kind": "lfs", "path": p, "text": p} for p in PLANTED],
    )


@pytest.fixture(scope="module")
def both() -> tuple[Report, Sealed]:
    return blind_report(planted(), SECRET, AUTHORS)


def views() -> Mapping[str, object]:
    """Every view that is a function of the report."""
    found: dict[str, object] = {"html": reports.render_page, "markdown": reports.render_summary, "json": Report.to_json}
    for name, view in getattr(reports, "VIEWS", {}).items():
        found[name] = view.render
    return found


@pytest.mark.parametrize("name", sorted(views()))
def test_no_view_says_who_it_is(both: tuple[Report, Sealed], name: str) -> None:
    """No name in any spelling, no address, account, avatar, home folder, time zone, repository or real commit."""
    text = views()[name](both[0])  # type: ignore[operator]
    folded = fold(text.replace("\\-", "-")).replace("\\u0308", "")

    assert [word for word in TELLING if word in folded] == []
    if name in {"html", "json", "markdown", "junit"}:
        assert both[1].candidate.lower() in folded


def test_the_planted_report_does_say_who_it_is() -> None:
    """The test above can fail: without blinding every telling piece is in report.json."""
    folded = fold(planted().to_json())

    assert [word for word in TELLING if word not in folded] == []


def test_a_blind_report_is_a_report(both: tuple[Report, Sealed]) -> None:
    """It is read back, holds as many findings with as many different ids, and says that it is blind."""
    blinded_report = both[0]
    before = [f.id for g in planted().grades.values() for f in g.findings]
    after = [f.id for g in blinded_report.grades.values() for f in g.findings]

    assert read_report(blinded_report.to_json().encode()) == blinded_report
    assert len(after) == len(set(after)) == len(before)
    assert is_blind(blinded_report)
    assert not is_blind(planted())


def test_evidence_of_questions_follows_the_new_ids(both: tuple[Report, Sealed]) -> None:
    """A question still rests on findings that are there."""
    blinded_report = both[0]
    used = {i for q in blinded_report.questions for i in q.evidence}

    assert used
    assert all(blinded_report.finding(identifier) for identifier in used)


def test_what_was_graded_stays(both: tuple[Report, Sealed]) -> None:
    """Outcomes, figures and the challenge are the same; only words about the person are not."""
    before, after = planted(), both[0]

    assert after.challenge == before.challenge
    assert after.complete == before.complete
    for name in ("hidden_tests", "own_tests", "history"):
        assert [f.outcome for f in after.grades[name].findings] == [f.outcome for f in before.grades[name].findings]
    assert after.grades["hidden_tests"].measures == before.grades["hidden_tests"].measures
    tests = [(f.id, f.title) for f in before.grades["hidden_tests"].findings]
    assert [(f.id, f.title) for f in after.grades["hidden_tests"].findings] == tests


def test_the_map_holds_what_was_replaced(both: tuple[Report, Sealed]) -> None:
    """Who it was, where it lay, and each commit's real id."""
    blinded_report, sealed = both

    assert sealed.name == "zkpatel-leads-of-mine"
    assert sealed.repository == "https://github.com/zkpatel/leads-of-mine"
    assert sealed.people[0].names == ("Zoë Krüger-Patel",)
    assert sealed.commits[blinded_report.submission.commit] == COMMIT


def test_the_same_secret_gives_the_same_report(both: tuple[Report, Sealed]) -> None:
    """Byte for byte; another secret gives another id and other commit ids."""
    again = blind_report(planted(), SECRET, AUTHORS)[0]
    other = blind_report(planted(), b"another secret" * 3, AUTHORS)[0]

    assert again.to_json() == both[0].to_json()
    assert other.submission.name != both[0].submission.name
    assert other.submission.commit != both[0].submission.commit


def test_spellings_of_one_address_are_one_candidate() -> None:
    """`.git`, a slash and capitals do not make another candidate; the id has our form."""
    ids = {candidate_id(SECRET, f"https://github.com/ada/leads{end}") for end in ("", "/", ".git")}

    assert len(ids | {candidate_id(SECRET, "https://github.com/Ada/Leads")}) == 1
    assert re.fullmatch(r"C-[0-9A-F]{4}", ids.pop())


def one(text: str, authors: tuple[tuple[str, str], ...], repository: str = "file:///inbox/17") -> str:
    """The text after blinding, quoted from a README."""
    made = report(
        "submission-17",
        {
            "hidden_tests": hidden_tests(),
            "written_evidence": Grade(Outcome.PASSED, "", {}, (Finding("w", "w", Outcome.PASSED, text),)),
        },
        repository=repository,
    )
    return blind_report(made, SECRET, authors)[0].grades["written_evidence"].findings[0].detail


def test_everyday_words_stay() -> None:
    """A candidate called Grace or Stone takes no ordinary word out of the report: only a capital means the person."""
    text = one("Grace said: a grace period is no stone. Signed, Grace Stone.", (("Grace Stone", "gs@posteo.de"),))

    assert "a grace period is no stone." in text
    assert "Grace" not in text


def test_words_of_the_challenge_stay() -> None:
    """A candidate called Clay does not take the third party out of the report; with the family name it is replaced."""
    text = one("Clay's webhook. By Clay Zimmer.", (("Clay Zimmer", "cz@posteo.de"),))

    assert "Clay's webhook." in text
    assert "Zimmer" not in text
    assert "Clay Zimmer" not in text


def test_small_words_inside_of_a_name_stay() -> None:
    """`bin` is a folder and `len` a function, whoever is called so."""
    text = one("bin/run calls len(rows), by Len bin Omar.", (("Len bin Omar", "lo@posteo.de"),))

    assert re.fullmatch(r"bin/run calls len\(rows\), by C-[0-9A-F]{4}\.", text)


def test_ai_tools_are_no_people() -> None:
    """What a tool signed is evidence; a person of that name is a person."""
    text = one("Co-authored-by: Claude <noreply@anthropic.com>. Asked Claude. By Claude Dupont.",
               (("Claude", "noreply@anthropic.com"), ("Claude Dupont", "cd@posteo.de")))  # fmt: skip

    assert "Co-authored-by: Claude <noreply@anthropic.com>. Asked Claude." in text
    assert "Dupont" not in text


@pytest.mark.parametrize(
    ("name", "mail", "expected"),
    [
        ("Claude", "", True),
        ("claude opus 4.5", "", True),
        ("GitHub Copilot", "", True),
        ("dependabot[bot]", "", True),
        ("Ada (aider)", "", True),
        ("x", "noreply@anthropic.com", True),
        ("Claude Dupont", "claude@dupont.fr", False),
        ("Jules Martin", "", False),
        ("Devin", "devin@posteo.de", True),
    ],
)
def test_who_is_a_tool(name: str, mail: str, expected: bool) -> None:
    """By the name as tools write it, or their address. A first name alone is taken for the tool (a known limit)."""
    assert is_tool(name, mail) is expected


def test_several_people_stay_apart() -> None:
    """The candidate is the author of most commits; others get numbers, so that a review stays readable."""
    text = one("Ada Byron asked Bo Lindqvist.",
               (("Bo Lindqvist", "bo@posteo.de"), ("Ada Byron", "ada@posteo.de"), ("Ada Byron", "ada@posteo.de")))  # fmt: skip

    assert re.fullmatch(r"C-[0-9A-F]{4} asked Person-2\.", text)


def test_names_without_spaces_between_words() -> None:
    """Names in Chinese or Japanese stand between other characters without a gap."""
    assert "明" not in one("作者李小明完成。", (("李小明", "l@posteo.de"),))


@pytest.mark.parametrize("text", ["see tiangolo/fastapi on https://github.com/tiangolo/fastapi", "ann@example.com", "GET /home/dashboard/x",
                                  "/home/runner/work", "sha256:" + "ab12" * 16, "12:30:00", "2026-06-02T12:30:00Z", "pip@1.2.3"])  # fmt: skip
def test_what_names_nobody_stays(text: str) -> None:
    """Other people's projects, reserved addresses, machines' folders, digests and UTC times."""
    assert one(text, AUTHORS).replace("/home/C-", "/home/").startswith(text[:5])
    assert one(text, AUTHORS) == text or text.startswith("GET /home")


def test_times_are_the_same_moments_in_utc() -> None:
    """Order and distance stay, the zone goes."""
    assert one("2026-06-02T01:12:30.5+05:30", ()) == "2026-06-01T19:42:30.5+00:00"
    assert one("First 2026-06-02 13:24+02:00", ()) == "First 2026-06-02 11:24+00:00"
    assert "(zone hidden)" in one("0000-00-00 25:61 +02:00", ())


def test_log_entries_keep_their_place_on_the_time_line() -> None:
    """A time without a zone is meant in the commits' zone: told in UTC, it stands where it stood."""
    made = report("x", {"ai_usage_log": ai_usage_log(samples.ENTRIES), "history": history(samples.STEADY)})
    log = made.grades["ai_usage_log"]
    rows = tuple({**row, "when": "2026-06-02 10:36"} for row in log.exhibits["entries"])
    made = made.model_copy(
        update={"grades": {**made.grades, "ai_usage_log": log.model_copy(update={"exhibits": {"entries": rows}})}}
    )

    after = blind_report(made, SECRET, AUTHORS)[0]

    assert after.grades["ai_usage_log"].exhibits["entries"][0]["when"] == "2026-06-02T08:36:00+00:00"
    assert after.grades["history"].exhibits["commits"][0]["time"] == "2026-06-02T07:12:00+00:00"


def test_hidden_tests_keep_their_made_up_people() -> None:
    """Addresses in a hidden test are ours: replacing them would blur what was expected."""
    made = report("x", {"hidden_tests": hidden_tests(failed=("test_dedupe.py::test_same_email_twice",))})
    piece = Evidence("given", "Ann@Buero.io and ann@buero.io, 2026-06-02T12:00:00+05:30")
    finding = made.grades["hidden_tests"].findings[0]
    changed = finding.model_copy(
        update={"evidence": (reports.report.EvidenceRecord(kind=piece.kind, text=piece.text),)}
    )
    grade = made.grades["hidden_tests"].model_copy(update={"findings": (changed,)})

    after = blind_report(made.model_copy(update={"grades": {"hidden_tests": grade}}), SECRET, AUTHORS)[0]

    assert after.grades["hidden_tests"].findings[0].evidence[0].text == piece.text


@pytest.mark.parametrize("name", ["strong", "weak", "does-not-start", "unsure", "hostile"])
def test_every_sample_can_be_blinded(name: str) -> None:
    """Whatever a report holds, the blind one is sound and can be rendered."""
    after, _ = blind_report(samples.SAMPLES[name](), SECRET, AUTHORS)

    assert read_report(after.to_json().encode()) == after
    assert reports.render_summary(after)


def test_hostile_names_cost_little() -> None:
    """Thousands of authors with long names: only so many are looked for, and the report is made."""
    authors = [("".join(chr(97 + (n * 7 + k) % 26) for k in range(60)) + " x", f"a{n}@b{n}.io") for n in range(3_000)]

    _, sealed = blind_report(samples.mixed(), SECRET, authors)

    assert len(sealed.people) <= 40


def test_the_map_lies_apart_and_is_its_owner_s(tmp_path: Path) -> None:
    """Mode 0600, one id for one repository in every report, known again, other people's entries kept."""
    kept = tmp_path / "state" / "map.json"

    first = blinded(samples.mixed(), AUTHORS, kept)
    second = blinded(samples.strong(), AUTHORS, kept)
    again = blinded(samples.mixed(), AUTHORS, kept)

    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert first == again
    told = json.loads(kept.read_text(encoding="ascii"))
    assert set(told["candidates"]) == {first.submission.name, second.submission.name}
    assert known_as(samples.mixed().submission.repository, kept) == first.submission.name


def test_two_candidates_never_share_an_id(tmp_path: Path) -> None:
    """Where four digits are taken by another repository, the id gets longer."""
    kept = tmp_path / "map.json"
    name = blinded(samples.mixed(), (), kept).submission.name
    told = json.loads(kept.read_text(encoding="ascii"))
    told["candidates"][name]["repository"] = "https://github.com/someone/else"
    kept.write_text(json.dumps(told), encoding="ascii")

    other = blinded(samples.mixed(), (), kept).submission.name

    assert other.startswith(name)
    assert len(other) == len(name) + 2


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"schema_version": 1, "secret": "00", "candidates": {}}', "{" * 9_000]
)
def test_what_is_no_map_is_left_alone(tmp_path: Path, content: str) -> None:
    """A file of something else is neither used nor overwritten."""
    kept = tmp_path / "map.json"
    kept.write_text(content, encoding="utf-8")

    with pytest.raises(OutputError, match="no blind map"):
        blinded(samples.mixed(), (), kept)

    assert kept.read_text(encoding="utf-8") == content


def test_the_map_may_not_lie_in_the_report_s_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is shared would give away who is who."""
    with pytest.raises(OutputError, match="another place"):
        check_map(tmp_path / "out" / "map.json", tmp_path / "out")

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert default_map() == tmp_path / "state" / "harness" / "blind-map.json"


def test_grade_writes_a_blind_report_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`grade --blind`: the folder is named for the id, and no file in it says who it is."""
    monkeypatch.chdir(tmp_path)
    order = Order(challenge_id="lead-ingestion", blind=True, blind_map=tmp_path / "map.json")

    graded = _written(order, planted(), AUTHORS)

    assert graded.folder == Path("grading") / graded.report.submission.name
    assert {path.name for path in graded.folder.iterdir()} >= {"report.html", "report.json", "report.md"}
    for path in graded.folder.iterdir():
        folded = fold(path.read_text(encoding="utf-8").replace("\\-", "-"))
        assert [word for word in TELLING if word in folded] == []


def test_the_command_to_grade_again_names_no_hidden_repository(both: tuple[Report, Sealed]) -> None:
    """A command with the id in place of an address would not work."""
    assert "(hidden" not in again(both[0])


def test_those_who_signed_count_as_people() -> None:
    """Trailers name reviewers and pairs; they come before the authors, so that they are never taken for the candidate."""

    class Written:
        author, author_email = "Ada Byron", "ada@posteo.de"
        body = "Fix\n\nCo-authored-by: Bo Lindqvist <bo@posteo.de>\nReviewed-by: Cy <cy@posteo.de>"

    found = authors_of([Written()])  # type: ignore[list-item]

    assert found == [("Bo Lindqvist", "bo@posteo.de"), ("Cy", "cy@posteo.de"), ("Ada Byron", "ada@posteo.de")]
