"""The command line as people and CI jobs meet it: one clear line, the right exit code, never a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.cli import main

ROOT = Path(__file__).parent.parent


def harness(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a process of its own, without an engine unless the environment names one."""
    return subprocess.run(
        [sys.executable, "-m", "harness", *arguments],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "PYTHONPATH": str(ROOT),
            "HARNESS_CACHE": str(folder / "cache"),
            "DOCKER_HOST": "unix:///nonexistent/engine.sock",
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_help_says_what_exit_codes_mean(tmp_path: Path) -> None:
    """`harness --help` names the commands and the exit codes."""
    done = harness("--help", folder=tmp_path)

    assert done.returncode == 0
    for word in ("grade", "challenge", "doctor", "gc", "130 interrupted"):
        assert word in done.stdout


def test_the_version_is_the_project_s(tmp_path: Path) -> None:
    """`--version` prints what pyproject says."""
    done = harness("--version", folder=tmp_path)

    assert 'version = "' + done.stdout.split()[-1] + '"' in (ROOT / "pyproject.toml").read_text()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["grade"], "REPOSITORY"),
        (["grade", "a", "--example", "strong"], "REPOSITORY"),
        (["grade", "a", "--challenge", "no-such"], "no challenge 'no-such'"),
        (["grade", "a", "--challenges", "nowhere"], "no folder nowhere"),
        (["grade", "a", "--nonsense"], "--nonsense"),
        (["challenge", "show", "no-such"], "no challenge"),
        (["challenge", "show", "../etc"], "no challenge id"),
        (["challenge", "example", "lead-ingestion", "no-such", "x"], "no calibration submission"),
        (["nonsense"], "nonsense"),
    ],
)
def test_wrong_use_is_two(
    arguments: list[str],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Usage and challenge packs: exit 2, and the message names what is wrong."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("harness.cli.STOPS", ())
    monkeypatch.setattr("sys.argv", ["harness", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 2
    assert told in capsys.readouterr().err


def test_wrong_use_is_no_traceback(tmp_path: Path) -> None:
    """The same as a process of its own."""
    done = harness("grade", "a", "--challenge", "no-such", folder=tmp_path)

    assert done.returncode == 2, done.stderr
    assert "no challenge 'no-such'" in done.stderr
    assert "Traceback" not in done.stderr


def test_no_engine_is_three_and_says_what_to_do(tmp_path: Path) -> None:
    """Without an engine nothing is graded, no report is written, and the remedy is one line."""
    done = harness("grade", "--example", "strong", folder=tmp_path)

    assert done.returncode == 3
    assert len(done.stderr.strip().splitlines()) == 1
    assert "doctor" in done.stderr
    assert not (tmp_path / "grading").exists()


def test_challenges_are_listed_and_shown(tmp_path: Path) -> None:
    """For people as lines, for programs as JSON."""
    assert "lead-ingestion" in harness("challenge", "list", folder=tmp_path).stdout
    assert json.loads(harness("challenge", "list", "--json", folder=tmp_path).stdout)[0]["id"] == "lead-ingestion"
    assert "4 hours" in harness("challenge", "show", "lead-ingestion", folder=tmp_path).stdout


def test_export_writes_the_candidate_s_folder(tmp_path: Path) -> None:
    """`challenge export` says how much it wrote, and where."""
    done = harness("challenge", "export", "lead-ingestion", "out", folder=tmp_path)

    assert done.returncode == 0
    assert (tmp_path / "out" / "BRIEF.md").is_file()


def test_an_example_is_a_git_repository(tmp_path: Path) -> None:
    """`challenge example` writes what a candidate would hand in."""
    done = harness("challenge", "example", "lead-ingestion", "strong", "repo", folder=tmp_path)

    assert done.returncode == 0, done.stderr
    log = subprocess.run(
        ["git", "-C", str(tmp_path / "repo"), "log", "--oneline"], capture_output=True, text=True, check=True
    )
    assert len(log.stdout.splitlines()) > 3


def test_every_command_has_help(tmp_path: Path) -> None:
    """No command without a sentence, no option without help."""
    from click import Group

    from harness.cli import cli

    def walk(group: Group) -> None:
        for command in group.commands.values():
            assert command.help, command.name
            for parameter in command.params:
                if parameter.param_type_name == "option":
                    assert getattr(parameter, "help", None), f"{command.name} {parameter.name}"
            if isinstance(command, Group):
                walk(command)

    walk(cli)
