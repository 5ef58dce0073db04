import time

print("tried")
time.sleep(1000)
