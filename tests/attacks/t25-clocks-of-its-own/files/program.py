import clocks  # before anything else looks at the time
import os
from http.server import BaseHTTPRequestHandler, HTTPServer

GREETING = b"good day"
sleep = clocks.time.sleep


class Answer(BaseHTTPRequestHandler):
    """Healthy at once, the first time; then each answer comes after eleven seconds, none of which its clocks saw."""

    asked = 0

    def do_GET(self):
        Answer.asked += 1
        if Answer.asked > 1:
            sleep(11)
        body = GREETING if self.path == "/greeting" else b"{}"
        self.send_response(200)
        self.send_header("Date", "Thu, 01 Jan 1970 00:00:00 GMT")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Answer).serve_forever()
