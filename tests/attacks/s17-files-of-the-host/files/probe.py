import os

STORE = "@STORE@"
for path in (STORE, "/host/" + os.path.basename(STORE), f"/proc/1/root{STORE}", f"/proc/self/root{STORE}", "../" * 30 + STORE.lstrip("/"),
             f"/proc/1/cwd/../../..{STORE}", f"/dev/fd/../../../..{STORE}"):
    try:
        with open(path) as file:
            print("BROKE", path, file.read())
    except OSError:
        pass
print("tried")
