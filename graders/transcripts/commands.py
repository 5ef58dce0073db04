"""Commands: what a command line of a transcript does. Runs tests, lints, builds; by its runner, not by a word in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from graders.transcripts.runners import (
    BUILDERS,
    IDLE,
    LINTERS,
    MAKE,
    ONE_WORD_OPTIONS,
    PACKAGE,
    RUNS,
    SHELLS,
    SKIPPING,
    SUB_BUILD,
    SUB_LINT,
    SUB_TEST,
    TESTERS,
)
from graders.transcripts.shell_words import Simple, simple_commands

_Words = Sequence[str]
_ASSIGNMENT = re.compile(r"^[A-Za-z_]\w*=")
_PYTHON = re.compile(r"^(?:python|pypy|py)(?:\d(?:\.\d{1,2})?)?(?:\.exe)?$")
_TEST_FILE = re.compile(
    r"(?:^|/)(?:tests?|spec|__tests__)/(?:[^/]+/)*[^/]+\.(?:py|js|ts|mjs|cjs|tsx|rb|php|sh|lua|pl|t)$|"
    r"(?:^|/)(?:test_[^/]*|[^/]*_test|tests?|run_?tests?)\.(?:py|js|ts|rb|php|sh|pl)$|"
    r"(?:^|/)[^/]+[._](?:test|spec)\.(?:js|ts|mjs|cjs|tsx|jsx|rb|py)$"
)
_TEST_SCRIPT = re.compile(r"^(?:run[-_]?)?(?:all[-_]?)?tests?(?:[-_]\w{1,30})?(?:\.(?:sh|bash|py|ps1|bat|cmd|js))?$")
_TEST_TARGET = re.compile(r"^(?:tests?|e2e|spec|unit|integration|check)(?:$|[:_.-])|[:_-](?:tests?|e2e)$")
_LINT_TARGET = re.compile(
    r"^(?:lint|typecheck|type-check|check-types|types|format|fmt|style|eslint|prettier|mypy|ruff)(?:$|[:_-])"
)
_BUILD_TARGET = re.compile(r"^(?:build|compile|dist|bundle|package|all)(?:$|[:_-])")


def is_test_command(command: str) -> bool:
    """Whether a command line runs tests. Naming a runner (`pip install pytest`, `cat tox.ini`) is not running it."""
    return any(_is_test(simple.words) for simple in _parts(command))


def is_lint_command(command: str) -> bool:
    """Whether a command line checks style or types."""
    return any(_is_lint(simple.words) for simple in _parts(command))


def is_build_command(command: str) -> bool:
    """Whether a command line builds or compiles."""
    return any(_is_build(simple.words) for simple in _parts(command))


def exit_is_the_tests(command: str) -> bool:
    """Whether the command line's exit code tells how its tests went: nothing but `&&` follows them (no `| tail`)."""
    parts = _parts(command)
    last = max((place for place, simple in enumerate(parts) if _is_test(simple.words)), default=None)
    if last is None:
        return False
    behind = [simple.then for simple in parts[last:]]
    return all(operator in ("&&", "") for operator in behind)


@lru_cache(maxsize=2_000)
def _parts(command: str, depth: int = 0) -> tuple[Simple, ...]:
    """The simple commands, each without the words before the command proper; those of `bash -c` among them."""
    found: list[Simple] = []
    for simple in simple_commands(command):
        words = _proper(simple.words)
        name = _name(words)
        if name in SHELLS and depth < 2:
            script = next(
                (words[place + 1] for place, word in enumerate(words[:-1]) if re.match(r"^-\w*c$", word)), None
            )
            if script is not None:
                inner = _parts(script, depth + 1)
                found += [*inner[:-1], *(Simple(last.words, simple.then) for last in inner[-1:])]
                continue
            words = words[1:] if len(words) > 1 and not words[1].startswith("-") else words
        found.append(Simple(tuple(words), simple.then))
    return tuple(found)


def _name(words: _Words) -> str:
    return words[0].replace("\\", "/").rsplit("/", 1)[-1].removesuffix(".exe").removesuffix(".cmd") if words else ""


def _proper(words: _Words) -> list[str]:
    """The words from the command itself on: without assignments, `sudo`, `uv run`, `docker compose exec web` ..."""
    left = list(words)
    for _ in range(12):
        while left and _ASSIGNMENT.match(left[0]):
            left = left[1:]
        name = _name(left)
        rest = left[1:]
        if name in SKIPPING and rest:
            rest = _without_options(rest)
            left = rest[SKIPPING[name] :] if SKIPPING[name] else rest
        elif name in RUNS and "run" in rest[:3]:
            left = _without_options(rest[rest.index("run") + 1 :])
            if name in ("hatch", "pdm", "pixi", "rye") and left and _TEST_TARGET.search(left[0].split(":")[-1]):
                left = ["npm", "run", "test"]  # a script of the project's own
            elif name == "hatch" and left and ":" in left[0]:
                left[0] = left[0].split(":")[-1]
        elif name in PACKAGE and rest and rest[0] in ("exec", "dlx", "x"):
            left = [word for word in rest[1:] if word != "--"]
        elif name == "bundle" and rest[:1] == ["exec"]:
            left = rest[1:]
        elif name in ("docker", "docker-compose", "podman") and (inner := _in_container(rest)) is not None:
            left = inner
        elif name == "coverage" and rest[:1] == ["run"]:
            left = ["python", *_without_options(rest[1:], ("-m",))]
        elif _PYTHON.match(name) and rest[:2] == ["-m", "coverage"] and rest[2:3] == ["run"]:
            left = ["python", *_without_options(rest[3:], ("-m",))]
        elif name in ("turbo", "lerna") and rest[:1] == ["run"]:
            left = ["npm", "run", *rest[1:]]
        else:
            return left
    return left


def _without_options(words: _Words, but: tuple[str, ...] = ()) -> list[str]:
    """The words from the first that is neither an option nor an option's value."""
    place = 0
    while place < len(words) and (words[place].startswith("-") or _ASSIGNMENT.match(words[place])):
        if words[place] in but:
            break
        if words[place] == "--":
            place += 1
            break
        place += 2 if words[place] in ONE_WORD_OPTIONS and "=" not in words[place] else 1
    return list(words[place:])


def _in_container(rest: _Words) -> list[str] | None:
    """The command that runs inside a container, None when the words start none."""
    words = list(rest)
    words = _without_options(words[1:]) if words[:1] == ["compose"] else _without_options(words)
    if words[:1] not in (["exec"], ["run"]):
        return None
    return _without_options(words[1:])[1:]


def _targets(words: _Words) -> list[str]:
    return [word for word in words if not word.startswith("-") and not _ASSIGNMENT.match(word)]


def _script(words: _Words) -> str:
    """The script that a package manager is asked to run, "" when it is asked for something else."""
    rest = _without_options(words[1:])
    if rest[:1] and rest[0] in ("run", "run-script"):
        rest = _without_options(rest[1:])
        return rest[0] if rest else ""
    if rest[:1] and rest[0] in ("test", "t", "tst"):
        return "test"
    return rest[0] if rest and _name(words) in ("yarn", "pnpm", "bun") else ""


def _is_test(words: _Words) -> bool:
    name, rest = _name(words), list(words[1:])
    if not name or IDLE.intersection(rest) or (name == "tox" and "-l" in rest):
        return False
    if name in TESTERS:
        return not (name == "tox" and rest[:1] == ["devenv"])
    if _PYTHON.match(name):
        return _python_tests(rest)
    if name in ("node", "tsx", "ts-node", "bun", "deno", "ruby", "php", "perl", "lua", "Rscript") and _runs_file(rest):
        return True
    if name == "php" and rest[:2] == ["artisan", "test"]:
        return True
    if name in PACKAGE:
        return bool(_TEST_TARGET.search(_script(words))) and not _script(words).startswith("check")
    if name in SUB_TEST:
        chosen = _targets(rest)[:6] if name in ("sbt", "xcodebuild", "rake", "nx", "mill") else _targets(rest)[:1]
        if name == "zig" and rest[:2] == ["build", "test"]:
            return True
        if name == "go" and "-c" in rest:
            return False
        return any(target in SUB_TEST[name] or target.startswith(("test:", "spec:", "testOnly ")) for target in chosen)
    if name in ("mvn", "mvnw"):
        return any(
            re.match(r"^(?:test|verify|integration-test|install|package|.*surefire:test)$", goal) for goal in rest
        )
    if name in ("gradle", "gradlew"):
        left = [
            word for place, word in enumerate(rest) if place == 0 or rest[place - 1] not in ("-x", "--exclude-task")
        ]
        return any(re.search(r"(?:^|:)(?:test|check|[a-z]\w*Test)$", task) for task in left if task not in ("-x",))
    if name in MAKE:
        return any(_TEST_TARGET.search(target) for target in _targets(rest))
    return ("/" in words[0].replace("\\", "/") and bool(_TEST_SCRIPT.match(name))) or bool(_own_script(words[0], name))


def _own_script(written: str, name: str) -> bool:
    """A script of the repository that says by its name that it tests; a bare `test` is the shell's own command."""
    return (
        name != "test"
        and bool(re.match(r"^run[-_]?tests?(?:\.(?:sh|py))?$|^tests?\.(?:sh|bat|ps1|cmd)$", name))
        and bool(written)
    )


def _python_tests(rest: _Words) -> bool:
    words = list(rest)
    while words and words[0].startswith("-") and words[0] != "-m":
        words = words[2:] if words[0] in ("-W", "-X") else words[1:]
        if words and rest[0] == "-c":
            return False
    if words[:1] == ["-m"] and len(words) > 1:
        module = words[1]
        return module in (
            "pytest",
            "unittest",
            "nose2",
            "nose",
            "doctest",
            "tox",
            "nox",
            "testtools.run",
            "pytest_watch",
        )
    if not words:
        return False
    script = words[0].replace("\\", "/").rsplit("/", 1)[-1]
    if script in ("manage.py", "setup.py"):
        return "test" in words[1:3]
    return bool(_TEST_FILE.search(words[0][:300].replace("\\", "/")))


def _runs_file(rest: _Words) -> bool:
    if "--test" in rest:
        return True
    plain = [word for word in rest if not word.startswith("-")]
    return bool(plain) and bool(_TEST_FILE.search(plain[0][:300].replace("\\", "/")))


def _is_lint(words: _Words) -> bool:
    name, rest = _name(words), list(words[1:])
    if not name or {"--version", "--help", "-h"}.intersection(rest):
        return False
    if name == "pre-commit":
        return rest[:1] == ["run"]
    if name in LINTERS or (name == "tsc" and "--noEmit" in rest):
        return True
    if _PYTHON.match(name) and rest[:1] == ["-m"] and len(rest) > 1:
        return rest[1] in LINTERS or rest[1] in ("py_compile", "compileall")
    return _by_target(name, words, SUB_LINT, _LINT_TARGET.search)


def _is_build(words: _Words) -> bool:
    name, rest = _name(words), list(words[1:])
    if not name or {"--version", "--help", "-h"}.intersection(rest):
        return False
    if name in BUILDERS:
        return not (name == "tsc" and "--noEmit" in rest)
    if _PYTHON.match(name):
        return rest[:2] == ["-m", "build"] or (rest[:1] == ["setup.py"] and "build" in rest)
    if name in ("docker", "podman") and rest[:1] == ["compose"]:
        return "build" in rest[1:4]
    if name == "cmake":
        return "--build" in rest
    if name in ("mvn", "mvnw"):
        return bool({"compile", "package", "install", "verify"}.intersection(rest))
    if name in ("gradle", "gradlew"):
        return any(re.search(r"(?:^|:)(?:build|assemble\w*|compile\w*|bundle\w*)$", task) for task in rest)
    if name in ("make", "gmake") and not _targets(rest):
        return True
    return _by_target(name, words, SUB_BUILD, _BUILD_TARGET.search)


def _by_target(
    name: str, words: _Words, table: dict[str, frozenset[str]], target: Callable[[str], re.Match[str] | None]
) -> bool:
    rest = list(words[1:])
    if name in table and _targets(rest)[:1] and _targets(rest)[0] in table[name]:
        return True
    if name in PACKAGE:
        return bool(target(_script(words)))
    return name in MAKE and any(target(one) for one in _targets(rest))
