import errno
import socket

try:
    socket.socket(40, socket.SOCK_STREAM)
    print("BROKE opened")
except OSError as reason:
    if reason.errno != errno.EPERM:
        print("BROKE the kernel was asked:", reason)
print("tried")
