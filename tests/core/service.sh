#!/bin/bash
# The CORE service and its examples, without CORE, with Debian's Python; TAP.
set -u -o pipefail
export PYTHONDONTWRITEBYTECODE=1
{
	rc=0
	for t in service examples; do
		/usr/bin/python3 "tests/core/test_$t.py" -v 2>&1 || rc=1
	done
	exit $rc
} |
	awk '
	/ [.][.][.] ok$/ { print "ok " ++n " - " $1; next }
	/ [.][.][.] skipped / {
		why = $0
		sub(/.*skipped /, "", why)
		print "ok " ++n " # SKIP " $1 ": " why
		next
	}
	/ [.][.][.] (FAIL|ERROR)$/ { print "not ok " ++n " - " $1; next }
	{ print "# " $0 }
	END { print "1.." n + 0 }'
