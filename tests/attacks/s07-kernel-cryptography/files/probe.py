import errno
import socket

for family in (38, 39, 31, 17):
    try:
        socket.socket(family, socket.SOCK_SEQPACKET if family == 38 else socket.SOCK_RAW)
        print("BROKE opened family", family)
    except OSError as reason:
        if reason.errno not in (errno.EPERM, errno.EACCES):
            print("BROKE the kernel was asked for family", family, reason)
print("tried")
