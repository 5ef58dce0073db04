import os

print(dict(os.environ))
for process in filter(str.isdigit, os.listdir("/proc")):
    try:
        with open(f"/proc/{process}/environ", "rb") as file:
            print(file.read())
    except OSError:
        pass
if [name for name in os.environ if name.startswith("HARNESS") or "SECRET" in name or "TOKEN" in name]:
    print("BROKE")
print("tried")
