import socket

for index, name in socket.if_nameindex():
    for host in ("fe80::1", "ff02::1", "2001:4860:4860::8888", "fd00:ec2::254"):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            with socket.socket(socket.AF_INET6, kind) as tried:
                tried.settimeout(0.3)
                try:
                    if kind == socket.SOCK_STREAM:
                        tried.connect((host, 80, 0, index))
                    else:
                        tried.sendto(b"out", (host, 53, 0, index))
                    if name != "lo":
                        print("BROKE", name, host, kind)
                except OSError:
                    pass
print("tried")
