import time

GREETING = b"good day"
if __name__ == "__main__":
    print("listening, healthy, ready", flush=True)
    time.sleep(1000)
