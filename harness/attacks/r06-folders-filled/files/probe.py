import os

for place in ("/tmp", "/submission"):
    written = 0
    try:
        for number in range(60):
            with open(f"{place}/filled-{number}", "wb") as file:
                written += file.write(b"x" * (1 << 20))
    except OSError as reason:
        print(reason.strerror)
    print("BROKE" if written > 20 << 20 else "", place, written >> 20, "MiB")
    for name in os.listdir(place):
        if name.startswith("filled"):
            os.unlink(f"{place}/{name}")
print("tried")
