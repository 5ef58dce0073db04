import os
from http.server import BaseHTTPRequestHandler, HTTPServer

DATA = os.environ["DATA_DIR"]


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/greeting":
            os.mkdir(f"{DATA}/kept")
            os.chmod(DATA, 0)
            os._exit(1)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")


HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Answer).serve_forever()
