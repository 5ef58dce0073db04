import sys

print("tried", flush=True)
line = "x" * 999 + "\n"
for _ in range(60_000):
    sys.stdout.write(line)
