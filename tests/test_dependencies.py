"""Finding dependencies: pyproject and requirements files are read as data, and unsafe lines are refused by line."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.dependencies import Dependencies, find, plain_specifier

INDEX = {"index.example", "files.example"}


def look(files: dict[str, str | bytes]) -> Dependencies:
    """Find the dependencies of a submission with these files."""
    contents = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
    return find(contents.keys(), contents.get, registries=lambda: INDEX)


def lines(files: dict[str, str | bytes]) -> list[str]:
    """The requirement lines, for submissions of which nothing is refused."""
    found = look(files)
    assert not found.refusals
    return found.requirements.splitlines()


def test_nothing_to_install() -> None:
    """A submission without any of the files has no dependencies, and that is no fault."""
    found = look({"app.py": "print(1)"})
    assert (found.source, found.requirements, found.refusals) == ("", "", ())
    assert found.profile == "python-3.13"


def test_requirements_with_their_development_variants() -> None:
    """requirements.txt and its dev and test siblings are one list; comments and blank lines go."""
    assert lines(
        {
            "requirements.txt": "# main\nfastapi>=0.110 # web\n\nuvicorn[standard]==0.30.0\n",
            "requirements-dev.txt": "-r requirements.txt\npytest\n",
            "requirements/test.txt": "httpx ; python_version >= '3.9'\n",
            "docs/requirements.txt": "mkdocs\n",
        }
    ) == ["fastapi>=0.110", "uvicorn[standard]==0.30.0", "pytest", 'httpx; python_version >= "3.9"']


def test_hashes_and_continuations_are_kept() -> None:
    """What pip-compile writes passes: a pin over several lines with its hashes."""
    digest = "a" * 64
    text = f"fastapi==0.110.0 \\\n    --hash=sha256:{digest} \\\n    --hash=sha256:{'b' * 64}\n    # via x\n"
    assert lines({"requirements.txt": text}) == [f"fastapi==0.110.0 --hash=sha256:{digest} --hash=sha256:{'b' * 64}"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_files_as_windows_writes_them(encoding: str) -> None:
    """`pip freeze > requirements.txt` in PowerShell makes UTF-16; it is read all the same."""
    assert lines({"requirements.txt": "fastapi==0.110.0\r\nuvicorn==0.30.0\r\n".encode(encoding)}) == [
        "fastapi==0.110.0",
        "uvicorn==0.30.0",
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("git+https://github.example/x/y.git", "version control"),
        ("pkg @ git+ssh://git@host.example/x.git", "direct address"),
        ("pkg @ https://evil.example/pkg.whl", "direct address"),
        ("https://evil.example/pkg-1.0.tar.gz", "direct address"),
        ("pkg @ file:///home/me/pkg", "direct address"),
        ("./vendor/pkg-1.0-py3-none-any.whl", "a path"),
        ("../pkg", "a path"),
        ("/etc/passwd", "a path"),
        ("vendor/pkg", "a path"),
        ("-e ./vendor/pkg", "a path"),
        ("-e git+https://github.example/x/y.git#egg=y", "version control"),
        ("--editable=../x", "a path"),
        ("-i https://evil.example/simple", "another package index"),
        ("--index-url https://evil.example/simple", "another package index"),
        ("--extra-index-url=https://evil.example/simple", "another package index"),
        ("--index-url https://index.example.evil.example/simple", "another package index"),
        ("-f https://evil.example/", "elsewhere"),
        ("--find-links ./wheels", "elsewhere"),
        ("--no-index", "elsewhere"),
        ("--trusted-host evil.example", "certificates"),
        ("--no-binary :all:", "built from source"),
        ("-r ../../etc/passwd", "not in the repository"),
        ("-r /etc/passwd", "not in the repository"),
        ("-c https://evil.example/constraints.txt", "not in the repository"),
        ("pkg==${SECRET}", "environment variable"),
        ("--index-url https://${TOKEN}@index.example/simple", "environment variable"),
        ("--some-new-option", "not known"),
        ("-x", "not known"),
        ("fast api", "not a requirement"),
        ("pkg==1.0 --hash=md5:" + "a" * 32, "hash"),
    ],
)
def test_unsafe_lines_are_refused_with_their_line(line: str, reason: str) -> None:
    """What would reach past the package index, or read this machine, is refused; nothing else is installed then."""
    found = look({"requirements.txt": f"fastapi\n\n{line}\nuvicorn\n"})
    assert [(refusal.path, refusal.line) for refusal in found.refusals] == [("requirements.txt", 3)]
    assert reason in found.refusals[0].reason
    assert found.refusals[0].remedy
    assert found.requirements == ""


def test_a_password_in_a_refused_line_is_not_repeated() -> None:
    """Refusals end up in a report: they lose user names and passwords, and control characters."""
    found = look({"requirements.txt": "-i https://me:hunter2@evil.example/simple\x1b[31m\n"})
    assert "hunter2" not in found.refusals[0].text
    assert "\x1b" not in found.refusals[0].text


def test_the_teams_own_index_may_be_named() -> None:
    """A list made by pip-compile often begins with the index that is used anyway."""
    found = look({"requirements.txt": "--index-url https://index.example/simple\nfastapi\n"})
    assert found.requirements == "fastapi\n"
    assert found.notes


def test_includes_are_followed_once_and_constraints_kept_apart() -> None:
    """-r and -c inside the repository are read, circles end, and constraints stay constraints."""
    found = look(
        {
            "requirements.txt": "-r requirements/base.txt\n-c constraints.txt\nfastapi\n",
            "requirements/base.txt": "-r ../requirements.txt\npydantic\n",
            "constraints.txt": "pydantic<3\n",
        }
    )
    assert not found.refusals
    assert found.requirements.split() == ["pydantic", "fastapi"]
    assert found.constraints == "pydantic<3\n"


def test_the_project_itself_is_not_installed_but_its_dependencies_are() -> None:
    """`-e .` and `.[test]` stand for what pyproject states."""
    project = '[project]\nname = "x"\ndependencies = ["fastapi"]\noptional-dependencies.extra = ["rich"]\n'
    assert lines({"requirements.txt": "-e .[extra]\nuvicorn\n", "pyproject.toml": project}) == [
        "fastapi",
        "rich",
        "uvicorn",
    ]


def test_a_development_list_alone_adds_to_pyproject() -> None:
    """With requirements-dev.txt alone, the main dependencies are still pyproject's."""
    project = '[project]\nname = "x"\ndependencies = ["fastapi"]\n'
    assert lines({"requirements-dev.txt": "pytest\n", "pyproject.toml": project}) == ["fastapi", "pytest"]


def test_pyproject_with_groups_and_extras() -> None:
    """PEP 621 dependencies, PEP 735 groups dev and test, extras test and dev, and those that name each other."""
    project = """
    [project]
    name = "lead-app"
    requires-python = ">=3.10"
    dependencies = ["fastapi>=0.110"]
    [project.optional-dependencies]
    dev = ["lead_app[test]", "ruff"]
    test = ["pytest"]
    docs = ["mkdocs"]
    [dependency-groups]
    dev = ["mypy", {include-group = "lint"}]
    lint = ["codespell"]
    release = ["twine"]
    [tool.uv]
    dev-dependencies = ["coverage"]
    """
    assert set(lines({"pyproject.toml": project})) == {
        "fastapi>=0.110", "pytest", "ruff", "mypy", "codespell", "coverage",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("project", "reason"),
    [
        ('[tool.poetry]\nname = "x"\n[tool.poetry.dependencies]\nfastapi = "^0.110"\n', "Poetry"),
        ('[project]\nname = "x"\ndynamic = ["dependencies"]\n', "computed"),
        ('[project]\nname = "x"\ndependencies = ["a @ https://evil.example/a.whl"]\n', "direct address"),
        (
            '[project]\nname = "x"\ndependencies = ["a"]\n[tool.uv.sources]\na = { git = "https://e.example" }\n',
            "elsewhere",
        ),
        ('[project]\nname = "x"\n[dependency-groups]\ndev = [{include-group = "dev"}]\n', "can't be resolved"),
        ('[project]\nname = "x"\nrequires-python = "==3.12.*"\n', "no sandbox image"),
        ("[project\n", "not TOML"),
    ],
)
def test_pyprojects_that_are_refused(project: str, reason: str) -> None:
    """What pyproject says that can't be had without running code, or from elsewhere, is refused with a remedy."""
    found = look({"pyproject.toml": project})
    assert reason in found.refusals[0].reason
    assert found.refusals[0].remedy


@pytest.mark.parametrize("name", ["setup.py", "setup.cfg", "environment.yml"])
def test_what_only_its_own_tool_can_read_is_refused(name: str) -> None:
    """setup.py would have to be run: it is refused, and the way out is said."""
    found = look({name: "[options]\ninstall_requires =\n    fastapi\n"})
    assert found.refusals[0].path == name
    assert "requirements.txt" in found.refusals[0].remedy


def test_settings_of_other_tools_are_no_dependencies() -> None:
    """A setup.cfg that only holds a linter's or a tracer's settings asks for nothing to be installed."""
    assert not look({"setup.cfg": "[flake8]\nmax-line-length = 100\n[coverage:run]\nbranch = 1\n"}).refusals


def test_dependencies_in_another_folder_are_noted() -> None:
    """A list that is not at the root is not used, and that is said rather than passed over."""
    assert "backend/requirements.txt" in look({"backend/requirements.txt": "fastapi\n"}).notes[0]


@pytest.mark.parametrize(
    ("asked", "profile"),
    [
        (">=3.11", "python-3.13"),
        ("<3.13", "python-3.11"),
        ("~=3.11.0", "python-3.11"),
        ("^3.11", "python-3.13"),
        ("~3.11", "python-3.11"),
        ("3.11", "python-3.11"),
        ("*", "python-3.13"),
        (">=3.14", None),
        ("==3.12.*", None),
        ("nonsense", "python-3.13"),
    ],
)
def test_the_newest_python_that_satisfies(asked: str, profile: str | None) -> None:
    """requires-python picks the newest image that fits; where none does, that is a refusal, not a guess."""
    found = look({"pyproject.toml": f'[project]\nname = "x"\nrequires-python = "{asked}"\ndependencies = []\n'})
    assert found.profile == profile
    assert bool(found.refusals) == (profile is None)


def test_poetry_words_for_versions() -> None:
    """Carets and tildes become ranges."""
    assert plain_specifier("^3.11") == ">=3.11,<4"
    assert plain_specifier("~3.11") == ">=3.11,<3.12"
    assert plain_specifier(">=3.9,<3.13") == ">=3.9,<3.13"


def test_too_large_and_unreadable_files_are_refused() -> None:
    """A file over the limit, and one that is listed but can't be read, are refusals."""
    assert "larger" in look({"requirements.txt": b"#" * (4 * 1024 * 1024 + 1)}).refusals[0].reason
    assert "can't be read" in find(["requirements.txt"], lambda _: None, registries=lambda: INDEX).refusals[0].reason


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "a" * 4_000_000,
        "a\\\n" * 1_000_000,
        "-r x.txt\n" * 100_000,
        "a==1 " + "--hash=sha256:" + "a" * 64 + " --hash=x" * 100_000,
        "a; " + "(" * 100_000,
        "a[" + "b," * 500_000,
        "pkg @ " + "https://x@" * 100_000,
        " ".join(["a"] * 1_000_000),
        "${" * 1_000_000,
        "- " * 1_000_000,
    ],
)
def test_hostile_lists_cost_little(text: str) -> None:
    """No list within the size limit takes more than seconds or raises."""
    began = time.monotonic()
    look({"requirements.txt": text, "x.txt": "-r requirements.txt"})
    assert time.monotonic() - began < 3


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200))
def test_no_list_raises(text: str) -> None:
    """Whatever is in requirements.txt, every line that comes out names a package and holds no option but hashes."""
    found = look({"requirements.txt": text})
    for line in found.requirements.splitlines():
        assert not line.startswith(("-", ".", "/"))
        assert "://" not in line.partition(";")[0]
        assert all(option.startswith("hash=") for option in line.split(" --")[1:])


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_no_pyproject_raises(content: bytes) -> None:
    """Whatever bytes pyproject.toml has, the answer is a value."""
    look({"pyproject.toml": content})
    look({"pyproject.toml": b"[project]\ndependencies = [" + content + b"]"})
