def behave(connection, head):
    if b"/many" in head:
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 100_000 + b"\r\n")
    else:
        connection.sendall(b"HTTP/1.1 500 \x1b[2J::error::FORGED\r\nContent-Length: 2\r\n\r\nno")
