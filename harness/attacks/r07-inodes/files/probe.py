import os

for place in ("/tmp", "/submission"):
    count = 0
    try:
        while count < 3000:
            open(f"{place}/inode-{count}", "w").close()
            count += 1
    except OSError as reason:
        print(reason.strerror)
    print("BROKE" if count >= 3000 else "", place, count, "files")
print("tried")
