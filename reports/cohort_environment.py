"""The templates' environment of the pages on a cohort: escaping on, nothing undefined, the report page's own style."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from reports import text
from reports.matrix import TIERS, WORDS, State


@cache
def cohort_environment() -> Environment:
    """The environment; `line` makes any text one safe line, `count` writes a number with its noun."""
    environment = Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(line=text.line)
    environment.globals.update(count=text.count, State=State, WORDS=WORDS, TIERS=TIERS)
    return environment
