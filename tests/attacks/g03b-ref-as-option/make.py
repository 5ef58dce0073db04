from repositories import make_repository


def source(folder, planted):
    return make_repository(folder / "demo", {"a.py": "1\n"})
