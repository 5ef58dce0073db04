import os

for name in ("environ", "mem", "maps", "cwd", "root", "exe", "auxv", "io", "pagemap", "stack", "syscall"):
    path = f"/proc/1/{name}"
    try:
        if name in ("cwd", "root", "exe"):
            print("BROKE read", path, os.readlink(path))
        else:
            with open(path, "rb") as file:
                print("BROKE read", path, file.read(64))
    except OSError:
        pass
try:
    print("BROKE", [os.readlink(f"/proc/1/fd/{number}") for number in os.listdir("/proc/1/fd")])
except OSError:
    pass
for path in ("/proc/1/fd/1", "/dev/console", "/proc/1/comm", "/proc/1/oom_score_adj"):
    try:
        with open(path, "w") as file:
            file.write("0")
        print("BROKE wrote to", path)
    except OSError:
        pass
print("tried")
