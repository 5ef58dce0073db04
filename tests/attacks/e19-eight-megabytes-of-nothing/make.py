SIZE = 8 * 2**20 - 64
BODIES = {
    b"/objects": lambda: b"[" + b'{"":0},' * (SIZE // 7) + b"0]",
    b"/lists": lambda: b"[" + b"[]," * (SIZE // 3) + b"0]",
    b"/names": lambda: b"{" + b",".join(b'"%x":0' % number for number in range(400_000)) + b"}",
}


def behave(connection, head):
    body = BODIES[head.split()[1]]()
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body))
    connection.sendall(body)
