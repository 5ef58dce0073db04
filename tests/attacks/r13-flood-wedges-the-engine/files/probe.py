print("tried", flush=True)
while True:
    print("x" * 60_000)
