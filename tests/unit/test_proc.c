/* SPDX-License-Identifier: BSD-3-Clause */
/* links: base/proc */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <errno.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/proc.h"

/* A line of /proc/self/status as a number in ${base}. */
static unsigned long long
status_of(const char *name, int base)
{
	unsigned long long v = ~0ULL;
	FILE *fp = fopen("/proc/self/status", "r");
	char line[256];

	if (fp == NULL)
		return v;
	while (fgets(line, sizeof(line), fp) != NULL) {
		if (strncmp(line, name, strlen(name)) == 0)
			v = strtoull(line + strlen(name), NULL, base);
	}
	(void)fclose(fp);
	return v;
}

/* What is dropped is gone, so each attempt is made in a child. */
static void
expect_child(int (*run)(void))
{
	const pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(run());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static bool was_root; /* root may empty the bounding set */

static int
check_caps(unsigned long long want)
{
	if (status_of("CapPrm:", 16) != want ||
	    status_of("CapEff:", 16) != want)
		return 10;
	if (status_of("CapInh:", 16) != 0 || status_of("CapAmb:", 16) != 0)
		return 11;
	if (was_root && status_of("CapBnd:", 16) != 0)
		return 13;
	return status_of("NoNewPrivs:", 10) == 1 ? 0 : 12;
}

static int
stay(void)
{
	const uid_t uid = getuid();

	if (proc_drop(NULL, PROC_KEEP_NONE) != 0)
		return 1;
	return getuid() == uid ? check_caps(0) : 2;
}

static int
become_nobody(void)
{
	const struct passwd *pw = getpwnam("nobody");

	if (pw == NULL || proc_drop("nobody", PROC_KEEP_NONE) != 0)
		return 1;
	if (getuid() != pw->pw_uid || geteuid() != pw->pw_uid ||
	    getgid() != pw->pw_gid || getegid() != pw->pw_gid ||
	    getgroups(0, NULL) != 0)
		return 2;
	if (setuid(0) == 0 || seteuid(0) == 0 || setgid(0) == 0)
		return 3;
	return check_caps(0);
}

static int
become_nobody_with_net_raw(void)
{
	int fd;

	if (proc_drop("nobody", PROC_KEEP_PACKETS) != 0)
		return 1;
	fd = socket(AF_INET, SOCK_RAW, 255);
	if (fd < 0 || close(fd) != 0)
		return 2;
	if (setuid(0) == 0)
		return 3;
	return check_caps(1ULL << CAP_NET_RAW);
}

static int
become_a_stranger(void)
{
	if (proc_drop("no-such-user-here", PROC_KEEP_NONE) == 0)
		return 1;
	return errno == ENOENT ? 0 : 2;
}

static int
become_root_as_nobody(void)
{
	if (proc_drop("nobody", PROC_KEEP_NONE) != 0)
		return 1;
	return proc_drop("root", PROC_KEEP_NONE) == -1 ? 0 : 2;
}

static void
staying_who_we_are_leaves_no_capability(void **state)
{
	(void)state;
	expect_child(stay);
}

static void
an_unknown_user_is_an_error(void **state)
{
	(void)state;
	expect_child(become_a_stranger);
}

static void
root_becomes_another_user_for_good(void **state)
{
	(void)state;
	if (geteuid() != 0) {
		print_message("not root: cannot become another user\n");
		skip();
	}
	expect_child(become_nobody);
	expect_child(become_root_as_nobody);
}

static void
net_raw_is_kept_alone(void **state)
{
	(void)state;
	if (geteuid() != 0) {
		print_message("not root: has no capability to keep\n");
		skip();
	}
	expect_child(become_nobody_with_net_raw);
}

static int
raise_from_16(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) != 0)
		return 1;
	r.rlim_cur = 16;
	if (setrlimit(RLIMIT_NOFILE, &r) != 0)
		return 2;
	if (proc_raise_nofile() != (long)r.rlim_max)
		return 3;
	if (getrlimit(RLIMIT_NOFILE, &r) != 0)
		return 4;
	return r.rlim_cur == r.rlim_max ? 0 : 5;
}

static void
the_limit_of_descriptors_becomes_the_hard_one(void **state)
{
	(void)state;
	expect_child(raise_from_16);
}

static void
two_keys_differ(void **state)
{
	struct hash_key a = { { 0, 0 } };
	struct hash_key b = { { 0, 0 } };

	(void)state;
	assert_int_equal(proc_hash_key(&a), 0);
	assert_int_equal(proc_hash_key(&b), 0);
	assert_memory_not_equal(&a, &b, sizeof(a));
	/* In one place, so that the place cannot be all that differs. */
	hash_key_draw(&a);
	b = a;
	hash_key_draw(&a);
	assert_true(a.k[0] != b.k[0]);
}

static void
clocks_run_forward_in_nanoseconds(void **state)
{
	const mono_t before = proc_mono();
	const wall_t wall = proc_wall();
	mono_t after = proc_mono();

	(void)state;
	while (after.ns == before.ns)
		after = proc_mono();
	assert_true(after.ns > before.ns);
	assert_true(after.ns - before.ns < 60 * MONO_NS_PER_S);
	assert_true(wall.ns > wall_make(1700000000, 0).ns);
}

static int
keep_secrets(void)
{
	const char *user = was_root ? "nobody" : NULL;
	struct rlimit r;

	if (proc_no_core() != 0 || proc_drop(user, PROC_KEEP_NONE) != 0)
		return 1;
	if (getrlimit(RLIMIT_CORE, &r) != 0 || r.rlim_max != 0)
		return 2;
	return prctl(PR_GET_DUMPABLE, 0UL, 0UL, 0UL, 0UL) == 0 ? 0 : 3;
}

static void
secrets_stay_out_of_core_files_as_another_user_too(void **state)
{
	(void)state;
	expect_child(keep_secrets);
}

/* As a service manager starts it: not root, with an ambient capability. */
static int
inherit_ambient(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct caps[2] = { 0 };

	if (syscall(SYS_capget, &head, caps) != 0)
		return 1;
	caps[0].inheritable = 1u << CAP_NET_RAW | 1u << CAP_CHOWN;
	if (syscall(SYS_capset, &head, caps) != 0 ||
	    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_RAW, 0UL,
		0UL) != 0)
		return 2;
	if (proc_drop(NULL, PROC_KEEP_PACKETS) != 0)
		return 3;
	return check_caps(1ULL << CAP_NET_RAW);
}

static void
ambient_and_inheritable_sets_are_emptied(void **state)
{
	(void)state;
	if (!was_root) {
		print_message("not root: has no capability to pass on\n");
		skip();
	}
	expect_child(inherit_ambient);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(staying_who_we_are_leaves_no_capability),
		cmocka_unit_test(an_unknown_user_is_an_error),
		cmocka_unit_test(root_becomes_another_user_for_good),
		cmocka_unit_test(net_raw_is_kept_alone),
		cmocka_unit_test(ambient_and_inheritable_sets_are_emptied),
		cmocka_unit_test(
		    secrets_stay_out_of_core_files_as_another_user_too),
		cmocka_unit_test(the_limit_of_descriptors_becomes_the_hard_one),
		cmocka_unit_test(two_keys_differ),
		cmocka_unit_test(clocks_run_forward_in_nanoseconds),
	};

	was_root = geteuid() == 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
