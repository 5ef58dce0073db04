import os

seen = set(os.listdir("/proc/self/fd"))
for number in sorted(seen, key=int):
    try:
        target = os.readlink(f"/proc/self/fd/{number}")
    except OSError:
        continue
    if int(number) > 2 and not target.startswith(("/proc/", "/submission/")):
        print("BROKE a descriptor", number, target)
for start in (".", "/proc/self/cwd", "/proc/1/cwd", "/proc/self/exe/..", *(f"/proc/self/fd/{number}" for number in range(64))):
    for up in range(12):
        try:
            with open(f"{start}/{'../' * up}@STORE@") as file:
                print("BROKE", start, up, file.read())
        except OSError:
            pass
try:
    os.chdir("/proc/self/fd/7")
    print("BROKE", os.getcwd())
except OSError:
    pass
print("tried")
