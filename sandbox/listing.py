"""Did the index give the bytes that it lists? Where it did not, a hash that does not fit is no fault of the lock's."""

from __future__ import annotations

import re

from sandbox.index import PAGE_BYTES, Index, project_page

_MISMATCH = re.compile(
    r"Hash mismatch for `([A-Za-z0-9][A-Za-z0-9._-]{0,200})==[^`\n]{1,100}`.{0,4000}?Computed:\s+sha256:([0-9a-f]{64})",
    re.DOTALL,
)
"""What uv 0.13 says: the project, what the lock expects, and what came."""
_LISTED = re.compile(r"sha256=([0-9a-f]{64})")


def gave_other_bytes(index: Index, told: str) -> str | None:
    """Return the project whose file is not one that the index lists, or None.

    `told` is what uv said of a hash that does not match. None also where the bytes are listed (the lock is wrong: it
    holds the hash of another file, or of one that was replaced) and where it can't be known, because the index lists
    no hashes or does not answer.
    """
    found = _MISMATCH.search(told)
    if found is None:
        return None
    project, came = found[1], found[2]
    listed: set[str] = set()
    for url in index.urls:
        try:
            _, page = project_page(url, project, proxy=index.proxy, certificates=index.certificates)
        except (OSError, ValueError):
            continue
        listed.update(_LISTED.findall(page))
        if len(page.encode()) >= PAGE_BYTES:  # it goes on where we stopped reading
            return None
    return project if listed and came not in listed else None
