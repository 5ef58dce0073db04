def files(planted):
    return {"record.jsonl": b"".join(b'{"kind": "result", "id": "tests/test_x.py::test_%07d", "outcome": "passed", "seconds": 0.1}\n' % n for n in range(400_000))}
