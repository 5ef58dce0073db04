import os
import resource
import subprocess
import sys

if resource.getrlimit(resource.RLIMIT_CORE) != (0, 0):
    print("BROKE core files may be written:", resource.getrlimit(resource.RLIMIT_CORE))
for place in ("/submission", "/tmp"):
    subprocess.run([sys.executable, "-c", "import os; os.abort()"], cwd=place)
    print(*("BROKE " + name for name in os.listdir(place) if name.startswith("core")))
print("tried")
