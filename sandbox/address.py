"""The address of a submission: where it may be fetched from, and how it is called in what people see.

Only https, ssh, file://, a local folder and a local archive are let through; a transport such as `ext::` would run a
program of the address's choosing (SECURITY G01-G03). Secrets in an address leave it here and are never shown again.
"""

from __future__ import annotations

import base64
import os
import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal
from urllib.parse import SplitResult, unquote, urlsplit

from sandbox.refusal import SubmissionRefused, printable

ARCHIVES = (".zip", ".tar.gz", ".tgz")
SOURCES = "an https or ssh address, a path to a git repository, or a .zip or .tar.gz of one"
TOKEN_VARIABLE = "HARNESS_GIT_TOKEN"  # noqa: S105 - the name of a variable
TOKEN_HOST_VARIABLE = "HARNESS_GIT_TOKEN_HOST"  # noqa: S105 - the name of a variable
DEFAULT_TOKEN_HOST = "github.com"  # noqa: S105 - a host; a token goes to the one host that it is meant for

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_TRANSPORT = re.compile(r"[A-Za-z0-9+.-]*::")
_SCP = re.compile(r"(?:(?P<user>[^@/:]*)@)?(?P<host>[^@/:]+):(?P<path>.+)")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\]")
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Address:
    """`location` is what git is given (a URL without secrets, or an absolute path), `shown` what people see.

    `authorization` is the value of the header that a token in the address or the environment stands for;
    `secrets` are the texts to take out of everything that git says.
    """

    kind: Literal["https", "ssh", "folder", "archive"]
    location: str
    shown: str
    name: str
    authorization: str | None = field(default=None, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)


def parse_address(repository: str) -> Address:
    """Read the address that a user gave. Raises SubmissionRefused for one that isn't let through."""
    if not repository.strip():
        raise SubmissionRefused(f"The address of the submission is empty. Give {SOURCES}.")
    if repository.startswith("-"):
        raise SubmissionRefused(f"An address can't start with '-'. Give {SOURCES}; for a folder of that name, ./-name.")
    if _TRANSPORT.match(repository):
        raise SubmissionRefused(f"Addresses of the kind 'transport::…' are not allowed. Give {SOURCES}.")
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in repository):
        raise SubmissionRefused(f"The address holds a line break or another control character. Give {SOURCES}.")
    scheme = _SCHEME.match(repository)
    if scheme:
        return _url(repository, scheme.group(1).lower())
    if not os.path.lexists(repository) and (scp := _SCP.fullmatch(repository)):
        return _ssh(scp["user"], scp["host"], None, scp["path"], scp_like=True)
    return _local(Path(repository), repository)


def slug(text: str) -> str:
    """`text` as the name of a folder: letters, digits, `.`, `_` and `-`, at most 80, never hidden, never empty."""
    kept = re.sub(r"[^A-Za-z0-9._-]+", "-", text)[:400]
    return re.sub(r"-{2,}", "-", kept).strip("-._")[:80].rstrip("-._") or "submission"


def _url(repository: str, scheme: str) -> Address:
    if scheme not in ("https", "ssh", "file"):
        raise SubmissionRefused(
            f"Addresses that start with {printable(scheme, 20)}:// are not allowed. Give {SOURCES}."
        )
    # A malformed address is never repeated in the message: a piece of a token could be anywhere in it.
    malformed = SubmissionRefused(f"The {scheme} address is malformed. Write it as {scheme}://host/owner/repository.")
    if any(letter.isspace() or letter in "\\\"'`<>{}|^" for letter in repository) and scheme != "file":
        raise malformed
    try:
        parts = urlsplit(repository)
        port = parts.port
    except ValueError:
        raise malformed from None
    if scheme == "file":
        if parts.netloc not in ("", "localhost"):
            raise SubmissionRefused(
                "A file:// address with a host is not allowed. Write it as file:///path/to/repository."
            )
        path = unquote(repository.split("://", 1)[1].removeprefix(parts.netloc))
        if "\0" in path or "\n" in path:
            raise malformed
        return _local(Path(path), path)
    if parts.query or parts.fragment or len(parts.path.strip("/")) == 0:
        raise malformed
    if scheme == "ssh":
        return _ssh(unquote(parts.username or ""), _host(parts, malformed), port, parts.path, scp_like=False)
    return _https(parts, _host(parts, malformed), port)


def _host(parts: SplitResult, malformed: SubmissionRefused) -> str:
    name = parts.hostname or ""
    host = f"[{name}]" if ":" in name else name
    if not _HOST.fullmatch(host):
        raise malformed
    return host


def _https(parts: SplitResult, host: str, port: int | None) -> Address:
    shown = f"https://{host}{f':{port}' if port else ''}{parts.path}"
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    token = os.environ.get(TOKEN_VARIABLE, "").strip()
    token_host = os.environ.get(TOKEN_HOST_VARIABLE, "").strip() or DEFAULT_TOKEN_HOST
    if not (user or password) and token and host.lower() == token_host.lower():
        user, password = "x-access-token", token
    authorization = None
    secrets: list[str] = []
    if user or password:
        encoded = base64.b64encode(f"{user}:{password}".encode()).decode()
        authorization = f"Authorization: Basic {encoded}"
        # A user without a password is how some people write a token.
        secret = password or user
        secrets = [encoded, secret, parts.password or parts.username or secret]
    return Address("https", shown, shown, _name(parts.path), authorization, tuple(dict.fromkeys(secrets)))


def _ssh(user: str | None, host: str, port: int | None, path: str, *, scp_like: bool) -> Address:
    if not _HOST.fullmatch(host) or (user and not _USER.fullmatch(user)) or path.lstrip("/~").startswith("-"):
        raise SubmissionRefused("The ssh address is malformed. Write it as git@host:owner/repository.")
    login = f"{user}@" if user else ""
    if scp_like:
        return Address("ssh", f"{login}{host}:{path}", f"{host}:{path}", _name(path))
    where = f"{host}{f':{port}' if port else ''}{path}"
    return Address("ssh", f"ssh://{login}{where}", f"ssh://{where}", _name(path))


def _local(path: Path, given: str) -> Address:
    absolute = path.absolute()
    if not absolute.exists():
        raise SubmissionRefused(f"{printable(given)} does not exist. Check the path, or give {SOURCES}.")
    lower = absolute.name.lower()
    if absolute.is_dir():
        resolved = absolute.resolve()
        folder = resolved.parent if resolved.name == ".git" else resolved
        return Address("folder", str(absolute), printable(str(absolute), 400), _bare_name(folder.name))
    if absolute.is_file() and lower.endswith(ARCHIVES):
        return Address("archive", str(absolute), printable(str(absolute), 400), _bare_name(absolute.name))
    raise SubmissionRefused(f"{printable(given)} is neither a folder nor a .zip or .tar.gz. Give {SOURCES}.")


def _bare_name(name: str) -> str:
    for ending in (*ARCHIVES, ".git"):
        if name.lower().endswith(ending):
            name = name[: -len(ending)]
            break
    return slug(name)


def _name(path: str) -> str:
    """Owner and repository: a hundred candidates fork one starter, so the repository's name alone says little."""
    parts = [part for part in PurePosixPath(unquote(path)).parts if part not in ("/", "~", "..", ".")]
    return slug("-".join([*parts[-2:-1], _bare_name(parts[-1])]) if parts else "")
