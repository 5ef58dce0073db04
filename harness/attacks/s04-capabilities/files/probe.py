import ctypes
import errno
import os
import platform

libc = ctypes.CDLL(None, use_errno=True)
COLUMN = 0 if platform.machine() == "x86_64" else 1


def call(name, numbers, *arguments):
    """Ask the kernel; it has to answer EPERM or ENOSYS."""
    ctypes.set_errno(0)
    answer = libc.syscall(numbers[COLUMN], *arguments)
    if answer != -1 or ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS):
        print("BROKE", name, answer, errno.errorcode.get(ctypes.get_errno(), ""))


import socket

os.makedirs("/tmp/root", exist_ok=True)
call("chroot", (161, 51), b"/tmp/root")
call("mount", (165, 40), b"none", b"/tmp/root", b"tmpfs", 0, 0)
call("sethostname", (170, 161), b"other", 5)
call("swapon", (167, 224), b"/tmp/x", 0)
try:
    socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    print("BROKE a raw socket")
except OSError:
    pass
with open("/proc/self/status") as status:
    sets = {line.split(":")[0]: int(line.split()[1], 16) for line in status if line.startswith("Cap")}
if any(sets.values()):
    print("BROKE capabilities", sets)
print("tried")
