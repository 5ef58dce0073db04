import os

import evil

for path in (evil.__file__, os.path.dirname(evil.__file__) + "/left.pth", "/environment/left", "/environment/bin/python", "/environment/pyvenv.cfg"):
    if os.path.exists(path) and "left" in path:
        print("BROKE found", path)
    for do in (lambda: open(path, "a").close(), lambda: os.chmod(path, 0o777), lambda: os.rename(path, path + "x"), lambda: os.unlink(path)):
        try:
            do()
            print("BROKE changed", path)
        except OSError:
            pass
print("tried")
