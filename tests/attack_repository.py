"""A repository whose configuration, attributes and hooks run a program at almost every command of git."""

from __future__ import annotations

from pathlib import Path

from attack_corpus import Planted
from repositories import make_repository, run

PROGRAMS = (
    *("core.fsmonitor", "core.pager", "core.sshCommand", "core.gitProxy", "filter.evil.clean", "filter.evil.smudge"),
    *("diff.evil.textconv", "diff.external", "uploadpack.packObjectsHook", "credential.helper", "gpg.program"),
)
HOOKS = ("post-checkout", "pre-auto-gc", "reference-transaction", "post-index-change", "fsmonitor-watchman")


def armed_repository(folder: Path, planted: Planted) -> Path:
    """Make it as `folder/demo`; what it runs leaves a marker."""
    script = folder / "evil.sh"
    script.write_text(f"#!/bin/sh\ntouch {planted.markers}/ran\ncat\n")
    script.chmod(0o755)
    demo = make_repository(folder / "demo", {"a.py": "1\n", ".gitattributes": "* filter=evil diff=evil merge=evil\n"})
    for key in PROGRAMS:
        run(demo, "config", key, str(script))
    run(demo, "config", "alias.ls-remote", f"!{script}")
    hooks = demo / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in HOOKS:
        (hooks / name).write_text(script.read_text())
        (hooks / name).chmod(0o755)
    return demo
