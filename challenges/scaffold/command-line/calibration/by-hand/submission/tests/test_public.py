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


def test_a_file_of_names(tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("Ada\nGrace\n")
    assert greet(tmp_path, "--from", "in.txt", "--to", "out.txt").returncode == 0
    assert (tmp_path / "out.txt").read_text() == "Hello, Ada!\nHello, Grace!\n"


def test_a_name_is_needed(tmp_path: Path) -> None:
    done = greet(tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "name" in done.stderr
