import os

os.symlink("@STORE@", "/tmp/results.json")
os.symlink("/", "/tmp/way")
os.mkdir("/tmp/folder.json")
try:
    os.mkfifo("/tmp/pipe.json")
except OSError:
    pass
with open("/tmp/shell", "w") as file:
    file.write("x")
os.chmod("/tmp/shell", 0o6755)
print("tried")
