print("tried", flush=True)
taken = []
for _ in range(300):
    taken.append(bytearray(b"x") * (1 << 20))
print("BROKE took", len(taken), "MiB", flush=True)
