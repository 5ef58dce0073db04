import zipfile


def source(folder, planted):
    path = folder / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("demo/a.py", "1\n")
        with archive.open("demo/zeros.bin", "w", force_zip64=True) as member:
            for _ in range(256):
                member.write(bytes(1 << 20))
    return path
