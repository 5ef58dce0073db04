import os
import socket

with open("/proc/net/unix") as table:
    for line in table.read().splitlines()[1:]:
        if "/" in line:
            print("BROKE a socket by name:", line)
twins = set()
for port in range(1, 65536):
    with socket.socket() as tried:
        tried.settimeout(0.2)
        if tried.connect_ex(("127.0.0.1", port)) == 0 and tried.getsockname() != tried.getpeername():
            tried.settimeout(1)
            try:
                tried.sendall(b"GET /requests HTTP/1.0\r\n\r\n")
                answer = tried.recv(4096)
            except OSError:
                answer = b""
            if not answer.startswith(b"HTTP/"):  # a twin speaks HTTP; nothing else is there for the program
                print("BROKE open:", port, answer[:60])
print("tried", flush=True)
