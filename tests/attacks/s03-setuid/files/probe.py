import os
import shutil
import subprocess

shutil.copy("/bin/sh", "/submission/sh")
os.chmod("/submission/sh", 0o6755)
for shell in ("/submission/sh", "/opt/given/sh"):
    told = subprocess.run([shell, "-p", "-c", "grep ^Uid /proc/self/status"], capture_output=True, text=True)
    print(shell, told.stdout, told.stderr)
    if "0" in told.stdout.split():
        print("BROKE root by", shell)
for place in ("/usr", "/bin", "/sbin", "/opt/given"):
    for folder, _, names in os.walk(place):
        for name in names:
            path = os.path.join(folder, name)
            if not os.path.islink(path) and os.stat(path).st_mode & 0o6000 and not path.startswith("/opt/given"):
                print("BROKE setuid in the image:", path)
print("tried")
