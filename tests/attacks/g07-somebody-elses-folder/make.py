import os

from repositories import make_repository


def source(folder, planted):
    demo = make_repository(folder / "demo", {"a.py": "1\n"})
    if os.geteuid() == 0:
        for place, _, names in os.walk(demo):
            for path in (place, *(os.path.join(place, name) for name in names)):
                os.chown(path, 12345, 12345)
    return demo
