import os
import signal
import time

for number in range(1, 32):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
for number in range(3):
    if os.fork() == 0:
        os.setsid()
ends = time.monotonic() + 40
while time.monotonic() < ends:
    time.sleep(1)
