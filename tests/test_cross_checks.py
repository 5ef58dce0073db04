"""Cross-checks: what is planted, what is counted, and what the records of the runs say when they are compared."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
import report_grades

from graders.coverage import Coverage, FileCoverage
from graders.cross_check import TITLES, Check
from graders.cross_check_answers import (
    NO_TIME,
    Counter,
    check_canary,
    check_coverage,
    check_lines,
    check_neutral,
    check_record,
    check_sabotage,
)
from graders.cross_check_count import check_count, count, names_of
from graders.cross_checks import LIMITS, CrossChecks
from graders.grade import Grade, Outcome
from graders.planting import (
    Canary,
    Places,
    Planted,
    Planting,
    choose_canary,
    choose_lines,
    python_files,
    read_planted,
    read_seen,
)
from graders.recording import RecordedTest, Recording, read_recording
from reports.page import render_page
from reports.questions import ranked_candidates
from sandbox import RECORDER, Engine, Limits
from sandbox.profile import Profile, creation

sys.path.insert(0, str(RECORDER))
import plant

sys.path.remove(str(RECORDER))


def record(passed: str = "", failed: str = "", **more: object) -> Recording:
    """A record of tests in t/test_a.py, by their names."""
    tests = [RecordedTest(_id(name), "passed", 0.1) for name in passed.split()]
    tests += [RecordedTest(_id(name), "failed", 0.1) for name in failed.split()]
    whole = Recording(tuple(t.id for t in tests), tuple(tests), exit_status=int(bool(failed)), sessions=1)
    return replace(whole, **more)  # type: ignore[arg-type]  # fields by their names


def _id(name: str) -> str:
    return name if "::" in name else f"t/test_a.py::{name}"


ORDER = Planting(("a.py",), ("t/test_a.py",), canary=Canary("t/test_a.py", "test_one_abc"))


# What is planted


def test_planted_statements_come_first_and_change_nothing_else() -> None:
    """Every function asks first, after its text; a planted line asks before its statement; the rest stands."""
    source = '"""Text."""\nfrom __future__ import annotations\n\n'
    source += "def f(x):\n    'Doc.'\n    if x:\n        y = 1\n    return 2\n"

    text, functions, lines = plant.plant(source, {7: 0, 8: 1, 6: 2, 5: 3, 99: 4})

    assert functions == 1
    assert sorted(lines) == [0, 1]  # the line of an `if` and a text are no plain statements
    kept = [line.strip() for line in text.splitlines() if line.strip() and "__harness_probe__" not in line]
    assert kept == [line.strip().replace("'Doc.'", '"""Doc."""') for line in source.splitlines() if line]
    body = text.split("def f")[1]
    assert body.index("Doc.") < body.index(".function()") < body.index("if x")
    assert body.index(".line(0)") < body.index("y = 1") < body.index(".line(1)") < body.index("return 2")
    assert text.index("import annotations") < text.index(".module()")


def test_functions_in_functions_and_classes_are_planted_once_each() -> None:
    """Methods, inner functions and coroutines each ask once, and a line in an inner function is planted once."""
    source = "class A:\n    def f(self):\n        async def g():\n            x = 1\n        return g\n"

    text, functions, lines = plant.plant(source, {4: 7})

    assert functions == text.count(".function()") == 2
    assert lines == [7]
    assert text.count(".line(7)") == 1


def test_a_plug_in_of_the_tests_is_left_alone() -> None:
    """What pytest itself calls must not raise: the whole run would end."""
    source = "def pytest_runtest_makereport(item, call):\n    pass\n"

    assert plant.plant(source, {}) == (source, 0, [])


@pytest.mark.parametrize("source", ["def f(:", "x = '\0'", "(" * 5_000])
def test_what_cannot_be_parsed_is_said(source: str) -> None:
    """A file that Python can't read is named, and nothing ends."""
    with pytest.raises(plant.Unreadable):
        plant.plant(source, {})


def test_tests_are_counted_as_pytest_takes_them() -> None:
    """Functions and methods by their names; no fixtures, no class with a constructor, none that is switched off."""
    source = """
import pytest, unittest
@pytest.fixture
def test_numbers(): ...
def test_one(): ...
async def test_two(): ...
def helper(): ...
class TestA:
    def test_a(self): ...
    class TestB:
        def test_b(self): ...
class TestMade:
    def __init__(self): ...
    def test_c(self): ...
class TestOff:
    __test__ = False
    def test_d(self): ...
class Case(unittest.TestCase):
    def test_e(self): ...
"""
    found, made = plant.tests_in(source)

    assert [name for name, _ in found] == [
        "test_one",
        "test_two",
        "TestA::test_a",
        "TestA::TestB::test_b",
        "Case::test_e",
    ]
    assert not made
    assert plant.tests_in("globals()['test_x'] = print\n")[1]


def test_an_order_is_done_in_a_folder(tmp_path: Path) -> None:
    """The script edits the files that it is given, adds our test, and tells what it did in a form that is read back."""
    root = tmp_path / "root"
    (root / "t").mkdir(parents=True)
    (root / "a.py").write_text("def f():\n    return 1\n")
    (root / "bad.py").write_text("def f(:\n")
    (root / "hook.py").write_text("def pytest_configure(): ...\ndef f(): ...\n")
    (root / "t" / "test_a.py").write_text("def test_one():\n    pass\n")
    order = replace(
        ORDER, program=("a.py", "bad.py", "hook.py", "none.py"), lines=(("a.py", 2, "x"),), names=("test_one", "gone")
    )
    (tmp_path / "order.json").write_bytes(order.content())

    plant.main(str(tmp_path / "order.json"), str(tmp_path), str(root))

    planted = read_planted((tmp_path / "planted.json").read_bytes())
    assert planted == Planted(
        1,
        frozenset({0}),
        ("bad.py", "none.py"),
        {"t/test_a.py": [("test_one", 1)]},
        names=frozenset({"test_one"}),
        hooked=("hook.py",),
    )
    assert "def test_one_abc():" in (root / "t" / "test_a.py").read_text()
    assert ".line(0)" in (root / "a.py").read_text()


@pytest.mark.parametrize("content", [None, b"", b"[]", b'{"functions": -1}', b"[" * 100_000])
def test_what_was_planted_is_read_strictly(content: bytes | None) -> None:
    """Anything but the script's own form is nothing."""
    assert read_planted(content) is None


# What is chosen


def test_program_and_tests_are_told_apart() -> None:
    """Python files by what they are for; neither a script of the set-up nor another language is either."""
    paths = ["app/a.py", "app/checks.py", "setup.py", "tests/test_a.py", "conftest.py", "a.js", "venv/x.py"]
    program, tests = python_files(paths, record("checks.py::it_adds[1] a.py::app.a.add"))

    assert program == ("app/a.py",)
    assert tests == ("app/checks.py", "conftest.py", "tests/test_a.py")


def test_paths_of_ids_are_found_below_the_top_folder() -> None:
    """As they stand; else the one path that ends so. Two that do are none, and nor is half a name."""
    places = Places(["a/t/test_a.py", "b/t/test_a.py", "b/u/test_b.py", "test_c.py", "d/test_c.py"])

    assert places.find("b/t/test_a.py") == "b/t/test_a.py"
    assert places.find("u/test_b.py") == places.find("test_b.py") == "b/u/test_b.py"
    assert places.find("test_c.py") == "test_c.py"
    assert [places.find(path) for path in ("t/test_a.py", "st_b.py", "x/test_b.py", "")] == [None] * 4


def test_our_test_is_named_like_one_of_theirs() -> None:
    """What chooses tests by their names chooses ours too; a file that only the record names gets none."""
    found = choose_canary(record("other.py::test_x test_one[1-b]"), ("t/test_a.py",))

    assert found is not None
    assert found.path == "t/test_a.py"
    assert found.name.startswith("test_one_")
    assert choose_canary(record(failed="test_one"), ("t/test_a.py",)) is None
    below = choose_canary(record("test_a.py::test_one"), ("t/test_a.py",))
    assert below is not None
    assert below.path == "t/test_a.py"


def test_lines_are_chosen_again_the_same() -> None:
    """The seed decides the order; lines that somebody saw come first, with their test."""
    coverage = Coverage((file(executed=tuple(range(1, 31))),), 1.0, None, None)
    seen = {("a.py", n): "t/test_a.py::test_one" for n in range(1, 11)} | {("a.py", 11): ""}

    lines = choose_lines(coverage, seen, "tree")

    assert lines == choose_lines(coverage, seen, "tree")
    assert lines != choose_lines(coverage, seen, "other")
    assert {line for _, line, test in lines if test} == set(range(1, 11))
    assert {line for _, line, test in lines if not test} == set(range(12, 31))
    assert choose_lines(None, seen, "tree") == ()


def test_seen_lines_are_read_strictly() -> None:
    """Without a watcher nothing is known; the first test that is named counts; what is no line is passed over."""
    told = b"watching\na.py\t3\t\na.py\t3\tt::one\na.py\t3\tt::two\na.py\tx\tt\n\xff\t1\n\n"

    assert read_seen(told) == {("a.py", 3): "t::one", ("�", 1): ""}
    assert read_seen(b"a.py\t3\tt::one\n") is None
    assert read_seen(None) is None


# D1 and the record


def test_a_session_without_any_result_is_told() -> None:
    """`sys.exit(0)` at import: pytest began, and no test has a result. No tests at all is something else."""
    assert check_record("", Recording(sessions=1, exit_status=3)).result == "told"
    assert check_record("", Recording(sessions=1, unended=1)).result == "told"
    assert check_record("", Recording(sessions=1, exit_status=5)).result == "not tried"
    assert check_record("", Recording()).result == "not tried"
    assert check_record("It does not.", record("one")).said == "It does not."


def test_the_record_of_several_sessions_is_one() -> None:
    """`pytest a && pytest b` collects twice; what one session did not end is known."""
    events: list[dict[str, object]] = []
    for name in ("a", "b"):
        events += [
            {"kind": "started"},
            {"kind": "collected", "tests": [f"{name}.py::one"]},
            {"kind": "deselected", "tests": [f"{name}.py::two"]},
            {"kind": "collection_skipped", "id": f"{name}3.py"},
            {"kind": "result", "id": f"{name}.py::one", "when": "call", "outcome": "passed", "seconds": 0.1},
            {"kind": "met", "id": f"{name}.py::one", "times": 2},
            {"kind": "line", "id": f"{name}.py::one", "line": 4, "outcome": "failed"},
        ]
    ended = {"kind": "finished", "exit_status": 0}
    events[7:7] = [{**ended, "stopped": "stopping after 1 failures"}, {"kind": "started"}, {**ended, "stopped": ""}]

    told = read_recording(b"\n".join(json.dumps(event).encode() for event in events))

    assert told.collected == ("a.py::one", "b.py::one")
    assert told.deselected == ("a.py::two", "b.py::two")
    assert told.skipped_files == ("a3.py", "b3.py")
    assert (told.sessions, told.unended, told.exit_status) == (3, 1, None)
    assert told.stopped == "stopping after 1 failures"
    assert told.met == {"a.py::one": 2, "b.py::one": 2}
    assert told.lines == {("a.py::one", 4): "failed", ("b.py::one", 4): "failed"}


# D2


def written(*names: str, path: str = "t/test_a.py", **more: object) -> Planted:
    found = Planted(1, tests={path: [(name, 1) for name in names]}, names=frozenset(names))
    return replace(found, **more)  # type: ignore[arg-type]  # fields by their names


def test_tests_that_had_no_part_are_told_by_why() -> None:
    """Left out by options, in files that nobody collects, lost from files that were: three things."""
    planted = written("one", "two", "three")
    planted = replace(planted, tests={**planted.tests, "t/test_b.py": [("four", 1)], "t/words.py": [("test_x", 1)]})
    found = count(record("one[1] one[2]", deselected=(_id("two[1]"),)), planted)

    assert found.left_out == (_id("two"),)
    assert found.lost == (_id("three"),)
    assert found.not_collected == ("t/test_b.py::four",)
    check = check_count(record("one[1]", deselected=(_id("two"),)), planted)
    assert check.result == "told"
    assert check.finding is not None
    assert check.finding.outcome is Outcome.SKIPPED


def test_a_word_in_a_file_hides_none_of_its_tests_from_the_count() -> None:
    """A file that makes tests while it is loaded may lose some; left out or never loaded it is told like any other."""
    planted = written("one", "two", "three", made=("t/test_a.py", "t/test_b.py"))
    planted = replace(planted, tests={**planted.tests, "t/test_b.py": [("four", 1)]})
    found = count(record("one", deselected=(_id("two"),)), planted)

    assert found.left_out == (_id("two"),)
    assert found.lost == ()
    assert found.not_collected == ("t/test_b.py::four",)


def test_all_tests_in_the_record_is_no_sign() -> None:
    """Parameters, a root below the top folder, files that could not be loaded or skip themselves are no differences."""
    assert check_count(record("t/test_a.py::one[a::b]"), written("one")).result == "nothing"
    assert check_count(record("test_a.py::one"), written("one", path="deep/test_a.py")).result == "nothing"
    gone = written("two", path="t/test_b.py")
    both = replace(gone, names=frozenset({"one"}))
    assert check_count(record("one", skipped_files=("t/test_b.py",)), both).result == "nothing"
    broken = (RecordedTest("t/test_b.py", "failed", 0),)
    assert check_count(record("one", collection_errors=broken), both).result == "nothing"
    assert check_count(Recording(), both).result == "not tried"


def test_results_of_tests_that_stand_nowhere_are_told() -> None:
    """A made-up record names tests that no file has; where tests are made at run time that says nothing."""
    made_up = record("one t/test_more.py::test_7")

    assert count(made_up, written("one")).strange == ("t/test_more.py::test_7",)
    assert count(made_up, written("one", made=("t/test_more.py",))).strange == ()
    assert count(record("one a.py::a.f t/test_a.py::test_a A::inherited"), written("one")).strange == ()
    assert names_of(record("one t/test_a.py::TestA::two[x::y]")) == {"one", "TestA", "two"}


# D3


def counter(order: Planting = ORDER, **more: object) -> Counter:
    return replace(Counter(order, Planted(functions=2)), **more)  # type: ignore[arg-type]  # fields by their names


def test_our_test_must_fail() -> None:
    """Passed or lost is told and fails the grade; skipped, left out or not run says nothing."""
    assert check_canary(counter(record=record(failed="test_one_abc"))).result == "nothing"
    passed = check_canary(counter(record=record("test_one_abc")))
    assert passed.finding is not None
    assert passed.finding.outcome is Outcome.FAILED
    assert check_canary(counter(record=record("test_one"), ran=True)).result == "told"
    lost = record("test_one", collected=(_id("test_one"), _id("test_one_abc")))
    assert check_canary(counter(record=lost)).result == "told"
    assert check_canary(counter(record=replace(lost, stopped="-x"))).result == "not tried"
    assert check_canary(counter(record=replace(lost, exit_status=None))).result == "not tried"
    assert check_canary(counter(record=record("test_one"))).result == "not tried"
    skipped = record(tests=(RecordedTest(_id("test_one_abc"), "skipped", 0),))
    assert check_canary(counter(record=skipped, ran=True)).result == "not tried"
    assert check_canary(counter(trouble="no time")).said == "Not tried: no time."
    assert check_canary(counter(replace(ORDER, canary=None))).result == "not tried"


# D4


def test_tests_that_pass_anyway_are_counted_by_what_they_met() -> None:
    """Those that went on after an error, and those that called nothing; what had no time is not counted."""
    main = record("one two three four")
    late = RecordedTest(_id("four"), "failed", 3.0, f"E {NO_TIME}")
    again = record("one two", "three", met={_id("one"): 2, _id("two"): 0})
    again = replace(again, tests=(*again.tests, late))

    check = check_sabotage(main, counter(record=again))

    assert check.finding is not None
    assert check.finding.title == "2 own tests passed while every function raised an error"
    assert check.finding.evidence[0].text.split() == [_id("one"), _id("two")]
    assert "of 3 of 4 passing tests 1 own test passed though functions" in check.said
    assert "1 own test passed and called none of its functions" in check.said
    assert check.said.endswith("1 came to no result in their time.")


def test_files_that_were_left_alone_are_named() -> None:
    """A hook of pytest's in every file kept all of the program from raising, and the check said that there was none."""
    alone = counter(planted=Planted(hooked=("app/main.py",)))
    check = check_sabotage(record("one"), alone)
    assert (check.result, "app/main.py" in check.said) == ("not tried", True)

    part = counter(planted=Planted(functions=2, hooked=("app/main.py",)), record=record("", "one"))
    check = check_sabotage(record("one"), part)
    assert (check.result, "app/main.py" in check.said) == ("nothing", True)

    large = counter(planted=Planted(unread=("a.py", "t/test_a.py")))
    check = check_sabotage(record("one"), large)
    assert (check.result, "a.py" in check.said, "test_a.py" in check.said) == ("not tried", True, False)


def test_tests_that_all_fail_are_no_sign() -> None:
    """All fail: nothing to tell. None tried, or no function to raise in: not tried."""
    main = record("one two")
    assert check_sabotage(main, counter(record=record("", "one two"))).result == "nothing"
    assert check_sabotage(main, counter(record=record("new"))).result == "not tried"
    assert check_sabotage(main, counter(planted=Planted(), record=record("one"))).result == "not tried"
    assert check_sabotage(main, counter(trouble="no time")).result == "not tried"
    assert check_sabotage(record("", "one"), counter(record=record("one"))).result == "not tried"


# D6


def test_lines_never_reached_are_told() -> None:
    """Only what coverage alone tells, and a second run does not reach either, from three lines on."""
    lines = tuple(("a.py", n, "") for n in range(1, 5))
    order = replace(ORDER, lines=lines)
    four = frozenset(range(4))
    first = counter(order, planted=Planted(1, four))

    def marked(*reached: int, trouble: str = "") -> Counter:
        return counter(order, planted=Planted(1, four), reached=frozenset(reached), trouble=trouble)

    told = check_lines(first, marked(0))
    assert told.finding is not None
    assert [piece.line for piece in told.finding.evidence] == [2, 3, 4]
    assert told.finding.outcome is Outcome.SKIPPED
    assert check_lines(first, marked(0, 1)).result == "nothing"
    assert check_lines(first, marked(trouble="no time")).result == "not tried"
    assert check_lines(first, None).result == "not tried"


def test_lines_that_raise_are_counted() -> None:
    """A raise that no test notices is said, and is no sign: code may go on after an error on purpose."""
    order = replace(ORDER, lines=(("a.py", 1, _id("one")), ("a.py", 2, _id("two"))))
    known = Planted(1, frozenset({0, 1}))
    outcomes = {(_id("one"), 0): "failed", (_id("two"), 1): "passed"}
    check = check_lines(counter(order, planted=known, record=record(lines=outcomes), reached=frozenset({0, 1})), None)

    assert check.result == "nothing"
    assert "each of 2 lines" in check.said
    assert "1 did not" in check.said
    assert check_lines(counter(order, planted=known), None).result == "not tried"


# Coverage, D5, all together


def file(executed: tuple[int, ...] = (1,), missing: tuple[int, ...] = ()) -> FileCoverage:
    return FileCoverage("a.py", 9, 5, 0.5, None, executed, missing, ())


def test_both_figures_of_coverage_are_said() -> None:
    """They are asked about where theirs leave lines out; a small difference is only shown."""
    ours = Coverage((file(missing=(2, 3)),), 0.3, None, None)

    check = check_coverage(ours, Coverage((), 1.0, None, None))

    assert check.finding is not None
    assert "30% by our settings" in check.said
    assert "100% by its own" in check.said
    assert check.finding.evidence[0].text == "a.py: 2 lines not run that its own settings leave out"
    assert check_coverage(ours, Coverage((), 0.31, None, None)).result == "nothing"
    assert check_coverage(ours, None).result == "not tried"
    assert check_coverage(None, None).result == "not tried"


def test_the_run_without_settings_is_only_shown() -> None:
    """It is no check that could tell anything."""
    main = record("one two")
    check = check_neutral(main, counter(neutral=record("one", "two")))

    assert check.result == "shown"
    assert "1 of 2" in check.said
    assert check_neutral(main, counter(neutral=Recording())).result == "not tried"
    assert check_neutral(main, counter()).result == "not tried"


def test_only_what_was_tried_is_counted() -> None:
    """Measures and summary: neither what could not be tried nor what is only shown counts."""
    results = {"record": "nothing", "count": "nothing", "canary": "not tried", "neutral": "shown"}
    checks = CrossChecks(tuple(Check(name, result, "x") for name, result in results.items()))  # type: ignore[arg-type]

    assert checks.measures["cross_checks_run"] == 2
    assert checks.summary == "no sign of trouble in 2 cross-checks"
    told = CrossChecks((*checks.checks, check_canary(counter(record=record("test_one_abc")))))
    assert told.summary == "1 of 3 cross-checks saw something to ask about"
    assert len(told.findings) == 1
    assert CrossChecks().summary == ""
    assert {row["check"] for row in told.rows} <= set(TITLES.values())


def test_no_word_accuses() -> None:
    """Facts: whatever is told says what was seen, and nothing of anybody's purpose."""
    main = record("one")
    all_told = [
        check_canary(counter(record=record("test_one_abc"))),
        check_canary(counter(record=record("test_one"), ran=True)),
        check_sabotage(main, counter(record=record("one"))),
        check_count(record("one", deselected=(_id("two"),)), written("one", "two")),
        check_coverage(Coverage((), 0.3, None, None), Coverage((), 1.0, None, None)),
    ]

    words = " ".join(f"{c.said} {c.finding.title}" for c in all_told if c.finding).lower()
    assert len([c for c in all_told if c.finding]) == 5
    assert not [word for word in ("forg", "cheat", "fake", "manipul", "trick", "dishonest", "suspic") if word in words]


def test_runs_made_for_a_check_give_way_to_the_exam() -> None:
    """Their containers have a small share of the processors, all others the usual one."""
    engine = SimpleNamespace(cgroup_version=2, cpus=2, labels=lambda *_: {}, default_runtime="", info={})

    def shares(limits: Limits) -> object:
        profile = Profile(role="sandbox", user=1, limits=limits)
        return creation(cast(Engine, engine), profile, "sha256:abc", ["true"], {}, 60)["host_config"].get("cpu_shares")

    assert shares(LIMITS) == 128
    assert shares(Limits()) is None


def test_the_page_shows_them_in_plain_words_and_asks_about_facts() -> None:
    """A row a cross-check; what was told is a finding and a question, what was not is neither."""
    main = record("one two")
    told = check_sabotage(main, counter(record=record("one", "two", met={_id("one"): 1})))
    checks = CrossChecks((check_record("", main), told, check_canary(counter(trouble="no time"))), 4.2)
    grade = Grade(
        Outcome.PASSED,
        f"2 of 2 own tests passed; {checks.summary}.",
        {"collected": 2, "passed": 2, "failed": 0, **checks.measures},
        checks.findings,
        {"cross_checks": checks.rows},
    )
    report = report_grades.report("x", {"own_tests": grade})

    page = render_page(report)
    section = page[page.index('id="own-tests"') :].partition("</section>")[0]
    assert "2 cross-checks, 4.2 s" in section
    assert re.findall(r'data-name="result">([^<]+)<', section) == ["no sign", "to ask about", "not tried"]
    assert "1 own test passed though functions of the submission raised errors" in section
    asked = [question.text for question in report.questions if "own_tests.cross_check.sabotage" in question.evidence]
    assert asked == [
        "“1 own test passed while every function raised an error.” Take one of them: what would have to break for it "
        "to fail?"
    ]


def test_a_run_in_doubt_is_not_asked_about_as_a_failing_test() -> None:
    """Our test that passed has a question of its own; the suite needs nothing from the sandbox for it."""
    told = check_canary(counter(record=record("test_one_abc")))
    grade = Grade(Outcome.FAILED, "", {"collected": 2}, CrossChecks((told,)).findings)

    report = report_grades.report("x", {"own_tests": grade})
    texts = " ".join(candidate.text for candidate in ranked_candidates(report.grades, report.challenge))
    assert "what in your suite decides what is reported?" in texts
    assert "What does your suite need" not in texts
