"""The first example of the brief, run as the hidden tests run your command: from outside, in an empty folder."""

import os
import shlex
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORDS = tomllib.loads((ROOT / "submission.toml").read_text())["run"]["start"].split()
START = " ".join(str(ROOT / word) if (ROOT / word).is_file() else word for word in WORDS)


def greet(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command with these arguments in `folder`."""
    paths = os.pathsep.join([str(ROOT), str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": paths}
    line = " ".join([START, *map(shlex.quote, arguments)])
    return subprocess.run(line, shell=True, cwd=folder, env=environment, capture_output=True, text=True, timeout=5)


def test_the_first_example(tmp_path: Path) -> None:
    done = greet(tmp_path, "Ada")
    assert (done.returncode, done.stdout.strip()) == (0, "Hello, Ada!"), done.stderr
