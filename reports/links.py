"""Links that we make ourselves, to places at the graded commit. Nothing that a candidate wrote becomes a link."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import quote, urlsplit

from reports.report import Report

FORGES = {"github.com": "blob", "gitlab.com": "-/blob", "codeberg.org": "src/commit"}
"""Hosts whose addresses of a file at a commit we know: what stands between the repository and the commit."""

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")


def anchor(identifier: str) -> str:
    """The id in the page of what has this id in the report: safe characters, the same in every report."""
    return "f-" + hashlib.sha256(identifier.encode("utf-8", "replace")).hexdigest()[:12]


def repository_url(report: Report) -> str | None:
    """The repository's page, when it lies on a host that we know; None otherwise."""
    try:
        parts = urlsplit(report.submission.repository)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    names = parts.path.removesuffix("/").removesuffix(".git").split("/")[1:]
    sound = len(names) == 2 and all(_NAME.fullmatch(name) and name not in {".", ".."} for name in names)
    if parts.scheme != "https" or host not in FORGES or port is not None or not sound:
        return None
    return f"https://{host}/{names[0]}/{names[1]}"


def place_url(report: Report, path: str | None, line: int | None = None) -> str | None:
    """A file (and line) at the graded commit; None when there is no such page that we know."""
    repository = repository_url(report)
    commit = report.submission.commit
    if not repository or not path or not re.fullmatch(r"[0-9a-f]{40,64}", commit):
        return None
    kind = FORGES[repository.split("/")[2]]
    fragment = f"#L{line}" if line and line > 0 else ""
    return f"{repository}/{kind}/{commit}/{quote(path, safe='/')}{fragment}"
