/* SPDX-License-Identifier: BSD-3-Clause */
/* links: wire/pack wire/cols wire/flowtab wire/unpack wire/dict wire/bits wire/zpack wire/stream wire/ifaces wire/dnsget wire/frame wire/ctl wire/hello wire/line wire/text -lz */
/*
 * collect [-tx] [-w FILE] PORT | FILE: a small v1 collector for tests.  Prints
 * the records of an agent at 127.0.0.1 PORT, or of a stored stream, as text
 * lines (-x: extended) and ends with BYE.  With -t it asks for a text session.
 * With -w it has a small window and begins to read once FILE exists.  Exit
 * status 0 when the stream ended with BYE(end), or the text session at all.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <err.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire/ctl.h"
#include "wire/hello.h"
#include "wire/line.h"
#include "wire/stream.h"

#define BUF (2u << 20)

struct collect {
	enum line_format format;
	struct line_ifaces ifs;
	struct hello_iface iface[HELLO_STREAM_IFACES];
	int bye; /* reason, -1 before */
};

static void
on_hello(void *arg, const struct hello *h)
{
	struct collect *c = arg;

	memcpy(c->iface, h->iface, h->n_ifaces * sizeof(h->iface[0]));
	c->ifs = (struct line_ifaces){ h->n_ifaces, c->iface };
}

static void
on_iface(void *arg, unsigned int index, const struct hello_iface *i)
{
	struct collect *c = arg;

	c->iface[index] = *i;
	c->ifs.n = index + 1;
}

static void
on_obs(void *arg, uint64_t first, struct obs *o, size_t n)
{
	const struct collect *c = arg;
	char line[LINE_MAX_LEN];

	(void)first;
	for (size_t i = 0; i < n; i++) {
		const size_t len = line_put(line, &o[i], c->format, &c->ifs);

		fwrite(line, 1, len, stdout);
	}
}

static void
on_stats(void *arg, const struct ctl_stats *s)
{
	(void)arg;
	(void)s;
}

static void
on_time(void *arg, const struct ctl_time *t)
{
	(void)arg;
	(void)t;
}

static void
on_bye(void *arg, unsigned int why, uint64_t next_seq)
{
	struct collect *c = arg;

	(void)next_seq;
	c->bye = (int)why;
}

static const struct stream_ops ops = { on_hello, on_iface, on_obs, on_stats,
	on_time, on_bye };

static int
open_agent(uint16_t port, bool text, bool small)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	const int fd = socket(AF_INET, SOCK_STREAM, 0), window = 4096;
	uint8_t buf[HELLO_MAX] = "TEXT\n";
	struct hello h;

	if (fd < 0 ||
	    (small && setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &window,
			  sizeof(window)) < 0) ||
	    connect(fd, (struct sockaddr *)&sin, sizeof(sin)) < 0)
		err(1, "port %u", port);
	hello_default(&h, false);
	const size_t len = text ? 5 : hello_put(buf, &h);
	if (write(fd, buf, len) != (ssize_t)len)
		err(1, "first octets");
	return fd;
}

static int
open_source(const char *arg, bool text, bool small)
{
	int fd;

	for (const char *p = arg; *p != '\0'; p++) {
		if (!isdigit((unsigned char)*p)) {
			if ((fd = open(arg, O_RDONLY)) < 0)
				err(1, "%s", arg);
			return fd;
		}
	}
	return open_agent((uint16_t)strtoul(arg, NULL, 10), text, small);
}

static void
read_all(struct collect *c, int fd)
{
	struct stream_scratch *sc = stream_scratch_new();
	struct stream *st = stream_new(sc, &ops, c);
	uint8_t *buf = malloc(BUF);
	size_t len = 0;
	ssize_t n;

	if (st == NULL || buf == NULL)
		err(1, "memory");
	while ((n = read(fd, buf + len, BUF - len)) > 0) {
		enum ctl_bye why;

		len += (size_t)n;
		const ptrdiff_t used = stream_feed(st, buf, len);
		if (used < 0)
			errx(1, "%s", stream_error(st, &why));
		len -= (size_t)used;
		memmove(buf, buf + used, len);
	}
	if (n < 0)
		err(1, "read");
	if (len > 0)
		errx(1, "%zu octets of a cut frame", len);
	free(buf);
	stream_free(st);
	stream_scratch_free(sc);
}

static void
copy_all(int fd)
{
	char buf[65536];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		fwrite(buf, 1, (size_t)n, stdout);
		fflush(stdout);
	}
	if (n < 0)
		err(1, "read");
}

static void
usage(void)
{
	fprintf(stderr, "usage: collect [-tx] [-w FILE] PORT | FILE\n");
	exit(2);
}

int
main(int argc, char **argv)
{
	static struct collect c = { .format = LINE_BASIC, .bye = -1 };
	const char *gate = NULL;
	bool text = false;
	int ch;

	while ((ch = getopt(argc, argv, "txw:")) != -1) {
		if (ch == 'x') {
			c.format = LINE_EXTENDED;
		} else if (ch == 't') {
			text = true;
		} else if (ch == 'w') {
			gate = optarg;
		} else {
			usage();
		}
	}
	if (optind + 1 != argc)
		usage();
	const int fd = open_source(argv[optind], text, gate != NULL);
	while (gate != NULL && access(gate, F_OK) < 0)
		usleep(10000);
	if (text) {
		copy_all(fd);
	} else {
		read_all(&c, fd);
	}
	close(fd);
	if (fflush(stdout) != 0)
		err(1, "standard output");
	return text || c.bye == CTL_BYE_END ? 0 : 1;
}
