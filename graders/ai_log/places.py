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
_CODE = (".py", ".ts", ".tsx", ".js", ".go", ".rs", ".java", ".rb", ".ipynb", ".kt", ".cs", ".php")
_RECORDS = re.compile(r"(?i)(?:^|/)(?:transcripts?|logs?|sessions?|history|chats?|ai[-_]?(?:log|use|usage)\w{0,4})/")
_SETTINGS = re.compile(
    r"(?i)(?:requirements|constraints|package|package-lock|tsconfig|pyproject|config|settings|labels|vocab|stopwords|"
    r"robots|licen[cs]e|cmakelists|model_?card|docker-compose|compose|\.)[\w.-]{0,40}$"
)
"""Files that lie in such a folder for other reasons."""
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
    r"(?:use|usage|used|using|disclosure|log|statement|assistance|assisted|collaboration|tools?|tooling|"
    r"workflow|process|"
    r"reflection|transcripts?|declaration|prompts?)"
)
_HEADING = re.compile(
    rf"(?i)\b(?:how|{_USE}) (?:(?:of|with|the|i|we|used) ){{0,3}}{_AI}\b|"
    rf"\b{_AI}(?: code)?(?:[ -](?:tools?|prompts?))?[ -]{_USE}\b|"
    r"^(?:\d+[.)] )?(?:(?:gen(?:erative)? ?)?ai|llms?|ai tools|prompts|prompts used|prompt log)$|"
    r"\b(?:uso|utilizaci[oó]n|registro|herramientas|ayuda) (?:de|con) .{0,25}\b(?:ia|inteligencia artificial)\b|"
    r"(?:использовани|применени|журнал|помощ|как я использ|инструмент)\w{0,4} .{0,25}(?:\bии\b|нейросет|"
    r"\bai\b|chatgpt)|"
    r"yapay zek[aâ]|\bai (?:kullan|günlü|araç)|(?:AI|인공지능) ?(?:도구)?(?:를)? ?(?:사용|활용|기록|프롬프트)|"
    r"^(?:\d+[.)] )?(?:working|built|developed|pairing|written) with (?:ai|llms?|claude|copilot|cursor|chatgpt)\b|"
    r"^(?:\d+[.)] )?ai[ -](?:assisted|assistance|pair|collaboration|notes|journal|policy|disclosure|contribution)\b"
)


def _words(text: str) -> frozenset[str]:
    """The words of a text, for looking them up."""
    return frozenset(re.findall(r"\S+", text))


_AI_WORDS = _words(
    "ai gai genai llm llms ia ki ии gpt chatgpt claude copilot cursor gemini codex aider generative yapay "
    "zeka 인공지능 "
    "aiusage ailog aichat"
)
_LOG_WORDS = _words(
    "log logs use usage used uses using note notes journal diary disclosure declaration statement prompt "
    "prompts chat "
    "chats history transcript transcripts session sessions conversation conversations interaction "
    "interactions record "
    "records recording report summary workflow process collaboration assistance assisted reflection "
    "reflections tools "
    "notas apuntes historial conversaciones anotações diário notizen tagebuch verlauf дневник заметки "
    "история notlar 메모 노트 "
    "tooling changelog involvement contribution contributions credits logbook retro exchanges steps timeline help "
    "decisions worklog devlog tracker trail audit appendix attribution acknowledgement acknowledgements "
    "experience evidence journey usagelog nutzung einsatz protokoll utilisation "
    "registro conversacion conversación bitacora bitácora uso diario journal журнал лог диалог диалоги "
    "переписка использование промпты запросы отчет отчёт "
    "sohbet konuşma gunlugu günlüğü gunluk günlük kullanim kullanım kullanimi kullanımı kayit kayıt kaydı "
    "kaydi notlari "
    "notları raporu "
    "istemler 사용 기록 사용기록 사용일지 사용내역 활용 활용기록 일지 로그 대화 대화기록 프롬프트"
)
_FILLERS = _words("the of de la el del my our i we how was is and y on in for en md a v1 v2 final code zeka")
_JOINED = re.compile(
    r"(?:^|[^a-z])(?:gen)?(?:ai|llm)[ _.-]?(?:usage[ _.-]?log|usage|log|prompts?|disclosure|journal)$|"
    r"(?:^|[ _.-])prompt[ _.-]?(?:log|history|journal)$"
)
"""Endings that tell a log whatever stands before them ("jane-doe-ai-log")."""
_CAMEL = re.compile(r"(?<=[a-zа-я])(?=[A-ZА-Я])")
_KEPT_BY_TOOLS = re.compile(
    r"(?i)^\.(?:claude|codex|cursor|gemini|copilot|opencode|continue|windsurf|cline|roo|factory)/[^\n]{1,300}\.jsonl$|"
    r"(?:^|/)(?:rollout-\d{4}-\d\d[^/]{0,80}\.jsonl|ui_messages\.json|api_conversation_history\.json)$|"
    r"^(?:\.aider\.input\.history|conversations\.json)$"
)
"""Files that tools write themselves, under the names that they give them."""
_TIDY = re.compile(r"[^0-9a-zа-яёğüşıöç가-힣]+")


@dataclass(frozen=True, slots=True)
class Place:
    """A file that its name makes a log (`whole`), or a document in which a heading may announce one."""

    path: str
    whole: bool
    readable: bool = True


def places(paths: Iterable[str]) -> tuple[Place, ...]:
    """Where the log may lie among a submission's paths: whole files first, "
    "those with telling names before folders."""
    every = list(paths)
    with_code = {folder for path in every if (folder := _top_folder(path)) and path.casefold().endswith(_CODE)}
    found: list[tuple[int, Place]] = []
    for path in every:
        place = _place(path)
        if place is None or (place[0] == 1 and _top_folder(path) in with_code and not _RECORDS.search(path)):
            continue  # a folder "ai" or "prompts" with code in it is a part of the product
        found.append(place)
    return tuple(place for _, place in sorted(found, key=lambda item: (item[0], item[1].path.count("/"), item[1].path)))


def _top_folder(path: str) -> str:
    """The folder for logs that a path lies in, at the root or in docs/; "" for any other path."""
    parts = path.casefold().split("/")[:-1]
    inner = parts[1:] if parts[:1] == ["docs"] else parts
    return inner[0] if inner and inner[0] in _TOP_FOLDERS else ""


def _tells(stem: str) -> bool:
    """Whether a file's name consists of words for AI and for a record, in any order and language known here."""
    words = [word for word in re.split(r"[\W_]{1,20}", _CAMEL.sub(" ", stem[:120]).casefold()) if word]
    # Korean names are written in one piece: "AI사용기록".
    words = [part for word in words for part in re.findall(r"[a-z]{1,60}|[^a-z]{1,60}", word)] if words else []
    words = [word for word in words if not word.isdigit()]
    rest = [word for word in words if word not in _AI_WORDS and word not in _LOG_WORDS and word not in _FILLERS]
    about = [word for word in words if word in _AI_WORDS]
    if about and not rest and any(word in _LOG_WORDS for word in words):
        return True
    return bool(_JOINED.search(" ".join(_CAMEL.sub(" ", stem[:120]).casefold().split())))


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
    named = tidy in _NAMES or _tells(name[: len(stem)] if stem else name)
    if known and named and not (code and tidy in ("prompt", "prompts", "ai", "llm")):
        return 0, Place(path, True, ending in TEXTS)
    if _top_folder(path) and ending in TEXTS - {""} and not name.startswith("__") and not _SETTINGS.match(name):
        return 1, Place(path, True, True)
    if _KEPT_BY_TOOLS.search(path) and not code:
        return 1, Place(path, True, True)
    if tidy in _PAGES and ending in ("", "md", "markdown", "txt", "rst") and len(parts) <= 1:
        return 2, Place(path, False)
    return None
