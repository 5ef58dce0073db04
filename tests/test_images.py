"""Images: the one that is there is used; a digest, a registry and Debian's packages each lead to one."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import debian, images, registry
from sandbox.engine import Engine, SandboxError
from sandbox.images import Image

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    "reference",
    ["python:3.13", "python", "", "python@sha256:abc", "-x@" + DIGEST, "a b@" + DIGEST, "python@md5:" + "a" * 32],
)
def test_an_image_by_name_alone_is_refused(reference: str) -> None:
    """A tag can change under a report: only a digest names an image."""
    with pytest.raises(SandboxError, match="not named by digest"):
        registry.by_digest(reference)


def test_an_image_by_digest_is_taken_apart() -> None:
    """Host, port and path belong to the name."""
    assert registry.by_digest(f"127.0.0.1:5000/team/python@{DIGEST}") == ("127.0.0.1:5000/team/python", DIGEST)


def test_a_wrong_source_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt HARNESS_IMAGE_SOURCE is not taken for "any"."""
    monkeypatch.setenv("HARNESS_IMAGE_SOURCE", "debain")
    with pytest.raises(SandboxError, match="HARNESS_IMAGE_SOURCE"):
        images._only_source()


def test_without_mmdebstrap_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No registry and no mmdebstrap is a sentence with a remedy, and leaves no half file behind."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxError, match="doctor --fix"):
        debian.build_root("trixie", tmp_path / "root.tar", architecture="amd64", report=print)
    assert not list(tmp_path.iterdir())


def test_a_build_that_fails_leaves_nothing_and_quotes_the_reason(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """mmdebstrap's own last error is in the message; no tar is left that a later run would take for whole."""
    program = tmp_path / "mmdebstrap"
    program.write_text('#!/bin/sh\nfor last; do :; done\necho part > "$last"\necho "E: no mirror" >&2\nexit 25\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    (tmp_path / "out").mkdir()
    with pytest.raises(SandboxError, match="E: no mirror"):
        debian.build_root("trixie", tmp_path / "out" / "root.tar", architecture="amd64", report=print)
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.docker
def test_an_image_that_is_there_is_used_at_once(engine: Engine, python_image: Image, cache_folder: Path) -> None:
    """No registry is asked and nothing is built: the second time takes milliseconds and gives the same image."""
    said: list[str] = []
    began = time.monotonic()
    again = images.provide(engine, "python-3.13", cache_folder, said.append)
    assert time.monotonic() - began < 1.0
    assert again == python_image
    assert not said


@pytest.mark.docker
def test_profiles_hold_the_python_they_say(engine: Engine, python_image: Image) -> None:
    """The image's Python is of the profile's version, and the id is a digest."""
    assert python_image.python.startswith("3.13.")
    assert python_image.id.startswith("sha256:")
    assert images.find(engine, "python-3.13") == python_image


@pytest.mark.docker
def test_examiner_and_sandbox_share_no_layer(python_image: Image, examiner_image: Image) -> None:
    """A kernel fault that writes to shared pages must not lead from a candidate's container to the examiner."""
    assert not images.shared_layers(python_image, examiner_image)


@pytest.fixture
def local_registry(tmp_path: Path) -> Iterator[str]:
    """An image registry on a free port of the loopback; yields "127.0.0.1:port"."""
    program = shutil.which("docker-registry") or shutil.which("registry")
    if program is None:
        pytest.skip("no registry program: install Debian's package docker-registry")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    configuration = tmp_path / "registry.yml"
    configuration.write_text(
        f"version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: {tmp_path / 'registry'}\n"
        f"http:\n  addr: 127.0.0.1:{port}\n"
    )
    process = subprocess.Popen(
        [program, "serve", str(configuration)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(100):
            with socket.socket() as attempt:
                if attempt.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def pushed(engine: Engine, python_image: Image, local_registry: str) -> Iterator[tuple[str, str]]:
    """The sandbox image, pushed to the local registry: (name:tag, name@digest). The engine forgets the name after."""
    name = f"{local_registry}/team/python"
    client = engine.client
    client.api.tag(python_image.id, name, "3.13-slim-trixie")
    for event in client.api.push(name, tag="3.13-slim-trixie", stream=True, decode=True):
        assert "error" not in event, event
    digest = next(entry for entry in client.api.inspect_image(python_image.id)["RepoDigests"] if entry.startswith(name))
    client.api.remove_image(f"{name}:3.13-slim-trixie", noprune=True)
    yield f"{name}:3.13-slim-trixie", digest
    for reference in (digest, images._local_name(images.PROFILES["python-3.13"], "registry")):
        if images._find(engine, reference) is not None:
            client.api.remove_image(reference, noprune=True)


@pytest.mark.docker
def test_an_image_chosen_by_digest_is_pulled(
    engine: Engine, python_image: Image, pushed: tuple[str, str], cache_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HARNESS_IMAGE_PYTHON_3_13=name@sha256:... is pulled once, used by id, and reported by that digest."""
    _, by_digest = pushed
    monkeypatch.setenv("HARNESS_IMAGE_PYTHON_3_13", by_digest)
    said: list[str] = []
    image = images.provide(engine, "python-3.13", cache_folder, said.append)
    assert image.source == "registry"
    assert image.id == python_image.id
    assert image.digest == by_digest.partition("@")[2]
    assert any("pulling" in line for line in said)
    said.clear()
    assert images.provide(engine, "python-3.13", cache_folder, said.append) == image
    assert not said


@pytest.mark.docker
def test_a_registry_that_answers_is_used(
    engine: Engine, pushed: tuple[str, str], cache_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tag is resolved to its digest, pulled by it, and kept under a name of ours, so that later runs don't ask."""
    tag, by_digest = pushed
    profile = images.Profile("python-3.13", "trixie", tag, "HARNESS_IMAGE_PYTHON_3_13")
    monkeypatch.setattr(images, "PROFILES", {"python-3.13": profile})
    monkeypatch.setenv("HARNESS_IMAGE_SOURCE", "registry")
    monkeypatch.setattr(images, "_local_name", lambda *_: "harness/registry-test:1")
    try:
        image = images.provide(engine, "python-3.13", cache_folder, print)
        assert image.digest == by_digest.partition("@")[2]
        assert image.source == "registry"
        monkeypatch.setattr(registry, "current_digest", lambda *_: pytest.fail("the registry was asked again"))
        assert images.provide(engine, "python-3.13", cache_folder, print).id == image.id
    finally:
        engine.client.api.remove_image("harness/registry-test:1", noprune=True)


@pytest.mark.docker
def test_a_registry_that_does_not_answer_is_given_up_within_seconds(engine: Engine) -> None:
    """A registry that accepts and says nothing costs ANSWER_SECONDS, not minutes, and the engine is not blamed."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        began = time.monotonic()
        assert registry.current_digest(engine, f"127.0.0.1:{deaf.getsockname()[1]}/python:3.13", seconds=1.5) is None
        assert time.monotonic() - began < 8
    assert not engine.silent


@pytest.mark.docker
def test_a_digest_that_is_not_there_is_said_to_be(
    engine: Engine, local_registry: str, cache_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A chosen image that can't be pulled ends the run with its name: nothing else is used in its place."""
    monkeypatch.setenv("HARNESS_IMAGE_PYTHON_3_13", f"{local_registry}/no/such@{DIGEST}")
    with pytest.raises(SandboxError, match="no/such"):
        images.provide(engine, "python-3.13", cache_folder, print)


@pytest.mark.docker
@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("mmdebstrap"), reason="mmdebstrap as root builds images")
@pytest.mark.slow
def test_two_builds_from_debians_packages_are_the_same_image(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Built twice from nothing, the image has the same id, which is therefore evidence of its content."""
    monkeypatch.setenv("HARNESS_IMAGE_SOURCE", "debian")
    monkeypatch.setattr(images, "_local_name", lambda profile, source: f"harness/twice-{profile.name}:{source}-1")
    ids = []
    for folder in ("one", "two"):
        image = images.provide(engine, "python-3.13", tmp_path / folder, print)
        ids.append(image.id)
        engine.client.api.remove_image(image.name, noprune=True)
    assert ids[0] == ids[1]
