LOOPBACK = ("0100007F", "00000000")


def rows(name):
    try:
        with open(f"/proc/net/{name}") as file:
            return [line.split() for line in file.readlines()[1:]]
    except OSError:
        return []


for name in ("tcp", "udp", "raw"):
    for row in rows(name):
        for place in row[1:3]:
            if place.partition(":")[0] not in LOOPBACK:
                print("BROKE", name, place)
for name in ("route", "arp"):
    for row in rows(name):
        print("BROKE", name, row[:3])
with open("/proc/net/dev") as file:
    for line in file.readlines()[2:]:
        if line.split(":")[0].strip() not in ("lo", "tunl0", "sit0", "ip6tnl0", "gre0", "gretap0", "erspan0", "ip_vti0", "ip6_vti0"):
            print("BROKE interface", line.split(":")[0].strip())
print("tried")
