import os
import signal
import time

for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
print("tried", flush=True)
while True:
    if os.fork() == 0:
        os.setsid()
    else:
        time.sleep(0.02)
        os._exit(0)
