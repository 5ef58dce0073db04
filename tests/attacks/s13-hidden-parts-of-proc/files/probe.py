import os

for path in ("/proc/keys", "/proc/kcore", "/proc/timer_list", "/proc/sched_debug", "/proc/latency_stats"):
    try:
        with open(path, "rb") as file:
            if found := file.read(200):
                print("BROKE read", path, found[:80])
    except OSError:
        pass
for path in ("/proc/acpi", "/proc/scsi", "/proc/asound", "/sys/firmware", "/sys/devices/virtual/powercap"):
    try:
        if names := os.listdir(path):
            print("BROKE listed", path, names[:5])
    except OSError:
        pass
for path in ("/proc/sysrq-trigger", "/proc/sys/kernel/core_pattern", "/proc/irq/default_smp_affinity", "/sys/kernel/uevent_helper"):
    try:
        os.close(os.open(path, os.O_WRONLY))
        print("BROKE opened for writing", path)
    except OSError:
        pass
for path in ("/dev/console", "/dev/tty", "/dev/mem", "/dev/kmsg"):
    try:
        os.close(os.open(path, os.O_RDWR))
        print("BROKE opened", path)
    except OSError:
        pass
print("tried")
