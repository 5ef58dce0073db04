"""What `harness ai-log` says: plain lines with what to do. Every text in them is scrubbed before it is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graders import candidate

Say = Callable[[str], None]
Clean = Callable[[str], str]
AFTER_INIT = """\
Fill in where it says so: four to eight moments that changed the work, each with prompt, correction and
verification. "None needed" and "not tested" are complete answers. Fifteen minutes are enough.
`harness ai-log export` drafts it from your tools' records; `harness ai-log check` shows what will be read."""
NOTHING_FOUND = """\
No session of this repository was found on this machine. A session belongs to the repository when it was
started in its folder, or in one inside it; where the folder had another name then, say so by --was FOLDER.
`harness ai-log init` writes a template to fill in by hand."""
NOBODY_TO_ASK = """\
Nothing was written, since nobody can be asked here: run it in a terminal and choose, or with --yes to take
them all."""
READ_THEM = """\
The rules know how secrets look, and not every secret: read the files before you hand them in. What you would
rather not share, delete; nothing asks for it."""
_PARTS = ("prompt", "correction", "verification")
_KINDS = {
    "log": "an AI usage log",
    "summary": "AI usage told as free text; it is shown to the reader as it stands, without entries",
    "product prompts": "prompts that your product sends at run time; not counted as a log",
    "no AI": "it says that no AI was used; that is a complete log",
    "template": "the template, with nothing filled in yet",
    "empty": "there is nothing written in it",
    "unreadable": "it can't be read here; a person will have to open it",
}


def tell_sessions(found: candidate.Discovery, clean: Clean, say: Say) -> None:
    """The list of sessions, with the numbers by which they are chosen; then what could not be read."""
    if found.found:
        say(f"  {'#':>3}  {'tool':<12}  {'started':<16}  {'prompts':>7}  {'size':>7}  first prompt")
    for number, one in enumerate(found.found, start=1):
        say(f"  {number:>3}  {_session(one, clean)}")
    for path, reason in found.troubles[:20]:
        say(f"  not read: {clean(str(path))}: {reason}")
    if len(found.troubles) > 20:
        say(f"  and {len(found.troubles) - 20} more files that were not read")


def _session(one: candidate.Found, clean: Clean) -> str:
    started = one.started.astimezone().strftime("%Y-%m-%d %H:%M") if one.started else "not recorded"
    prompts = one.prompts
    head = " ".join(clean(prompts[0].text).split()) if prompts else "(no prompt in it)"
    size = f"{one.size / 1000:.0f} kB" if one.size < 1_000_000 else f"{one.size / 1_000_000:.1f} MB"
    return f"{one.tool:<12}  {started:<16}  {len(prompts):>7}  {size:>7}  {head[:60] + ('…' if len(head) > 60 else '')}"


def tell_taken(taken: Mapping[str, int], say: Say) -> None:
    """What was taken out on the way, by rule."""
    if taken:
        listed = ", ".join(f"{count} × {rule}" for rule, count in sorted(taken.items()))
        say(f"Taken out: {listed}.")
    say(READ_THEM)


def tell_preview(seen: candidate.Preview, clean: Clean, say: Say) -> None:
    """What the reader will see, in the order in which one would mend it."""
    for path in seen.drafts:
        say(f"{clean(path)}: a draft, which nobody reads under this name; what you keep of it goes into AI_LOG.md")
    if not seen.documents:
        say("No AI usage log was found. `harness ai-log init` writes a template; these places were searched:")
        for place in seen.searched:
            say(f"  - {place}")
        return
    for document in seen.documents[:30]:
        count = len(document.entries)
        if document.kind == "transcript":
            prompts = f"{count} {'prompt' if count == 1 else 'prompts'}"
            say(f"{clean(document.path)}: a {document.shape} with {prompts}; it goes with the log, and is none itself")
        else:
            entries = f": {count} {'entry' if count == 1 else 'entries'}, read as {document.shape}" if count else ""
            say(f"{clean(document.path)}: {_KINDS.get(document.kind, document.kind)}{entries}")
        for problem in document.problems:
            say(f"  note: {clean(problem)}")
        for part in document.left_out[:5]:
            say(f"  not counted, line {part.line}: {clean(part.text)[:100] or 'a passage'}")
    if seen.entries:
        say("")
        _table(seen, clean, say)
    _mend(seen, clean, say)


def _table(seen: candidate.Preview, clean: Clean, say: Say) -> None:
    say(f"  {'entry':<44}  prompt  correction  verification")
    for entry in seen.entries[:60]:
        marks = ["✓" if part in entry.parts else "open" if part in entry.unfilled else "–" for part in _PARTS]
        title = clean(entry.title)
        title = title if title.startswith(f"{entry.n}.") else f"{entry.n}. {title}"
        title = title if len(title) <= 44 else f"{title[:43]}…"
        say(f"  {title:<44}  {marks[0]:<6}  {marks[1]:<10}  {marks[2]}")
    if len(seen.entries) > 60:
        say(f"  and {len(seen.entries) - 60} more")


def _mend(seen: candidate.Preview, clean: Clean, say: Say) -> None:
    if seen.gaps:
        say('\nStill to fill in ("none needed" and "not tested" are complete answers):')
        for gap in seen.gaps[:40]:
            holds = f"holds {clean(gap.text)!r}" if gap.text else "is empty"
            told = f"entry {gap.entry}, {gap.part}: {holds}" if gap.part else clean(gap.text)
            say(f"  {clean(gap.path)}:{gap.line}  {told}")
    missing = [(e, part) for e in seen.entries for part in _PARTS if part not in e.parts and part not in e.unfilled]
    if missing:
        say("\nNot there (a line such as **Verification:** with what you did is enough):")
        for entry, part in missing[:40]:
            say(f"  {clean(entry.path)}:{entry.line}  entry {entry.n} has no {part}")
    if seen.runs:
        say("\nRead as statements about test runs; they are shown beside what the tests gave, or run again:")
        for stated in seen.runs[:20]:
            say(f"  {clean(stated.path)}:{stated.line}  {' '.join(clean(stated.text).split())[:100]}")
    if seen.dead:
        say("\nNames that lead nowhere in this repository (fine where you know why):")
        for link in seen.dead[:40]:
            why = f" {link.why}" if link.why else ""
            say(f"  {clean(link.path)}:{link.line}  {link.kind} {clean(link.text)}{'.' if why else ''}{clean(why)}")
    if seen.unchecked:
        say(f"\n{seen.unchecked} commits could not be looked up: there is no git here, or no repository.")
    if seen.secrets:
        say("\nThese look like secrets. Take them out, and revoke them if they are real:")
        for path, secret in seen.secrets[:40]:
            say(f"  {clean(path)}:{secret.line}  {secret.rule}")
    if seen.personal:
        say("\nE-mail addresses or home folders; take out what belongs to somebody:")
        say("  " + ", ".join(f"{clean(path)}:{line}" for path, line in seen.personal[:40]))
    if seen.uncommitted:
        say("\nNot committed as they stand (new, changed or ignored), so they would not be handed in:")
        for path in seen.uncommitted[:20]:
            say(f"  {clean(path)}")
    complete = bool(seen.entries) and not (seen.gaps or missing or seen.secrets)
    if complete:
        say("\nComplete: every entry holds a prompt, a correction and a verification.")
    elif not any(document.kind in ("log", "summary", "no AI", "template") for document in seen.documents):
        say("\nNext: there is no log yet. `harness ai-log export` drafts one, `harness ai-log init` writes a template.")
    elif any(document.kind == "template" for document in seen.documents) and not seen.entries:
        say("\nNext: fill in the entries; four to eight are plenty, and fifteen minutes are enough.")


def preview_as_data(seen: candidate.Preview, clean: Clean) -> dict[str, Any]:
    """The same for programs."""

    def part_of(part: str, entry: Any) -> str:
        return "there" if part in entry.parts else "placeholder" if part in entry.unfilled else "missing"

    return {
        "documents": [
            {
                "path": clean(document.path),
                "kind": document.kind,
                "shape": document.shape,
                "entries": len(document.entries),
                "problems": [clean(problem) for problem in document.problems],
            }
            for document in seen.documents
        ],
        "entries": [
            {"n": entry.n, "title": clean(entry.title), "path": clean(entry.path), "line": entry.line}
            | {part: part_of(part, entry) for part in _PARTS}
            for entry in seen.entries
        ],
        "placeholders": [
            {"entry": gap.entry, "part": gap.part, "path": clean(gap.path), "line": gap.line, "text": clean(gap.text)}
            for gap in seen.gaps
        ],
        "links": {"named": seen.links, "not_checked": seen.unchecked, "lead_nowhere": _links(seen, clean)},
        "secrets": [{"path": clean(path), "line": secret.line, "rule": secret.rule} for path, secret in seen.secrets],
        "personal_data": [{"path": clean(path), "line": line} for path, line in seen.personal],
        "not_committed": None if seen.uncommitted is None else [clean(path) for path in seen.uncommitted],
        "test_runs": [
            {
                "path": clean(one.path),
                "line": one.line,
                "text": clean(one.text),
                "command": clean(one.command or "") or None,
            }
            for one in seen.runs
        ],
        "drafts": [clean(path) for path in seen.drafts],
        "searched": list(seen.searched) if not seen.documents else [],
    }


def _links(seen: candidate.Preview, clean: Clean) -> Sequence[dict[str, Any]]:
    return [
        {"kind": link.kind, "text": clean(link.text), "entry": link.entry, "path": clean(link.path), "line": link.line}
        for link in seen.dead
    ]
