from repositories import make_repository


def source(folder, planted):
    return make_repository(folder / "demo", {
        "a.py": "1\n",
        "inner/HEAD": "ref: refs/heads/main\n",
        "inner/config": f"[core]\n\trepositoryformatversion = 0\n\tbare = true\n\tfsmonitor = touch {planted.markers}/inner\n",
        "inner/objects/x": "", "inner/refs/x": "",
    })
