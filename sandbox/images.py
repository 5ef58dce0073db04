"""The images that containers are made of: found on the engine, pulled by digest, or built from Debian's packages.

An image that is there is used as it is, with no question to any registry; it is used by its id, which reports name.
A profile is what an image is for: "python-3.11", "python-3.13" (sandboxes), "examiner" (shares no layer with them).
"""

from __future__ import annotations

import hashlib
import os
import tarfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sandbox import debian, image_archive, registry
from sandbox.engine import Engine, Gone, SandboxError
from sandbox.leftovers import sweep_leftovers
from sandbox.turn import taking_turns

Source = Literal["registry", "debian"]

RECIPE = "1"
"""Raised when the way an image is built changes, so that older images are not taken for it."""

LOAD_SECONDS = 300.0
"""How long the engine may be silent while it loads an image; it takes 1 to 3 seconds."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What an image is for, and where it comes from: Debian's suite, or a registry's tag for want of a digest."""

    name: str
    suite: str
    tag: str
    setting: str


PROFILES = {
    profile.name: profile
    for profile in (
        Profile("python-3.13", "trixie", "python:3.13-slim-trixie", "HARNESS_IMAGE_PYTHON_3_13"),
        Profile("python-3.11", "bookworm", "python:3.11-slim-trixie", "HARNESS_IMAGE_PYTHON_3_11"),
        Profile("examiner", "trixie", "python:3.13-slim-bookworm", "HARNESS_IMAGE_EXAMINER"),
    )
}
"""The examiner's registry image stands on another base than the sandboxes': shared layers are shared pages, and a
kernel fault that writes to them would reach from one container into the other."""


@dataclass(frozen=True, slots=True)
class Image:
    """An image on the engine. Containers are made from `id`; `digest` is what a report names.

    `digest` is the registry's digest where there is one, else the id, which is a digest of the content.
    `python` is the full version ("3.13.5"); `layers` are the diff ids of its layers.
    """

    name: str
    profile: str
    id: str
    digest: str
    source: Source
    python: str
    layers: tuple[str, ...]


def provide(engine: Engine, profile: str, cache: Path, report: Callable[[str], None]) -> Image:
    """Return the image for a profile, making it when the engine does not have it.

    The order: an image by digest that the user set (HARNESS_IMAGE_PYTHON_3_13 and the like); an image that an
    earlier run provided; the registry, when one answers within seconds; Debian's packages.
    HARNESS_IMAGE_SOURCE=registry or =debian keeps to one of the last two. Raises SandboxError.
    """
    wanted = PROFILES.get(profile)
    if wanted is None:
        raise SandboxError(f"there is no image profile {profile!r}: known are {', '.join(PROFILES)}")
    only = _only_source()
    chosen = os.environ.get(wanted.setting)
    if chosen:
        name, _ = registry.by_digest(chosen)
        found = _find(engine, chosen)
        if found is None:
            registry.pull(engine, chosen, report=report)
            found = _find(engine, chosen)
        if found is None:
            raise SandboxError(f"the engine pulled {chosen} and does not know it: try again")
        return _checked(engine, _described(found, name, wanted, "registry"))
    present = _present(engine, wanted, only)
    if present is not None:
        return present
    with _turn(cache, profile, report):
        present = _present(engine, wanted, only)  # another run may have provided it while we waited
        if present is not None:
            return present
        if only != "debian":
            pulled = _from_registry(engine, wanted, report, required=only == "registry")
            if pulled is not None:
                return pulled
        return _from_debian(engine, wanted, cache, report)


def find(engine: Engine, profile: str) -> Image | None:
    """Return the image of a profile if the engine has it; build nothing and ask no registry."""
    wanted = PROFILES[profile]
    chosen = os.environ.get(wanted.setting)
    if chosen:
        name, _ = registry.by_digest(chosen)
        found = _find(engine, chosen)
        return _described(found, name, wanted, "registry") if found is not None else None
    return _present(engine, wanted, _only_source())


def shared_layers(one: Image, other: Image) -> tuple[str, ...]:
    """Return the layers that two images have in common: none, for an examiner and a sandbox."""
    return tuple(layer for layer in one.layers if layer in other.layers)


def _only_source() -> Source | None:
    source = os.environ.get("HARNESS_IMAGE_SOURCE", "")
    known: dict[str, Source | None] = {"": None, "registry": "registry", "debian": "debian"}
    if source in known:
        return known[source]
    raise SandboxError(f"HARNESS_IMAGE_SOURCE is {source[:40]!r}: set it to registry or debian, or unset it")


def _local_name(profile: Profile, source: Source) -> str:
    ingredients = [RECIPE, profile.suite, *debian.PACKAGES] if source == "debian" else [RECIPE, profile.tag]
    recipe = hashlib.sha256("\n".join(ingredients).encode()).hexdigest()[:12]
    return f"harness/{profile.name}:{source}-{recipe}"


def _present(engine: Engine, profile: Profile, only: Source | None) -> Image | None:
    sources: tuple[Source, ...] = (only,) if only else ("registry", "debian")
    for source in sources:
        name = _local_name(profile, source)
        found = _find(engine, name)
        if found is not None:
            return _checked(engine, _described(found, name, profile, source))
    return None


def _find(engine: Engine, reference: str) -> dict[str, Any] | None:
    def ask(api: Any) -> dict[str, Any]:
        return dict(api.inspect_image(reference))

    try:
        return engine.call("looking for an image", ask)
    except Gone:
        return None


def _described(found: dict[str, Any], name: str, profile: Profile, source: Source) -> Image:
    configuration = found.get("Config") or {}
    labels = configuration.get("Labels") or {}
    variables = dict(
        variable.partition("=")[::2] for variable in configuration.get("Env") or () if isinstance(variable, str)
    )
    version = labels.get("harness.python") or variables.get("PYTHON_VERSION")
    if not version:
        raise SandboxError(
            f"the image {name} does not say which Python it holds (no PYTHON_VERSION): use an official Python image, "
            f"or unset {profile.setting}"
        )
    digests = found.get("RepoDigests") or ()
    digest = str(digests[0]).rpartition("@")[2] if source == "registry" and digests else str(found["Id"])
    return Image(
        name=name,
        profile=profile.name,
        id=str(found["Id"]),
        digest=digest,
        source=source,
        python=str(version),
        layers=tuple(str(layer) for layer in (found.get("RootFS") or {}).get("Layers") or ()),
    )


def _checked(engine: Engine, image: Image) -> Image:
    """Hold that the examiner shares no layer with a sandbox, whatever images the user chose."""
    if image.profile != "examiner":
        return image
    for other in PROFILES.values():
        if other.name == "examiner":
            continue
        for reference in (os.environ.get(other.setting), _local_name(other, "registry"), _local_name(other, "debian")):
            found = _find(engine, reference) if reference else None
            layers = (found or {}).get("RootFS", {}).get("Layers") or ()
            if set(layers) & set(image.layers):
                raise SandboxError(
                    f"the examiner's image and the sandbox image {reference} share layers, which would let a kernel "
                    f"fault reach across: set {PROFILES['examiner'].setting} to an image on another base"
                )
    return image


def _from_registry(engine: Engine, profile: Profile, report: Callable[[str], None], *, required: bool) -> Image | None:
    digest = registry.current_digest(engine, profile.tag)
    if digest is None:
        if required:
            raise SandboxError(
                f"no registry answered about {profile.tag}, and HARNESS_IMAGE_SOURCE=registry: "
                "check the engine's registry settings, or unset it to build from Debian's packages"
            )
        return None
    repository = profile.tag.rpartition(":")[0]
    try:
        pulled = registry.pull(engine, f"{repository}@{digest}", report=report)
    except SandboxError as problem:
        if required:
            raise
        report(f"{problem}; building from Debian's packages instead")
        return None
    name = _local_name(profile, "registry")
    local, _, tag = name.partition(":")
    engine.call("naming an image", lambda api: api.tag(pulled, local, tag))
    found = _find(engine, name)
    return _checked(engine, _described(found, name, profile, "registry")) if found else None


def _from_debian(engine: Engine, profile: Profile, cache: Path, report: Callable[[str], None]) -> Image:
    folder = cache / "images"
    architecture = str(engine.facts()["machine"])
    recipe = _local_name(profile, "debian").rpartition("-")[2]
    root = folder / f"{profile.suite}-{architecture}-{recipe}.tar"
    name = _local_name(profile, "debian")
    with _turn(cache, f"root-{profile.suite}", report):
        if not root.exists():
            debian.build_root(
                profile.suite, root, architecture=architecture, report=report, stopped=lambda: engine.is_abandoned
            )
    sweep_leftovers(folder)
    archive_path = folder / f".{profile.name}.{os.getpid()}.image"
    try:
        with tarfile.open(root) as tar:
            version = debian.python_version(tar)
            if version is None:
                raise SandboxError(f"{root} holds no Python: remove it and run again")
            archive = image_archive.write_archive(
                tar,
                archive_path,
                tag=name,
                profile=profile.name,
                architecture=architecture,
                labels={"harness.python": version, "harness.suite": profile.suite},
            )
        _load(engine, archive.path)
    except (OSError, tarfile.TarError) as problem:
        raise SandboxError(
            f"the image {name} could not be written: {problem}; check the disk, remove {root}"
        ) from problem
    finally:
        archive_path.unlink(missing_ok=True)
    found = _find(engine, name)
    if found is None:
        raise SandboxError(f"the engine loaded the image {name} and does not know it: try again")
    return _checked(engine, _described(found, name, profile, "debian"))


def _load(engine: Engine, archive: Path) -> None:
    """Have the engine load an archive; its answer is a stream, which ends when the image is there."""

    def ask(api: Any) -> None:
        with archive.open("rb") as content:
            for event in api.load_image(content) or ():
                if isinstance(event, dict) and event.get("error"):
                    raise SandboxError(f"the engine did not load {archive.name}: {str(event['error'])[:300]}")

    engine.call("loading an image", ask, seconds=LOAD_SECONDS)


def _turn(cache: Path, name: str, report: Callable[[str], None]) -> AbstractContextManager[None]:
    """The lock of one image."""
    folder = cache / "images"
    folder.mkdir(parents=True, exist_ok=True)
    return taking_turns(folder / f".{name}.lock", f"waiting for another run that provides {name}", report)
