"""`harness score` and `harness reveal`: people score first, each alone; nothing is compared before."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import pytest
import report_samples as samples
from click.testing import CliRunner, Result
from cohort_material import AT, cohort, filled, locked_by, varied, write_folder

from harness.cli import cli
from harness.scoring import LOG_NAME, lock_scorecard, log_reveal, read_scored
from reports import render_page
from reports.reveal_page import REVEAL_NAME, head_of
from reports.scorecard import ScorecardError


def run(*arguments: str | Path) -> Result:
    """The command line in this process."""
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_folder(tmp_path / "round" / "mixed", samples.mixed())


def save(folder: Path, rater: str, levels: list[str] | None = None) -> Path:
    """A filled-in scorecard, as the page saves it."""
    path = folder / f"{rater.lower()}.json"
    path.write_text(filled(folder, rater, levels).to_json(), encoding="utf-8")
    return path


def test_init_writes_a_scorecard_and_logs_it(folder: Path) -> None:
    """A form named for the rater, and one line in the log, however often it is asked for."""
    done = run("score", "init", folder, "--rater", "Ana  B")
    again = run("score", "init", folder, "--rater", "Ana B")

    assert done.exit_code == 0, done.stderr
    assert (folder / "scorecard-ana-b.toml").is_file()
    assert again.exit_code == 2
    assert "is there already" in again.stderr
    assert [line.what for line in read_scored(folder).log.lines] == ["begun"]


def test_an_open_scorecard_can_t_be_locked(folder: Path) -> None:
    """What is missing is said in one line, and nothing is written."""
    run("score", "init", folder, "--rater", "Ana")

    done = run("score", "lock", folder / "scorecard-ana.toml")

    assert done.exit_code == 2
    assert "correctness: no level" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not list(folder.glob("*.locked-*"))


def test_a_form_filled_in_by_hand_is_locked(folder: Path) -> None:
    """init, an editor, lock: the locked scorecard holds what was written, read-only, with its line of the log."""
    run("score", "init", folder, "--rater", "Ana")
    path = folder / "scorecard-ana.toml"
    text = path.read_text(encoding="utf-8").replace('level = ""', 'level = "Mixed"')
    path.write_text(
        text.replace('reason = """\n"""', 'reason = "Half of the stated edges are open."'), encoding="utf-8"
    )

    done = run("score", "lock", path)

    assert done.exit_code == 0, done.stderr
    scored = read_scored(folder)
    assert [each.scorecard.scores[0].level for each in scored.locks_of("ana")] == ["Mixed"]
    assert scored.is_locked
    assert scored.log.lines[-1].own in done.output
    assert not (folder / "scorecard-ana.locked-2.json").stat().st_mode & 0o222


def test_what_the_page_saves_can_be_locked(folder: Path) -> None:
    """The form in report.html carries a scorecard on these very bytes: filled in, it is locked like any other."""
    page = render_page(read_scored(folder).report)
    found = re.search(r'data-card="([^"]+)"', page)
    assert found
    card = json.loads(html.unescape(found[1]))
    card["rater"] = "Ana"
    for score in card["scores"]:
        score |= {"level": "Mixed", "reason": "Half of the stated edges are open."}
    card["questions_asked"].append({"id": "risks", "note": "Two were named."})
    saved = folder.parent / "scorecard.json"
    saved.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")

    done = run("score", "lock", saved, "--report", folder)

    assert done.exit_code == 0, done.stderr
    assert read_scored(folder).locks_of("Ana")[0].scorecard.questions_asked[0].note == "Two were named."


def test_the_same_scores_are_locked_once(folder: Path) -> None:
    """Locking again what is locked says so, and adds no line."""
    path = save(folder, "Ana")

    assert run("score", "lock", path).exit_code == 0
    again = run("score", "lock", path)

    assert again.exit_code == 0
    assert "Locked before" in again.output
    assert len(read_scored(folder).log.lines) == 1


def test_other_scores_stand_beside_the_locked_ones(folder: Path) -> None:
    """A locked score is never replaced: other scores need a reason, and are marked by what their rater had seen."""
    run("score", "lock", save(folder, "Ana"))
    other = save(folder, "Ana", ["No Hire"] * 4)

    refused = run("score", "lock", other)
    before = run("score", "lock", other, "--amend", "I had read the wrong file.")
    run("reveal", folder, "--rater", "Ana")
    after = run("score", "lock", save(folder, "Ana", ["Mixed"] * 4), "--amend", "Others fail the same test.")

    assert refused.exit_code == 2
    assert "--amend" in refused.stderr
    assert (before.exit_code, after.exit_code) == (0, 0), before.stderr + after.stderr
    locks = read_scored(folder).locks_of("Ana")
    assert [each.scorecard.scores[0].level for each in locks] == ["Hire", "No Hire", "Mixed"]
    assert [each.phase for each in locks] == ["before reveal", "before reveal", "after reveal"]
    assert [each.amends for each in locks] == [None, locks[0].digest, locks[0].digest]
    assert locks[2].why == "Others fail the same test."


def test_reveal_waits_for_the_lock(folder: Path) -> None:
    """Before this rater's score is locked there is nothing to see: exit 2, one line, no page, no line in the log."""
    run("score", "lock", save(folder, "Ben"))

    done = run("reveal", folder, "--rater", "Ana")

    assert done.exit_code == 2
    assert "Ana has no locked score" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (folder / REVEAL_NAME).exists()
    assert [line.what for line in read_scored(folder).log.lines] == ["locked"]


def test_reveal_shows_the_cohort_and_logs_it(tmp_path: Path) -> None:
    """After the lock: counts per behaviour, a page that names its line, and that line in the log."""
    folders = cohort(tmp_path, 6)

    done = run("reveal", folders[1], "--rater", "Ana")

    assert done.exit_code == 0, done.stderr
    assert "6 submissions" in done.output
    line = read_scored(folders[1]).log.lines[-1]
    assert (line.who, line.what) == ("Ana", "revealed")
    assert head_of((folders[1] / REVEAL_NAME).read_bytes()) == line.own


def test_a_score_on_an_earlier_report_opens_nothing(folder: Path) -> None:
    """Graded again with another outcome: what was locked before was about other bytes."""
    run("score", "lock", save(folder, "Ana"))
    write_folder(folder, samples.strong())

    done = run("reveal", folder, "--rater", "Ana")

    assert done.exit_code == 2
    assert "no locked score" in done.stderr
    assert "about an earlier report" in run("score", "status", folder).output


def test_a_broken_log_stops_everything(folder: Path) -> None:
    """Nothing is locked, revealed or handed out on a chain that does not hold; verify names the line."""
    run("score", "lock", save(folder, "Ana"))
    run("score", "lock", save(folder, "Ben"))
    log = folder / LOG_NAME
    log.write_bytes(log.read_bytes().replace(b'"who":"Ana"', b'"who":"Eve"'))

    outcomes = [
        run("score", "verify", folder),
        run("score", "lock", save(folder, "Cleo")),
        run("score", "init", folder, "--rater", "Cleo"),
        run("reveal", folder, "--rater", "Ben"),
    ]

    assert [done.exit_code for done in outcomes] == [2, 2, 2, 2]
    for done in outcomes:
        assert "line 1 of the log" in done.output
    assert "line 1 of the log" in run("score", "status", folder).output


def test_verify_finds_what_the_chain_can_t(folder: Path) -> None:
    """Lines off the end: the locked scorecard, the reveal page and a digest kept elsewhere each miss their line."""
    run("score", "lock", save(folder, "Ana"))
    run("reveal", folder, "--rater", "Ana")
    log = folder / LOG_NAME
    lines = log.read_bytes().splitlines(keepends=True)
    head = read_scored(folder).log.head
    assert run("score", "verify", folder, "--head", head).exit_code == 0

    log.write_bytes(lines[0])
    without_reveal = run("score", "verify", folder, "--head", head)
    log.write_bytes(b"")
    without_any = run("score", "verify", folder)

    assert without_reveal.exit_code == 2
    assert "reveal.html belongs to a line that is not in the log" in without_reveal.output
    assert "no line of the log has the digest" in without_reveal.output
    assert without_any.exit_code == 2
    assert "line 1 of the log, by which it was locked, is not there any more" in without_any.output


def test_a_changed_or_lost_scorecard_is_found(folder: Path) -> None:
    """Locked scores that were edited, or taken away, do not count and are named."""
    run("score", "lock", save(folder, "Ana"))
    path = folder / "scorecard-ana.locked-1.json"
    path.chmod(0o644)
    whole = path.read_text(encoding="utf-8")

    path.write_text(whole.replace('"Hire"', '"Strong Hire"'), encoding="utf-8")
    changed = run("score", "verify", folder)
    path.unlink()
    lost = run("score", "verify", folder)

    assert "its scores are not the ones that were locked" in changed.output
    assert "the scorecard that Ana locked is not there" in lost.output
    assert (changed.exit_code, lost.exit_code) == (2, 2)
    assert run("reveal", folder, "--rater", "Ana").exit_code == 2


def test_a_lost_scorecard_comes_back_by_locking_the_same_again(folder: Path) -> None:
    """A run that ended between the log and the file is mended by the same command."""
    path = save(folder, "Ana")
    run("score", "lock", path)
    (folder / "scorecard-ana.locked-1.json").unlink()

    assert run("score", "lock", path).exit_code == 0
    assert run("score", "verify", folder).exit_code == 0


def test_status_tells_who_and_never_what(folder: Path) -> None:
    """Names, times and what is open; no level."""
    run("score", "init", folder, "--rater", "Ben")
    run("score", "lock", save(folder, "Ana", ["Strong Hire"] * 4))

    told = run("score", "status", folder).output

    assert "Ben got a scorecard" in told
    assert "Ana locked" in told
    assert "still open: Ben" in told
    assert "Hire" not in told


def test_an_open_scorecard_can_be_given_back(folder: Path) -> None:
    """Nobody waits for a rater who steps back; it is logged, with why."""
    run("score", "init", folder, "--rater", "Ben")
    run("score", "lock", save(folder, "Ana"))
    assert not read_scored(folder).is_locked

    done = run("score", "withdraw", folder, "--rater", "ben", "--why", "I know the candidate.")

    assert done.exit_code == 0, done.stderr
    assert read_scored(folder).is_locked
    assert read_scored(folder).log.lines[-1].note == "I know the candidate."
    assert run("score", "withdraw", folder, "--rater", "Eve", "--why", "x").exit_code == 2


def test_a_scorecard_of_another_report_is_refused(folder: Path, tmp_path: Path) -> None:
    """Scores belong to the bytes that were looked at."""
    other = write_folder(tmp_path / "other", samples.weak())

    done = run("score", "lock", save(folder, "Ana"), "--report", other)

    assert done.exit_code == 2
    assert "another report" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("score", "init", ".", "--rater", "Ana"), "no report.json"),
        (("score", "init", "nowhere"), "nowhere"),
        (("score", "status", "."), "no report.json"),
        (("reveal", "."), "no report.json"),
        (("index", "."), "no report.json"),
    ],
)
def test_wrong_use_is_two_and_one_line(
    arguments: tuple[str, ...], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each refusal names what is wrong."""
    monkeypatch.chdir(tmp_path)

    done = run(*arguments)

    assert done.exit_code == 2
    assert told in done.stderr


@pytest.mark.parametrize("rater", ["", "  ", "x" * 121, "Ana\x1b[2J", "a\u202eb"])
def test_a_rater_has_a_name_that_can_be_shown(folder: Path, rater: str) -> None:
    """Neither nobody nor control characters."""
    done = run("score", "init", folder, "--rater", rater)

    assert done.exit_code == 2
    assert "--rater" in done.stderr


def test_locking_needs_a_log_of_its_own_folder(folder: Path) -> None:
    """A log that is a link elsewhere is not followed."""
    elsewhere = folder.parent / "elsewhere.jsonl"
    elsewhere.write_bytes(b"")
    (folder / LOG_NAME).symlink_to(elsewhere)

    with pytest.raises(OSError, match="symbolic"):
        lock_scorecard(read_scored(folder), filled(folder, "Ana"), AT)

    assert elsewhere.read_bytes() == b""


def test_the_same_moment_gives_the_same_files(tmp_path: Path) -> None:
    """Locking and revealing the same at the same time writes the same bytes."""
    made = []
    for name in ("one", "two"):
        folder = write_folder(tmp_path / name / "ash", varied("ash", 3))
        locked_by(folder, ("Ana",))
        log_reveal(read_scored(folder), "Ana", "sha256:" + "0" * 64, "", AT)
        made.append({path.name: path.read_bytes() for path in sorted(folder.iterdir())})

    assert made[0] == made[1]


def test_a_scorecard_without_a_sentence_is_not_locked_from_code_either(folder: Path) -> None:
    """The rule is held where the lock is made, not in the command alone."""
    card = filled(folder, "Ana")
    card = card.model_copy(update={"scores": card.scores[:-1]})

    with pytest.raises(ScorecardError, match="no score"):
        lock_scorecard(read_scored(folder), card, AT)
