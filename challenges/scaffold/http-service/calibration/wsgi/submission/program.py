"""The greeting service, as a WSGI application."""

import os
from urllib.parse import parse_qsl
from wsgiref.simple_server import make_server


def application(environ, start_response):
    """Whoever asks with a name is greeted."""
    name = dict(parse_qsl(environ.get("QUERY_STRING", ""))).get("name")
    status, text = "404 Not Found", "not found"
    if environ["PATH_INFO"] == "/health":
        status, text = "200 OK", "ok"
    elif environ["PATH_INFO"] == "/greeting":
        status, text = ("200 OK", f"Hello, {name}!") if name else ("400 Bad Request", "a name is needed")
    start_response(status, [("Content-Type", "text/plain; charset=utf-8")])
    return [text.encode()]


if __name__ == "__main__":
    make_server("127.0.0.1", int(os.environ["PORT"]), application).serve_forever()
