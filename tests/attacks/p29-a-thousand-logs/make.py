def files(planted):
    log = b"# AI usage log\n\n## 1\n**Prompt:** x\n**Correction:** y\n**Verification:** z\n"
    return {f"ai/logs/AI_LOG_{n}.md": log for n in range(3_000)} | {f"chats/session-{n}.jsonl": b'{"type": "user", "message": {"role": "user", "content": "x"}}\n' for n in range(1_000)}
