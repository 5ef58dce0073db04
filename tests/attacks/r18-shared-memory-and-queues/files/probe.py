import ctypes
import os

written = 0
try:
    with open("/dev/shm/filled", "wb") as file:
        for _ in range(64):
            written += file.write(b"x" * (1 << 20))
            file.flush()
except OSError as reason:
    print(reason.strerror)
if os.path.exists("/dev/shm/filled"):
    os.unlink("/dev/shm/filled")
print("BROKE" if written > 20 << 20 else "", written >> 20, "MiB of shared memory")
for number in range(20):
    try:
        open(f"/dev/mqueue/{number}", "w").close()
        print("BROKE a queue")
        os.unlink(f"/dev/mqueue/{number}")
    except OSError:
        pass
libc = ctypes.CDLL(None, use_errno=True)
if libc.syscall(240 if os.uname().machine == "x86_64" else 180, b"left", 0o102, 0o600, 0) != -1:
    print("BROKE mq_open")
print("tried")
