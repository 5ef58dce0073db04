"""The imports between a submission's own modules: who leans on whom, and which modules go round in a circle."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from graders.survey import SurveyedFile


@dataclass(frozen=True, slots=True)
class Import:
    """One module (by path) imports another, at this line. `deferred`: only in a function or for type checkers."""

    source: str
    target: str
    line: int
    deferred: bool


@dataclass(frozen=True, slots=True)
class Imports:
    """`edges` between the submission's files; `cycles`: groups of paths that import one another as they load."""

    edges: tuple[Import, ...]
    cycles: tuple[tuple[str, ...], ...]

    def of(self, path: str) -> int:
        return len({edge.target for edge in self.edges if edge.source == path})

    def into(self, path: str) -> int:
        return len({edge.source for edge in self.edges if edge.target == path})


def imports_between(files: Sequence[SurveyedFile], paths: Sequence[str] = ()) -> Imports:
    """The imports that lead from one of these files to another; `paths`: all of the submission's, surveyed or not."""
    modules = _modules([file.path for file in files], paths)
    names = {path: name for name, path in sorted(modules.items(), key=lambda item: len(item[0]), reverse=False)}
    edges = []
    for file in files:
        for module, imported, level, line, deferred in file.imports:
            start = _absolute(module, level, names.get(file.path, ""), file.path)
            if start is None:
                continue
            for target in sorted(_targets(start, imported, modules)):
                if target != file.path:
                    edges.append(Import(file.path, target, line, deferred))
    loading = {
        file.path: sorted({e.target for e in edges if e.source == file.path and not e.deferred}) for file in files
    }
    return Imports(tuple(edges), _cycles(loading))


def _modules(paths: Iterable[str], others: Iterable[str]) -> dict[str, str]:
    """Dotted name to path; leading folders that are no package may be left out of a name (src/, backend/)."""
    packages = {path for path in (*paths, *others) if path.endswith("__init__.py")}
    modules: dict[str, str] = {}
    for path in sorted(paths):
        parts = path.removesuffix(".py").split("/")
        if parts[-1] == "__init__":
            parts = parts[:-1]
        for start in range(len(parts)):
            if start and "/".join(path.split("/")[:start]) + "/__init__.py" in packages:
                break
            modules.setdefault(".".join(parts[start:]), path)
    return modules


def _absolute(module: str, level: int, own: str, path: str) -> str | None:
    """The full dotted name behind an import; None when the dots lead out of the tree."""
    if not level:
        return module
    parts = own.split(".") if own else []
    keep = len(parts) - level + (1 if path.endswith("__init__.py") else 0)
    if keep < 0:
        return None
    return ".".join([*parts[:keep], *([module] if module else [])])


def _targets(start: str, imported: Sequence[str], modules: dict[str, str]) -> set[str]:
    """The files that an import loads: `from a import b` loads a/b.py where that is a module, else a."""
    found = {modules[f"{start}.{name}"] for name in imported if f"{start}.{name}" in modules}
    if not found or len(found) < len(imported):
        here = modules.get(start)
        if here:
            found.add(here)
    return found


def _cycles(graph: dict[str, list[str]]) -> tuple[tuple[str, ...], ...]:
    """The groups of nodes that reach one another (Tarjan's components of two or more), without recursion."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    on_stack: set[str] = set()
    stack: list[str] = []
    found: list[tuple[str, ...]] = []
    for root in graph:
        if root in index:
            continue
        work = [(root, 0)]
        while work:
            node, at = work.pop()
            if at == 0:
                index[node] = low[node] = len(index)
                stack.append(node)
                on_stack.add(node)
            following = graph.get(node, [])
            for position in range(at, len(following)):
                child = following[position]
                if child not in index:
                    work += [(node, position + 1), (child, 0)]
                    break
                if child in on_stack:
                    low[node] = min(low[node], index[child])
            else:
                if low[node] == index[node]:
                    group = []
                    while True:
                        member = stack.pop()
                        on_stack.discard(member)
                        group.append(member)
                        if member == node:
                            break
                    if len(group) > 1:
                        found.append(tuple(sorted(group)))
                if work:
                    parent = work[-1][0]
                    low[parent] = min(low[parent], low[node])
    return tuple(sorted(found))
