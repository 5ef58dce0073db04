from repositories import Link, make_repository


def source(folder, planted):
    return make_repository(folder / "demo", {
        "a.py": "1\n", "data.csv": Link(str(planted.store)), "README.md": Link(str(planted.store)), "AI_LOG.md": Link("/proc/self/environ"),
        "sly/here": Link("."), "sly/up": Link("here/../../../../../../../../../.." + str(planted.store)),
    })
