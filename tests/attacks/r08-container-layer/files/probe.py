import os

for place in ("/var/tmp", "/run/lock", "/usr/tmp", "/var/spool", "/"):
    try:
        with open(os.path.join(place, "layer"), "wb") as file:
            file.write(b"x" * (2 << 20))
        print("BROKE wrote to", place)
    except OSError:
        pass
print("tried")
