import socket
import struct


def behave(connection, head):
    path = head.split()[1]
    if path == b"/reset":
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    answers = {
        b"/short": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this",
        b"/two": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"/both": b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"/other": b"SSH-2.0-OpenSSH\r\n",
        b"/interim": b"HTTP/1.1 100 Continue\r\n\r\n" * 50,
    }
    connection.sendall(answers.get(path, b""))
