import sys

for _ in range(1_000):
    sys.stdout.write("x" * 60_000)
print("tried", flush=True)
