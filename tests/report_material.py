"""What the hand-made reports are about: a challenge's categories, questions, anchors and hidden tests, as data."""

from __future__ import annotations

# ruff: noqa: E501 - rows of data are read best on one line each

CATEGORIES = (
    ("happy-path", "Happy path", "The main route: import, list, enrich, send on."),
    ("csv", "CSV shapes", "Byte order marks, quoting, line ends, ragged rows."),
    ("validation", "Validation", "Which rows are kept and which are rejected, with a code."),
    ("dedupe", "Dedupe and merge", "When two rows are one lead, and what a merge keeps."),
    ("enrichment", "Enrichment", "A provider that is slow, wrong, partial or away."),
    ("clay-inbound", "Clay, inbound", "Enriched rows that come back: secret, repeats, order."),
    ("clay-outbound", "Clay, outbound", "Sending on within the table's limits, losing nothing."),
    ("idempotency", "Idempotency", "The same request twice has one effect."),
    ("concurrency", "Concurrency", "Several requests on the same lead at once."),
    ("security", "Security", "Secrets, formula cells, file names, server-side requests."),
    ("scale", "Scale", "A hundred thousand rows within memory and time."),
    ("observability", "Observability", "Finding out afterwards what happened, without personal data."),
)

CORE_QUESTIONS = (
    ("success", "What problem are you solving and how will you validate success?"),
    ("risks", "What are the first three risks or unknowns that you addressed?"),
    ("ai-use", "How did you use AI, and where did you override it?"),
    ("tests", "What tests did you choose, and why?"),
    ("harden", "What would you harden next?"),
    ("trade-off", "Where did you trade speed against rigour?"),
)

LEVELS = ("Strong Hire", "Hire", "Mixed", "No Hire")

DIMENSIONS = (
    (
        "correctness",
        "Correctness",
        (
            "States the contract in own words, and a test proves each sentence; failures are found by the candidate first.",
            "The brief's behaviours hold; the candidate knows which do not, and why.",
            "The main route holds; some stated behaviours do not, and this comes as a surprise.",
            "The main route does not hold, or the candidate cannot say what it does.",
        ),
    ),
    (
        "edge_cases",
        "Edge cases",
        (
            "Names cases beyond the brief, decided and written down, each with what happens.",
            "Most stated edges are handled; the open ones are known.",
            "Edges are handled where the starter pointed at them.",
            "One bad row stops the import, and that was not noticed.",
        ),
    ),
    (
        "ai_judgement",
        "Judgement with AI",
        (
            "Shows proposals that were turned down, how it was noticed, and what was run to be sure.",
            "Reads and runs what a model proposes before keeping it.",
            "Keeps most proposals; checks by reading.",
            "Cannot explain parts of the code that a model wrote.",
        ),
    ),
    (
        "communication",
        "Written communication",
        (
            "A colleague could take over with the README and the decision log alone.",
            "Decisions have reasons and options.",
            "Decisions are listed without reasons.",
            "Nothing is written down.",
        ),
    ),
)

TESTS: tuple[tuple[str, str, str, str], ...] = (
    (
        "test_imports.py::test_clean_rows",
        "happy-path",
        "contract",
        "Three clean rows become three leads with exactly their values.",
    ),
    (
        "test_imports.py::test_counts_add_up",
        "happy-path",
        "contract",
        "The counts of an import add up to the rows received.",
    ),
    (
        "test_imports.py::test_list_is_stable",
        "happy-path",
        "contract",
        "Pages of leads neither repeat nor skip while rows come in.",
    ),
    ("test_imports.py::test_header_order", "happy-path", "robustness", "Columns may come in any order."),
    ("test_csv.py::test_byte_order_mark", "csv", "contract", "A byte order mark does not hide the first column."),
    (
        "test_csv.py::test_quoted_newline",
        "csv",
        "contract",
        "A quoted line break keeps the row numbers of later errors right.",
    ),
    (
        "test_csv.py::test_ragged_row",
        "csv",
        "contract",
        "A row with too few cells is rejected and the others are imported.",
    ),
    ("test_csv.py::test_empty_file", "csv", "contract", "An empty file is refused and nothing is stored."),
    (
        "test_csv.py::test_lone_carriage_return",
        "csv",
        "robustness",
        "A file with lone carriage returns as line ends is imported or refused clearly.",
    ),
    ("test_csv.py::test_semicolons", "csv", "probe", "A semicolon-separated file arrives."),
    (
        "test_validation.py::test_invalid_addresses[two at signs]",
        "validation",
        "contract",
        "An address with two @ is rejected with invalid_email.",
    ),
    (
        "test_validation.py::test_valid_addresses[plus tag]",
        "validation",
        "contract",
        "An address with a plus tag is accepted.",
    ),
    (
        "test_validation.py::test_unicode_names",
        "validation",
        "robustness",
        "Names in any script are stored as they came.",
    ),
    (
        "test_dedupe.py::test_same_email_twice",
        "dedupe",
        "contract",
        "The same e-mail address twice in one file becomes one lead.",
    ),
    ("test_dedupe.py::test_case", "dedupe", "contract", "Addresses that differ in case alone are one lead."),
    ("test_dedupe.py::test_empty_never_erases", "dedupe", "contract", "An empty cell never erases a known value."),
    ("test_dedupe.py::test_reimport", "dedupe", "contract", "Importing the same file again changes nothing."),
    ("test_dedupe.py::test_gmail_dots", "dedupe", "probe", "Two Gmail addresses differ in dots alone."),
    (
        "test_enrichment.py::test_not_found",
        "enrichment",
        "contract",
        "A lead that the provider does not know is kept, and not asked for again.",
    ),
    (
        "test_enrichment.py::test_retry_after",
        "enrichment",
        "contract",
        "After 429 with Retry-After the next call waits at least that long.",
    ),
    ("test_enrichment.py::test_hang", "enrichment", "contract", "A provider that hangs does not hold up the import."),
    (
        "test_enrichment.py::test_401",
        "enrichment",
        "robustness",
        "After 401 the provider is not asked again and again.",
    ),
    (
        "test_clay_in.py::test_wrong_secret",
        "clay-inbound",
        "contract",
        "A callback with a wrong secret is refused and stores nothing.",
    ),
    ("test_clay_in.py::test_duplicate", "clay-inbound", "contract", "The same delivery twice has one effect."),
    (
        "test_clay_in.py::test_stale",
        "clay-inbound",
        "robustness",
        "An older delivery that comes late does not replace a newer one.",
    ),
    (
        "test_clay_out.py::test_rate",
        "clay-outbound",
        "contract",
        "Two hundred leads are sent at no more than ten a second after the burst.",
    ),
    ("test_clay_out.py::test_nothing_lost", "clay-outbound", "contract", "After 429 every lead is sent in the end."),
    (
        "test_clay_out.py::test_crash",
        "clay-outbound",
        "robustness",
        "After a crash every lead is sent at least once, under the same lead_id.",
    ),
    ("test_idempotency.py::test_same_key", "idempotency", "contract", "The same key and bytes give the same import."),
    (
        "test_idempotency.py::test_other_bytes",
        "idempotency",
        "contract",
        "The same key with other bytes is refused with 409.",
    ),
    (
        "test_concurrency.py::test_two_imports",
        "concurrency",
        "contract",
        "Two imports of the same addresses at once give each lead once.",
    ),
    (
        "test_concurrency.py::test_kill",
        "concurrency",
        "robustness",
        "After a kill in mid import the counts tell the truth.",
    ),
    (
        "test_security.py::test_formula_cells",
        "security",
        "contract",
        "A cell that a spreadsheet would run is neutralised in the export.",
    ),
    ("test_security.py::test_no_server_side_request", "security", "robustness", "A website field is never fetched."),
    (
        "test_scale.py::test_hundred_thousand",
        "scale",
        "robustness",
        "A hundred thousand rows are imported within 512 MiB.",
    ),
    (
        "test_observability.py::test_no_personal_data",
        "observability",
        "contract",
        "No e-mail address, phone number or secret reaches the logs.",
    ),
    (
        "test_observability.py::test_health",
        "observability",
        "contract",
        "The health check answers within fifteen seconds of the start.",
    ),
)

SEEN: dict[str, tuple[str, str, str]] = {
    "test_dedupe.py::test_same_email_twice": (
        "email,company\nada@lovelace.example,Analytical\nada@lovelace.example,Engines",
        "1 lead with ada@lovelace.example",
        "2 leads with ada@lovelace.example",
    ),
    "test_dedupe.py::test_empty_never_erases": (
        "a lead with phone +1 555 010-0100, then a row with an empty phone",
        "phone is still +1 555 010-0100",
        "phone is null",
    ),
    "test_csv.py::test_quoted_newline": (
        'email,title\nbo@x.example,"Head,\nGrowth"\nnot-an-address,CEO',
        "one error at row 2",
        "one error at row 3",
    ),
    "test_enrichment.py::test_hang": (
        "a provider that accepts the call and never answers",
        "the import is completed within 10 s",
        "the import is still processing after 10 s",
    ),
    "test_clay_out.py::test_rate": (
        "200 leads, 10 a second, burst 20",
        "no second with more than 30 calls",
        "200 calls within 1.2 s",
    ),
    "test_security.py::test_formula_cells": ("company =HYPERLINK(1)", "'=HYPERLINK(1)", "=HYPERLINK(1)"),
    "test_scale.py::test_hundred_thousand": (
        "100,000 rows, 20 MB",
        "peak memory below 512 MiB",
        "out of memory after 38 s",
    ),
    "test_csv.py::test_semicolons": ("email;company", "no right answer", "400 with code missing_column"),
    "test_dedupe.py::test_gmail_dots": ("a.da@gmail.com, ada@gmail.com", "no right answer", "two leads"),
}
