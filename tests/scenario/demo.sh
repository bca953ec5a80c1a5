#!/bin/sh
# The demonstration from its capture file, as it runs without root.
set -eu
export B="${B:-build}"
[ -x "$B/bin/pcapper" ] && [ -x "$B/bin/recollect" ] ||
	{ echo "the programs are not built" && exit 77; }
tests/demo stored
