"""The greeting service, on a bare socket server with a table of routes."""

import os
import socketserver
from urllib.parse import unquote_plus


def greeting(query: dict[str, str]) -> tuple[str, str]:
    name = query.get("name")
    return ("200 OK", f"Hello, {name}!") if name else ("400 Bad Request", "a name is needed")


ROUTES = {"/health": lambda query: ("200 OK", "ok"), "/greeting": greeting}


def answer(target: str) -> tuple[str, str]:
    """Status line and text for a request's target."""
    path, _, rest = target.partition("?")
    pairs = (pair.partition("=") for pair in rest.split("&") if pair)
    query = {unquote_plus(key): unquote_plus(value) for key, _, value in pairs}
    return ROUTES.get(path, lambda query: ("404 Not Found", "not found"))(query)


class Exchange(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        target = self.rfile.readline().decode("latin-1").split()[1]
        while self.rfile.readline().strip():
            pass
        status, text = answer(target)
        body = text.encode()
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        self.wfile.write(head.encode() + body)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Exchange).serve_forever()
