from repositories import make_repository


def source(folder, planted):
    return make_repository(folder / "demo", {
        "a.py": "1\n", "line\nfeed.py": "1\n", "\x1b[31mred\x07.py": "1\n", "\u202egnp.py": "1\n", b"\xff\xfe.py": "1\n", 'quo"te\t.py': "1\n",
        "100644 blob 0000 - a\tb": "x", "-rf": "x", "--help": "x", "name with spaces ": "x",
    })
