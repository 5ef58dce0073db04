import os
from http.server import BaseHTTPRequestHandler, HTTPServer

DATA = os.environ["DATA_DIR"]


def leave(name):
    os.makedirs(f"{DATA}/{name}", exist_ok=True)
    for number in range(4):
        with open(f"{DATA}/{name}/{number}", "w") as file:
            file.write("in the way")


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/greeting":
            leave("first")
            for number in range(1, 5):
                leave(f".harness-1-{number}")
            leave("last")
            os._exit(1)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")


HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Answer).serve_forever()
