def files(planted):
    return {"record.jsonl": b"0\n" * (4 * 1024 * 1024)}
