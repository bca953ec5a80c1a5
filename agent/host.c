/* SPDX-License-Identifier: BSD-3-Clause */
/* Load of the host: CPU and memory from /proc. */
#include "agent/host.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/hostproc.h"

#define TEXT_MAX 512 /* both begin with what we need */

struct host {
	struct hostproc_cpu cpu; /* at the last reading */
	bool stale;              /* that was not in the last second */
};

/* Read the start of a file of /proc into ${text}. */
static int
read_start(const char *path, char text[static TEXT_MAX])
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, text, TEXT_MAX - 1);
	(void)close(fd);
	if (n <= 0)
		return -1;
	text[n] = '\0';
	return 0;
}

static int
read_cpu(struct hostproc_cpu *ret)
{
	char text[TEXT_MAX];

	return read_start("/proc/stat", text) == 0 ? hostproc_stat(ret, text)
						   : -1;
}

struct host *
host_open(void)
{
	struct host *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	if (read_cpu(&h->cpu) != 0) {
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

	if (h->stale) {
		h->stale = read_cpu(&h->cpu) != 0;
		return -1;
	}
	if (read_cpu(&cpu) != 0 || read_start("/proc/meminfo", text) != 0 ||
	    hostproc_meminfo(&o.host.mem_used, text) != 0)
		return -1;
	o.host.has = OBS_HOST_ALL;
	o.host.cpu_busy = hostproc_busy(&h->cpu, &cpu);
	h->cpu = cpu;
	*ret_o = o;
	return 0;
}

void
host_skip(struct host *h)
{
	h->stale = true;
}

void
host_close(struct host *h)
{
	free(h);
}
