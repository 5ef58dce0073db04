def files(planted):
    return {"AI_LOG.md": b"# AI usage log\n\n**Prompt:** " + b"write it " * 2_700_000, "ai/session.jsonl": b'{"type": "user", "text": "' + b"x" * 24_000_000 + b'"}\n'}
