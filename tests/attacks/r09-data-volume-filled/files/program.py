import os
from http.server import BaseHTTPRequestHandler, HTTPServer

GREETING = b"good day"


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(GREETING if self.path == "/greeting" else b"{}")


if __name__ == "__main__":
    data, written, count = os.environ["DATA_DIR"], 0, 0
    try:
        for number in range(100):
            with open(f"{data}/{number}", "wb") as file:
                written += file.write(b"x" * (1 << 20))
    except OSError as reason:
        print(reason.strerror)
    for name in os.listdir(data):
        os.unlink(f"{data}/{name}")
    try:
        while count < 30_000:
            open(f"{data}/n{count}", "w").close()
            count += 1
    except OSError as reason:
        print(reason.strerror)
    print("BROKE" if written > 10 << 20 or count >= 30_000 else "", written >> 20, "MiB,", count, "files")
    print("tried", flush=True)
    HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Answer).serve_forever()
