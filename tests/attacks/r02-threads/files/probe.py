import threading

stop = threading.Event()
count = 0
try:
    while count < 200:
        threading.Thread(target=stop.wait, daemon=True).start()
        count += 1
    print("BROKE", count, "threads live")
except RuntimeError:
    print("tried", count)
stop.set()
