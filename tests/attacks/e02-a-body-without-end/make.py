def behave(connection, head):
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    for _ in range(4_000):
        connection.sendall(b"x" * 65536)
