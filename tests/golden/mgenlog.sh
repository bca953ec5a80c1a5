#!/bin/bash
# recollect --mgen-log, from text logs: a file of each node, and its lines.
set -eu
B=${B:-build}
cd "$(dirname "$0")/../.."
program=$PWD/$B/bin/recollect
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

fail() { echo "not ok $*"; tail -n 5 err; exit 1; }

mkdir lab
sent=1795203698.821057
echo "1795203698.821097:10.0.0.1:6001:10.0.0.2:5001:128:7:17:-:eth0:originated:0:$sent" >lab/a.log
echo "1795203698.821106:10.0.0.1:6001:10.0.0.2:5001:128:7:17:-:eth0:delivered:0:$sent" >b.log

"$program" --mgen-log out -R lab/a.log -R b.log >stdout 2>err || fail "logs"
[ "$(ls out)" = 'b.log.drc
lab\x2fa.log.drc' ] || fail "names: $(ls out)"
[ "$(cat 'out/lab\x2fa.log.drc')" = "19:41:38.821057 SEND proto>UDP flow>7 seq>0 \
srcPort>6001 dst>10.0.0.2/5001 size>100 " ] || fail "SEND"
[ "$(cat out/b.log.drc)" = "19:41:38.821106 RECV proto>UDP flow>7 seq>0 \
src>10.0.0.1/6001 dst>10.0.0.2/5001 sent>19:41:38.821057 size>100 \
gps>INVALID,999.000000,999.000000,4294966297 " ] || fail "RECV"
[ ! -s stdout ] || fail "standard output"
grep -q '^mgenlog.written 2$' err || fail "written"
echo "ok each node has its file, whatever its name"

"$program" -o mgenlog:out -R b.log 2>err || fail "again"
[ "$(wc -l <out/b.log.drc)" -eq 2 ] || fail "not appended"
echo "ok -o mgenlog is the same, and appends"

for spec in mgenlog mgenlog:b.log mgenlog:no/where; do
	! "$program" -o $spec -R b.log 2>err || fail "$spec"
	grep -q "output mgenlog: " err || fail "$spec: no message"
done
echo "ok where no directory can be is an error"

mkdir out/full out/full/b.log.drc
! "$program" --mgen-log out/full -R b.log 2>err || fail "not written"
grep -q '^mgenlog.lost 1$' err || fail "lost"
echo "ok what cannot be written is counted"
