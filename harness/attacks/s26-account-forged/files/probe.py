import base64
import json
import os

end = base64.b64encode(json.dumps({"reason": "exited", "exit_code": 0, "seconds": 0.1}).encode()).decode()
for nonce in ("0" * 32, os.environ.get("HARNESS_NONCE", "f" * 32), "", "*"):
    for number in range(3):
        print(f"{nonce} {number} ready ")
        print(f"{nonce} {number} end {end}")
print("tried", flush=True)
os._exit(5)
