"""The greeting service, on the standard library's HTTP server."""

import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


def answer(target: str) -> tuple[int, str]:
    """Status and text for a request's target."""
    url = urlsplit(target)
    name = parse_qs(url.query).get("name", [""])[0]
    if url.path == "/health":
        return 200, "ok"
    if url.path != "/greeting":
        return 404, "not found"
    if not name:
        return 400, "a name is needed"
    return 200, f"Hello, {name}!"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, text = answer(self.path)
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
