"""One requirement: a name of the package index with versions and a marker, or refused with the reason."""

from __future__ import annotations

import re

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from sandbox.notebook import Line, Notebook, shown

LINE_CHARACTERS = 4_000
"""The longest requirement, without its hashes."""

RELEASE = "use a release of the package from the index"


def one_requirement(text: str, path: str, line: Line, notebook: Notebook) -> str | None:
    """Return one requirement in normal form, or None after refusing it."""
    try:
        if len(text) > LINE_CHARACTERS:
            raise InvalidRequirement("it is too long")  # noqa: TRY301
        requirement = Requirement(text.strip())
    except (InvalidRequirement, RecursionError, ValueError) as problem:
        reason, remedy = why_refused(text, str(problem).partition("\n")[0])
        notebook.refuse(path, line, text, reason, remedy)
        return None
    if requirement.url is not None:
        notebook.refuse(path, line, text, "a direct address instead of a package of the index", RELEASE)
        return None
    if canonicalize_name(requirement.name) == "pkg-resources" and str(requirement.specifier) == "==0.0.0":
        notebook.note("pkg-resources==0.0.0 is left out: it is an artefact of `pip freeze` on Debian, not a package")
        return None
    return str(requirement)


def why_refused(text: str, problem: str) -> tuple[str, str]:
    word = text.strip()
    if re.match(r"(git|hg|svn|bzr)\+", word):
        return "a version control address instead of a package of the index", RELEASE
    if "://" in word[:200]:
        return "a direct address instead of a package of the index", RELEASE
    if (
        word.startswith((".", "/", "~", "\\"))
        or "/" in word.partition(";")[0]
        or word.endswith((".whl", ".tar.gz", ".zip"))
    ):
        return (
            "a path instead of a package of the index",
            f"{RELEASE}, or keep the source in the repository and import it",
        )
    return f"not a requirement: {shown(problem)}", "mend the line"
