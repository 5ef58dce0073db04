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


call("keyctl", (250, 219), 0, -4, 1, 0, 0)
call("add_key", (248, 217), b"user", b"left", b"here", 4, -4)
call("request_key", (249, 218), b"user", b"left", 0, -4)
print("tried")
