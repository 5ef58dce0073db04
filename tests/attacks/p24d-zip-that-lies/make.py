import zipfile


def source(folder, planted):
    path = folder / "liar.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("demo/a.py", "1\n")
        archive.writestr("demo/b.py", "2\n" * 100)
    content = path.read_bytes()
    head, _, tail = content.rpartition(b"PK\x01\x02")
    at = content.index(b"PK\x01\x02")
    path.write_bytes(content[:at] + content[at:].replace(b"demo/b.py", b"../../b.p"))
    return path
