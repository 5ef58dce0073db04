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


call("io_uring_setup", (425, 425), 8, ctypes.create_string_buffer(120))
call("io_uring_enter", (426, 426), 3, 0, 0, 0, 0)
print("tried")
