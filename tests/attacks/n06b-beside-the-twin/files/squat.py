import os
import socket

port = int(os.environ["PARTNER_URL"].rpartition(":")[2])
for family, addresses in ((socket.AF_INET, ("127.0.0.1", "0.0.0.0")), (socket.AF_INET6, ("::", "::ffff:127.0.0.1"))):
    for address in addresses:
        for options in ((), ("SO_REUSEADDR",), ("SO_REUSEPORT",), ("SO_REUSEADDR", "SO_REUSEPORT")):
            try:
                with socket.socket(family) as door:
                    for option in options:
                        door.setsockopt(socket.SOL_SOCKET, getattr(socket, option), 1)
                    if family == socket.AF_INET6:
                        door.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
                    door.bind((address, port))
                    door.listen()
                    print("BROKE listens on", address, port, options)
            except OSError:
                pass
print("tried", flush=True)
