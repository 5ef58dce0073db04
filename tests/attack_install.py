"""Attacks by what is installed: packages from an index of ours, installed as a submission's are, then used."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from contextlib import nullcontext
from io import BytesIO
from types import SimpleNamespace

from attack_corpus import Attack, Seen
from attack_ground import Ground, Way
from attack_probe import QUICK
from package_index import serve_index, wheel

from sandbox.engine import SandboxError
from sandbox.installer import Limits
from sandbox.prepare import Environment, prepare
from sandbox.profile import Limits as RunLimits
from sandbox.run import run


def installing(attack: Attack, ground: Ground) -> Seen:
    """Install the wheels of make.py (`wheels(planted)`: name, version, files), then run `files/` beside them.

    The outcome `install` is prepared, refused (with its kind) or ours.
    """
    cache = ground.fresh("cache")
    wanted, told = "", []
    with serve_index() as served:
        for name, version, files in attack.maker.wheels(ground.planted):
            served.add(name, version, files)
            wanted += f"{name}=={version}\n"
        limits = Limits(**attack.told.get("install_limits", {}))
        try:
            found = prepare(ground.engine, ground.image, wanted, cache, print, index=served.index, limits=limits)
        except SandboxError as trouble:
            return Seen({"install": "ours"}, str(trouble))
        if not isinstance(found, Environment):
            return Seen({"install": f"refused: {found.kind}"}, found.text)
        laid = attack.files(ground.planted)
        for _ in range(attack.told.get("runs", 1) if laid else 0):
            command = ("/environment/bin/python", "probe.py")
            done = run(ground.engine, ground.image, command, environment=found, files=laid, limits=RunLimits(**QUICK))
            told.append(done.output)
        told += [f"ASKED {path}" for path in served.asked if not path.startswith(("/simple/", "/files/"))]
    return Seen({"install": "prepared"}, "\n".join(told))


def on_the_host(attack: Attack, ground: Ground) -> Seen:
    """The same wheels unpacked into a folder of this machine's, that a Python of this machine then uses."""
    folder = ground.fresh("site")
    for name, version, files in attack.maker.wheels(ground.planted):
        with zipfile.ZipFile(BytesIO(wheel(name, version, files))) as content:
            content.extractall(folder)
    code = f"import site; site.addsitedir({str(folder)!r})"
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, timeout=60)
    return Seen({"install": "prepared"}, done.stdout + done.stderr)


def left_lying(attack: Attack, ground: Ground) -> Seen:
    """The same, and nobody clears uv's cache of what was half unpacked."""
    ground.monkeypatch.setattr("sandbox.installer.at_work", lambda *_, **__: nullcontext(SimpleNamespace(drop=len)))
    return installing(attack, ground)


WEAK: dict[str, Way] = {"installed on the host": on_the_host, "half unpacked stays": left_lying}
