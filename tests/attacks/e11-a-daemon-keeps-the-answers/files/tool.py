import os
import socket
import sys
import time

ADDRESS = f"\0attack-{os.path.dirname(os.path.abspath(__file__))}"


def leave():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for number in range(3):
                os.close(number)
            with socket.socket(socket.AF_UNIX) as door:
                door.bind(ADDRESS)
                door.listen()
                time.sleep(40)
        os._exit(0)
    time.sleep(0.5)


def ask():
    with socket.socket(socket.AF_UNIX) as caller:
        try:
            caller.connect(ADDRESS)
            print("BROKE the process of an earlier run is there")
        except OSError:
            print("nobody there")


globals()[sys.argv[1]]()
