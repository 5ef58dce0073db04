import os
import signal

children = []
try:
    while len(children) < 200:
        child = os.fork()
        if child == 0:
            signal.pause()
        children.append(child)
    print("BROKE", len(children), "children live")
except OSError:
    print("tried", len(children))
for child in children:
    os.kill(child, signal.SIGKILL)
