def files(planted):
    log = "# AI usage log\n\n## 1\n**Prompt:** x \x1b[2J \u202egnirts\n**Correction:** y\0\n**Verification:** z\n"
    return {"AI_LOG.md": log.encode("utf-16"), "DECISIONS.md": b"\xff\xfe# \x1b]0;x\x07" + log.encode(), "README.md": b"\xef\xbb\xbf" + log.encode() + b"\xff\x9b\xed\xa0\x80"}
