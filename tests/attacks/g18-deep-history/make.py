from repositories import Change, make_repository, run


def source(folder, planted):
    demo = make_repository(folder / "demo", {"a.py": "real\n"}, [Change({"a.py": "real 2\n"})])
    other = make_repository(folder / "demo", None, [Change({"a.py": "replaced BROKE\n"})], branch="other")
    run(demo, "replace", run(demo, "rev-parse", "main"), run(other, "rev-parse", "other"))
    run(demo, "update-ref", "refs/harness/submission", run(demo, "rev-parse", "other"))
    return demo
