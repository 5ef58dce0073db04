held = []
try:
    while len(held) < 2000:
        held.append(open("/dev/null"))
    print("BROKE", len(held))
except OSError:
    count = len(held)
    held.clear()
    print("tried", count)
