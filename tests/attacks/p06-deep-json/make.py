def files(planted):
    deep = [b"[" * 100_000, b'{"kind":' * 50_000, b'{"kind": "result", "id": ' + b"[" * 50_000 + b"]" * 50_000 + b"}"]
    return {"record.jsonl": b"\n".join([*deep, b'{"kind": "finished", "exit_status": 1}'])}
