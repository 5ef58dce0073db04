import os
import tempfile

for place in ("/dev/shm", "/tmp", "/submission", "/var/tmp", "/dev/mqueue", "/harness/input"):
    path = os.path.join(place, "left")
    if os.path.exists(path):
        print("BROKE found", path)
    try:
        open(path, "w").close()
    except OSError:
        pass
print("tried")
