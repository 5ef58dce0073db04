"""Attacks on fetching: repositories, archives and addresses that mean harm; and the plain git that they beat."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path

from attack_corpus import Attack, Seen
from attack_ground import Ground, Way

from sandbox import FetchLimits, SandboxError, Submission, SubmissionRefused, fetch


def source(attack: Attack, ground: Ground) -> str:
    """What the attack's make.py makes: an address, or the path of a repository or archive.

    A host of the attack's is trusted by the certificate that it leaves as `host.pem`, as a real one is.
    """
    folder = ground.fresh("made")
    made = attack.maker.source(folder, ground.planted)
    if (certificate := folder / "host.pem").is_file():
        ground.monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        ground.monkeypatch.setenv("no_proxy", "127.0.0.1")
    return str(made)


def fetching(attack: Attack, ground: Ground) -> Seen:
    """Fetch it and read all of it; the outcome `fetch` is fetched, refused (its fault) or ours."""
    address = source(attack, ground)
    limits = FetchLimits(**attack.told.get("limits", {}))
    into = ground.fresh("into")
    into.chmod(0o700)
    try:
        submission = fetch(address, ref=attack.told.get("ref"), into=into, limits=limits)
    except SubmissionRefused as refusal:
        return Seen({"fetch": "refused"}, f"{refusal}\n{_on_disk(into)}")
    except SandboxError as trouble:
        return Seen({"fetch": "ours"}, f"{trouble}\n{_on_disk(into)}")
    return Seen({"fetch": "fetched"}, f"{read_all(submission, ground.folder)}\n{_on_disk(into)}")


def read_all(submission: Submission, folder: Path) -> str:
    """Everything that graders could read of a submission, as text."""
    told = [submission.repository, submission.name, *(str(note) for note in submission.notes)]
    told += [f"{file.path} {file.mode} {file.size}" for file in submission.files]
    told += [
        content.decode("utf-8", "replace")
        for content in submission.read_many([f.path for f in submission.files]).values()
    ]
    told += [str(commit) for commit in submission.commits()]
    submission.added_lines({})
    with tarfile.open(submission.pack(folder / "pack.tar")) as packed:
        told += [f"packed {member.name} {member.type!r} {member.linkname}" for member in packed]
    return "\n".join(told)


def _on_disk(folder: Path) -> str:
    """The small files that fetching left, as text: git's configuration among them."""
    found = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return "\n".join(path.read_text(errors="replace") for path in found if path.stat().st_size < 100_000)


def plain_git(*settings: str, attack: Attack, ground: Ground) -> Seen:
    """A clone as people make it, whose files are then read; with `settings` of git that defend nothing."""
    address, into = source(attack, ground), ground.folder / "clone"
    _git(ground, *settings, "clone", "--quiet", *([address, str(into)] if not address.startswith("-") else [address]))
    if not into.is_dir():
        return Seen({"fetch": "refused"}, "")
    told = []
    for place, _, names in os.walk(into):
        for name in names:
            path = Path(place, name)
            if ".git" not in path.parts and path.exists():
                told.append(path.read_text(errors="replace")[:100_000])
    return Seen({"fetch": "fetched"}, "\n".join(told))


def in_the_given_folder(attack: Attack, ground: Ground) -> Seen:
    """git, run inside the folder that was handed in: its configuration counts there."""
    folder = Path(source(attack, ground))
    if folder.is_file():
        shutil.unpack_archive(folder, ground.fresh("unpacked"))
        folder = next(path.parent for path in (ground.folder / "unpacked").rglob(".git"))
    told = []
    for command in ("status", "diff", "log -p", "ls-files -m", "checkout -f", "archive -o /dev/null HEAD"):
        told.append(_git(ground, "-C", str(folder), *command.split()))
    return Seen({"fetch": "fetched"}, "\n".join(told))


def _git(ground: Ground, *arguments: str) -> str:
    environment = {"PATH": os.environ["PATH"], "HOME": str(ground.folder), "GIT_TERMINAL_PROMPT": "0"}
    done = subprocess.run(
        ["git", *arguments],
        cwd=ground.folder,
        env=environment,
        capture_output=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )
    return (done.stdout + done.stderr).decode("utf-8", "replace")


def extracted(attack: Attack, ground: Ground) -> Seen:
    """An archive unpacked with the library's own call, its files then read."""
    archive, into = Path(source(attack, ground)), ground.fresh("extracted")
    try:
        if zipfile.is_zipfile(archive):
            _unzip(archive, into)
        else:
            with tarfile.open(archive) as members:
                members.extractall(into)  # without a filter, as it was usual
    except (OSError, tarfile.TarError) as reason:
        return Seen({"fetch": "refused"}, str(reason))
    told = [path.read_text(errors="replace")[:100_000] for path in into.rglob("*") if path.is_file()]
    return Seen({"fetch": "fetched"}, "\n".join(told))


def _unzip(archive: Path, into: Path) -> None:
    """As unpackers do that take a member's name for a path."""
    with zipfile.ZipFile(archive) as members:
        for name in members.namelist():
            target = Path(os.path.normpath(into / name))
            target.parent.mkdir(parents=True, exist_ok=True)
            with members.open(name) as content, target.open("wb") as file:
                shutil.copyfileobj(content, file)


def _plain(*settings: str) -> Way:
    return lambda attack, ground: plain_git(*settings, attack=attack, ground=ground)


WEAK: dict[str, Way] = {
    "plain clone": _plain(),
    "every transport": _plain("-c", "protocol.ext.allow=always"),
    "git in the given folder": in_the_given_folder,
    "extractall": extracted,
}
