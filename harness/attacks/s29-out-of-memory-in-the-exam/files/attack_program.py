print("tried", flush=True)
taken = []
while True:
    taken.append(bytearray(b"x") * (8 << 20))
