"""Fetching: what is let in, what is refused, whose fault it is, and that nothing of a submission acts on the host."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from repositories import Change, Link, Submodule, add_commits, commit_tree, make_bomb, make_repository, run

from sandbox.address import parse_address
from sandbox.engine import SandboxError
from sandbox.fetch import FetchLimits, SubmissionRefused, fetch
from sandbox.submission import Submission

TOKEN = "s3cr3t-Nonce-Token"


@pytest.fixture
def into(tmp_path: Path) -> Path:
    folder = tmp_path / "into"
    folder.mkdir(mode=0o700)
    return folder


def get(repository: Path | str, into: Path, ref: str | None = None, **limits: float) -> Submission:
    return fetch(str(repository), ref=ref, into=into, limits=FetchLimits(**limits))  # type: ignore[arg-type]


def refusal(repository: Path | str, into: Path, ref: str | None = None, **limits: float) -> str:
    with pytest.raises(SubmissionRefused) as caught:
        get(repository, into, ref, **limits)
    message = str(caught.value)
    assert message
    assert "\n" not in message
    assert "Traceback" not in message
    return message


def notes(submission: Submission) -> set[tuple[str, str | None]]:
    return {(note.kind, note.path) for note in submission.notes}


def test_a_local_repository_is_fetched_with_its_history(tmp_path: Path, into: Path) -> None:
    """A work tree's last commit, its tree, files and history arrive; nothing else is left in the folder."""
    source = make_repository(tmp_path / "lead service", {"app.py": "a = 1\n"}, [Change({"b.py": "b = 2\n"}, "Add b")])
    submission = get(source, into)
    assert submission.commit == run(source, "rev-parse", "HEAD")
    assert submission.tree == run(source, "rev-parse", "HEAD^{tree}")
    assert [file.path for file in submission.files] == ["app.py", "b.py"]
    assert [commit.subject for commit in submission.commits()] == ["Start", "Add b"]
    assert submission.name == "lead-service"
    assert submission.ref is None
    assert [place.name for place in into.iterdir()] == ["submission.git"]
    assert submission.git == into / "submission.git"


@pytest.mark.parametrize("form", ["{0}", "file://{0}", "{0}/.git", "file://localhost{0}"])
def test_every_form_of_a_local_address_leads_to_the_repository(tmp_path: Path, into: Path, form: str) -> None:
    """A path, its .git folder and a file address are the same submission."""
    source = make_repository(tmp_path / "demo", {"a.py": "1\n"})
    submission = get(form.format(source), into)
    assert submission.commit == run(source, "rev-parse", "HEAD")
    assert submission.name == "demo"


def test_bare_and_linked_work_trees_are_repositories_too(tmp_path: Path, into: Path) -> None:
    """A bare repository, and a further work tree whose .git is a file, are fetched like any other."""
    bare = make_repository(tmp_path / "demo.git", {"a.py": "1\n"}, bare=True)
    assert get(bare, into).name == "demo"
    source = make_repository(tmp_path / "source", {"a.py": "1\n"})
    run(source, "worktree", "add", "--quiet", "-b", "other", str(tmp_path / "linked"))
    add_commits(source, [Change({"other.py": "2\n"})], branch="other", parent="main")
    second = tmp_path / "second"
    second.mkdir()
    assert [file.path for file in get(tmp_path / "linked", second).files] == ["a.py", "other.py"]


@pytest.mark.slow
def test_each_kind_of_ref_is_found(tmp_path: Path, into: Path) -> None:
    """Branch, tag, annotated tag, full and short commit, pull and merge request: each gives its own commit."""
    source = make_repository(tmp_path / "demo", {"a.py": "1\n"}, [Change({"a.py": "2\n"})])
    first = run(source, "rev-parse", "HEAD~1")
    run(source, "branch", "feature/import", first)
    run(source, "tag", "light", first)
    run(source, "-c", "user.name=a", "-c", "user.email=b", "tag", "-a", "-m", "x", "heavy", first)
    pull = add_commits(source, [Change({"pull.py": "3\n"})], branch="refs/pull/1/head", parent=first)
    merge = add_commits(source, [Change({"merge.py": "4\n"})], branch="refs/merge-requests/7/head", parent=first)
    wanted = {
        "feature/import": first,
        "light": first,
        "heavy": first,
        first: first,
        first[:9].upper(): first,
        "pull/1": pull,
        "pull/1/head": pull,
        "merge-requests/7": merge,
        "refs/heads/main": run(source, "rev-parse", "main"),
    }
    for number, (ref, commit) in enumerate(wanted.items()):
        place = into / str(number)
        place.mkdir()
        submission = get(f"file://{source}", place, ref)
        assert (ref, submission.commit) == (ref, commit)
        assert submission.ref == ref


@pytest.mark.parametrize("ref", ["nothing-there", "pull/99", "deadbeef", "0" * 40, "refs/heads/none"])
def test_an_unknown_ref_is_refused_by_its_name(tmp_path: Path, into: Path, ref: str) -> None:
    """A ref that the repository does not have is the address's fault, and the message names it."""
    source = make_repository(tmp_path / "demo", {"a.py": "1\n"})
    assert ref in refusal(source, into, ref)


@pytest.mark.parametrize(
    "ref", ["-x", "--upload-pack=touch marker", "a..b", "a b", "a\nb", "HEAD~1", "a:b", "x@{1}", "*", "", "+main", "a/"]
)
def test_what_is_no_name_of_a_ref_is_refused(tmp_path: Path, into: Path, ref: str) -> None:
    """Options, ranges, expressions and refspecs are not refs; git never sees them."""
    source = make_repository(tmp_path / "demo", {"a.py": "1\n"})
    refusal(source, into, ref)


@pytest.mark.parametrize(
    "address",
    [
        "ext::sh -c touch% {marker}",
        "--upload-pack=touch {marker}",
        "-oProxyCommand=touch {marker}",
        "ssh://-oProxyCommand=touch%20{marker}/x",
        "ssh://git@-oProxyCommand=x/repo",
        "-x@host:path",
        "git@host:-oProxyCommand=touch {marker}",
        "http://example.org/repo",
        "git://example.org/repo",
        "git+ssh://example.org/repo",
        "ftp://example.org/repo",
        "fd::17",
        "https://",
        "https://example.org",
        "https://exa mple.org/repo",
        "https://example.org:port/repo",
        "https://example.org/repo?private_token=x",
        "file://otherhost/repo",
        "https://example.org/a\nb",
        "",
        "   ",
        "nowhere/at/all",
    ],
)
def test_addresses_that_are_not_allowed_are_refused(tmp_path: Path, into: Path, address: str) -> None:
    """Transports that run programs, options in an address's clothes and schemes without protection are refused."""
    marker = tmp_path / "marker"
    refusal(address.format(marker=marker), into)
    assert not marker.exists()
    assert list(into.iterdir()) == []


def test_an_option_like_folder_is_fetched_when_it_is_written_as_a_path(
    tmp_path: Path, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder's name is data, whatever it looks like."""
    make_repository(tmp_path / "--upload-pack=touch marker $HOME", {"a.py": "1\n"})
    monkeypatch.chdir(tmp_path)
    assert get("./--upload-pack=touch marker $HOME", into).files[0].path == "a.py"


def test_missing_empty_and_plain_folders_are_refused_each_in_its_words(tmp_path: Path, into: Path) -> None:
    """No such path, a folder that is no repository, and a repository without commits are told apart."""
    assert "does not exist" in refusal(tmp_path / "nothing", into)
    (tmp_path / "plain").mkdir()
    assert "empty folder" in refusal(tmp_path / "plain", into)
    (tmp_path / "plain" / "file").write_text("x")
    assert "not a git repository" in refusal(tmp_path / "plain", into)
    assert "neither a folder nor" in refusal(tmp_path / "plain" / "file", into)
    empty = make_repository(tmp_path / "empty")
    assert "has no commits" in refusal(empty, into)
    hollow = make_repository(tmp_path / "hollow")
    commit_tree(hollow, run(hollow, "mktree", feed=b""))
    second = tmp_path / "second"
    second.mkdir()
    assert "holds no files" in refusal(hollow, second)


def test_the_one_branch_serves_when_head_names_none(tmp_path: Path, into: Path) -> None:
    """HEAD says master and the work is on main: there is only one thing that can be meant. With two, it is asked."""
    source = make_repository(tmp_path / "demo", {"a.py": "1\n"})
    run(source, "symbolic-ref", "HEAD", "refs/heads/master")
    assert get(source, into).files[0].path == "a.py"
    run(source, "branch", "second", "main")
    other = tmp_path / "other"
    other.mkdir()
    assert "main, second" in refusal(source, other)


def test_nothing_in_a_repositorys_own_configuration_runs(tmp_path: Path, into: Path) -> None:
    """Hooks, filters, monitors, pagers, helpers and promisors of the given repository leave no marker."""
    marker = tmp_path / "marker"
    script = tmp_path / "evil.sh"
    script.write_text(f"#!/bin/sh\necho ran >> {marker}\ncat\n")
    script.chmod(0o755)
    source = make_repository(
        tmp_path / "demo", {"a.py": "1\n", ".gitattributes": "* filter=evil diff=evil merge=evil\n"}
    )
    settings = {
        "core.fsmonitor": script,
        "core.pager": script,
        "core.sshCommand": script,
        "core.gitProxy": script,
        "core.hooksPath": tmp_path / "hooks",
        "filter.evil.clean": script,
        "filter.evil.smudge": script,
        "filter.evil.process": script,
        "diff.evil.textconv": script,
        "diff.evil.command": script,
        "diff.external": script,
        "credential.helper": script,
        "uploadpack.packObjectsHook": script,
        "remote.origin.url": "ext::" + str(script),
        "remote.origin.uploadpack": script,
        "remote.origin.promisor": "true",
        "extensions.partialClone": "origin",
        "gpg.program": script,
        "log.showSignature": "true",
        "alias.ls-remote": f"!{script}",
    }
    for key, value in settings.items():
        run(source, "config", key, str(value))
    (tmp_path / "hooks").mkdir()
    for name in ("post-checkout", "pre-receive", "reference-transaction", "post-index-change", "fsmonitor-watchman"):
        for place in (tmp_path / "hooks", source / ".git" / "hooks"):
            place.mkdir(exist_ok=True)
            (place / name).write_text(script.read_text())
            (place / name).chmod(0o755)
    submission = get(source, into)
    submission.commits()
    submission.read("a.py")
    submission.added_lines({})
    submission.pack(tmp_path / "pack.tar")
    assert not marker.exists()
    assert "evil" not in (submission.git / "config").read_text()
    assert not (submission.git / "hooks").exists()


def test_git_sees_nothing_of_the_users_git_variables(
    tmp_path: Path, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GIT_DIR, a global configuration, traces and object folders of the user's change nothing."""
    source = make_repository(tmp_path / "demo", {"a.py": "1\n"})
    trace = tmp_path / "trace"
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / ".gitconfig").write_text("[core]\n\tbare = notabool\n[broken\n")
    for name, value in {
        "GIT_DIR": "/nonexistent",
        "GIT_OBJECT_DIRECTORY": "/nonexistent",
        "GIT_CONFIG_PARAMETERS": "'broken",
        "GIT_CONFIG_COUNT": "many",
        "GIT_TRACE": str(trace),
        "GIT_CEILING_DIRECTORIES": "/",
        "GIT_EXEC_PATH": "/nonexistent",
        "HOME": str(tmp_path / "home"),
    }.items():
        monkeypatch.setenv(name, value)
    assert get(source, into).files[0].path == "a.py"
    assert not trace.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give a repository to somebody else")
def test_a_repository_of_another_user_is_fetched(tmp_path: Path, into: Path) -> None:
    """Git refuses to work in somebody else's repository; we never do, so it is no trouble."""
    source = make_repository(tmp_path / "demo", {"a.py": "1\n"})
    subprocess.run(["chown", "-R", "12345:12345", str(source)], check=True)
    assert get(source, into).files[0].path == "a.py"


def test_a_shallow_clone_is_fetched_and_said_to_be_one(tmp_path: Path, into: Path) -> None:
    """A shallow source gives what it has, and a note says that the history was cut."""
    source = make_repository(tmp_path / "demo", {"a.py": "1\n"}, [Change({"a.py": "2\n"}), Change({"a.py": "3\n"})])
    run(tmp_path, "clone", "--quiet", "--depth=2", f"file://{source}", "shallow")
    submission = get(tmp_path / "shallow", into)
    assert len(submission.commits()) == 2
    assert ("history", None) in notes(submission)


def test_a_submodule_stays_out_and_is_noted(tmp_path: Path, into: Path) -> None:
    """A submodule is neither fetched nor listed among the files; the reader is told."""
    source = make_repository(
        tmp_path / "demo",
        {"a.py": "1\n", "lib": Submodule(), ".gitmodules": '[submodule "lib"]\n\tpath = lib\n\turl = file:///etc\n'},
    )
    submission = get(source, into)
    assert [file.path for file in submission.files] == [".gitmodules", "a.py"]
    assert ("submodule", "lib") in notes(submission)


def test_a_hostile_submodule_address_is_refused(tmp_path: Path, into: Path) -> None:
    """git's own check of what it receives is on."""
    source = make_repository(
        tmp_path / "demo",
        {"a.py": "1\n", "x": Submodule(), ".gitmodules": '[submodule "x"]\n\tpath = x\n\turl = --upload-pack=x\n'},
    )
    assert "git refuses it" in refusal(source, into)


def test_a_tree_with_a_forbidden_name_is_refused(tmp_path: Path, into: Path) -> None:
    """A tree that holds a .git, which would become a repository's configuration when checked out, doesn't get in."""
    source = make_repository(tmp_path / "demo", {"a.py": "1\n"})
    blob = run(source, "hash-object", "-w", "--stdin", feed=b"[core]\n")
    inner = run(source, "hash-object", "-t", "tree", "-w", "--stdin", feed=b"100644 config\0" + bytes.fromhex(blob))
    outer = b"40000 .GIT\0" + bytes.fromhex(inner)
    commit_tree(source, run(source, "hash-object", "-t", "tree", "-w", "--stdin", "--literally", feed=outer))
    assert "git refuses it" in refusal(source, into)


def test_a_git_bomb_is_refused_before_it_unfolds(tmp_path: Path, into: Path) -> None:
    """Twelve objects that stand for ten thousand million files: 'too many', at once and in little memory."""
    source = make_bomb(tmp_path / "bomb")
    started = time.monotonic()
    assert "more than 20000 files" in refusal(source, into)
    assert time.monotonic() - started < 3


def test_a_file_over_the_limit_is_refused_by_name_and_not_even_copied(tmp_path: Path, into: Path) -> None:
    """The message names the file; its content never reaches our folder."""
    content = os.urandom(3 * 1024 * 1024)
    source = make_repository(tmp_path / "demo", {"a.py": "1\n", "data/huge.bin": content})
    assert "data/huge.bin is larger than 2 MiB" in refusal(source, into, file_mib=2)
    assert sum(file.stat().st_size for file in into.rglob("*") if file.is_file()) < 100_000


def test_a_large_file_of_the_past_costs_only_the_counts(tmp_path: Path, into: Path) -> None:
    """A file over the limit that is gone at the commit is no reason to refuse: its history has no line counts."""
    content = os.urandom(2 * 1024 * 1024)
    source = make_repository(
        tmp_path / "demo", {"a.py": "1\n", "huge.bin": content}, [Change({"huge.bin": None, "a.py": "2\n"}, "Tidy")]
    )
    submission = get(source, into, file_mib=1)
    first, second = submission.commits()
    assert {change.path for change in first.changes} == {"a.py", "huge.bin"}
    assert {change.path for change in second.changes} == {"a.py", "huge.bin"}
    assert second.subject == "Tidy"


@pytest.mark.slow
def test_a_tree_over_the_limit_and_a_history_over_the_limit_are_refused(tmp_path: Path, into: Path) -> None:
    """All files together, and all that is downloaded, have limits of their own."""
    files: dict[str | bytes, str | bytes] = {f"{number}.bin": os.urandom(700_000) for number in range(4)}
    source = make_repository(tmp_path / "demo", dict(files))
    assert "larger than 2 MiB together" in refusal(source, into, tree_mib=2)
    second = tmp_path / "second"
    second.mkdir()
    assert "larger than 1 MiB" in refusal(source, second, download_mib=1)


@contextmanager
def silent_server() -> Iterator[int]:
    """A server that takes every connection and never says a word; gives its port."""
    held: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            while True:
                try:
                    held.append(server.accept()[0])
                except OSError:
                    return

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()
            for connection in held:
                connection.close()


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["https", "ssh"])
def test_a_server_that_says_nothing_is_left_on_time_and_is_not_the_candidates_fault(into: Path, scheme: str) -> None:
    """The time limit holds, no process stays, and the fault is the network's: safe to run again."""
    with silent_server() as port:
        started = time.monotonic()
        with pytest.raises(SandboxError, match="did not answer in time"):
            get(f"{scheme}://{TOKEN}@127.0.0.1:{port}/owner/repo", into, seconds=1)
        assert time.monotonic() - started < 3
        listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
        assert f"127.0.0.1:{port}" not in listed


def test_an_unreachable_host_is_our_trouble(into: Path) -> None:
    """Connection refused says nothing about the submission."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(SandboxError, match="could not be reached"):
        get(f"https://127.0.0.1:{port}/owner/repo", into)


@pytest.mark.slow
def test_a_token_shows_nowhere(tmp_path: Path, into: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither in messages, nor in attributes, nor in what lies on the disk, nor on a command line."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    address = f"https://alice:{TOKEN}@127.0.0.1:{port}/owner/repo.git"
    with pytest.raises(SandboxError) as caught:
        get(address, into)
    assert TOKEN not in str(caught.value)
    assert TOKEN not in repr(parse_address(address))
    assert parse_address(address).shown == f"https://127.0.0.1:{port}/owner/repo.git"
    for file in into.rglob("*"):
        assert not file.is_file() or TOKEN.encode() not in file.read_bytes()
    with silent_server() as port:
        thread = threading.Thread(target=lambda: _ignore(f"https://{TOKEN}@127.0.0.1:{port}/owner/repo", tmp_path))
        thread.start()
        time.sleep(0.3)
        listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
        thread.join()
    assert f"127.0.0.1:{port}" in listed
    assert TOKEN not in listed
    for malformed in (f"https://a:{TOKEN}@host:port/x", f"https://a:{TOKEN}/x@host", f"http://{TOKEN}@host/x"):
        assert TOKEN not in refusal(malformed, into)


def _ignore(address: str, into: Path) -> None:
    with pytest.raises(SandboxError):
        get(address, into, seconds=0.8)


def test_the_token_of_the_environment_goes_to_its_host_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """HARNESS_GIT_TOKEN is for github.com, or for the host that HARNESS_GIT_TOKEN_HOST names; never for another."""
    monkeypatch.setenv("HARNESS_GIT_TOKEN", TOKEN)
    assert parse_address("https://github.com/a/b").authorization
    assert parse_address("https://evil.example/a/b").authorization is None
    assert parse_address("https://github.com.evil.example/a/b").authorization is None
    monkeypatch.setenv("HARNESS_GIT_TOKEN_HOST", "git.example.org")
    assert parse_address("https://git.example.org/a/b").authorization
    assert parse_address("https://github.com/a/b").authorization is None


@pytest.mark.parametrize(
    ("address", "shown", "name"),
    [
        (
            "https://github.com/alice/lead-service.git",
            "https://github.com/alice/lead-service.git",
            "alice-lead-service",
        ),
        ("git@github.com:alice/Lead_Service.git", "github.com:alice/Lead_Service.git", "alice-Lead_Service"),
        ("ssh://git:pw@host.example:2222/~alice/x", "ssh://host.example:2222/~alice/x", "alice-x"),
        ("https://host.example/../..", "https://host.example/../..", "submission"),
        ("https://host.example/a%2e%2e/%1b[31m", "https://host.example/a%2e%2e/%1b[31m", "a..-31m"),
    ],
)
def test_an_address_is_shown_without_its_user_and_named_safely(address: str, shown: str, name: str) -> None:
    """What people see has no user in it; the folder's name has nothing in it that a path would mind."""
    parsed = parse_address(address)
    assert (parsed.shown, parsed.name) == (shown, name)


def test_links_are_judged_by_where_they_lead(tmp_path: Path, into: Path) -> None:
    """Absolute links and those that climb out, also by way of another link, are noted; the others are not."""
    source = make_repository(
        tmp_path / "demo",
        {
            "a/b/file": "x",
            "passwd": Link("/etc/passwd"),
            "up": Link("../outside"),
            "a/b/here": Link("."),
            "sly": Link("a/b/here/../../.."),
            "loop": Link("loop"),
            "fine": Link("a/b/file"),
            "a/also": Link("../a/b/here/file"),
            "dangling": Link("not/there"),
            "long": Link("x/" * 3000),
        },
    )
    submission = get(source, into)
    assert {path for kind, path in notes(submission) if kind == "link"} == {"passwd", "up", "sly", "loop", "long"}
    assert submission.read("passwd") is None


def test_a_repository_without_read_permission_or_with_parts_missing_is_refused(tmp_path: Path, into: Path) -> None:
    """A damaged repository is refused in one line, wherever it is damaged."""
    for number, part in enumerate(("objects", "HEAD")):
        source = make_repository(tmp_path / f"demo{number}", {"a.py": "1\n"})
        subprocess.run(["rm", "-rf", str(source / ".git" / part)], check=True)
        assert "damaged" in refusal(source, into)
    source = make_repository(tmp_path / "torn", {"a.py": "1\n"})
    for pack in (source / ".git" / "objects").rglob("*"):
        if pack.is_file():
            pack.unlink()
    second = tmp_path / "second"
    second.mkdir()
    refusal(source, second)
