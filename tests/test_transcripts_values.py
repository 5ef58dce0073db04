"""Values of transcripts: which commands run tests, what a person typed, paths, times, and who wrote which lines."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from graders.ai_log.places import places
from graders.transcripts import is_build_command, is_lint_command, is_test_command, read_attributions
from graders.transcripts.commands import exit_is_the_tests
from graders.transcripts.fields import moment, zoneless
from graders.transcripts.paths import find, plain, relative, same_file
from graders.transcripts.typed import typed

DATA = Path(__file__).parent / "transcripts"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("plain words", "plain words"),
        ("<system-reminder>x</system-reminder>", ""),
        ("do it <system-reminder>x</system-reminder> now", "do it  now"),
        ("<system-reminder>never closed", ""),
        ("<user_query>\nhello\n</user_query>", "hello"),
        ("<attached_files>a</attached_files>\n<user_query>one</user_query>", "one"),
        ("<environment_context>x</environment_context>\nfix it", "fix it"),
        ("<div>my html</div>", "<div>my html</div>"),
        ("why does <Foo> fail?", "why does <Foo> fail?"),
        ("<command-name>/clear</command-name>", ""),
        ("[Request interrupted by user for tool use]", ""),
        ("Caveat: The messages below were generated", ""),
        ("# AGENTS.md instructions for /x", ""),
        ("[write_to_file for 'a'] Result:\nok", ""),
        ("[ask] Result:\n<answer>\nyes\n</answer>", "yes"),
        ("", ""),
    ],
)
def test_only_a_persons_own_words_are_typed(text: str, said: str) -> None:
    """What tools put under the person's name is taken out; what looks like a tag but is none stays."""
    assert typed(text) == said


TESTS = """\
pytest
pytest -q tests/test_a.py::test_b
python -m pytest
.venv/bin/python3.12 -m pytest -x
cd backend && pytest -q | tail -5
uv run --with x pytest
poetry run pytest
PYTHONPATH=. CI=1 pytest
pytest 2>&1 | tee out.txt
npm test
npm run test:unit -- --watch=false
yarn run test:e2e
pnpm --filter web test
npx vitest run
./node_modules/.bin/jest --coverage
node --test
bun test
deno test -A
go test ./...
cargo nextest run
mvn -q verify
./gradlew :app:testDebugUnitTest
dotnet test
bundle exec rspec
bin/rails test
make -C api test
just test
tox -e py311
nox -s tests
hatch run test
python manage.py test
python tests/test_x.py
./vendor/bin/phpunit
php artisan test
bash -lc "cd x; pytest -q"
./run_tests.sh
scripts/test.sh
bin/test
docker compose exec web pytest
docker compose run --rm api pytest -q
docker run --rm -v $PWD:/app img pytest
timeout 60 pytest
coverage run -m pytest
python -m unittest discover
ctest --output-on-failure
zig build test
set -e; source .venv/bin/activate; pytest
(cd api && pytest)
if pytest; then echo good; fi""".splitlines()


OTHERS = [
    *"""\
cat tox.ini
vim tests/test_a.py
pip install pytest pytest-cov tox
npm install --save-dev vitest@latest
grep -rn pytest .
git log latest
docker pull img:latest
docker build -t test .
which pytest
echo "run pytest"
git commit -m "make pytest pass"
git checkout -b test
pytest --version
pytest --collect-only -q
cargo test --no-run
mvn package -DskipTests
./gradlew build -x test
test -f x
[ -f test ]
mkdir -p tests
sed -i s/a/b/ test_x.py
find . -name "test_*.py"
npm run contest
npm run latest
npm start
make
make latest
python app.py
python -c "import pytest"
python manage.py migrate
curl http://localhost/test
ssh test
kubectl get pods test
# pytest
export TEST=1
tox -l""".splitlines(),
    "cat > run.sh <<'EOF'\npytest\nEOF",
    'git commit -m "x\n\npytest now passes\n"',
    "cat <<EOF > Makefile\ntest:\n\tpytest\nEOF",
]


def test_commands_that_run_tests_are_known_by_their_runner() -> None:
    """Every common way to run tests is one, behind any wrapper; naming a runner or a file of tests is none."""
    assert [command for command in TESTS if not is_test_command(command)] == []
    assert [command for command in OTHERS if is_test_command(command)] == []


def test_lint_and_build_commands() -> None:
    """Linters, type checkers and builds are told apart from tests."""
    lint = [
        "ruff check .",
        "npx eslint src",
        "npm run lint",
        "python -m mypy app",
        "cargo clippy",
        "make lint",
        "go vet ./...",
    ]
    build = [
        "npm run build",
        "go build ./...",
        "docker build .",
        "make",
        "cargo build --release",
        "python -m build",
        "tsc",
    ]
    neither = ["pip install ruff", "cat mypy.ini", "echo build", "ruff --version", "git commit -m lint", "ls build"]
    assert [command for command in lint if not is_lint_command(command) or is_test_command(command)] == []
    assert [command for command in build if not is_build_command(command) or is_test_command(command)] == []
    assert [command for command in neither if is_lint_command(command) or is_build_command(command)] == []


def test_an_exit_code_is_the_tests_only_where_nothing_hides_it() -> None:
    """Behind `| tail`, `;` or `||` the exit code is another command's."""
    told = ["pytest", "cd x && pytest -q", "pytest && echo good", "bash -c 'pytest -q'"]
    hidden = ["pytest | tail", "pytest; echo done", "pytest || true", "ls", "bash -c 'pytest' | cat"]
    assert [command for command in told if not exit_is_the_tests(command)] == []
    assert [command for command in hidden if exit_is_the_tests(command)] == []


def test_paths_lead_to_files_of_the_repository() -> None:
    """Absolute, Windows and URI paths are brought below the session's folder; a name matches at a `/` only."""
    assert relative("/home/sam/parcels/src/a.py", "/home/sam/parcels") == "src/a.py"
    assert relative("C:\\Users\\Sam\\p\\src\\a.py", "c:\\Users\\Sam\\p") == "src/a.py"
    assert relative("file:///home/sam/p/two%20words.py", "/home/sam/p") == "two words.py"
    assert relative("/home/sam/elsewhere/a.py", "/home/sam/p") == "~/elsewhere/a.py"
    assert relative("/home/sam/parcels-2/a.py", "/home/sam/parcels") == "~/parcels-2/a.py"
    assert plain("./a//b/./c.py") == "a/b/c.py"
    assert plain("file://~/p/a.py") == plain("/~/p/a.py") == "~/p/a.py"
    assert same_file("api/src/a.py", "src/a.py")
    assert not same_file("src/aa.py", "a.py")
    files = ["src/a.py", "web/src/a.py", "b.py"]
    assert find("/w/p/web/src/a.py", files) == "web/src/a.py"
    assert find("/w/p/src/a.py", files) == "src/a.py"
    assert find("x/b.py", files) == "b.py"
    assert find("c.py", files) is None
    assert find("a.py", ["x/a.py", "y/a.py"]) is None


def test_times_in_any_of_the_spellings() -> None:
    """ISO with a zone, with Z or without, seconds and milliseconds are one moment; anything else is none."""
    wanted = datetime(2026, 1, 1, 10, tzinfo=UTC)
    for value in ("2026-01-01T10:00:00.000Z", "2026-01-01 11:00:00+01:00", 1767261600, 1767261600000, "1767261600000"):
        assert moment(value) == wanted
    assert moment("2026-01-01 10:00") == wanted
    assert zoneless("2026-01-01 10:00")
    assert not zoneless("2026-01-01T10:00Z")
    for value in (
        "yesterday",
        "2026-13-01T00:00:00Z",
        -5,
        True,
        float("nan"),
        1e300,
        None,
        [],
        "9" * 40,
        "0001-01-01T00:00:00+14:00",
    ):
        assert moment(value) is None


def test_git_ai_notes_attribute_lines() -> None:
    """Every range of a note is the tool's or a person's, by the key in front of it."""
    one, two = read_attributions("notes/1", (DATA / "git-ai.note").read_bytes(), "f" * 40)
    assert (one.tool, one.path, one.commit) == ("claude", "src/rates.py", "f" * 40)
    assert one.ranges == ((1, 10, "ai"), (15, 15, "ai"), (20, 22, "human"))
    assert (one.lines("ai"), one.lines("human")) == (11, 3)
    assert (two.tool, two.path, two.ranges, two.line) == ("cursor", "docs/two words.md", ((3, 3, "ai"),), 4)


def test_agent_trace_attributes_lines() -> None:
    """A range takes its own contributor, else its conversation's; one that runs backwards is left out."""
    (one,) = read_attributions("trace.json", (DATA / "agent-trace.json").read_bytes())
    assert (one.tool, one.commit) == ("cursor", "a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6e7f8a9b0")
    assert one.path == "src/rates.py"
    assert one.ranges == ((1, 3, "human"), (4, 9, "ai"), (8, 12, "mixed"))


def test_other_files_attribute_nothing() -> None:
    """A text, a transcript and a package file are no attribution."""
    for content in (b"", b"hello\n---\n{}", b'{"files": ["a", "b"]}', (DATA / "claude-code-2.1.jsonl").read_bytes()):
        assert read_attributions("x", content) == ()


def test_transcripts_are_found_where_tools_leave_them() -> None:
    """Committed histories of the usual tools are places of the log; their settings, and code, are none."""
    found = (
        ".specstory/history/2026-01-01_10-00Z-x.md",
        "ai/transcripts/s1.jsonl",
        "aiuse/one.md",
        ".aider.chat.history.md",
        ".aider.input.history",
        ".claude/history.jsonl",
        ".claude/projects/x/5a1e.jsonl",
        ".codex/sessions/2026/02/10/rollout-2026-02-10T14-00.jsonl",
        "transcripts/1.jsonl",
        "docs/ai/session.jsonl",
        "conversations.json",
        "notes/ui_messages.json",
    )
    others = (
        ".claude/settings.json",
        ".claude/commands/review.md",
        ".cursor/rules/style.md",
        "src/conversations.json",
        "tests/rollout-2026-02-10.jsonl",
        "data/events.jsonl",
    )
    assert {place.path for place in places([*found, *others]) if place.whole} == set(found)
