#!/bin/sh
# make install honours PREFIX and DESTDIR, and installs every program, page and
# unit.
set -eu
export B="${B:-build}"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
make -s install B="$B" PREFIX=/opt/x DESTDIR="$dir"
units=lib/systemd/system
for f in bin/pcapper bin/capture-fwd sbin/recollect $units/pcapper@.service \
	$units/recollect.service share/recollect/core-services/pcapper.py \
	share/recollect/core-services/examples/mgen.xml \
	$(for p in man/*.?; do echo "share/man/man${p##*.}/${p##*/}"; done); do
	[ -s "$dir/opt/x/$f" ] || { echo "$f is missing"; exit 1; }
done
for p in bin/pcapper sbin/recollect; do
	grep -q "^ExecStart=/opt/x/$p " "$dir/opt/x/$units"/*.service ||
		{ echo "no unit starts /opt/x/$p"; exit 1; }
done
"$dir/opt/x/bin/pcapper" -V
"$dir/opt/x/bin/capture-fwd" -V
"$dir/opt/x/sbin/recollect" -V
