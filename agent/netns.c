/* SPDX-License-Identifier: BSD-3-Clause */
/* Network namespaces: into one for a moment, and back. */
#include "agent/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

#define PATH_LEN 64

static int own_net = -1, own_uts = -1; /* of the whole process, for good */

int
netns_init(void)
{
	if (own_net >= 0)
		return 0;
	own_net = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	own_uts = open("/proc/thread-self/ns/uts", O_RDONLY | O_CLOEXEC);
	if (own_net < 0 || own_uts < 0)
		return -1;
	return setns(own_net, CLONE_NEWNET);
}

/* What would be opened or sent next would be another network's. */
static void
back(int fd, int type)
{
	if (setns(fd, type) == 0)
		return;
	log_error("back to our own namespace");
	abort();
}

int
netns_enter(int fd)
{
	return fd < 0 ? 0 : setns(fd, CLONE_NEWNET);
}

void
netns_leave(int fd)
{
	if (fd >= 0)
		back(own_net, CLONE_NEWNET);
}

int
netns_host(pid_t pid, char *ret_name, size_t size)
{
	char path[PATH_LEN], ours[PATH_LEN + 1], name[PATH_LEN + 1];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/uts", (int)pid);
	if (gethostname(ours, sizeof(ours)) != 0 ||
	    (fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return -1;
	if (setns(fd, CLONE_NEWUTS) != 0) {
		(void)close(fd);
		return -1;
	}
	const int rc = gethostname(name, sizeof(name));
	back(own_uts, CLONE_NEWUTS);
	(void)close(fd);
	if (rc != 0 || name[0] == '\0' || strcmp(name, ours) == 0)
		return -1;
	(void)snprintf(ret_name, size, "%s", name);
	return 0;
}
