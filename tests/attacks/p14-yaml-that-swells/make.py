def files(planted):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    tag = f"!!python/object/apply:os.system ['touch {planted.markers}/yaml']"
    text = "\n".join([*lines, "- prompt: *a11", f"  correction: {tag}", "  verification: *a11"])
    return {"ai_log.yaml": text.encode(), "AI_LOG.yml": text.encode(), "AI_LOG.md": None, "DECISIONS.md": f"---\n{text}\n---\n# Decisions\n".encode()}
