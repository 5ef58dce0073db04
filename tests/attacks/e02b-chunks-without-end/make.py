def behave(connection, head):
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + (b"fffffffffffff\r\n" if b"/huge" in head else b""))
    while True:
        connection.sendall(b"8000\r\n" + b"x" * 0x8000 + b"\r\n")
