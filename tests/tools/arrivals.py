#!/usr/bin/env python3
"""arrivals.py COMMAND...: what it prints, each line behind the seconds since
the first one came; its exit status."""
import subprocess
import sys
import time

first = None
with subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE) as command:
    for line in command.stdout:
        now = time.monotonic()
        first = now if first is None else first
        sys.stdout.write(f"{now - first:.3f} {line.decode()}")
sys.exit(command.returncode)
