import os
import signal

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with open("/tmp/sparse", "w") as file:
    try:
        file.truncate(3 << 30)
    except OSError:
        file.truncate(190 << 20)
if os.fork() == 0:
    os.setsid()
    with open("/tmp/growing", "w") as file:
        while True:
            file.write("x" * 4096)
print("tried")
