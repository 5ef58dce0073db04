import socket

for family, kind, protocol in ((17, 3, 0x0300), (17, 2, 0x0300), (2, 3, 1), (2, 3, 6), (10, 3, 58)):
    try:
        socket.socket(family, kind, protocol)
        print("BROKE opened", family, kind)
    except OSError:
        pass
import struct
with socket.socket(16, 3, 0) as netlink:
    netlink.settimeout(0.3)
    # a new address for the loopback: 10.1.2.3/8
    body = struct.pack("BBBBI", 2, 8, 0, 0, 1) + struct.pack("HH4s", 8, 2, socket.inet_aton("10.1.2.3"))
    netlink.send(struct.pack("IHHII", 16 + len(body), 20, 0x605, 1, 0) + body)
    answer = netlink.recv(4096)
    if struct.unpack("i", answer[16:20])[0] == 0:
        print("BROKE gave the loopback an address")
print("tried")
