def files(planted):
    return {"requirements.txt": b"-r a.txt\n" * 3 + b"x" * 1_000_000 + b"\n" + b"fastapi\n" * 200_000, "a.txt": b"-r requirements.txt\n-r a.txt\n"}
