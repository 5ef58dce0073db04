"""Places: where people put their AI usage log. Which of a submission's files are one, by their names alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

TEXTS = frozenset(
    {
        "",
        "md",
        "markdown",
        "mdx",
        "txt",
        "text",
        "rst",
        "adoc",
        "org",
        "json",
        "jsonl",
        "ndjson",
        "yaml",
        "yml",
        "csv",
        "tsv",
        "log",
    }
)
OTHERS = frozenset({"pdf", "docx", "doc", "odt", "html", "htm", "rtf", "zip", "png", "jpg", "jpeg"})
"""A log may well be one of these; it is then named, and said not to be read."""
FILES = 100
"""Documents that are read; more are counted."""

_SKIPPED = frozenset(
    {"node_modules", ".venv", "venv", "site-packages", "vendor", ".git", "__pycache__", "dist", "build", ".tox"}
)
_NAMES = frozenset(
    {
        *(
            "ailog",
            "ailogs",
            "aiusagelog",
            "aiusage",
            "aiusagelogs",
            "aiuse",
            "aiuselog",
            "aidisclosure",
            "aideclaration",
        ),
        *(
            "aijournal",
            "ainotes",
            "aiprompts",
            "aipromptlog",
            "aichat",
            "aichatlog",
            "aichats",
            "aihistory",
            "aiworklog",
        ),
        *("aitranscript", "aitranscripts", "aiassistance", "aiassistancelog", "aicollaboration", "aicollaborationlog"),
        *(
            "aiworkflow",
            "aiprocess",
            "aireport",
            "aiusagereport",
            "aireflection",
            "aistatement",
            "aitools",
            "aitooling",
        ),
        *(
            "aiinteractions",
            "aiinteractionlog",
            "aisession",
            "aisessions",
            "aidiary",
            "aidevlog",
            "aidecisions",
            "usageofai",
        ),
        *(
            "useofai",
            "howiusedai",
            "howaiwasused",
            "llmusage",
            "llmlog",
            "llmusagelog",
            "llmnotes",
            "llmprompts",
            "llmuse",
        ),
        *("llmtranscript", "llmchat", "genailog", "genaiusage", "genaiusagelog", "generativeai", "prompts", "prompt"),
        *("promptlog", "promptslog", "prompthistory", "promptsused", "promptsjournal", "chatlog", "chathistory"),
        *(
            "chattranscript",
            "chatgpt",
            "chatgptlog",
            "chatgptconversation",
            "claudelog",
            "claudechat",
            "claudetranscript",
        ),
        *("copilotlog", "cursorlog", "cursorchat", "buildlog", "aiderchathistory", "usoia", "usodeia", "registroia"),
        *("registrodeia", "yapayzekakullanimi", "yapayzeka", "ai", "llm"),
    }
)
"""File names without their ending, in lower case and without signs, that are an AI usage log wherever they lie."""
_TOP_FOLDERS = frozenset(
    {"ai", ".ai", "aiuse", "ai-use", "ai_use", "ai-log", "ai_log", "ailog", "ai-logs", "ai_logs", "ailogs", "ai-usage"}
    | {"ai_usage", "ai-transcripts", "ai_transcripts", "transcripts", "prompts", "ai-prompts", "ai_prompts", "chats"}
    | {"chat-logs", "chat_logs", "llm-logs", "llm_logs", ".specstory"}
)
"""Folders at the root, or directly in docs/, whose text files are the log or its transcripts."""
_PAGES = frozenset({"readme", "notes", "solution", "submission", "decisions", "decisionlog", "walkthrough", "writeup"})
"""Documents in which a heading can announce the log."""
SEARCHED: tuple[str, ...] = (
    "a file given with --ai-log",
    "AI_LOG, AI_USAGE_LOG, AI_USAGE and their spellings (any folder; .md, .txt, .json, .jsonl, .csv and others)",
    "LLM_USAGE, LLM_LOG, GENAI_USAGE and their spellings",
    "PROMPTS, PROMPT_LOG, PROMPT_HISTORY",
    "AI_DISCLOSURE, AI-DECLARATION, AIUSE",
    "BUILDLOG",
    "CHAT_LOG, CHATGPT, CLAUDE_LOG, COPILOT_LOG, CURSOR_LOG",
    ".aider.chat.history.md",
    "the folders ai/, .ai/, aiuse/, ai-log/ (and spellings)",
    "the folders prompts/, chats/, transcripts/ and docs/ai/",
    ".specstory/history/",
    "a heading on AI, LLM or prompts in README",
    "such a heading in NOTES, SOLUTION, SUBMISSION, DECISIONS, WALKTHROUGH",
    'a sentence "no AI was used" in any of these documents',
)
"""What a reader is told when nothing was found."""

_AI = r"(?:gen(?:erative)? ?)?(?:ai|llms?|chatgpt|claude|copilot|cursor)"
_USE = (
    r"(?:use|usage|used|using|disclosure|log|statement|assistance|assisted|collaboration|tools?|tooling|workflow|process|"
    r"reflection|transcripts?|declaration|prompts?)"
)
_HEADING = re.compile(
    rf"(?i)\b(?:how|{_USE}) (?:(?:of|with|the|i|we|used) ){{0,3}}{_AI}\b|"
    rf"\b{_AI}(?: code)?(?:[ -](?:tools?|prompts?))?[ -]{_USE}\b|"
    r"^(?:\d+[.)] )?(?:(?:gen(?:erative)? ?)?ai|llms?|ai tools|prompts|prompts used|prompt log)$|"
    r"uso de (?:la )?ia\b|использовани[ея] (?:ии|нейросет)|yapay zek[aâ]|(?:AI|인공지능) ?(?:사용|활용)"
)
_TIDY = re.compile(r"[^0-9a-zа-яёğüşıöç가-힣]+")


@dataclass(frozen=True, slots=True)
class Place:
    """A file that its name makes a log (`whole`), or a document in which a heading may announce one."""

    path: str
    whole: bool
    readable: bool = True


def places(paths: Iterable[str]) -> tuple[Place, ...]:
    """Where the log may lie among a submission's paths: whole files first, those with telling names before folders."""
    found: list[tuple[int, Place]] = []
    for path in paths:
        place = _place(path)
        if place is not None:
            found.append(place)
    return tuple(place for _, place in sorted(found, key=lambda item: (item[0], item[1].path.count("/"), item[1].path)))


def is_about_ai(heading: str) -> bool:
    """Whether a heading announces how AI was used (and not that the product does something with AI)."""
    return bool(_HEADING.search(heading.strip(" #*_:")[:120]))


def _place(path: str) -> tuple[int, Place] | None:
    folders, _, name = path.rpartition("/")
    parts: Sequence[str] = [part.casefold() for part in folders.split("/") if part]
    if _SKIPPED.intersection(parts):
        return None
    stem, _, ending = name.casefold().rpartition(".") if "." in name[1:] else (name.casefold(), "", "")
    tidy = _TIDY.sub("", stem)
    known = ending in TEXTS or ending in OTHERS
    code = {"src", "app", "tests", "test", "lib", "migrations", "hidden_tests"}.intersection(parts)
    if known and tidy in _NAMES and not (code and tidy in ("prompt", "prompts", "ai", "llm")):
        return 0, Place(path, True, ending in TEXTS)
    inner = parts[1:] if parts[:1] == ["docs"] else parts
    if inner and inner[0] in _TOP_FOLDERS and ending in TEXTS - {""} and not name.startswith("__"):
        return 1, Place(path, True, True)
    if tidy in _PAGES and ending in ("", "md", "markdown", "txt", "rst") and len(parts) <= 1:
        return 2, Place(path, False)
    return None
