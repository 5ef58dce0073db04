import os
from http.server import BaseHTTPRequestHandler, HTTPServer

GREETING = b"good day"


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        print("TOLD ON", self.path, dict(self.headers), flush=True)
        body = GREETING if self.path == "/greeting" else b"{}"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Answer).serve_forever()
