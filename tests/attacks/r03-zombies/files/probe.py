import os
import time

for _ in range(300):
    if os.fork() == 0:
        if os.fork() == 0:
            os._exit(0)
        os._exit(0)
    os.wait()
time.sleep(0.3)
dead = 0
for process in filter(str.isdigit, os.listdir("/proc")):
    try:
        with open(f"/proc/{process}/stat") as file:
            dead += file.read().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        pass
print("BROKE" if dead > 10 else "", dead, "dead processes")
print("tried")
