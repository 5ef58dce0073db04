import socket

for host in ("169.254.169.254", "172.17.0.1", "10.0.0.1", "192.168.0.1", "1.1.1.1", "8.8.8.8"):
    for port in (53, 80, 443, 2375):
        try:
            socket.create_connection((host, port), 0.3).close()
            print("BROKE reached", host, port)
        except OSError:
            pass
for name in ("example.com", "index.example.org", "host.docker.internal", "metadata.google.internal"):
    try:
        print("BROKE resolved", name, socket.getaddrinfo(name, 443)[0][4])
    except OSError:
        pass
print(*("BROKE interface " + name for _, name in socket.if_nameindex() if name.startswith(("eth", "en", "wl", "veth"))))
print("tried", flush=True)
