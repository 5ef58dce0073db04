import os

for place in ("/", "/etc", "/usr/lib", "/usr/local/lib", "/var/tmp", "/var/lib", "/opt", "/srv", "/run", "/home", "/root", "/harness",
              "/environment", "/tools", "/sys/fs/cgroup", "/proc/sys/kernel", "/dev"):
    try:
        with open(os.path.join(place, "x"), "w") as file:
            file.write("x")
        print("BROKE wrote to", place)
    except OSError:
        pass
for path in ("/etc/passwd", "/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/sys/kernel/mm/transparent_hugepage/enabled"):
    try:
        open(path, "r+").close()
        print("BROKE could open", path)
    except OSError:
        pass
print("tried")
