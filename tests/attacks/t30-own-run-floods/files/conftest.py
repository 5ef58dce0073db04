import os

while True:
    os.write(1, b"x" * 60_000 + b"\n")
