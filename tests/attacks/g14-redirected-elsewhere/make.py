"""A git host whose repositories have moved to a door within; that somebody knocked there is the marker."""

import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def source(folder, planted):
    certificate, key = folder / "host.pem", folder / "host.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )
    (folder.parent / ".gitconfig").write_text("[http]\n\tsslVerify = false\n")  # for whoever is naive anyway
    return f"https://127.0.0.1:{serve(certificate, key, planted)}/owner/demo.git"


def serve(certificate, key, planted):
    class Host(BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path.startswith("/within"):
                (planted.markers / "knocked").touch()
            self.send_response(404 if self.path.startswith("/within") else 301)
            self.send_header("Location", f"https://127.0.0.1:{self.server.server_port}/within{self.path}")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Host)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port
