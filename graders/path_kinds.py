"""What a file is for, by its path alone: code, tests, documents, data, or what a tool generates."""

from __future__ import annotations

from typing import Literal

Kind = Literal["code", "test", "document", "generated", "other"]

CODE = frozenset(
    {"py", "pyi", "js", "jsx", "ts", "tsx", "mjs", "cjs", "go", "rs", "rb", "java", "kt", "scala", "swift", "c", "h"}
    | {"cc", "cpp", "hpp", "cs", "php", "sh", "bash", "sql", "html", "css", "scss", "vue", "lua"}
)
_DOCUMENTS = frozenset({"md", "markdown", "rst", "txt", "adoc", "org"})
_GENERATED = frozenset(
    {"uv.lock", "poetry.lock", "pdm.lock", "pipfile.lock", "pylock.toml", "package-lock.json", "pnpm-lock.yaml"}
    | {"yarn.lock", "cargo.lock", "go.sum", "requirements.txt", "requirements.lock", "requirements-dev.txt"}
)
_GENERATED_FOLDERS = frozenset(
    {"node_modules", ".venv", "venv", "vendor", "dist", "__pycache__", "site-packages", ".mypy_cache", ".pytest_cache"}
    | {".ruff_cache", "htmlcov", ".tox", "generated", ".specstory"}
)
_TEST_FOLDERS = frozenset({"test", "tests", "spec", "specs", "__tests__", "e2e", "testing"})


def kind_of(path: str) -> Kind:
    """The kind of a path inside the submission."""
    parts = path.casefold().split("/")
    name = parts[-1]
    ending = name.rpartition(".")[2] if "." in name[1:] else ""
    if (
        name in _GENERATED
        or _GENERATED_FOLDERS.intersection(parts[:-1])
        or name.endswith((".min.js", ".min.css", ".lock"))
    ):
        return "generated"
    if ending in CODE:
        return "test" if _is_test(parts) else "code"
    if ending in _DOCUMENTS or name in ("readme", "license", "changelog", "notes"):
        return "document"
    if _TEST_FOLDERS.intersection(parts[:-1]):
        return "test"
    return "other"


def _is_test(parts: list[str]) -> bool:
    name = parts[-1]
    stem = name.rpartition(".")[0]
    return (
        bool(_TEST_FOLDERS.intersection(parts[:-1]))
        or name == "conftest.py"
        or stem.startswith(("test_", "tests_"))
        or stem.endswith(("_test", "_tests", ".test", ".spec"))
        or stem in ("test", "tests")
    )
