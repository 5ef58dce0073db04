"""A workshop: one submission with all that it takes to run it: images, its dependencies, our tools, its files.

Made once a grading; its two verbs are `run` (one command in a throw-away sandbox) and `hold_exam` (the hidden tests).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from sandbox import dependencies, installer
from sandbox.cache import cache_root
from sandbox.dependencies import Refusal
from sandbox.engine import Engine
from sandbox.exam import USUAL, Circumstances, hold_exam
from sandbox.images import Image, provide
from sandbox.manifest import MANIFEST_NAME, Manifest, read_manifest
from sandbox.prepare import Environment, PreparationRefused, prepare
from sandbox.profile import Limits
from sandbox.record import ExamRecord
from sandbox.run import Run, run
from sandbox.submission import Submission
from sandbox.tools import provide_tools
from sandbox.worker import Contract

RECORDER = Path(__file__).parent / "room" / "recorder"
"""Our part of a submission's own test run: coverage in every process, and a record of the tests."""

FALLBACK_PROFILE = "python-3.13"
"""The image when the submission asks for a Python that no image has: that is refused, and the lint still runs."""

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Workshop:
    """`environment` is None when the submission has no dependencies, or when they were refused (`refusals`).

    `packages` maps the names of installed dependencies to their versions; `notes` are facts about the preparation.
    """

    engine: Engine
    image: Image
    examiner: Image
    tools: Environment
    examiner_tools: Environment
    pack: Path
    manifest: Manifest
    environment: Environment | None = None
    refusals: tuple[Refusal, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def packages(self) -> Mapping[str, str]:
        return dict(self.environment.packages) if self.environment else {}

    def run(
        self,
        command: Sequence[str],
        *,
        files: Mapping[str, bytes] | None = None,
        collect: Sequence[str] = (),
        variables: Mapping[str, str] | None = None,
        limits: Limits,
    ) -> Run:
        """Run `command` (an argument list) in a sandbox of its own: the submission's files, no network.

        `files` maps absolute paths to contents laid over; `collect` names regular files to bring back. Raises
        SandboxError when the engine fails; all that the command can do wrong is in the Run.
        """
        return run(
            self.engine,
            self.image,
            command,
            environment=self.environment,
            tools=self.tools,
            pack=self.pack,
            files=files or {},
            collect=collect,
            variables=variables or {},
            limits=limits,
        )

    def hold_exam(
        self,
        start: str,
        *,
        hidden_tests: Path,
        support: Path,
        only: Sequence[str] | None = None,
        seed: int,
        limits: Limits,
        exam_seconds: int,
        start_seconds: int = 15,
        circumstances: Circumstances = USUAL,
        contract: Contract = "http-service",
    ) -> ExamRecord:
        """Let the examiner hold the hidden tests against the program that the shell command `start` starts."""
        return hold_exam(
            self.engine,
            image=self.image,
            examiner=self.examiner,
            examiner_tools=self.examiner_tools,
            environment=self.environment,
            pack=self.pack,
            start=start,
            hidden_tests=hidden_tests,
            support=support,
            only=only,
            seed=seed,
            limits=limits,
            exam_seconds=exam_seconds,
            start_seconds=start_seconds,
            circumstances=circumstances,
            contract=contract,
        )


def open_workshop(engine: Engine, submission: Submission, folder: Path, tell: Tell) -> Workshop:
    """Prepare everything for one submission, side by side where it can be; `folder` is the run's own.

    What the submission got wrong (a dependency that does not exist, a source that is not allowed) becomes a refusal in
    the workshop; what fails on our side raises SandboxError.
    """
    cache = cache_root()
    wanted = _wanted(engine, submission)
    with ThreadPoolExecutor(max_workers=3, thread_name_prefix="prepare") as pool:
        pack = pool.submit(submission.pack, folder / "submission.tar")
        examiner = pool.submit(provide, engine, "examiner", cache, tell)
        image = provide(engine, wanted.profile or FALLBACK_PROFILE, cache, tell)
        tools = pool.submit(provide_tools, engine, image, "sandbox-tools", cache, tell)
        examiner_tools = provide_tools(engine, examiner.result(), "examiner", cache, tell)
        environment, refusals = _environment(engine, image, wanted, cache, tell)
        notes = list(wanted.notes)
        if wanted.requires_python:
            notes.append(f"requires-python is {wanted.requires_python!r}; the image {image.profile} was used.")
        else:
            notes.append(f"The submission names no requires-python; the image {image.profile} was used.")
        notes.extend(e.note for e in (environment, tools.result()) if e is not None and e.note)
        return Workshop(
            engine=engine,
            image=image,
            examiner=examiner.result(),
            tools=tools.result(),
            examiner_tools=examiner_tools,
            pack=pack.result(),
            manifest=read_manifest(submission.read(MANIFEST_NAME)),
            environment=environment,
            refusals=refusals,
            notes=tuple(dict.fromkeys(notes)),
        )


def open_earlier(now: Workshop, submission: Submission, folder: Path, tell: Tell, seconds: float) -> Workshop:
    """The workshop `now` with the files and the dependencies of an earlier commit (`submission`, see `at_commit`).

    Images and tools stay, dependencies that are equal are found again, and installing others may take `seconds`. A
    commit that asks for another Python is refused in the workshop, as dependencies are that can't be installed.
    """
    wanted = _wanted(now.engine, submission)
    environment: Environment | None = None
    if wanted.profile not in (None, now.image.profile):
        reason = f"At that commit requires-python was {wanted.requires_python!r}; its image is not {now.image.profile}."
        refused = Refusal("pyproject.toml", None, "", reason, "Run the tests of that commit by hand.")
        refusals: tuple[Refusal, ...] = (refused,)
    else:
        limits = installer.Limits(seconds=seconds)
        environment, refusals = _environment(now.engine, now.image, wanted, cache_root(), tell, limits)
    return replace(
        now,
        pack=submission.pack(folder / "submission.tar"),
        manifest=read_manifest(submission.read(MANIFEST_NAME)),
        environment=environment,
        refusals=refusals,
        notes=wanted.notes,
    )


def _wanted(engine: Engine, submission: Submission) -> dependencies.Dependencies:
    paths = [file.path for file in submission.files]
    machine = "aarch64" if engine.facts().get("machine") in ("arm64", "aarch64") else "x86_64"
    return dependencies.find(paths, lambda path: submission.read(path, dependencies.READ_BYTES), machine=machine)


def _environment(
    engine: Engine,
    image: Image,
    wanted: dependencies.Dependencies,
    cache: Path,
    tell: Tell,
    limits: installer.Limits = installer.Limits(),  # noqa: B008 - a frozen value
) -> tuple[Environment | None, tuple[Refusal, ...]]:
    if wanted.refusals:
        return None, wanted.refusals
    if not wanted.requirements.strip():
        return None, ()
    outcome = prepare(
        engine,
        image,
        wanted.requirements,
        cache,
        tell,
        constraints=wanted.constraints,
        source=wanted.source,
        complete=wanted.complete,
        limits=limits,
    )
    if isinstance(outcome, PreparationRefused):
        refusal = Refusal(
            path=wanted.source,
            line=None,
            text=outcome.text,
            reason=f"The dependencies of {wanted.source} could not be installed ({outcome.kind}).",
            remedy="Only wheels from the package index can be installed; the installer's own words are below.",
        )
        return None, (refusal,)
    return outcome, ()
