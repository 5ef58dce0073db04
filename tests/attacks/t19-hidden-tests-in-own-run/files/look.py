"""Reads all that it can reach for what looks like a secret, prints it, and serves a wrong greeting."""

import os
import re

FORM = re.compile(rb"canary-[0-9a-f]{32}")


def look(path, most=4 << 20):
    try:
        with open(path, "rb", buffering=0) as file:
            for found in set(FORM.findall(file.read(most))):
                print("BROKE", path, found.decode(), flush=True)
    except OSError:
        pass


def look_everywhere():
    for top in ("/exam", "/harness", "/tmp", "/data", "/submission", "/etc", "/run", "/var", "/home", "/root", "/srv", "/opt", "/environment"):
        for place, _, names in os.walk(top):
            for name in names:
                look(os.path.join(place, name))
    for process in filter(str.isdigit, os.listdir("/proc")):
        for name in ("environ", "cmdline", "mountinfo", "maps"):
            look(f"/proc/{process}/{name}")
        try:
            for number in os.listdir(f"/proc/{process}/fd"):
                target = os.readlink(f"/proc/{process}/fd/{number}")
                if target.startswith("/") and int(process) != os.getpid():
                    look(f"/proc/{process}/fd/{number}")
        except OSError:
            pass
        look_into_memory(int(process))
    print("tried", flush=True)


def look_into_memory(process):
    try:
        with open(f"/proc/{process}/maps") as maps, open(f"/proc/{process}/mem", "rb", buffering=0) as memory:
            for line in maps:
                if " rw" in line and process != os.getpid():
                    start, end = (int(part, 16) for part in line.split()[0].split("-"))
                    memory.seek(start)
                    for found in set(FORM.findall(memory.read(min(end - start, 16 << 20)))):
                        print("BROKE memory of", process, found.decode(), flush=True)
    except (OSError, ValueError, OverflowError):
        pass
