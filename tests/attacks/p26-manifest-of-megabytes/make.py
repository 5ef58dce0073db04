def files(planted):
    return {"submission.toml": b"[run]\n" + b"a." * 30_000 + b'a = "x"\n'}
