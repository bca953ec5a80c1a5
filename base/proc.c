/* SPDX-License-Identifier: BSD-3-Clause */
/* What a process does to itself: privileges, limits, clocks, secrets. */
#include "base/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <malloc.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define THRIFTY_BLOCK (16 << 10)
#define CAP_BIT(cap)  (1u << (cap))

static int
call_prctl(int what, unsigned long arg, unsigned long arg2)
{
	return prctl(what, arg, arg2, 0UL, 0UL);
}

static int
get_caps(struct __user_cap_data_struct caps[static 2])
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};

	return syscall(SYS_capget, &head, caps) != 0 ? -1 : 0;
}

static int
set_caps(const struct __user_cap_data_struct caps[static 2])
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};

	return syscall(SYS_capset, &head, caps) != 0 ? -1 : 0;
}

/* Only CAP_SETPCAP may empty the bounding set. */
static int
may_bound(void)
{
	struct __user_cap_data_struct caps[2] = { 0 };

	if (get_caps(caps) != 0)
		return -1;
	return (caps[0].effective & CAP_BIT(CAP_SETPCAP)) != 0;
}

/*
 * What no program started later could get.  Without the right to empty it
 * the set stays: there PR_SET_NO_NEW_PRIVS alone keeps it from being used.
 */
static int
empty_bounding(void)
{
	const int may = may_bound();

	if (may <= 0)
		return may;
	/* The kernel knows the number of the last one: it refuses the next. */
	for (unsigned long c = 0;; c++) {
		const int there = call_prctl(PR_CAPBSET_READ, c, 0);

		if (there < 0)
			break;
		if (there == 1 && (call_prctl(PR_CAPBSET_DROP, c, 0) != 0 ||
				      call_prctl(PR_CAPBSET_READ, c, 0) != 0))
			return -1;
	}
	return 0;
}

/* A kernel before 4.3 has no ambient set to clear. */
static int
empty_ambient(void)
{
	if (call_prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0) != 0 &&
	    errno != EINVAL)
		return -1;
	return 0;
}

/* Whether no set holds more than ${wanted}. */
static int
verify_caps(uint32_t wanted)
{
	struct __user_cap_data_struct caps[2] = { 0 };
	uint32_t rest;

	if (get_caps(caps) != 0)
		return -1;
	rest = (caps[0].permitted | caps[0].effective) & ~wanted;
	rest |= caps[1].permitted | caps[1].effective;
	rest |= caps[0].inheritable | caps[1].inheritable;
	for (unsigned long c = 0; rest == 0; c++) {
		const int there =
		    call_prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, c);

		if (there < 0)
			break;
		rest |= (uint32_t)there;
	}
	if (rest == 0)
		return 0;
	errno = EPERM;
	return -1;
}

/*
 * Set the permitted and effective capabilities to ${wanted} at most, and
 * verify it, so that a kernel that says yes and does nothing shows.
 */
static int
limit_caps(uint32_t wanted)
{
	struct __user_cap_data_struct caps[2] = { 0 };
	struct __user_cap_data_struct had[2];

	if (get_caps(caps) != 0)
		return -1;
	memcpy(had, caps, sizeof(had));
	caps[0].permitted &= wanted;
	caps[1].permitted = 0;
	for (int i = 0; i < 2; i++) {
		caps[i].effective = caps[i].permitted;
		caps[i].inheritable = 0;
	}
	if (empty_ambient() != 0)
		return -1;
	/* A service manager that left nothing may forbid capset(2), too. */
	if (memcmp(had, caps, sizeof(had)) != 0 && set_caps(caps) != 0)
		return -1;
	return verify_caps(wanted);
}

static int
forbid_new_privileges(void)
{
	if (call_prctl(PR_SET_NO_NEW_PRIVS, 1, 0) != 0)
		return -1;
	if (call_prctl(PR_GET_NO_NEW_PRIVS, 0, 0) == 1)
		return 0;
	errno = EPERM;
	return -1;
}

static int
become(const char *user)
{
	const struct passwd *pw = getpwnam(user);

	if (pw == NULL) {
		errno = ENOENT;
		return -1;
	}
	if (setgroups(0, NULL) != 0 ||
	    setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) != 0 ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) != 0)
		return -1;
	if (pw->pw_uid != 0 && (setuid(0) == 0 || setgid(0) == 0)) {
		errno = EPERM;
		return -1;
	}
	return 0;
}

static uint32_t
caps_of(unsigned int keep)
{
	return ((keep & PROC_KEEP_PACKETS) ? CAP_BIT(CAP_NET_RAW) : 0) |
	       ((keep & PROC_KEEP_NETNS) ? CAP_BIT(CAP_SYS_ADMIN) : 0) |
	       ((keep & PROC_KEEP_PROCESSES) ? CAP_BIT(CAP_SYS_PTRACE) : 0);
}

int
proc_drop(const char *user, unsigned int keep)
{
	const uint32_t wanted = caps_of(keep);
	const bool secret = call_prctl(PR_GET_DUMPABLE, 0, 0) == 0;

	if (empty_bounding() != 0)
		return -1;
	if (user != NULL &&
	    (call_prctl(PR_SET_KEEPCAPS, wanted != 0, 0) != 0 ||
		become(user) != 0 || call_prctl(PR_SET_KEEPCAPS, 0, 0) != 0))
		return -1;
	if (limit_caps(wanted) != 0 || forbid_new_privileges() != 0)
		return -1;
	/* The kernel sets it anew when the user or a capability changes. */
	return secret ? proc_no_core() : 0;
}

int
proc_no_core(void)
{
	const struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &none) != 0)
		return -1;
	return call_prctl(PR_SET_DUMPABLE, 0, 0);
}

/* Returns NULL with errno. */
static const struct passwd *
find_user(const char *user)
{
	const struct passwd *pw;

	errno = 0;
	if ((pw = getpwnam(user)) == NULL && errno == 0)
		errno = ENOENT;
	return pw;
}

int
proc_give_fd(int fd, const char *user)
{
	const struct passwd *pw = find_user(user);

	return pw == NULL ? -1 : fchown(fd, pw->pw_uid, pw->pw_gid);
}

int
proc_give(const char *path, const char *user)
{
	const struct passwd *pw = find_user(user);
	const struct dirent *e;
	DIR *dir;
	int err = 0;

	if (pw == NULL)
		return -1;
	if ((dir = opendir(path)) == NULL)
		return -1;
	if (fchown(dirfd(dir), pw->pw_uid, pw->pw_gid) != 0)
		err = errno;
	while (err == 0 && (e = readdir(dir)) != NULL) {
		if (strcmp(e->d_name, "..") != 0 &&
		    fchownat(dirfd(dir), e->d_name, pw->pw_uid, pw->pw_gid,
			AT_SYMLINK_NOFOLLOW) != 0)
			err = errno;
	}
	closedir(dir);
	errno = err;
	return err == 0 ? 0 : -1;
}

void
proc_signals(void)
{
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	(void)signal(SIGUSR1, SIG_IGN);
}

long
proc_raise_nofile(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) != 0)
		return -1;
	if (r.rlim_cur != r.rlim_max) {
		r.rlim_cur = r.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &r);
		(void)getrlimit(RLIMIT_NOFILE, &r);
	}
	return (long)r.rlim_cur;
}

void
proc_thrifty(void)
{
	(void)mallopt(M_MMAP_THRESHOLD, THRIFTY_BLOCK);
	/* Else they are taken from what is at hand already. */
	(void)mallopt(M_TOP_PAD, 0);
	(void)mallopt(M_ARENA_MAX, 1);
}

/* A mapping as /proc/self/smaps describes it. */
struct mapping {
	uintptr_t from, to;
	bool of_file; /* read-only, of a file */
};

/*
 * Read the line that begins a description, "from-to perm offset device inode
 * path", and return whether ${line} is one.
 */
static bool
mapping_begins(struct mapping *m, const char *line)
{
	char *end;
	const uintptr_t from = strtoul(line, &end, 16);

	if (end == line || *end != '-')
		return false;
	m->from = from;
	m->to = strtoul(end + 1, &end, 16);
	m->of_file =
	    strlen(end) > 2 && end[2] == '-' && strchr(end, '/') != NULL;
	return true;
}

void
proc_trim(void)
{
	static const char anonymous[] = "Anonymous:";
	const size_t n = sizeof(anonymous) - 1;
	FILE *fp = fopen("/proc/self/smaps", "re");
	struct mapping m = { 0 };
	char *line = NULL;
	size_t size = 0;

	if (fp == NULL)
		return;
	while (getline(&line, &size, fp) > 0) {
		if (mapping_begins(&m, line) ||
		    strncmp(line, anonymous, n) != 0)
			continue;
		/* With pages of its own it has what the file does not have. */
		if (m.of_file && strtoul(line + n, NULL, 10) == 0) {
			void *at = (void *)m.from; /* NOLINT: from a text */

			(void)madvise(at, m.to - m.from, MADV_DONTNEED);
		}
	}
	free(line);
	(void)fclose(fp);
	(void)malloc_trim(0);
}

int
proc_hash_key(struct hash_key *ret_key)
{
	const ssize_t n = getrandom(ret_key->k, sizeof(ret_key->k), 0);

	return n == (ssize_t)sizeof(ret_key->k) ? 0 : -1;
}

static int64_t
now(clockid_t clock)
{
	struct timespec ts;

	(void)clock_gettime(clock, &ts);
	return ts.tv_sec * MONO_NS_PER_S + ts.tv_nsec;
}

wall_t
proc_wall(void)
{
	return (wall_t){ now(CLOCK_REALTIME) };
}

mono_t
proc_mono(void)
{
	return (mono_t){ now(CLOCK_MONOTONIC) };
}
