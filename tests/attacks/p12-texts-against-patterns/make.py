def files(planted):
    spaces, letters = " " * 50_000, "a" * 50_000
    evil = "\n".join(["# AI usage log", "## " + letters + "!", "**Prompt:**" + spaces + "x", letters + "@" * 50_000, "-" * 50_000 + "x", "|" * 20_000, "*" * 50_000,
                      "`" * 50_001, "<" * 50_000, "[" * 50_000 + "](" * 1000, "1." * 30_000, ("> " * 20_000) + "x", "commit " + "0" * 50_000, "took " + "1 h " * 20_000, "https://" + "a." * 30_000])
    return {name: evil.encode() for name in ("AI_LOG.md", "DECISIONS.md", "README.md", "WALKTHROUGH.md")}
