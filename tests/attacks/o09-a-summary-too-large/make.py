def files(planted):
    return {"payload.txt": b"many words " * 300_000}
