import os

os.chdir("/tmp")
depth = 0
try:
    while depth < 20_000:
        os.mkdir("d")
        os.chdir("d")
        depth += 1
except OSError as reason:
    print(reason.strerror)
print("tried", depth)
