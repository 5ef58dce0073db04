import time


def behave(connection, head):
    while head:
        plain = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n"
        connection.sendall(plain + (b"honest" if b"/a" in head else b"second"))
        if b"/a" in head:
            time.sleep(0.2)  # the next request is on its way: who looks first whether something waits sees nothing
            connection.sendall(plain + b"FORGED")
        head = b""
        while b"\r\n\r\n" not in head and (data := connection.recv(65536)):
            head += data
