from repositories import make_repository, run


def source(folder, planted):
    demo = make_repository(folder / "demo", {"a.py": "1\n"})
    with (demo / "zeros.bin").open("wb") as file:
        file.truncate(300 << 20)
    blob = run(demo, "hash-object", "-w", "zeros.bin")
    (demo / "zeros.bin").unlink()
    listing = run(demo, "ls-tree", "HEAD") + f"\n100644 blob {blob}\tzeros.bin\n"
    from repositories import commit_tree

    commit_tree(demo, run(demo, "mktree", feed=listing.encode()))
    return demo
