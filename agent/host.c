/* SPDX-License-Identifier: BSD-3-Clause */
/* Load of the host: CPU and memory from /proc. */
#include "agent/host.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/hostproc.h"

#define TEXT_MAX 8192 /* both begin with what we need */

struct host {
	int stat, meminfo;
	struct hostproc_cpu cpu; /* at the last reading */
};

/* Read the start of an open file of /proc into ${text}. */
static int
reread(int fd, char text[static TEXT_MAX])
{
	const ssize_t n = pread(fd, text, TEXT_MAX - 1, 0);

	if (n <= 0)
		return -1;
	text[n] = '\0';
	return 0;
}

static int
read_cpu(const struct host *h, struct hostproc_cpu *ret)
{
	char text[TEXT_MAX];

	return reread(h->stat, text) == 0 ? hostproc_stat(ret, text) : -1;
}

struct host *
host_open(void)
{
	struct host *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	h->stat = open("/proc/stat", O_RDONLY | O_CLOEXEC);
	h->meminfo = open("/proc/meminfo", O_RDONLY | O_CLOEXEC);
	if (h->stat < 0 || h->meminfo < 0 || read_cpu(h, &h->cpu) != 0) {
		host_close(h);
		return NULL;
	}
	return h;
}

int
host_sample(struct host *h, wall_t now, struct obs *ret_o)
{
	struct obs o = { .kind = OBS_HOST, .time = now };
	struct hostproc_cpu cpu;
	char text[TEXT_MAX];

	if (read_cpu(h, &cpu) != 0 || reread(h->meminfo, text) != 0 ||
	    hostproc_meminfo(&o.host.mem_used, text) != 0)
		return -1;
	o.host.has = OBS_HOST_ALL;
	o.host.cpu_busy = hostproc_busy(&h->cpu, &cpu);
	h->cpu = cpu;
	*ret_o = o;
	return 0;
}

void
host_close(struct host *h)
{
	if (h == NULL)
		return;
	if (h->stat >= 0)
		(void)close(h->stat);
	if (h->meminfo >= 0)
		(void)close(h->meminfo);
	free(h);
}
