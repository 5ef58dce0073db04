print("tried", flush=True)
