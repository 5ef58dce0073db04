import signal

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
for path in ("/tmp/terabyte", "/submission/terabyte", "/dev/shm/terabyte"):
    try:
        with open(path, "w") as file:
            file.truncate(1 << 40)
        print("BROKE", path)
    except OSError as reason:
        print(reason.strerror)
print("tried")
