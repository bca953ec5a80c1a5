#!/bin/bash
# The CORE service by itself, without CORE, with Debian's Python; prints TAP.
set -u -o pipefail
PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 tests/core/test_service.py -v 2>&1 |
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
