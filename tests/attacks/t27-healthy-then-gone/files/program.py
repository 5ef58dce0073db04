import os
from http.server import BaseHTTPRequestHandler, HTTPServer

GREETING = b"good day"


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/greeting":
            os._exit(0)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Answer).serve_forever()
