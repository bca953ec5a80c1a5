# shellcheck shell=bash
# Sourced by the scenarios of full disks: small file systems that go away.
# shellcheck source=tests/scenario/rotate.bash
. tests/scenario/rotate.bash

mounted=()
disk_cleanup()
{
	[ ${#mounted[@]} -eq 0 ] || umount -l "${mounted[@]}"
	rotate_cleanup
}
trap disk_cleanup EXIT

# small DIR SIZE FREE: a file system with a ballast that leaves so much, in KiB.
small()
{
	mkdir "$1"
	mount -t tmpfs -o size="$2k" none "$1" || exit 1
	mounted+=("$1")
	head -c "$((($2 - $3) * 1024))" /dev/zero >"$1/ballast"
}
