def files(planted):
    line = '{"kind": "result", "id": "t", "outcome": "passed", "seconds": 0.1}'
    return {"record.jsonl": b"\n".join([b"\xff\xfe", b"\0" * 100, line.replace("t", "\u00e9").encode()[:-20], line.encode("utf-7") + b"\xff"])}
