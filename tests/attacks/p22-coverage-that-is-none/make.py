def files(planted):
    return {"coverage.json": b"SQLite format 3\0" + b"\0" * 1_000_000}
