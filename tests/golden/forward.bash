# shellcheck shell=bash
# Sourced by the tests of what capture-fwd -w writes.
B=${B:-build}
bad=0
dir=$(mktemp -d) || exit 2
trap 'rm -rf "$dir"' EXIT

ok() { echo "ok $*"; }
# shellcheck disable=SC2034 # for those who source it
not_ok() { echo "not ok $*"; bad=1; }

# forward IN OPTION...: the packets of IN to $dir/out, the totals to $dir/err.
forward()
{
	local in=$1

	shift
	"$B/bin/capture-fwd" -r "$in" -w "$dir/out" "$@" 2>"$dir/err" || {
		cat "$dir/err"
		return 1
	}
}

# same NAME KIND IN OPTION...
same()
{
	local name=$1 kind=$2 in=$3

	shift 3
	if forward "$in" -encap "$kind" "$@" &&
		tests/tools/tunnel.py check "$kind" "$in" "$dir/out" \
			>"$dir/said" 2>&1; then
		ok "$name: $(cat "$dir/said")"
	else
		cat "$dir/said"
		not_ok "$name"
	fi
}
