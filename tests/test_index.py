"""Which package index the user has: their settings are honoured, their secrets are not shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from package_index import serve_index

from sandbox import index

ASK_PIP = index.pip_default
SETTINGS = (
    *("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_CONFIG_FILE"),
    *("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_PROXY"),
    *("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"),
)


@pytest.fixture(autouse=True)
def _plain_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A user with an empty home and no settings."""
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(index, "_pip_settings", dict)
    monkeypatch.setattr(index, "pip_default", lambda: ("https://default.example/simple", "files.example"))
    index._user_index.cache_clear()
    yield
    index._user_index.cache_clear()


def test_pips_default_is_asked_of_pip(monkeypatch: pytest.MonkeyPatch) -> None:
    """With nothing configured it is what pip carries, with the host of its files; nothing is written down here."""
    found = index.user_index()
    assert found.urls == ("https://default.example/simple",)
    assert found.hosts == {"default.example:443", "files.example:443"}
    assert found.source == "pip's default"


def test_pip_says_what_its_default_is() -> None:
    """The pip of this machine, where there is one, answers with an https address and the host of its files."""
    answer = ASK_PIP()
    assert answer is None or (answer[0].startswith("https://") and "." in answer[1])


def test_the_users_index_comes_first_and_its_secret_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """UV_DEFAULT_INDEX wins over PIP_INDEX_URL; user name and password are in no text made of the index."""
    monkeypatch.setenv("PIP_INDEX_URL", "https://pip.example/simple")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://me:hunter2@index.example:8443/simple?token=x")
    monkeypatch.setattr(index, "_file_hosts", lambda *_, **__: {"cdn.example:443"})
    found = index.user_index()
    assert found.hosts == {"index.example:8443", "cdn.example:443"}
    assert found.shown == "https://index.example:8443/simple"
    assert "hunter2" not in repr(found) + found.shown


def test_folders_are_no_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """file:// addresses are left out: a container can't see them."""
    monkeypatch.setenv("UV_DEFAULT_INDEX", "file:///opt/simple")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "file:///opt/more https://extra.example/simple")
    monkeypatch.setattr(index, "_file_hosts", lambda *_, **__: set())
    assert index.user_index().urls == ("https://extra.example/simple", "https://default.example/simple")


def test_named_uv_indexes_and_uv_toml(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """uv's `name=address` and its own configuration file are understood."""
    (tmp_path / "config" / "uv").mkdir(parents=True)
    (tmp_path / "config" / "uv" / "uv.toml").write_text(
        '[[index]]\nurl = "https://team.example/simple"\ndefault = true\n'
    )
    monkeypatch.setenv("UV_INDEX", "mine=https://mine.example/simple")
    monkeypatch.setattr(index, "_file_hosts", lambda *_, **__: set())
    assert index.user_index().urls == ("https://mine.example/simple", "https://team.example/simple")


def test_the_index_says_where_its_files_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """For an index of one's own, the hosts of its files are read from one of its pages; more can be set by hand."""
    with serve_index() as served:
        served.add("pip", "1.0", {"pip.py": ""})
        monkeypatch.setenv("UV_DEFAULT_INDEX", f"http://127.0.0.1:{served.port}/simple/")
        monkeypatch.setenv("HARNESS_INDEX_HOSTS", "files.example, other.example:8080")
        found = index.user_index()
        assert index.problem_with(found) is None
    assert found.hosts == {f"127.0.0.1:{served.port}", "files.example:443", "other.example:8080"}
    assert "/simple/pip/" in served.asked


def test_an_index_that_fails_is_said_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """An index that answers with an error is a problem in words, not an exception."""
    with serve_index() as served:
        served.fault = "500"
        assert "500" in (index.problem_with(served.index) or "")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example/simple", "a.example:443"),
        ("http://A.example:81/x", "a.example:81"),
        ("file:///x", None),
        ("https://a.example:99999999/", None),
        ("https://[::1", None),
        ("", None),
    ],
)
def test_hosts_of_addresses(url: str, expected: str | None) -> None:
    """host_and_port takes http(s) addresses alone, and never raises."""
    assert index.host_and_port(url) == expected
