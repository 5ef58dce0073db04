import os
import resource

try:
    resource.prlimit(1, resource.RLIMIT_CPU, (1, 1))
    print("BROKE limited PID 1")
except OSError:
    pass
try:
    os.sched_setscheduler(1, os.SCHED_IDLE, os.sched_param(0))
    print("BROKE slowed PID 1")
except OSError:
    pass
try:
    os.sched_setaffinity(1, {0})
    print("BROKE bound PID 1")
except OSError:
    pass
print("tried")
