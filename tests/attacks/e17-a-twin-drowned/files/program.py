import os
import socket
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

GREETING = b"good day"


def partner():
    """Where the twin listens."""
    return ("127.0.0.1", int(os.environ["PARTNER_URL"].rpartition(":")[2]))


CALL = b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 131072\r\n\r\n" + bytes(131_072)


def attack():
    """Calls of 128 KiB for eight seconds, from four processes."""
    ends = time.monotonic() + 8
    for _ in range(4):
        if os.fork() == 0:
            while time.monotonic() < ends:
                try:
                    with socket.create_connection(partner(), 2) as caller:
                        while time.monotonic() < ends:
                            caller.sendall(CALL)
                            if not caller.recv(4096):
                                break
                except OSError:
                    time.sleep(0.05)
            os._exit(0)
    for _ in range(4):
        os.wait()


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/greeting":
            attack()
        body = GREETING if self.path == "/greeting" else b"{}"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Answer).serve_forever()
