/* SPDX-License-Identifier: BSD-3-Clause */
/* links: wire/line wire/text */
/* CPU seconds to format a million text lines, beside fprintf. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "wire/line.h"

#define LINES  1000000
#define VARIED 4096
#define BUFFER 65536

static struct obs sample[VARIED];

static double
cpu(void)
{
	struct rusage u;

	(void)getrusage(RUSAGE_SELF, &u);
	return (double)u.ru_utime.tv_sec + (double)u.ru_stime.tv_sec +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void
make_sample(void)
{
	int64_t ns = 1700000000 * MONO_NS_PER_S;

	srandom(1);
	for (int i = 0; i < VARIED; i++) {
		struct obs *o = &sample[i];

		ns += random() % 2000000;
		o->kind = OBS_PKT;
		o->time.ns = ns;
		o->pkt.ipver = 4;
		for (int b = 0; b < 4; b++) {
			o->pkt.src[b] = (uint8_t)random();
			o->pkt.dst[b] = (uint8_t)random();
		}
		o->pkt.sport = (uint16_t)random();
		o->pkt.dport = (uint16_t)(random() % 3 ? 443 : random());
		o->pkt.len = (uint32_t)(random() % 1500);
		o->pkt.proto = random() % 2 ? 6 : 17;
	}
}

static double
ours(int fd)
{
	static char buf[BUFFER];
	const double start = cpu();
	size_t used = 0;

	for (int i = 0; i < LINES; i++) {
		if (used + LINE_MAX_LEN > BUFFER) {
			if (write(fd, buf, used) < 0)
				exit(1);
			used = 0;
		}
		used +=
		    line_put(buf + used, &sample[i % VARIED], LINE_BASIC, NULL);
	}
	return cpu() - start;
}

static double
stdio(int fd)
{
	FILE *fp = fdopen(fd, "w");
	const double start = cpu();

	if (fp == NULL)
		exit(1);
	for (int i = 0; i < LINES; i++) {
		const struct obs *o = &sample[i % VARIED];
		const uint8_t *s = o->pkt.src;
		const uint8_t *d = o->pkt.dst;

		(void)fprintf(fp,
		    "%lld.%06lld:%u.%u.%u.%u:%u:%u.%u.%u.%u:%u:%u:%u:%u\n",
		    (long long)(o->time.ns / MONO_NS_PER_S),
		    (long long)(o->time.ns / 1000 % 1000000), s[0], s[1], s[2],
		    s[3], o->pkt.sport, d[0], d[1], d[2], d[3], o->pkt.dport,
		    o->pkt.len, o->pkt.mgen_flow, o->pkt.proto);
	}
	(void)fclose(fp);
	return cpu() - start;
}

int
main(void)
{
	const int fd = open("/dev/null", O_WRONLY);

	if (fd < 0)
		return 1;
	make_sample();
	printf("line_put %.3f s/Mline 0.09\n", ours(fd));
	printf("line_fprintf %.3f s/Mline -\n", stdio(fd));
	return 0;
}
