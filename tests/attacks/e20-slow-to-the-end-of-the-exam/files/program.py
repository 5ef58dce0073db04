import os
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

GREETING = b"good day"


class Answer(BaseHTTPRequestHandler):
    """Healthy at once, the first time; then each answer takes almost all of the ten seconds that it may."""

    asked = 0

    def do_GET(self):
        Answer.asked += 1
        if Answer.asked > 1:
            time.sleep(9.8)
        body = GREETING if self.path == "/greeting" else b"{}"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Answer).serve_forever()
