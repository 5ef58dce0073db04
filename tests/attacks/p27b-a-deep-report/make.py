def files(planted):
    return {"report.json": b'{"grades":' * 50_000}
