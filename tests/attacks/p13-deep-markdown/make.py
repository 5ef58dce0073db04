def files(planted):
    deep = "\n".join("  " * min(n, 400) + "- x" for n in range(2_000)) + "\n" + ">" * 50_000 + "\n" + "```\n" * 5_001 + "<!--" * 20_000
    return {name: deep.encode() for name in ("AI_LOG.md", "DECISIONS.md", "README.md")}
