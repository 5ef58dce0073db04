def files(planted):
    return {"coverage.json": b'{"files":' * 100_000}
