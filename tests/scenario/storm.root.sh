#!/bin/bash
# Faults at random, one after the other, while packets flow: the agent and two
# collectors are killed, ended, stopped and reloaded, Redis is stopped.  In the
# end each packet that was logged is in a collector's file as often as in the
# log, and both have the same.  STORM is its length in seconds, SEED what
# repeats it.
set -eu
B=${B:-build}
STORM=${STORM:-15} SEED=${SEED:-$$}
cd "$(dirname "$0")/../.."
[ -n "${GUARDED:-}" ] || exec env GUARDED=1 timeout $((STORM + 90)) "$0"
. tests/scenario/redis.bash

a=stm-a$$ b=stm-b$$ net=10.177.12 rate=4000
RANDOM=$SEED
echo "seed $SEED"
netpair $a $b $net
unanswered $a $b $net.9
printf '[agents]\nretry-min = 50\nretry-max = 100\n[redis]\nsocket = %s\n' \
	"$TMP/redis.sock" >"$TMP/conf"

runs=0 lives=0
agent()
{
	runs=$((runs + 1))
	NS=$b spawn "$TMP/agent.$runs.err" "$B/bin/pcapper" -i veth0 -m none \
		-p 7073 -f "$TMP/log" --log-always --buffer 16M \
		--spool "$TMP/spool"
	AGENT=$PID
	wait_for 10 grep -q 'listening on port' "$TMP/agent.$runs.err" ||
		fail "the agent does not start"
}
catches_hup()
{
	awk '$1 == "Name:" { ours = $2 == "recollect" }
		$1 == "SigCgt:" { exit !(ours && $2 ~ /[13579bdf]$/) }' \
		"/proc/$1/status"
}
# collector N: the first or the second one, which becomes COLLECTOR[N].
collector()
{
	local at=$TMP/$1 more=()

	lives=$((lives + 1))
	[ "$1" -ne 1 ] || more=(-o csv:"$TMP/csv" -o redis)
	NS=$b spawn "$TMP/collector.$lives.err" "$B/bin/recollect" \
		-c "$TMP/conf" --agent 127.0.0.1:7073 --state "$at.state" \
		-o text:"$at.text" "${more[@]}"
	COLLECTOR[$1]=$PID
	# The shell's child has the shell's handlers, what it runs has none.
	wait_for 10 catches_hup "$PID" || fail "the collector does not start"
}
# gone PID SIGNAL: end a program so, and wait until it is gone.
gone()
{
	kill "-$2" "$1"
	wait "$1" 2>/dev/null || :
}
redis_start
agent
# heard N: whether it knows the agent.
heard()
{
	[ "$(stat -c %s "$TMP/$1.state/agents" 2>/dev/null || echo 0)" -gt 60 ]
}
COLLECTOR=()
for n in 1 2; do
	collector $n
	wait_for 10 heard $n || fail "the agent is not heard"
done
NS=$a spawn "$TMP/blast" "$B/tools/blast" $net.9 9 $rate "$STORM"
BLAST=$PID

kills=0 faults=0
end=$((SECONDS + STORM - 2))
while ((SECONDS < end)); do
	faults=$((faults + 1))
	kill -0 "$AGENT" || fail "the agent ended by itself"
	kill -0 "${COLLECTOR[@]}" || fail "a collector ended by itself"
	n=$((RANDOM % 2 + 1))
	case $((RANDOM % 9)) in
	0 | 1) gone "${COLLECTOR[n]}" KILL; collector $n ;;
	2) gone "${COLLECTOR[n]}" TERM; collector $n ;;
	3) gone "$AGENT" TERM; agent ;;
	4) gone "$AGENT" KILL; kills=$((kills + 1)); agent ;;
	5)
		kill -STOP "${COLLECTOR[n]}"
		sleep 0.3
		kill -CONT "${COLLECTOR[n]}"
		;;
	6) redis client pause 300 >/dev/null ;;
	7) kill -HUP "$AGENT" "${COLLECTOR[@]}" ;;
	8) # the second one may have no time to say what it knows
		for again in 0 1; do
			gone "$AGENT" KILL
			kills=$((kills + 1))
			agent
			sleep "0.1$again"
		done
		;;
	esac
	sleep "0.$((RANDOM % 7))"
done
wait "$BLAST" || fail "blast"
sent=$(awk '{ print $1 }' "$TMP/blast")

# All is over: the agent ends when the collectors have what there is.
gone "$AGENT" TERM
through() { [ -z "$(find "$TMP/spool" -name '*.pms')" ]; }
if ! through; then
	agent
	wait_for 20 through || {
		gone "$AGENT" TERM
		through
	} || { tail -n 3 "$TMP"/spool/*.mark; ls -l "$TMP/spool"; tail -n 5 "$TMP"/[12].state/*; fail "something is left in the spool"; }
	gone "$AGENT" TERM
fi
gone "${COLLECTOR[1]}" TERM
gone "${COLLECTOR[2]}" TERM
# packets FILE: the lines of those that blast sent.
packets() { grep -hv '^#' "$1" | grep ":$net.9:9:" | LC_ALL=C sort; }
packets "$TMP/log" >"$TMP/logged"
packets "$TMP/1.text" >"$TMP/stored"
packets "$TMP/2.text" >"$TMP/stored.2"
twice=$(LC_ALL=C comm -13 "$TMP/logged" "$TMP/stored" |
	LC_ALL=C comm -12 - "$TMP/logged" | wc -l)
lost=$(LC_ALL=C comm -23 "$TMP/logged" "$TMP/stored" | wc -l)
extra=$(LC_ALL=C comm -13 "$TMP/logged" "$TMP/stored" | wc -l)
echo "sent $sent, logged $(wc -l <"$TMP/logged"), stored" \
	"$(wc -l <"$TMP/stored"), faults $faults, agents killed $kills"
# Two packets of one microsecond have one line; a killed agent's log may have
# ended between them.
[ "$twice" -le "$kills" ] || fail "$twice lines are there twice"
ok "nothing is stored twice"
# A killed agent had a second of its log, and of its stream, in memory.
[ "$lost" -le $((kills * rate * 2)) ] || fail "$lost lines are missing"
[ "$extra" -le $((kills * rate * 2)) ] || fail "$extra lines of nothing"
ok "but for killed agents, what was logged is stored, once"
LC_ALL=C comm -3 "$TMP/stored" "$TMP/stored.2" >"$TMP/differ"
[ ! -s "$TMP/differ" ] || {
	head -n 3 "$TMP/differ"
	fail "$(grep -vc '^	' "$TMP/differ") lines are only in the first" \
		"collector's file, $(grep -c '^	' "$TMP/differ") in the second's"
}
ok "both collectors have stored the same"
cut -d, -f1 "$TMP/csv" | LC_ALL=C sort | LC_ALL=C uniq -d |
	head -n 1 >/dev/null
[ "$(grep -c ",$net.9," "$TMP/csv")" -eq "$(wc -l <"$TMP/stored")" ] ||
	fail "the CSV file has another number of records"
ok "text and CSV agree"
told=0
for ((i = 1; i <= lives; i++)); do
	grep -q '^total.records' "$TMP/collector.$i.err" || continue # killed
	told=$((told + 1))
	[ "$(counter "$TMP/collector.$i.err" total.lost_unexplained)" -eq 0 ] ||
		fail "collector $i misses records without a word"
done
[ $told -gt 0 ] || fail "no collector told its ledger"
ok "$told ledgers of $lives have a name for each loss"
grep -h 'total\.' "$TMP/collector.$lives.err" | grep -v ' 0$' || :
