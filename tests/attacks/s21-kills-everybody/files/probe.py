import os
import signal

print("tried", flush=True)
for number in range(1, 65):
    if number not in (signal.SIGTERM, signal.SIGUSR1):
        try:
            os.kill(1, number)
        except OSError:
            pass
for process in filter(str.isdigit, os.listdir("/proc")):
    if int(process) not in (1, os.getpid()):
        os.kill(int(process), signal.SIGKILL)
os.kill(os.getpid(), signal.SIGKILL)
