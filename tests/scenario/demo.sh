#!/bin/sh
# The demonstration from its capture file, as it runs without root.
set -eu
export B="${B:-build}"
tests/demo stored
