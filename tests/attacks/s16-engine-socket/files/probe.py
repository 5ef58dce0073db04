import os
import socket

for path in ("/var/run/docker.sock", "/run/docker.sock", "/run/podman/podman.sock", "/run/containerd/containerd.sock"):
    if os.path.exists(path):
        print("BROKE in sight:", path)
with open("/proc/self/mountinfo") as mounts:
    print(*("BROKE " + line for line in mounts if ".sock" in line or "containerd" in line and "snapshots" not in line and "overlay" not in line))
for port in (2375, 2376):
    for host in ("127.0.0.1", "172.17.0.1"):
        try:
            socket.create_connection((host, port), 0.3).close()
            print("BROKE reached", host, port)
        except OSError:
            pass
print("tried")
