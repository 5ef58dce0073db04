"""Attacks on what reads a submission's bytes in our own process: logs, records, requirements, manifests, views."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from io import BytesIO
from xml.etree import ElementTree
from xml.sax import make_parser
from xml.sax.handler import ContentHandler, feature_external_ges

from attack_corpus import Attack, Seen
from attack_grading import laid
from attack_ground import Ground, Way
from tiny_pack import make_pack, make_submission

from challenges import load
from graders import GRADERS, Case
from graders.coverage import CoverageError, read_coverage
from graders.recording import read_recording
from harness.provenance import describe_challenge, describe_submission
from reports import VIEWS, ReportError, make_report, read_report
from sandbox import SandboxError, Workshop, fetch, read_manifest
from sandbox.dependencies import find
from sandbox.launch import read_account
from sandbox.record import Reading

Files = Mapping[str, bytes]
Answer = tuple[dict[str, str], str]


def reading(attack: Attack, ground: Ground) -> Seen:
    """Fetch the submission with the attack laid over it, ask the graders that run nothing, and render `views` (all)."""
    challenge = load("tiny", make_pack(ground.fresh("packs")))
    into = ground.fresh("into")
    submission = fetch(str(make_submission(ground.folder / "submission", laid(attack, ground))), into=into)

    def no_workshop() -> Workshop:
        raise SandboxError("nothing is run here")

    case = Case(submission, challenge, read_manifest(submission.read("submission.toml")), no_workshop)
    grades = {name: GRADERS[name](case) for name in ("ai_usage_log", "written_evidence", "history")}
    report = make_report(
        challenge=describe_challenge(challenge),
        submission=describe_submission(submission),
        grades=grades,
        provenance={"harness_version": "0"},
    )
    outcomes = {name: str(grade.outcome) for name, grade in report.grades.items()}
    outcomes |= {finding.id: str(finding.outcome) for grade in report.grades.values() for finding in grade.findings}
    return Seen(outcomes, "\n".join(VIEWS[name].render(report) for name in attack.told.get("views", VIEWS)))


def content(attack: Attack, ground: Ground) -> dict[str, bytes]:
    """The attack's files, those that its make.py makes among them."""
    files = attack.files(ground.planted)
    if (attack.folder / "make.py").is_file():
        files |= attack.maker.files(ground.planted)
    return files


def parsing(attack: Attack, ground: Ground) -> Seen:
    """Give the bytes to one reader of ours, by `reader`."""
    outcomes, text = READERS[attack.told["reader"]](content(attack, ground), ground)
    return Seen(outcomes, text)


def _record(files: Files, _: Ground) -> Answer:
    """The record of own tests, as our plug-in leaves it."""
    found = read_recording(files["record.jsonl"])
    counts = {name: str(len(getattr(found, name))) for name in ("collected", "passed", "failed", "skipped")}
    told = {**counts, "exit_status": str(found.exit_status), "unreadable_lines": str(found.unreadable_lines)}
    return told, repr(found)[:1_000_000]


def _coverage(files: Files, _: Ground) -> Answer:
    try:
        found = read_coverage(files.get("coverage.json"), {})
    except CoverageError as reason:
        return {"coverage": "refused"}, str(reason)
    return {"coverage": "read", "lines": str(found.lines)}, repr(found)[:1_000_000]


def _exam(files: Files, ground: Ground) -> Answer:
    """The examiner's record, as the harness reads it."""
    folder = ground.fresh("channel")
    for name, written in files.items():
        (folder / name).write_bytes(written)
    if "linked" in files:
        (folder / "results.jsonl").symlink_to(ground.planted.store)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        found = Reading(descriptor, "the-nonce")
        while found.read_on():
            pass
    finally:
        os.close(descriptor)
    told = {name: result.outcome for name, result in found.results.items()}
    return {**told, "finished": str(found.finished), "problem": str(bool(found.problem))}, str(found.problem)


def _account(files: Files, _: Ground) -> Answer:
    """A container's log, as the launcher's account is read out of it."""
    found = read_account(files["log"], "the-nonce", 65_536)
    told = {"ready": str(found.ready), "end": "told" if found.end else "not told", "files": str(len(found.files))}
    return told, f"{found.output!r} {found.stray!r} {found.end!r}"


def _manifest(files: Files, _: Ground) -> Answer:
    found = read_manifest(files["submission.toml"])
    return {"start": str(found.start), "problems": str(len(found.problems))}, repr(found)


def _requirements(files: Files, _: Ground) -> Answer:
    """The readers of dependencies: what would be handed to the installer, or the refusals."""
    found = find(files.keys(), files.get, registries=lambda: {"index.example"})
    told = "\n".join([found.requirements, found.constraints, *map(str, found.refusals), *found.notes])
    return {"dependencies": "refused" if found.refusals else "accepted"}, told


def _report(files: Files, _: Ground) -> Answer:
    """A report.json that somebody made."""
    try:
        found = read_report(files["report.json"])
    except ReportError as reason:
        return {"report": "refused"}, str(reason)
    return {"report": "read"}, found.to_json()


READERS: dict[str, Callable[[Files, Ground], Answer]] = {
    "own test record": _record,
    "coverage": _coverage,
    "exam record": _exam,
    "account": _account,
    "manifest": _manifest,
    "requirements": _requirements,
    "report": _report,
}


def naive_json(attack: Attack, ground: Ground) -> Seen:
    """Lines read by the library's own JSON reader, whole and with its usual indulgence."""
    outcomes: dict[str, str] = {}
    told = []
    for written in content(attack, ground).values():
        for line in written.splitlines():
            try:
                value = json.loads(line)
            except (ValueError, RecursionError) as reason:
                told.append(type(reason).__name__)
                continue
            if isinstance(value, dict) and "id" in value:
                outcomes[str(value["id"])] = str(value.get("outcome"))
            told.append(repr(value)[:1_000])
    return Seen(outcomes, "\n".join(told))


def naive_requirements(attack: Attack, ground: Ground) -> Seen:
    """Requirements handed to an installer as they are, with variables of the environment filled in, as pip does."""
    found = content(attack, ground)
    text = "\n".join(written.decode("utf-8", "replace") for written in found.values())
    return Seen({"dependencies": "accepted"}, os.path.expandvars(text))


def naive_report(attack: Attack, ground: Ground) -> Seen:
    """A JUnit report of the submission's, read whole by the library's own XML reader."""
    written = next(iter(content(attack, ground).values()))
    tests = list(ElementTree.fromstring(written).iter("testcase"))
    return Seen({"passed": str(len(tests))}, "")


def naive_entities(attack: Attack, ground: Ground) -> Seen:
    """The same by a reader that fetches what entities name, as XML asks of it."""
    told: list[str] = []

    class Texts(ContentHandler):
        def characters(self, content: str) -> None:
            told.append(content)

    reader = make_parser()
    reader.setFeature(feature_external_ges, True)
    reader.setContentHandler(Texts())
    reader.parse(BytesIO(next(iter(content(attack, ground).values()))))
    return Seen({}, "".join(told))


def every_line(attack: Attack, ground: Ground) -> Seen:
    """A record read to the last line of its bytes."""
    ground.monkeypatch.setattr("graders.recording.LINES_LIMIT", 10**9)
    try:
        return parsing(attack, ground)
    finally:
        ground.monkeypatch.undo()


WEAK: dict[str, Way] = {
    "every line of a record": every_line,
    "plain json": naive_json,
    "requirements as they are": naive_requirements,
    "plain XML": naive_report,
    "XML with its entities": naive_entities,
}
