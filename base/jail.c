/* SPDX-License-Identifier: BSD-3-Clause */
/* A filter that lets a process make only the system calls that it needs. */
#include "base/jail.h"

#ifdef WITH_SECCOMP

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define N(a) (sizeof(a) / sizeof((a)[0]))

/*
 * What needs no look at its arguments.  A call that this machine does not have
 * has a negative number, and is passed over.
 */
static const int calls[] = {
	/* files */
	SCMP_SYS(access), SCMP_SYS(close), SCMP_SYS(copy_file_range),
	SCMP_SYS(dup), SCMP_SYS(dup2), SCMP_SYS(dup3), SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2), SCMP_SYS(fadvise64), SCMP_SYS(fallocate),
	SCMP_SYS(fchmod), SCMP_SYS(fchmodat), SCMP_SYS(fchown), SCMP_SYS(fcntl),
	SCMP_SYS(fdatasync), SCMP_SYS(flock), SCMP_SYS(fstat),
	SCMP_SYS(fstatfs), SCMP_SYS(fsync), SCMP_SYS(ftruncate),
	SCMP_SYS(getcwd), SCMP_SYS(getdents64), SCMP_SYS(link),
	SCMP_SYS(linkat), SCMP_SYS(lseek), SCMP_SYS(lstat), SCMP_SYS(mkdir),
	SCMP_SYS(mkdirat), SCMP_SYS(newfstatat), SCMP_SYS(open),
	SCMP_SYS(openat), SCMP_SYS(pread64), SCMP_SYS(preadv),
	SCMP_SYS(pwrite64), SCMP_SYS(pwritev), SCMP_SYS(read),
	SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(readv),
	SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2),
	SCMP_SYS(rmdir), SCMP_SYS(sendfile), SCMP_SYS(stat), SCMP_SYS(statfs),
	SCMP_SYS(statx), SCMP_SYS(sync_file_range), SCMP_SYS(truncate),
	SCMP_SYS(umask), SCMP_SYS(unlink), SCMP_SYS(unlinkat),
	SCMP_SYS(utimensat), SCMP_SYS(write), SCMP_SYS(writev),
	/* sockets, once they are there */
	SCMP_SYS(accept), SCMP_SYS(accept4), SCMP_SYS(bind), SCMP_SYS(connect),
	SCMP_SYS(getpeername), SCMP_SYS(getsockname), SCMP_SYS(getsockopt),
	SCMP_SYS(listen), SCMP_SYS(recvfrom), SCMP_SYS(recvmmsg),
	SCMP_SYS(recvmsg), SCMP_SYS(sendmmsg), SCMP_SYS(sendmsg),
	SCMP_SYS(sendto), SCMP_SYS(setsockopt), SCMP_SYS(shutdown),
	/* events and time */
	SCMP_SYS(clock_getres), SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_nanosleep), SCMP_SYS(epoll_create),
	SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_pwait),
	SCMP_SYS(epoll_pwait2), SCMP_SYS(epoll_wait), SCMP_SYS(eventfd2),
	SCMP_SYS(gettimeofday), SCMP_SYS(nanosleep), SCMP_SYS(pipe2),
	SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(pselect6), SCMP_SYS(select),
	SCMP_SYS(time), SCMP_SYS(timerfd_create), SCMP_SYS(timerfd_gettime),
	SCMP_SYS(timerfd_settime),
	/* memory */
	SCMP_SYS(brk), SCMP_SYS(madvise), SCMP_SYS(mlock), SCMP_SYS(mremap),
	SCMP_SYS(munlock), SCMP_SYS(munmap),
	/* signals, threads, the end; children that a shell left us */
	SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(futex),
	SCMP_SYS(get_robust_list), SCMP_SYS(membarrier),
	SCMP_SYS(restart_syscall), SCMP_SYS(rseq), SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sched_getaffinity), SCMP_SYS(sched_yield),
	SCMP_SYS(set_robust_list), SCMP_SYS(set_tid_address),
	SCMP_SYS(sigaltstack),
	/* a shell that became us may have left a child: libev asks for it */
	SCMP_SYS(wait4),
	/* who and where we are */
	SCMP_SYS(getcpu), SCMP_SYS(getegid), SCMP_SYS(geteuid),
	SCMP_SYS(getgid), SCMP_SYS(getpid), SCMP_SYS(getppid),
	SCMP_SYS(getrandom), SCMP_SYS(getrlimit), SCMP_SYS(getrusage),
	SCMP_SYS(gettid), SCMP_SYS(getuid), SCMP_SYS(sysinfo), SCMP_SYS(times),
	SCMP_SYS(uname)
};

/* What is allowed when the argument ${arg}, under ${mask}, is ${value}. */
struct look {
	int call;
	unsigned int arg;
	scmp_datum_t mask, value;
};

#define ALL  0xffffffffu /* the kernel looks at 32 bits of these */
#define WX   ((scmp_datum_t)(PROT_WRITE | PROT_EXEC))
#define SIOC 0x8900u /* questions about interfaces */

static const struct look looks[] = {
	{ SCMP_SYS(socket), 0, ALL, AF_INET },
	{ SCMP_SYS(socket), 0, ALL, AF_INET6 },
	{ SCMP_SYS(socket), 0, ALL, AF_UNIX },
	{ SCMP_SYS(socket), 0, ALL, AF_NETLINK },
	{ SCMP_SYS(ioctl), 1, 0xffffff00u, SIOC },
	{ SCMP_SYS(ioctl), 1, ALL, FIONREAD },
	{ SCMP_SYS(ioctl), 1, ALL, FIONBIO },
	{ SCMP_SYS(ioctl), 1, ALL, TCGETS },
	{ SCMP_SYS(ioctl), 1, ALL, TIOCGWINSZ },
	/* a library may be loaded for getaddrinfo(3), but not made */
	{ SCMP_SYS(mmap), 2, WX, 0 },
	{ SCMP_SYS(mmap), 2, WX, PROT_WRITE },
	{ SCMP_SYS(mmap), 2, WX, PROT_EXEC },
	{ SCMP_SYS(mprotect), 2, PROT_EXEC, 0 },
	/* a thread, not a process; see clone3 */
	{ SCMP_SYS(clone), 0, CLONE_THREAD, CLONE_THREAD },
	{ SCMP_SYS(prctl), 0, ALL, PR_SET_NAME },
	{ SCMP_SYS(prctl), 0, ALL, PR_SET_PDEATHSIG },
	/* a limit may be asked for, not set */
	{ SCMP_SYS(prlimit64), 2, ~(scmp_datum_t)0, 0 },
};

/* With JAIL_PACKETS. */
static const struct look packets[] = {
	{ SCMP_SYS(socket), 0, ALL, AF_PACKET },
};

/* With JAIL_NETNS: no other kind of namespace, and no way to make one. */
static const struct look netns[] = {
	{ SCMP_SYS(setns), 1, ALL, CLONE_NEWNET },
	{ SCMP_SYS(setns), 1, ALL, CLONE_NEWUTS },
	{ SCMP_SYS(inotify_add_watch), 0, 0, 0 },
};

static int
allow(scmp_filter_ctx ctx, const struct look *l)
{
	const struct scmp_arg_cmp cmp = { l->arg, SCMP_CMP_MASKED_EQ, l->mask,
		l->value };

	if (l->call < 0)
		return 0;
	return seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, l->call, 1, &cmp);
}

static int
allow_all(scmp_filter_ctx ctx, const struct look *l, size_t n)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = allow(ctx, &l[i]);
	return rc;
}

static int
add_rules(scmp_filter_ctx ctx, unsigned int also)
{
	/* abort(3) */
	const struct look own = { SCMP_SYS(tgkill), 0, ALL,
		(scmp_datum_t)getpid() };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < N(calls); i++) {
		if (calls[i] >= 0)
			rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, calls[i], 0);
	}
	if (rc == 0)
		rc = allow_all(ctx, looks, N(looks));
	if (rc == 0)
		rc = allow(ctx, &own);
	if (rc == 0 && (also & JAIL_PACKETS))
		rc = allow_all(ctx, packets, N(packets));
	if (rc == 0 && (also & JAIL_NETNS))
		rc = allow_all(ctx, netns, N(netns));
	/* Its flags lie in memory, out of sight: the C library then uses clone. */
	if (rc != 0)
		return rc;
	return seccomp_rule_add(
	    ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
}

/* What the library would do otherwise is not what we want, or slower. */
static int
set_attributes(scmp_filter_ctx ctx)
{
	int rc = seccomp_attr_set(
	    ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);

	if (rc == 0)
		rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1);
	/* No code of strangers runs here, so nothing need run slower. */
	if (rc == 0)
		rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_SSB, 1);
	/* a tree in place of a list */
	if (rc == 0)
		rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	return rc;
}

int
jail_enter(unsigned int also)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int rc;

	if (ctx == NULL) {
		errno = ENOMEM;
		return -1;
	}
	if ((rc = set_attributes(ctx)) == 0 && (rc = add_rules(ctx, also)) == 0)
		rc = seccomp_load(ctx);
	seccomp_release(ctx);
	if (rc == 0)
		return 0;
	errno = -rc;
	return -1;
}

const char *
jail_version(void)
{
	static char text[40];
	const struct scmp_version *v = seccomp_version();

	if (v == NULL)
		return "libseccomp";
	(void)snprintf(text, sizeof(text), "libseccomp %u.%u.%u", v->major,
	    v->minor, v->micro);
	return text;
}

#else

int
jail_enter(unsigned int also)
{
	(void)also;
	return 0;
}

const char *
jail_version(void)
{
	return "no libseccomp";
}

#endif
