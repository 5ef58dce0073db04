"""Aider: the Markdown history of all chats in a repository, one behind the other."""

from __future__ import annotations

import re

from graders.transcripts.changes import replaced
from graders.transcripts.draft import Draft
from graders.transcripts.paths import relative
from graders.transcripts.session import Event, Session
from graders.transcripts.source import Source

TOOL = "Aider"
_START = re.compile(r"^# aider chat started at (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)", re.MULTILINE)
_APPLIED = re.compile(r"^Applied edit to (.{1,500})$")
_COMMIT = re.compile(r"^Commit ([0-9a-f]{7,40}) (.{0,300})$")
_MODEL = re.compile(r"^(?:Main model|Models?): (\S{1,200})(?: with|$)")
_VERSION = re.compile(r"^Aider v(\S{1,40})")
_RUNNING = re.compile(r"^Running (?!in )(.{1,2000})$")
_DECLINED = re.compile(r"^(?:Allow|Create|Apply|Edit|Run shell)\b.{0,300}\?.{0,60}\b[nN]o?$")
_ASK = re.compile(r"^/(?:ask|code|architect|context|a|help)\s+(.+)", re.DOTALL)
_RUN = re.compile(r"^(?:!|/(?:run|test|lint)\b)\s*(.*)", re.DOTALL)
_COMMAND = re.compile(r"^/[a-z][\w-]{0,40}(?:\s|$)")
_OWN = (
    "# Fix any errors below, if possible.",
    "I ran this command:",
    "I ran and got this output:",
    "The LLM did not conform",
    "# The other ",
    "To suggest changes to a file you MUST",
)
"""How messages begin that Aider itself sends under the person's name: lint and test output, complaints on a format."""


def fits(source: Source) -> bool:
    return (bool(_START.search(source.text)) and "\n####" in "\n" + source.text) or bool(_START.search(source.head))


def read(source: Source) -> tuple[Session, ...]:
    """One session for every chat in which something happened."""
    draft = Draft(TOOL, source.path)
    drafts = [draft]
    chat = _Chat(draft)
    for number, line in enumerate(source.lines, start=1):
        if start := _START.match(line):
            chat.close()
            draft = Draft(TOOL, source.path)
            drafts.append(draft)
            chat = _Chat(draft, start[1])
        chat.line(line, number)
        draft.lines += 1
    chat.close()
    kept = [draft for draft in drafts if draft.events]
    return tuple(draft.session() for draft in kept or drafts[:1])


def entered(text: str, line: int, when: str | None, draft: Draft) -> None:
    """What a person entered: a prompt, or a command of Aider's. `/undo` takes back what the tool committed."""
    said = text.strip()
    if ran := _RUN.match(said):
        command = ran[1].strip()
        draft.put(Event("shell", line, draft.time(when), "run by the person", command=command[:4_000] or None))
    elif asked := _ASK.match(said):
        draft.add("prompt", line, when, asked[1])
    elif said.startswith("/undo"):
        draft.add("reject", line, when, "/undo")
    elif not _COMMAND.match(said):
        draft.add("prompt", line, when, said, synthetic=said.startswith(_OWN))


class _Chat:
    """One chat while it is read."""

    def __init__(self, draft: Draft, started: str | None = None) -> None:
        self.draft = draft
        self.when = started
        self.prompt: list[str] = []
        self.reply: list[str] = []
        self.prompt_line = self.reply_line = 0
        self.talking = False
        self.blocks = _Blocks()

    def line(self, line: str, number: int) -> None:
        if line.startswith("####") and line[4:5] in ("", " "):
            self._end_reply()
            self.prompt_line = self.prompt_line or number
            self.prompt.append(line[5:].rstrip())
            return
        self._end_prompt()
        if line.startswith("> ") or line.strip() == ">":
            self._told(line[2:].strip(), number)
            self.talking = False if line.strip("> ") else self.talking
        elif line.startswith("# aider chat started at "):
            return
        else:
            if line.strip():
                self.reply_line = self.reply_line or number
                self.talking = True
            self.reply.append(line)
            self.blocks.line(line)

    def close(self) -> None:
        self._end_prompt()
        self._end_reply()

    def _end_prompt(self) -> None:
        if self.prompt:
            entered("\n".join(self.prompt), self.prompt_line, self.when, self.draft)
        self.prompt, self.prompt_line = [], 0

    def _end_reply(self) -> None:
        if self.reply_line:
            self.draft.add("reply", self.reply_line, self.when, "\n".join(self.reply)[:4_000])
        self.reply, self.reply_line, self.talking = [], 0, False

    def _told(self, said: str, number: int) -> None:
        """A line of Aider's own."""
        draft = self.draft
        when = draft.time(self.when)
        if applied := _APPLIED.match(said):
            self._end_reply()
            path = applied[1].strip()
            added, removed = self.blocks.take(path)
            draft.put(Event("edit", number, when, path=relative(path, None), added=added, removed=removed))
        elif commit := _COMMIT.match(said):
            if draft.events and draft.events[-1].kind == "edit":
                last = draft.events.pop()
                text = f"commit {commit[1]}: {commit[2]}"
                draft.put(
                    Event("edit", last.line, last.when, text, path=last.path, added=last.added, removed=last.removed)
                )
        elif ran := _RUNNING.match(said):
            draft.put(Event("shell", number, when, command=ran[1]))
        elif said.startswith(("^C again to exit", "^C KeyboardInterrupt")):
            if self.talking:
                self._end_reply()
                draft.add("interrupt", number, self.when, said)
        elif _DECLINED.match(said):
            draft.add("reject", number, self.when, said)
        elif model := _MODEL.match(said):
            draft.model(model[1])
        elif version := _VERSION.match(said):
            draft.version = version[1]


class _Blocks:
    """The SEARCH and REPLACE blocks of a reply, counted by the file that stands above each."""

    def __init__(self) -> None:
        self.counts: dict[str, tuple[int, int]] = {}
        self.name = ""
        self.side = ""
        self.old: list[str] = []
        self.new: list[str] = []

    def line(self, line: str) -> None:
        if line.startswith("<<<<<<< SEARCH"):
            self.side, self.old, self.new = "old", [], []
        elif line.startswith("=======") and self.side == "old":
            self.side = "new"
        elif line.startswith(">>>>>>> REPLACE") and self.side == "new":
            added, removed = replaced("\n".join(self.old), "\n".join(self.new))
            before = self.counts.get(self.name, (0, 0))
            self.counts[self.name] = (before[0] + added, before[1] + removed)
            self.side = ""
        elif self.side:
            (self.old if self.side == "old" else self.new).append(line)
        elif line.strip() and not line.startswith("```"):
            self.name = line.strip(" `*#:")[:500]

    def take(self, path: str) -> tuple[int | None, int | None]:
        return self.counts.pop(path, (None, None))
