def requests(port):
    host = f"127.0.0.1:{port}"
    return [
        b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"CONNECT 169.254.169.254:80 HTTP/1.1\r\n\r\n",
        f"CONNECT {host}.evil.example:{port} HTTP/1.1\r\n\r\n".encode(),
        f"CONNECT {host}@evil.example:443 HTTP/1.1\r\n\r\n".encode(),
        f"POST http://{host}/upload HTTP/1.1\r\nContent-Length: 6\r\n\r\nsecret".encode(),
        f"PUT http://{host}/x HTTP/1.1\r\nContent-Length: 6\r\n\r\nsecret".encode(),
        b"GET http://evil.example/ HTTP/1.1\r\n\r\n",
        b"GET file:///etc/passwd HTTP/1.1\r\n\r\n",
        b"\xff\xfe\x00\r\n\r\n",
        b"CONNECT 127.0.0.1:22 HTTP/1.1\r\n\r\n",
    ]
