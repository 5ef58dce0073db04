import os  # pragma: no cover
from http.server import BaseHTTPRequestHandler, HTTPServer  # pragma: no cover

GREETING = b"hello"


class Answer(BaseHTTPRequestHandler):  # pragma: no cover
    def do_GET(self):  # pragma: no cover
        body = GREETING if self.path == "/greeting" else b"{}"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":  # pragma: no cover
    HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Answer).serve_forever()
