import os
import sys
import time


def before():
    """Prints more than a pipe holds, and then reads."""
    os.write(1, b"y" * 900_000)
    assert len(sys.stdin.buffer.read()) == 100_000


def nothing():
    """Waits for what nobody sends."""
    while True:
        sys.stdin.buffer.read()
        time.sleep(0.1)


def bytes():
    os.write(1, b"\x00\xff\xfe\x1b]0;x\x07\r\n" * 1000)


def errors():
    while True:
        os.write(2, b"z" * 65_536)


def both():
    while True:
        os.write(1, b"z" * 65_536)
        os.write(2, b"z\0" * 30_000)


def shut():
    os.closerange(0, 256)
    os._exit(0)


def terminal():
    """Looks for a terminal to talk to, behind the back of whoever reads."""
    try:
        with open("/dev/tty", "w") as terminal:
            print("BROKE a terminal", terminal.isatty())
    except OSError:
        pass


globals()[sys.argv[1]]()
