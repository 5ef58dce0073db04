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


call("unshare a user namespace", (272, 97), 0x10000000)
# A child that came to be must not go on here.
parent = os.getpid()
call("clone into a user namespace", (56, 220), 0x10000011, 0, 0, 0, 0)
if os.getpid() == parent:
    print("tried")
