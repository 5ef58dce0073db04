BODIES = {
    b"/twice": b'{"ok": false, "ok": true}',
    b"/nan": b'{"ok": NaN}',
    b"/surrogate": b'{"ok": "\\ud800"}',
    b"/digits": b'{"ok": ' + b"9" * 5000 + b"}",
    b"/deep": b"[" * 100_000,
    b"/utf16": '{"ok": true}'.encode("utf-16"),
    b"/after": b'{"ok": true} {"ok": false}',
}


def behave(connection, head):
    body = BODIES[head.split()[1]]
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)
