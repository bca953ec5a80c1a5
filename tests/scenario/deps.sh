#!/bin/bash
# shellcheck disable=SC2016 # for the shells of the fakes
# deps leaves apt-get alone when all is there, and installs just what is missing.
set -u
dir=$(mktemp -d) || exit 2
trap 'rm -rf "$dir"' EXIT

# fake NAME: standard input becomes a program that deps finds first.
fake()
{
	{ echo '#!/bin/sh' && cat; } >"$dir/$1"
	chmod +x "$dir/$1"
}
fake dpkg-query <<<'echo "one installed"; echo "two installed"
echo "gone config-files"; exit 1'
fake apt-get <<<'echo "$DEBIAN_FRONTEND $*" >>"$LOG"; [ -x "$POLICY" ]'
fake sudo <<<'echo sudo >>"$LOG"; exec "$@"'
fake id <<<'echo "${FAKE_UID:-0}"'

# calls PACKAGE...: what deps calls to have them.
calls()
{
	: >"$dir/log"
	LOG=$dir/log POLICY=$dir/policy PATH=$dir:$PATH tests/tools/deps "$@" 2>/dev/null ||
		echo "status $?"
	cat "$dir/log"
}

# expect WHAT WANT GOT
expect()
{
	if [ "$2" = "$3" ]; then
		echo "ok $1"
	else
		printf 'not ok %s: got\n%s\n' "$1" "$3"
		bad=1
	fi
}
bad=0

install='-q -y --no-install-recommends install'
update='noninteractive -q update'
expect "nothing is done when all is there" "" "$(calls one two)"
expect "what is missing is installed" \
	"$update
noninteractive $install gone three" "$(calls one gone three two)"
expect "sudo is used by others than root" "sudo
sudo
$update
sudo
noninteractive $install three
sudo" "$(FAKE_UID=1000 calls three)"
expect "daemons may start again afterwards" "" "$(ls "$dir/policy" 2>/dev/null)"
fake apt-get <<<'exit 100'
expect "a failure is passed on" "status 100" "$(calls three)"
exit $bad
