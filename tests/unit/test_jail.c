/* SPDX-License-Identifier: BSD-3-Clause */
/* links: base/jail base/proc -lseccomp */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/jail.h"
#include "base/proc.h"

/* Run ${act} behind the filter in a child; return how that ended. */
static int
status_of(int (*act)(void), unsigned int also)
{
	const pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		const struct rlimit none = { 0, 0 };

		(void)setrlimit(RLIMIT_CORE, &none);
		if (proc_drop(NULL, PROC_KEEP_PACKETS) != 0 ||
		    jail_enter(also) != 0)
			_exit(101);
		_exit(act());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void
expect_killed(int (*act)(void))
{
	const int status = status_of(act, JAIL_NOTHING);

	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSYS);
}

static void
expect_fine(int (*act)(void), unsigned int also)
{
	assert_int_equal(status_of(act, also), 0);
}

static bool
is_built(void)
{
	return strcmp(jail_version(), "no libseccomp") != 0;
}

#define NEEDS_FILTER()                                \
	do {                                          \
		(void)state;                          \
		if (!is_built()) {                    \
			print_message("SECCOMP=0\n"); \
			skip();                       \
		}                                     \
	} while (0)

static int
start_program(void)
{
	char *argv[] = { NULL };

	return execve("/bin/true", argv, argv);
}

static int
make_process(void)
{
	const pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return 0;
}

static int
trace_parent(void)
{
	return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) == 0;
}

static int
signal_parent(void)
{
	return kill(getppid(), 0);
}

static int
open_packets(void)
{
	const int fd = socket(AF_PACKET, SOCK_DGRAM, 0);

	return fd < 0 && errno == EPERM ? 0 : close(fd);
}

static int
open_bluetooth(void)
{
	return socket(AF_BLUETOOTH, SOCK_RAW, 0) < 0 ? 0 : 1;
}

static int
map_writable_code(void)
{
	return mmap(NULL, 4096, PROT_WRITE | PROT_EXEC,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED;
}

static int
raise_limit(void)
{
	const struct rlimit r = { 16, 16 };

	return setrlimit(RLIMIT_NOFILE, &r);
}

static int
become_dumpable(void)
{
	return prctl(PR_SET_DUMPABLE, 1UL, 0UL, 0UL, 0UL);
}

static void
no_program_and_no_process_is_started(void **state)
{
	NEEDS_FILTER();
	expect_killed(start_program);
	expect_killed(make_process);
}

static void
no_other_process_is_touched(void **state)
{
	NEEDS_FILTER();
	expect_killed(trace_parent);
	expect_killed(signal_parent);
}

static void
only_the_agent_opens_packet_sockets(void **state)
{
	NEEDS_FILTER();
	expect_killed(open_packets);
	expect_fine(open_packets, JAIL_PACKETS);
	expect_killed(open_bluetooth);
}

static int
enter(const char *path, int type)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);

	return setns(fd, type) == 0 || errno == EPERM ? 0 : 1;
}

static int
enter_network(void)
{
	return enter("/proc/self/ns/net", CLONE_NEWNET);
}

static int
enter_host_name(void)
{
	return enter("/proc/self/ns/uts", CLONE_NEWUTS);
}

static int
enter_mounts(void)
{
	return enter("/proc/self/ns/mnt", CLONE_NEWNS);
}

static int
make_network(void)
{
	return unshare(CLONE_NEWNET);
}

static void
only_who_follows_nodes_enters_their_networks(void **state)
{
	NEEDS_FILTER();
	expect_killed(enter_network);
	expect_fine(enter_network, JAIL_NETNS);
	expect_fine(enter_host_name, JAIL_NETNS);
	assert_true(WIFSIGNALED(status_of(enter_mounts, JAIL_NETNS)));
	assert_true(WIFSIGNALED(status_of(make_network, JAIL_NETNS)));
	assert_true(WIFSIGNALED(status_of(open_packets, JAIL_NETNS)));
}

static void
no_memory_is_written_and_executed(void **state)
{
	NEEDS_FILTER();
	expect_killed(map_writable_code);
}

static void
limits_and_secrecy_stay_as_they_are(void **state)
{
	NEEDS_FILTER();
	expect_killed(raise_limit);
	expect_killed(become_dumpable);
}

static void *
in_thread(void *arg)
{
	struct addrinfo *res = NULL;

	/* Whatever the answer is, all ways to it are open. */
	(void)getaddrinfo("no-such-name.invalid", "1", NULL, &res);
	if (res != NULL)
		freeaddrinfo(res);
	*(int *)arg = 1;
	return NULL;
}

static int
ask_in_thread(void)
{
	pthread_t thread;
	int done = 0;

	if (pthread_create(&thread, NULL, in_thread, &done) != 0 ||
	    pthread_join(thread, NULL) != 0)
		return 1;
	return done == 1 ? 0 : 2;
}

static int
keep_files(void)
{
	char dir[] = "/tmp/jail.XXXXXX";
	int dir_fd, fd;

	if (mkdtemp(dir) == NULL ||
	    (dir_fd = open(dir, O_RDONLY | O_DIRECTORY)) < 0)
		return 1;
	fd = openat(dir_fd, "a", O_RDWR | O_CREAT, 0600);
	if (fd < 0 || posix_fallocate(fd, 0, 10) != 0 ||
	    pwrite(fd, "abc", 3, 7) != 3 || ftruncate(fd, 8) != 0 ||
	    fsync(fd) != 0 || fdatasync(fd) != 0)
		return 2;
	if (futimens(fd, NULL) != 0 || fchmod(fd, 0640) != 0 ||
	    fchown(fd, (uid_t)-1, (gid_t)-1) != 0 ||
	    posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) != 0 ||
	    flock(fd, LOCK_EX) != 0)
		return 4;
	if (renameat(dir_fd, "a", dir_fd, "b") != 0 || fsync(dir_fd) != 0 ||
	    mkdirat(dir_fd, "c", 0700) != 0 ||
	    unlinkat(dir_fd, "c", AT_REMOVEDIR) != 0 ||
	    unlinkat(dir_fd, "b", 0) != 0 || rmdir(dir) != 0)
		return 3;
	return 0;
}

/* As libev does for one that it did not start: a shell may have. */
static int
look_for_children(void)
{
	return waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD ? 0 : 1;
}

static int
abort_here(void)
{
	abort();
}

static void
names_are_looked_up_in_threads(void **state)
{
	NEEDS_FILTER();
	expect_fine(ask_in_thread, JAIL_NOTHING);
}

static void
children_that_a_shell_left_us_may_end(void **state)
{
	NEEDS_FILTER();
	expect_fine(look_for_children, JAIL_NOTHING);
}

static void
files_are_made_synced_renamed_and_removed(void **state)
{
	NEEDS_FILTER();
	expect_fine(keep_files, JAIL_NOTHING);
}

static void
an_abort_is_seen_as_one(void **state)
{
	NEEDS_FILTER();
	const int status = status_of(abort_here, JAIL_NOTHING);

	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_program_and_no_process_is_started),
		cmocka_unit_test(no_other_process_is_touched),
		cmocka_unit_test(only_the_agent_opens_packet_sockets),
		cmocka_unit_test(only_who_follows_nodes_enters_their_networks),
		cmocka_unit_test(no_memory_is_written_and_executed),
		cmocka_unit_test(limits_and_secrecy_stay_as_they_are),
		cmocka_unit_test(names_are_looked_up_in_threads),
		cmocka_unit_test(children_that_a_shell_left_us_may_end),
		cmocka_unit_test(files_are_made_synced_renamed_and_removed),
		cmocka_unit_test(an_abort_is_seen_as_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
