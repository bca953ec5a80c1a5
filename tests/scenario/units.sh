#!/bin/bash
# The units for systemd: of a shape that it takes, starting programs and options
# that there are, in a sandbox that systemd-analyze rates below 2.0.
set -eu
export B=${B:-build}
cd "$(dirname "$0")/../.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
make -s install PREFIX="$dir"
units=("$dir"/lib/systemd/system/*.service)

ok() { echo "ok $*"; }
fail() { echo "not ok $*"; exit 1; }
[ ${#units[@]} -eq 2 ] || fail "${#units[@]} units"

# value UNIT KEY: what is set, all of it.
value() { sed -n "s/^$2=//p" "$1"; }

for u in "${units[@]}"; do
	name=$(basename "$u")
	awk '
	/^$|^#/ { next }
	/^\[(Unit|Service|Install)\]$/ { at = $0; next }
	/^[A-Z][A-Za-z]*=/ && at != "" { next }
	{ print FILENAME ": " FNR ": " $0; bad = 1 }
	END { exit bad }' "$u" || fail "$name is not of the form of a unit"
	read -r program args < <(value "$u" ExecStart)
	[ -x "$program" ] || fail "$name starts $program, which is not there"
	# shellcheck disable=SC2086 # the words of $args are the options
	"$program" $args --help >"$dir/help" 2>&1 ||
		fail "$name: $program $args: $(cat "$dir/help")"
	for k in DynamicUser NoNewPrivileges MemoryDenyWriteExecute \
		PrivateDevices RestrictNamespaces; do
		[ "$(value "$u" $k)" = yes ] || fail "$name: $k"
	done
	[ "$(value "$u" LimitCORE)" = 0 ] || fail "$name: core files"
	ok "$name starts a program with options that it knows"
done
[ "$(value "$dir/lib/systemd/system/pcapper@.service" \
	CapabilityBoundingSet)" = CAP_NET_RAW ] || fail "pcapper: capabilities"
[ -z "$(value "$dir/lib/systemd/system/recollect.service" \
	CapabilityBoundingSet)" ] || fail "recollect: capabilities"

if ! command -v systemd-analyze >/dev/null; then
	echo "ok 1 # SKIP no systemd-analyze: units checked for syntax only"
	exit 0
fi
for u in "${units[@]}"; do
	name=$(basename "$u")
	systemd-analyze verify --man=no --recursive-errors=no "$u" \
	    >"$dir/verify" 2>&1 || fail "$name: $(cat "$dir/verify")"
	[ ! -s "$dir/verify" ] || fail "$name: $(cat "$dir/verify")"
	systemd-analyze security --offline=true --threshold=20 "$u" \
	    >"$dir/security" 2>&1 || fail "$name: $(cat "$dir/security")"
	ok "$name: $(tail -n 1 "$dir/security" | grep -o 'Overall.*[0-9]')"
done
