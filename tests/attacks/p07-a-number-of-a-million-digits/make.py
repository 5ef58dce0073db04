def files(planted):
    return {"record.jsonl": b'{"kind": "finished", "exit_status": ' + b"9" * 1_000_000 + b"}"}
