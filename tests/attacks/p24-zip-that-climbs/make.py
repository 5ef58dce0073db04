import zipfile


def source(folder, planted):
    path = folder / "submission.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("demo/a.py", "1\n")
        archive.writestr(f"demo/../../../../../../../../../../..{planted.markers}/zipped", "x")
    return path
