import socket


def source(folder, planted):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    return f"https://alice:{planted.stored}@127.0.0.1:{port}/owner/repo.git"
