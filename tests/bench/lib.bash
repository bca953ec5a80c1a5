# shellcheck shell=bash
# Sourced by the benches that are scripts.
B=${B:-build}
# shellcheck source=tests/tools/lib.bash
. tests/tools/lib.bash

# figure NAME VALUE UNIT TARGET: report one figure; TARGET "-" is for none.
figure()
{
	printf '%s %s %s %s\n' "$1" "$2" "$3" "${4:--}"
}

# ratio A B: A/B with two decimals, "-" when that is undefined.
ratio()
{
	awk -v a="$1" -v b="$2" 'BEGIN {
		if (b > 0) printf "%.2f\n", a / b; else print "-" }'
}

# not_measured WHY: end this bench, visibly.
not_measured()
{
	echo "$*"
	exit 77
}
