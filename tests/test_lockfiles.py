"""Locks of five tools become the same pins, for the sandbox's Python on its machine, and nothing from elsewhere."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.dependencies import Dependencies, find
from sandbox.lockfiles import PARSERS

A, B, C = "a" * 64, "b" * 64, "c" * 64


def look(name: str, lock: str, project: str | None = None, machine: str = "x86_64") -> Dependencies:
    """Find the dependencies of a submission with this lock (and pyproject.toml)."""
    files = {name: lock.encode(), **({"pyproject.toml": project.encode()} if project is not None else {})}
    return find(files.keys(), files.get, registries=lambda: {"index.example"}, machine=machine)


def pins(found: Dependencies) -> list[str]:
    """The pins without their hashes, for locks of which nothing is refused."""
    assert not found.refusals
    assert found.complete
    return [line.partition(" --")[0] for line in found.requirements.splitlines()]


UV = f"""
version = 1
requires-python = ">=3.11"
resolution-markers = ["python_full_version >= '3.13'", "python_full_version < '3.13'"]

[[package]]
name = "candidate"
version = "0.1"
source = {{ virtual = "." }}
dependencies = [
    {{ name = "fastapi", extra = ["standard"] }},
    {{ name = "colorama", marker = "sys_platform == 'win32'" }},
    {{ name = "tomli", marker = "python_full_version < '3.12'" }},
    {{ name = "numpy", version = "1.26.0", marker = "python_full_version < '3.13'" }},
    {{ name = "numpy", version = "2.1.0", marker = "python_full_version >= '3.13'" }},
]
[package.optional-dependencies]
docs = [{{ name = "mkdocs" }}]
test = [{{ name = "pytest" }}]
[package.dev-dependencies]
dev = [{{ name = "ruff" }}]
release = [{{ name = "twine" }}]

[[package]]
name = "fastapi"
version = "0.110.0"
source = {{ registry = "https://index.example/simple" }}
sdist = {{ url = "https://files.example/f.tar.gz", hash = "sha256:{A}" }}
wheels = [{{ url = "https://files.example/f.whl", hash = "sha256:{B}" }}]
[package.optional-dependencies]
standard = [{{ name = "httptools" }}]
all = [{{ name = "orjson" }}]
""" + "".join(
    f"""
[[package]]
name = "{name}"
version = "{version}"
source = {{ registry = "https://index.example/simple" }}
wheels = [{{ url = "https://files.example/x.whl", hash = "sha256:{C}" }}]
"""
    for name, version in (
        ("colorama", "0.4.6"), ("tomli", "2.0.0"), ("numpy", "1.26.0"), ("numpy", "2.1.0"), ("mkdocs", "1.6"),
        ("pytest", "9.0.0"), ("ruff", "0.17.0"), ("twine", "6.0"), ("httptools", "0.6.0"), ("orjson", "3.0"),
    )
)  # fmt: skip


def test_uv_lock_is_walked_from_the_project() -> None:
    """Only what the project's own edges lead to here: asked-for extras, dev and test, the fork for this Python."""
    found = look("uv.lock", UV)
    assert pins(found) == ["fastapi==0.110.0", "httptools==0.6.0", "numpy==2.1.0", "pytest==9.0.0", "ruff==0.17.0"]
    assert f"fastapi==0.110.0 --hash=sha256:{A} --hash=sha256:{B}" in found.requirements.splitlines()
    assert found.requires_python == ">=3.11"


def test_uv_lock_for_an_older_python() -> None:
    """The Python that the lock asks for decides the markers."""
    found = look("uv.lock", UV.replace('">=3.11"', '"==3.11.*"'))
    assert found.profile == "python-3.11"
    assert {"numpy==1.26.0", "tomli==2.0.0"} <= set(pins(found))


@pytest.mark.parametrize(
    "source",
    [
        '{ git = "https://github.example/x/y?rev=1" }',
        '{ url = "https://evil.example/x.whl" }',
        '{ path = "/tmp/x.whl" }',
        '{ directory = "../x" }',
        '{ editable = "/x" }',
        '{ registry = "../wheels" }',
        "{ }",
    ],
)
def test_uv_lock_from_elsewhere_is_refused(source: str) -> None:
    """Git, addresses, paths and local indexes are refused with the line of the package."""
    lock = UV.replace('name = "ruff"\nversion = "0.17.0"\nsource = { registry = "https://index.example/simple" }',
                      f'name = "ruff"\nversion = "0.17.0"\nsource = {source}')  # fmt: skip
    found = look("uv.lock", lock)
    assert found.refusals[0].path == "uv.lock"
    assert found.refusals[0].text.startswith("ruff")
    assert found.refusals[0].line is not None
    assert found.requirements == ""


def test_another_index_is_only_good_with_hashes() -> None:
    """A lock made from a mirror is usable, since hashes say which files are meant; without hashes it is refused."""
    mirrored = UV.replace("https://index.example/simple", "https://mirror.example/simple")
    assert pins(look("uv.lock", mirrored))
    assert look("uv.lock", mirrored.replace("hash =", "other =")).refusals


def test_pylock() -> None:
    """PEP 751: markers, groups and extras as each package states them."""
    lock = f"""
    lock-version = "1.0"
    requires-python = ">=3.11"
    extras = ["test", "docs"]
    dependency-groups = ["dev"]
    default-groups = ["base"]
    created-by = "x"
    [[packages]]
    name = "fastapi"
    version = "0.110.0"
    index = "https://index.example/simple"
    wheels = [{{ url = "https://files.example/x.whl", hashes = {{ sha256 = "{A}", md5 = "x" }} }}]
    [[packages]]
    name = "colorama"
    version = "0.4.6"
    marker = "sys_platform == 'win32'"
    [[packages]]
    name = "pytest"
    version = "9.0.0"
    marker = "'dev' in dependency_groups"
    [[packages]]
    name = "mkdocs"
    version = "1.6"
    marker = "'docs' in extras"
    [[packages]]
    name = "candidate"
    directory = {{ path = ".", editable = true }}
    """
    found = look("pylock.toml", lock)
    assert pins(found) == ["fastapi==0.110.0", "pytest==9.0.0"]
    assert f"--hash=sha256:{A}" in found.requirements
    for elsewhere in ('vcs = { url = "x" }', 'archive = { url = "x" }', 'directory = { path = "../x" }',
                      'wheels = [{ path = "x.whl" }]'):  # fmt: skip
        assert look("pylock.toml", lock + f'\n[[packages]]\nname = "evil"\nversion = "1"\n{elsewhere}\n').refusals


def test_poetry_lock() -> None:
    """Poetry 2.1: groups and markers of each package; optional packages only for the test extra."""
    lock = f"""
    [[package]]
    name = "fastapi"
    version = "0.110.0"
    optional = false
    groups = ["main", "dev"]
    files = [{{ file = "x.whl", hash = "sha256:{A}" }}]
    [[package]]
    name = "Colorama"
    version = "0.4.6"
    optional = false
    groups = ["main"]
    markers = "sys_platform == 'win32'"
    [[package]]
    name = "tomli"
    version = "2.0.0"
    optional = false
    groups = ["main", "dev"]
    markers = {{ main = "python_version < '3.12'", dev = "python_version >= '3.12'" }}
    [[package]]
    name = "twine"
    version = "6.0"
    optional = false
    groups = ["release"]
    [[package]]
    name = "pytest"
    version = "9.0.0"
    optional = true
    groups = ["main"]
    [package.dependencies]
    pluggy = "*"
    [[package]]
    name = "pluggy"
    version = "1.0"
    optional = true
    groups = ["main"]
    [[package]]
    name = "mkdocs"
    version = "1.6"
    optional = true
    groups = ["main"]
    [extras]
    test = ["pytest (>=9)"]
    docs = ["mkdocs"]
    [metadata]
    lock-version = "2.1"
    python-versions = "^3.11"
    """
    found = look("poetry.lock", lock, '[tool.poetry]\nname = "x"\n')
    assert pins(found) == ["fastapi==0.110.0", "pluggy==1.0", "pytest==9.0.0", "tomli==2.0.0"]
    assert found.requires_python == "^3.11"
    for kind in ("git", "url", "file", "directory"):
        evil = f'[[package]]\nname = "evil"\nversion = "1"\n[package.source]\ntype = "{kind}"\nurl = "x"\n'
        assert look("poetry.lock", evil + lock.replace("    ", "")).refusals


def test_older_poetry_lock() -> None:
    """Before 2.1 markers stand on the edges alone: what only Windows leads to is left out."""
    lock = f"""
    [[package]]
    name = "click"
    version = "8.0"
    optional = false
    [package.dependencies]
    colorama = {{ version = "*", markers = "platform_system == 'Windows'" }}
    [[package]]
    name = "colorama"
    version = "0.4.6"
    optional = false
    [metadata]
    python-versions = ">=3.9"
    [metadata.files]
    click = [{{ file = "x.whl", hash = "sha256:{A}" }}]
    """
    found = look("poetry.lock", lock, '[tool.poetry.dependencies]\nclick = "*"\npython = ">=3.9"\n')
    assert pins(found) == ["click==8.0"]
    assert f"--hash=sha256:{A}" in found.requirements
    assert pins(look("poetry.lock", lock)) == ["click==8.0"]


def test_pdm_lock() -> None:
    """pdm: groups and markers; an entry a second time for its extras is one pin."""
    entry = f"""
    [[package]]
    name = "uvicorn"
    version = "0.30.0"
    groups = ["default"]
    files = [{{ file = "x.whl", hash = "sha256:{A}" }}]
    """
    lock = f"""
    [metadata]
    groups = ["default", "test", "release"]
    {entry}
    {entry}
    extras = ["standard"]
    [[package]]
    name = "colorama"
    version = "0.4.6"
    groups = ["default"]
    marker = "sys_platform == 'win32'"
    [[package]]
    name = "pytest"
    version = "9.0.0"
    groups = ["test"]
    [[package]]
    name = "twine"
    version = "6.0"
    groups = ["release"]
    """
    assert pins(look("pdm.lock", lock)) == ["pytest==9.0.0", "uvicorn==0.30.0"]
    assert look("pdm.lock", lock + '[[package]]\nname = "x"\nversion = "1"\ngroups = ["default"]\ngit = "u"\n').refusals


def test_pipfile_lock() -> None:
    """Pipenv: JSON, with the program's pins and those of development."""
    lock = {
        "_meta": {
            "requires": {"python_version": "3.11"},
            "sources": [{"name": "main", "url": "https://index.example/s"}],
        },
        "default": {
            "fastapi": {"version": "==0.110.0", "hashes": [f"sha256:{A}"], "index": "main"},
            "colorama": {"version": "==0.4.6", "markers": "sys_platform == 'win32'"},
        },
        "develop": {"pytest": {"version": "==9.0.0"}},
    }
    found = look("Pipfile.lock", json.dumps(lock))
    assert pins(found) == ["fastapi==0.110.0", "pytest==9.0.0"]
    assert found.profile == "python-3.11"
    for elsewhere in ({"git": "x", "ref": "y"}, {"file": "x"}, {"path": "../x"}, {"editable": True}):
        assert look("Pipfile.lock", json.dumps({**lock, "default": {"evil": elsewhere}})).refusals


def test_the_order_of_locks() -> None:
    """uv.lock goes before the others, and any lock before requirements and pyproject."""
    files = {"uv.lock": UV.encode(), "Pipfile.lock": b"{}", "requirements.txt": b"flask\n", "pyproject.toml": b""}
    assert find(files.keys(), files.get).source == "uv.lock"
    del files["uv.lock"]
    assert find(files.keys(), files.get).source == "Pipfile.lock"


@pytest.mark.parametrize("name", sorted(PARSERS))
@pytest.mark.parametrize(
    "entry",
    [
        ("--index-url https://evil.example", "1.0"),
        ("name\n-r /etc/passwd", "1.0"),
        ("name", "1.0\n-e ."),
        ("name", "1.0 --hash=x"),
        ("name", ""),
        ("", "1.0"),
        ("na/me", "1.0"),
    ],
)
def test_no_line_can_be_smuggled_in(name: str, entry: tuple[str, str]) -> None:
    """Names and versions that are none are refused: they would become lines and options of the requirements."""
    package, version = (json.dumps(part) for part in entry)
    registry = 'source = { registry = "https://index.example/s" }' if name == "uv.lock" else ""
    if name == "Pipfile.lock":
        lock = json.dumps({"default": {entry[0]: {"version": f"=={entry[1]}"}}})
    else:
        key = "packages" if name == "pylock.toml" else "package"
        lock = f"[[{key}]]\nname = {package}\nversion = {version}\n{registry}\n"
    if name == "uv.lock":
        lock += f'[[package]]\nname = "root"\nsource = {{ virtual = "." }}\ndependencies = [{{ name = {package} }}]\n'
    found = look(name, lock)
    assert found.refusals
    assert found.requirements == ""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["uv.lock", "pdm.lock", "Pipfile.lock"])
@pytest.mark.parametrize(
    "text",
    [
        "[" * 20_000,
        '{"a":' * 20_000,
        "a = " + "[" * 20_000,
        "a = " + "{a=" * 50_000,
        "a." * 100_000 + "b = 1",
        "x = {" + "a . " * 100_000 + "b = 1}",
        "['a'" + '."b"' * 100_000 + "]",
        ("a " * 50 + "\n") * 20_000,
        "a." * 20 + "-" * 2_000_000,
        '"' * 2_000_001,
        "a = " + "9" * 1_000_000,
        '[[package]]\nname = "x"\n' * 20_000,
        "\x00",
        "",
        "[]",
        'package = "x"',
        "package = [1, 2]",
        '{"default": [1], "develop": {"a": 1}, "_meta": 3}',
        '[[package]]\nname = "x"\nversion = "1"\nmarker = "' + "(" * 3_000 + '"\ngroups = [1]\ndependencies = [1]\n',
    ],
)
def test_hostile_locks_cost_little(name: str, text: str) -> None:
    """No lock within the size limit raises or takes more than seconds."""
    began = time.monotonic()
    look(name, text)
    assert time.monotonic() - began < 5


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(PARSERS)), st.binary(max_size=300))
def test_no_lock_raises(name: str, content: bytes) -> None:
    """Whatever bytes a lock has, the answer is a value."""
    find([name], lambda _: content)
