"""Fetching: from an address to a submission at one commit, in a bare repository of ours, with its history.

Whatever the source is, git fetches one ref from it into an empty repository: no clone, so nothing of the address is
written down; no work tree, so no hook, filter or link of the submission's ever acts on the host.
"""

from __future__ import annotations

import re
import shutil
import time
from dataclasses import dataclass, replace
from pathlib import Path

from sandbox.address import TOKEN_HOST_VARIABLE, TOKEN_VARIABLE, Address, parse_address
from sandbox.ai_notes import fetch_ai_notes
from sandbox.commit_stream import make_bare
from sandbox.engine import SandboxError
from sandbox.git import Ended, can_stay_partial, check_git, folder_size, run_git
from sandbox.mirror import find_repository, make_mirror
from sandbox.refusal import MIB, FetchLimits, Known, SubmissionRefused, printable
from sandbox.submission import Submission
from sandbox.tree import Note, Tree, notes_on, read_tree
from sandbox.upload import Upload, unpack

__all__ = ["FetchLimits", "SubmissionRefused", "fetch"]

KEPT_REF = "refs/harness/submission"
ALL_REFS = "refs/harness/all"
LOOK_SECONDS = 60.0
REMOTE = "source"
# A repository that may lack what a filter left out says so in its own configuration; ended by `make_bare`.
PARTIAL = f"""
[core]
\trepositoryformatversion = 1
[extensions]
\tpartialClone = {REMOTE}
[remote "{REMOTE}"]
\tpromisor = true
"""
# Highest place in git's attributes: what the submission's own .gitattributes say about files has no effect.
ATTRIBUTES = "* -export-ignore -export-subst -filter -text -ident -working-tree-encoding !diff !merge\n"
_REF = re.compile(r"(?!-)(?!.*(?:\.\.|//|@\{|/\.|\.lock(?:/|$)|[/.]$))[^\x00-\x20\x7f~^:?*\[\\]{1,250}")
_REQUEST = re.compile(r"(pull|merge-requests)/([0-9]{1,9})(?:/head)?")
_HEX = re.compile(r"[0-9a-fA-F]{7,40}")

# What git and the programs under it say (in English: LC_ALL=C), most telling first.
_OURS = (
    *("could not resolve host", "temporary failure in name resolution", "name or service not known"),
    *("failed to connect", "couldn't connect", "connection refused", "connection timed out", "connection reset"),
    *("network is unreachable", "no route to host", "operation timed out", "operation too slow", "timed out"),
    *("ssl", "tls", "certificate", "proxy", "host key verification failed", "early eof", "unexpected disconnect"),
    *("remote end hung up", "rpc failed", "connection closed", "error: 5", "error: 429", "no space left"),
    *("cannot run ssh", "ssh: not found", "ssh: no such file", "unable to find remote helper", "out of memory"),
)
_NOT_THERE = (
    *("repository not found", "not found", "does not exist", "could not read username", "could not read password"),
    *("authentication failed", "permission denied", "access denied", "error: 401", "error: 403", "error: 404"),
    *("does not appear to be a git repository", "not a git repository", "terminal prompts disabled", "access rights"),
    *("invalid credentials", "could not be found"),
)
_MOVED = re.compile(r"error: 30[12378]\b")
_DAMAGED = (
    *("fsck error", "index-pack", "missing", "bad object", "corrupt", "unable to read", "did not send all"),
    *("invalid", "malformed", "not our ref", "bad tree", "bad pack", "unpack", "inflate"),
)


@dataclass(frozen=True, slots=True)
class _Source:
    """What git is told to fetch from; `protocol` is the one transport that it may use for that."""

    location: str
    protocol: str
    address: Address
    deadline: float

    @property
    def configuration(self) -> dict[str, str]:
        if not self.address.authorization:
            return {}
        # For this host alone: a redirect or a second host never sees it.
        host = "/".join(self.location.split("/")[:3])
        return {f"http.{host}/.extraHeader": self.address.authorization}


def fetch(repository: str, *, ref: str | None = None, into: Path, limits: FetchLimits | None = None) -> Submission:
    """Fetch the submission at `repository`: https, ssh, file://, a local repository, a .zip or .tar.gz of one.

    `ref` is a branch, a tag, a commit (7 hex or more), `pull/N` or `merge-requests/N`; None is the default branch.
    `into` is an existing, empty, private folder; it must stay for as long as the submission is used, and is the
    caller's to remove, also after a refusal.
    Raises SubmissionRefused for what is wrong with the address or the submission, SandboxError for what is not.
    """
    limits = limits or FetchLimits()
    address = parse_address(repository)
    if ref is not None and not _REF.fullmatch(ref):
        raise SubmissionRefused(
            f"{printable(ref, 80)!r} can't be a ref. Give a branch, tag, commit, pull/N or merge-requests/N."
        )
    check_git()
    deadline = time.monotonic() + limits.seconds
    bare = into / "submission.git"
    try:
        source, upload = _open(address, into, limits, deadline, ref)
        make_bare(bare)
        try:
            commit, tree_id = _fetch_commit(source, bare, ref, limits)
            said = fetch_ai_notes(
                source.location, source.protocol, source.configuration, into / "notes.git", _left(source)
            )
        finally:
            for leftover in ("mirror", "upload"):
                shutil.rmtree(into / leftover, ignore_errors=True)
        (bare / "info" / "attributes").write_text(ATTRIBUTES)
        try:
            tree = _read_tree(bare, commit, limits, deadline, address.shown)
        except SubmissionRefused as refusal:
            refusal.about = Known(address.shown, address.name, commit, tree_id)
            raise
        notes = (*_source_notes(bare, upload), *notes_on(bare, tree))
    except OSError as reason:
        raise SandboxError(
            f"The submission could not be stored in the cache ({reason.strerror or type(reason).__name__})."
            " Free some space there, or set HARNESS_CACHE to a folder on another disk; then run this again."
        ) from None
    return Submission(
        repository=address.shown,
        name=address.name,
        commit=commit,
        tree=tree_id,
        ref=ref,
        git=bare,
        files=tree.files,
        notes=notes,
        listing=tree,
        said_by_tools=said,
    )


def _read_tree(bare: Path, commit: str, limits: FetchLimits, deadline: float, shown: str) -> Tree:
    tree = read_tree(bare, commit, limits, deadline)
    if not tree.files:
        raise SubmissionRefused(f"{shown} holds no files at {commit[:12]}. Push the work, or give another --ref.")
    return tree


def _open(
    address: Address, into: Path, limits: FetchLimits, deadline: float, ref: str | None
) -> tuple[_Source, Upload | None]:
    if address.kind in ("https", "ssh"):
        return _Source(address.location, address.kind, address, deadline), None
    upload = None
    if address.kind == "archive":
        upload = unpack(Path(address.location), into / "upload", limits, deadline)
        if ref is not None and not upload.has_history:
            raise SubmissionRefused(
                "The archive holds plain files without history, so there is no ref. Leave out --ref."
            )
    repository = find_repository(upload.repository if upload else Path(address.location))
    mirror = make_mirror(repository, into / "mirror")
    return _Source(str(mirror), "file", address, deadline), upload


def _fetch_commit(source: _Source, bare: Path, ref: str | None, limits: FetchLimits) -> tuple[str, str]:
    """Bring the commit that `ref` names into `bare`; give its id and its tree's."""
    name, source = _find(source, ref)
    if name is not None:
        _fetch_ref(source, bare, f"+{name}:{KEPT_REF}", limits)
        found = _resolve(bare, KEPT_REF)
    else:
        found = _fetch_by_id(source, bare, (ref or "").lower(), limits)
    # What a fetch with a filter wrote down would make git ask the source again for what was left out.
    make_bare(bare)
    if found is None:
        raise SubmissionRefused(
            f"{printable(ref or 'HEAD', 80)!r} names no commit of {source.address.shown}. Give one that is in it."
        )
    (bare / "HEAD").write_text(found[0] + "\n")
    return found


def _find(source: _Source, ref: str | None) -> tuple[str | None, _Source]:
    """The full name of the ref to fetch, None for what can only be a commit's id; and the source where it answers."""
    if ref is None:
        wanted = ["HEAD"]
    elif ref.startswith("refs/") or ref == "HEAD":
        wanted = [ref]
    else:
        wanted = [f"refs/heads/{ref}", f"refs/tags/{ref}"]
        if request := _REQUEST.fullmatch(ref):
            wanted.append(f"refs/{request[1]}/{request[2]}/head")
    refs, source = _list(source, wanted)
    for name in wanted:
        if name in refs:
            return name, source
    if ref is not None and _HEX.fullmatch(ref):
        return None, source
    branches, source = _list(source, ["refs/heads/*"])
    heads = sorted(name.removeprefix("refs/heads/") for name in branches if name.startswith("refs/heads/"))
    if not heads:
        raise SubmissionRefused(
            f"{source.address.shown} is empty: it has no commits. Push the work and run this again."
        )
    shown = ", ".join(printable(head, 40) for head in heads[:5]) + (", …" if len(heads) > 5 else "")
    if ref is None:
        if len(heads) == 1:  # HEAD names a branch that was never made (master, where main is)
            return f"refs/heads/{heads[0]}", source
        raise SubmissionRefused(f"{source.address.shown} has no default branch. Give one by --ref: {shown}.")
    raise SubmissionRefused(
        f"{source.address.shown} has no branch, tag or commit {printable(ref, 80)!r}. Its branches are: {shown}."
    )


def _list(source: _Source, patterns: list[str]) -> tuple[set[str], _Source]:
    """The names of the source's refs that match; and the source, its address mended where the host wants `.git`."""
    ended = run_git(
        ["ls-remote", "--quiet", "--", source.location, *patterns],
        seconds=min(LOOK_SECONDS, _left(source)),
        protocol=source.protocol,
        configuration=source.configuration,
    )
    if not ended.good:
        if _MOVED.search(ended.errors) and not source.location.endswith(".git"):
            location = source.location.rstrip("/") + ".git"
            return _list(_Source(location, source.protocol, source.address, source.deadline), patterns)
        raise _reason(ended, source)
    return {
        line.split("\t", 1)[1] for line in ended.output.decode("utf-8", "replace").splitlines() if "\t" in line
    }, source


def _fetch_ref(source: _Source, bare: Path, spec: str, limits: FetchLimits) -> None:
    ended = _fetch_spec(source, bare, [spec], limits)
    if not ended.good:
        raise _reason(ended, source, limits)


def _fetch_by_id(source: _Source, bare: Path, commit: str, limits: FetchLimits) -> tuple[str, str] | None:
    if len(commit) == 40:
        ended = _fetch_spec(source, bare, [f"+{commit}:{KEPT_REF}"], limits)
        if ended.good:
            return _resolve(bare, KEPT_REF)
        if ended.stopped or not re.search("not our ref|unadvertised object|couldn't find remote ref", ended.errors):
            raise _reason(ended, source, limits)
    everything = [f"+refs/heads/*:{ALL_REFS}/heads/*", f"+refs/tags/*:{ALL_REFS}/tags/*"]
    ended = _fetch_spec(source, bare, everything, limits)
    if not ended.good:
        raise _reason(ended, source, limits)
    return _resolve(bare, commit)


def _fetch_spec(source: _Source, bare: Path, specs: list[str], limits: FetchLimits) -> Ended:
    arguments = [
        "fetch",
        "--quiet",
        "--no-tags",
        "--no-recurse-submodules",
        "--no-write-fetch-head",
        "--update-shallow",
    ]
    if can_stay_partial():
        # A file over the limit is refused anyway: a server that can leaves it out, and the listing still names it.
        arguments.append(f"--filter=blob:limit={limits.file_mib * MIB + 1}")
        with (bare / "config").open("a") as config:
            config.write(PARTIAL)
    allowed = limits.download_mib * MIB
    ended = run_git(
        [*arguments, "--", REMOTE, *specs],
        git_dir=bare,
        seconds=_left(source),
        watched=(bare, allowed),
        file_bytes=allowed,
        protocol=source.protocol,
        configuration={**source.configuration, f"remote.{REMOTE}.url": source.location},
    )
    # A file that reached its limit ends the program that wrote it, and git doesn't tell of what it died.
    if ended.code and not ended.stopped and folder_size(bare) >= allowed * 0.99:
        return replace(ended, stopped="size")
    return ended


def _resolve(bare: Path, name: str) -> tuple[str, str] | None:
    arguments = ["rev-parse", "--verify", "--quiet", "--end-of-options"]
    found = [
        run_git([*arguments, f"{name}^{{{kind}}}"], git_dir=bare, seconds=20).output.decode("ascii", "replace").strip()
        for kind in ("commit", "tree")
    ]
    return (found[0], found[1]) if all(re.fullmatch("[0-9a-f]{40}", part) for part in found) else None


def _source_notes(bare: Path, upload: Upload | None) -> list[Note]:
    notes = []
    if upload and not upload.has_history:
        notes.append(Note("history", None, "The archive holds plain files: there is no history."))
    if upload and upload.has_history:
        notes.append(Note("archive", None, "Graded is the last commit in the archive, not the files beside it."))
    if (bare / "shallow").is_file():
        notes.append(Note("history", None, "The history was cut off before it came here (a shallow clone)."))
    return notes


def _left(source: _Source) -> float:
    return max(0.1, source.deadline - time.monotonic())


def _reason(ended: Ended, source: _Source, limits: FetchLimits | None = None) -> Exception:
    """Whose fault a failed fetch is, in one line. What git says is matched, then quoted without secrets."""
    shown = source.address.shown
    said = ended.errors
    for secret in source.address.secrets:
        said = said.replace(secret, "…")
    # The address may hold any word that the tables look for (a repository named tls-proxy).
    lowered = said.replace(source.location, "").replace(shown, "").lower()
    if ended.stopped == "deadline":
        return SandboxError(f"{shown} did not answer in time. Check the network and run this again.")
    if limits and ended.stopped == "size":
        return SubmissionRefused(
            f"{shown} is larger than {limits.download_mib} MiB. Take large files out of its history."
        )
    if ended.stopped == "output":
        return SubmissionRefused(f"{shown} has too many branches. Give one by --ref, or delete some.")
    quote = printable(_telling_line(said), 200)
    if _MOVED.search(lowered):
        return SubmissionRefused(f"{shown} has moved: its host answers with a redirect. Give the new address.")
    if "mismatched algorithms" in lowered:
        return SubmissionRefused(f"{shown} uses SHA-256 object names, which is not supported. Push it as a SHA-1 one.")
    if "host key verification failed" in lowered:
        return SandboxError(
            f"The ssh host of {shown} is not known here. Connect to it once by ssh, then run this again."
        )
    if "no space left" in lowered:
        return SandboxError(
            "The disk of the cache is full. Free some space there, or set HARNESS_CACHE to a folder on another disk;"
            " then run this again."
        )
    if source.protocol != "file" and any(words in lowered for words in _OURS):
        return SandboxError(f"{shown} could not be reached ({quote}). Check the network and run this again.")
    if source.protocol != "file" and any(words in lowered for words in _NOT_THERE):
        how = "your ssh key" if source.protocol == "ssh" else f"{TOKEN_VARIABLE} (with {TOKEN_HOST_VARIABLE}, its host)"
        return SubmissionRefused(
            f"{shown} does not exist, or access is denied. Check the address; access comes from {how}."
        )
    if any(words in lowered for words in _DAMAGED):
        return SubmissionRefused(
            f"{shown} is damaged or crafted: git refuses it ({quote}). Push it anew from a sound clone."
        )
    return SandboxError(f"git could not fetch {shown} ({quote}). Run this again; if it stays, try git fetch by hand.")


def _telling_line(errors: str) -> str:
    lines = [line.strip() for line in errors.splitlines() if line.strip() and not line.startswith("warning:")]
    telling = [line for line in lines if line.startswith(("fatal:", "error:", "remote: error:", "ssh:"))]
    return (telling or lines or ["git gave no reason"])[0]
