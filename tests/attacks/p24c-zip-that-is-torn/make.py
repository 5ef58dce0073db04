import zipfile


def source(folder, planted):
    whole = folder / "whole.zip"
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("demo/a.py", "1\n" * 1000)
    content = whole.read_bytes()
    path = folder / "torn.zip"
    path.write_bytes(content[: len(content) // 2] + b"PK\x05\x06" + b"\xff" * 18)
    return path
