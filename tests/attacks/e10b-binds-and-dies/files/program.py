import os
import socket

GREETING = b"good day"
if __name__ == "__main__":
    with socket.create_server(("127.0.0.1", int(os.environ["PORT"]))) as server:
        server.accept()[0].close()
