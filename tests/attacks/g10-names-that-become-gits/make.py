from repositories import commit_tree, make_repository, run


def source(folder, planted):
    demo = make_repository(folder / "demo", {"a.py": "1\n"})
    blob = run(demo, "hash-object", "-w", "--stdin", feed=b"[core]\n")
    inner = run(demo, "hash-object", "-t", "tree", "-w", "--stdin", feed=b"100644 config\0" + bytes.fromhex(blob))
    outer = b"40000 .GIT\0" + bytes.fromhex(inner)
    commit_tree(demo, run(demo, "hash-object", "-t", "tree", "-w", "--stdin", "--literally", feed=outer))
    return demo
