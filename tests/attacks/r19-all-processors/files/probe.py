import os
import time

READING, WRITING = os.pipe()
children = []
for _ in range(4):
    child = os.fork()
    if child == 0:
        ends = time.monotonic() + 2
        while time.monotonic() < ends:
            pass
        os.write(WRITING, f"{time.process_time()}\n".encode())
        os._exit(0)
    children.append(child)
for child in children:
    os.waitpid(child, 0)
used = sum(map(float, os.read(READING, 4096).split()))
print("BROKE" if used > 1.3 else "", f"{used:.2f} s of processors in 2 s")
print("tried")
