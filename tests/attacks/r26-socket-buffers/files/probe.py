import socket

LIMIT = 64 << 20
held, total = [], 0
with socket.create_server(("127.0.0.1", 9999), backlog=100) as server:
    while total < 2.5 * LIMIT and len(held) < 200:
        one = socket.create_connection(("127.0.0.1", 9999))
        other, _ = server.accept()
        held += [one, other]
        for end in (one, other):
            end.setblocking(False)
            try:
                while total < 2.5 * LIMIT:
                    total += end.send(b"x" * 65536)
            except BlockingIOError:
                pass
print("BROKE" if total > 2 * LIMIT else "", total >> 20, "MiB in", len(held), "sockets")
print("tried")
