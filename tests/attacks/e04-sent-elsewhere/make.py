OTHER = 0


def behave(connection, head):
    connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:%d/secret\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % OTHER)
