import io
import tarfile


def member(name, kind=tarfile.REGTYPE, target="", content=b""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, target, len(content)
    return info, io.BytesIO(content)


def source(folder, planted):
    path = folder / "submission.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        archive.addfile(*member("demo/a.py", content=b"1\n"))
        archive.addfile(*member("demo/pipe", tarfile.FIFOTYPE))
        archive.addfile(*member("demo/device", tarfile.CHRTYPE))
    return path
