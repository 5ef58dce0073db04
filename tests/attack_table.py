"""The table of the attack corpus: every attack with its defence, its contrast and what came of it, for docs/attacks.md.

`bin/measure-attacks` runs the corpus first; this reads what each test wrote down. Without --write it is printed.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from attack_corpus import SURFACES, Attack, attacks

from harness import __version__

PAGE = Path(__file__).parent.parent / "docs" / "attacks.md"
BEGIN, END = "<!-- the table: made by bin/measure-attacks -->\n", "<!-- end of the table -->\n"
DECIDING = {"forged": "forged outcomes", "leak": "leaks of a planted secret", "marker": "markers on the host"}

Results = Mapping[tuple[str, bool], Mapping[str, Any]]
"""By id and whether the weak variant was tried: the last result."""


def read(lines: Iterable[str]) -> Results:
    """What the tests wrote down, a JSON line each."""
    return {(told["id"], told["weak"]): told for told in map(json.loads, lines)}


def table(results: Results, engine: str) -> str:
    """The whole passage, with its counts at the head and a table a surface."""
    tried = [attack for attack in attacks() if (attack.id, False) in results]
    contrasted = [attack for attack in attacks() if attack.contrast and (attack.id, True) in results]
    kinds = [str(told).partition(":")[0] for one in tried for told in results[one.id, False]["objections"]]
    bit = sum(_bit(attack, results) for attack in contrasted)
    made = f"Made on {datetime.now(UTC):%Y-%m-%d} by `bin/measure-attacks` with harness {__version__} on {engine}."
    counts = [f"| {title} | {kinds.count(kind)} of {len(tried)} |" for kind, title in DECIDING.items()]
    held = sum(not results[attack.id, False]["objections"] for attack in tried)
    parts = [
        made,
        "",
        "| | |",
        "|---|---:|",
        f"| attacks tried | {len(tried)} of {len(attacks())} |",
        f"| held | {held} of {len(tried)} |",
        *counts,
        f"| contrasts that succeed without the one defence | {bit} of {len(contrasted)} |",
        "",
    ]
    for letter, title in SURFACES.items():
        rows = [_row(attack, results) for attack in attacks() if attack.surface == letter]
        head = ["| id | tries | defence | contrast | result |", "|---|---|---|---|---|"]
        parts += [f"### {letter}: {title} ({len(rows)})", "", *head, *rows, ""]
    return "\n".join(parts)


def _bit(attack: Attack, results: Results) -> bool:
    assert attack.contrast is not None
    found = results[attack.id, True]["objections"]
    return any(told.startswith(f"{attack.contrast.succeeds}:") for told in found)


def _row(attack: Attack, results: Results) -> str:
    told = results.get((attack.id, False))
    if told is None:
        result = "not tried"
    elif told["objections"]:
        result = "**not held**: " + "; ".join(sorted({o.partition(":")[0] for o in told["objections"]}))
    else:
        result = "held"
    contrast = ""
    if attack.contrast:
        weak = results.get((attack.id, True))
        ended = (
            "not tried" if weak is None else attack.contrast.succeeds if _bit(attack, results) else "did not succeed"
        )
        contrast = f"{attack.contrast.without}: {ended}"
    ships = " ⁺" if attack.shipped else ""
    cells = (f"{attack.id}{ships}", attack.tries, attack.defence, contrast, result)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def engine_told() -> str:
    """Engine, runtime and kernel, as the engine names them."""
    form = "{{.ServerVersion}}|{{.KernelVersion}}|{{.CgroupVersion}}"
    done = subprocess.run(["docker", "info", "--format", form], capture_output=True, text=True, check=True)
    version, kernel, groups = done.stdout.strip().split("|")
    components = json.loads(
        subprocess.run(
            ["docker", "version", "--format", "{{json .Server.Components}}"], capture_output=True, text=True, check=True
        ).stdout
    )
    runtime = next((one["Version"] for one in components if one["Name"] == "runc"), "unknown")
    linux, python = kernel.partition("-")[0], platform.python_version()
    return f"Docker {version}, runc {runtime}, cgroup v{groups}, Linux {linux}, Python {python}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path, help="what the tests wrote down")
    parser.add_argument("--write", action="store_true", help=f"put it into {PAGE.name}")
    told = parser.parse_args()
    passage = table(read(told.results.read_text(encoding="utf-8").splitlines()), engine_told())
    if not told.write:
        sys.stdout.write(passage)
        return
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}{passage}{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
