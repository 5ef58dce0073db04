import zipfile


def source(folder, planted):
    path = folder / "submission.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("demo/a.py", "1\n")
        for number in range(100_000):
            archive.writestr(f"demo/{number}", b"", zipfile.ZIP_STORED)
    return path
