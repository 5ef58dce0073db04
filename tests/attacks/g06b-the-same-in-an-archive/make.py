import shutil

from attack_repository import armed_repository


def source(folder, planted):
    borrowed = armed_repository(folder, planted) / ".git" / "objects" / "info" / "alternates"
    borrowed.parent.mkdir(exist_ok=True)
    borrowed.write_text("/srv/private/.git/objects\n")
    return shutil.make_archive(str(folder / "packed"), "gztar", folder, "demo")
