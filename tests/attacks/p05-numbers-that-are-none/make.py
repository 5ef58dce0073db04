def files(planted):
    odd = ("NaN", "Infinity", "-Infinity", "1e999", "-1", '"1"', "true", "null", "[]")
    lines = [f'{{"kind": "result", "id": "t{number}", "outcome": "passed", "seconds": {value}}}' for number, value in enumerate(odd)]
    lines += [f'{{"kind": "finished", "exit_status": {value}}}' for value in ("-1", "256", "1e999", "NaN")]
    return {"record.jsonl": "\n".join(lines).encode()}
