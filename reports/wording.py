"""Words of the questions: what each category asks about, and how a core question is recognised.

Data, so that a reader can see every sentence that a report may ask. Neutral on purpose: a question asks how
the candidate thought, and supposes no reason.
"""

from __future__ import annotations

from typing import Literal

Topic = Literal["problem", "risks", "ai", "tests", "harden", "trade"]

TOPIC_WORDS: dict[Topic, frozenset[str]] = {
    "problem": frozenset({"problem", "solving", "success", "validate", "goal"}),
    "risks": frozenset({"risk", "risks", "unknown", "unknowns", "assumption", "assumptions"}),
    "ai": frozenset({"ai", "model", "models", "assistant", "override", "overrode", "overridden"}),
    "tests": frozenset({"test", "tests", "testing"}),
    "harden": frozenset({"harden", "hardening", "next", "production"}),
    "trade": frozenset({"trade", "tradeoff", "traded", "speed", "rigor", "rigour"}),
}
"""A core question belongs to the topic with which it shares most words (of its id and its text)."""

CATEGORY_TOPICS: dict[str, Topic] = {
    "happy-path": "problem",
    "csv": "tests",
    "validation": "problem",
    "dedupe": "risks",
    "enrichment": "risks",
    "clay-inbound": "ai",
    "clay-outbound": "ai",
    "idempotency": "risks",
    "concurrency": "risks",
    "security": "trade",
    "scale": "harden",
    "observability": "harden",
}
"""Which core question a failed contract test of a category belongs to. Others: `problem`.

The third-party service goes to the question on AI: models invent its headers and limits, so that is where a
candidate has something to tell on checking them.
"""

CATEGORY_QUESTIONS: dict[str, str] = {
    "happy-path": "How did you convince yourself that the main route works from end to end?",
    "csv": "Which kinds of file did you try before handing in, and how did you choose them?",
    "validation": "Where did you draw the line between a row to reject and a row to keep, and why there?",
    "dedupe": "Which cases did you have in mind when you decided what makes two rows the same lead?",
    "enrichment": "What did you want to happen to a lead while the provider does not answer as hoped?",
    "clay-inbound": "What did you take as given about Clay's callback, and how did you check it?",
    "clay-outbound": "What did you take as given about Clay's limits, and how did you check it?",
    "idempotency": "What did you want a client to see that sends the same thing twice?",
    "concurrency": "What did you picture happening when two requests touch the same lead at once?",
    "security": "Who did you have in mind as the person who should not get in or read along?",
    "scale": "At which size did you expect the first part to give way, and what did you measure?",
    "observability": "How would you find out, the morning after, what happened to one import?",
}

OTHER_QUESTION = "How did you decide what should happen here?"

CATEGORY_MENTIONS: dict[str, tuple[str, ...]] = {
    "csv": ("csv", "byte order mark", "bom", "delimiter", "quoted", "encoding"),
    "validation": ("validat", "reject", "invalid"),
    "dedupe": ("dedup", "duplicate", "merge", "same lead", "same email", "identity"),
    "enrichment": ("enrich", "provider", "retry", "retries", "back-off", "backoff", "timeout"),
    "clay-inbound": ("webhook", "callback", "inbound", "clay in"),
    "clay-outbound": ("outbound", "rate limit", "token bucket", "clay out", "burst", "rate-limit"),
    "idempotency": ("idempoten", "twice", "replay"),
    "concurrency": ("concurren", "race", "lock", "transaction", "parallel", "atomic"),
    "security": ("secur", "secret", "injection", "authent", "authori", "formula"),
    "scale": ("scale", "memory", "stream", "large file", "100k", "throughput"),
    "observability": ("logs", "logging", "metric", "observab", "trace", "tracing", "correlation"),
}
"""Words by which the decision log is taken to speak of a category: lower case, the head of a word."""

LEFT_OUT_WORDS = (
    *("out of scope", "not done", "left out", "leave out", "not implemented", "did not get", "didn't get", "no time"),
    *("lack of time", "future work", "next step", "would add", "not yet", "skipped", "todo", "known limit"),
)
"""Words by which a sentence is taken to say that something was left out: lower case, anywhere in it."""

GAP_QUESTIONS: dict[str, str] = {
    "otherwise": "What was different when you saw it?",
    "unverified": "How did you check what came out?",
    "accepted": "What made you trust it as it came?",
    "folder": "How was it built?",
    "replaced": "What else could this change break?",
    "session": "How did you know that it held?",
    "stated": "What did you look at, and what would have made you doubt it?",
    "tools": "Which tool did what?",
    "files": "Which parts came from a model, and which by hand?",
}
"""What is asked about a gap of the AI usage log, by the kind that its finding's id names; most worth asking first."""

OTHER_GAP = "What would you add to the log here?"
