import os
import time

print("tried", flush=True)
ends = time.monotonic() + 2
while time.monotonic() < ends:
    try:
        os.fork()
    except OSError:
        pass
