import ctypes
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)
count = 0
while libc.inotify_init1(0) >= 0:
    count += 1
if "hoard" in sys.argv:
    print("hoarded", count, flush=True)
    time.sleep(7)
else:
    print("tried", count, "" if count else "BROKE: nothing is left for this one")
