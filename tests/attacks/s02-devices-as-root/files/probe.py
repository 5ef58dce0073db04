import os
import stat

if os.getuid() == 0 or os.geteuid() == 0:
    print("BROKE is root")
for path in ("/dev/x", "/dev/pts/x", "/dev/fd/x"):
    try:
        open(path, "w").close()
        print("BROKE made", path)
    except OSError:
        pass
for path, kind, device in (("/tmp/disk", stat.S_IFBLK, os.makedev(8, 0)), ("/submission/memory", stat.S_IFCHR, os.makedev(1, 1))):
    try:
        os.mknod(path, 0o666 | kind, device)
        print("BROKE made", path)
    except OSError:
        pass
print("tried")
