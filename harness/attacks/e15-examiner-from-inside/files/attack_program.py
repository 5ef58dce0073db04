import os

for place in ("/exam", "/exam/channel", "/exam/lib", "/exam/answers", "/exam/hidden_tests"):
    try:
        print("BROKE", place, os.listdir(place))
    except OSError:
        pass
with open("/proc/net/unix") as table:
    for line in table.read().splitlines()[1:]:
        if "exam" in line or "channel" in line:
            print("BROKE", line)
for name in filter(str.isdigit, os.listdir("/proc")):
    if int(name) not in (1, os.getpid(), os.getppid()):
        try:
            with open(f"/proc/{name}/cmdline") as file:
                print("BROKE sees" if "exam" in (words := file.read()) else "", words)
        except OSError:
            pass
print("tried", flush=True)
