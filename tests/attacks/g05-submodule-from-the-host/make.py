from repositories import Submodule, make_repository, run


def source(folder, planted):
    private = make_repository(folder / "private", {"secret.txt": planted.store.read_text()})
    commit = run(private, "rev-parse", "HEAD")
    return make_repository(folder / "demo", {
        "a.py": "1\n",
        "lib": Submodule(commit),
        ".gitmodules": f'[submodule "lib"]\n\tpath = lib\n\turl = file://{private}\n',
    })
