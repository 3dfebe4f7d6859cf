#!/usr/bin/env python3
"""How long the machine itself lets a thread wait that has the highest priority and nothing before it.

  stalls.py SECONDS

Sleeps for a millisecond at a time, and prints how much later it woke. What is late here would be late in any program.
"""
import os
import sys
import time

os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(90))
seconds, late = float(sys.argv[1]), []
end = time.monotonic() + seconds
while (began := time.monotonic()) < end:
    time.sleep(0.001)
    late.append((time.monotonic() - began - 0.001) * 1000)
late.sort()
half, most = late[len(late) // 2], [round(ms, 1) for ms in late[: -11 : -1]]
print(f"{len(late)} sleeps; late by, in ms: half of them {half:.2f}, the worst {most}")
