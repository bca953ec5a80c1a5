/* SPDX-License-Identifier: BSD-3-Clause */
/* links: -lpcap */
/* The least a capture program can do: libpcap and one counter. */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <pcap.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct seen {
	uint64_t packets;
	uint64_t octets;
};

static pcap_t *pc;

static void
on_signal(int sig)
{
	(void)sig;
	pcap_breakloop(pc);
}

static void
on_packet(u_char *arg, const struct pcap_pkthdr *h, const u_char *data)
{
	struct seen *s = (struct seen *)(void *)arg;

	(void)data;
	s->packets++;
	s->octets += h->len;
}

/* Open ${name} as the agent does: snap length 192, ring of ${ring} octets. */
static void
open_live(const char *name, int ring)
{
	char why[PCAP_ERRBUF_SIZE];
	int rc;

	if ((pc = pcap_create(name, why)) == NULL)
		errx(1, "%s", why);
	(void)pcap_set_snaplen(pc, 192);
	(void)pcap_set_timeout(pc, 100);
	(void)pcap_set_buffer_size(pc, ring);
	if ((rc = pcap_activate(pc)) < 0)
		errx(1, "%s: %s", name, pcap_statustostr(rc));
}

/* Create ${name}: capture runs from now on. */
static void
say_ready(const char *name)
{
	const int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	if (fd == -1)
		err(1, "%s", name);
	(void)close(fd);
}

/*
 * pcaploop FILE, or pcaploop -i INTERFACE RING READY until SIGTERM, READY
 * being a file it makes when capture runs.  Prints "packets octets dropped".
 */
int
main(int argc, char *argv[])
{
	const struct sigaction stop = { .sa_handler = on_signal };
	char why[PCAP_ERRBUF_SIZE];
	struct pcap_stat st = { 0 };
	struct seen s = { 0 };

	if (argc == 5 && strcmp(argv[1], "-i") == 0) {
		open_live(argv[2], atoi(argv[3])); /* NOLINT(cert-err34-c) */
		(void)sigaction(SIGTERM, &stop, NULL);
		say_ready(argv[4]);
	} else if (argc != 2) {
		errx(2, "usage: pcaploop file | -i interface ring ready");
	} else if ((pc = pcap_open_offline(argv[1], why)) == NULL) {
		errx(1, "%s", why);
	}
	if (pcap_loop(pc, -1, on_packet, (u_char *)&s) == PCAP_ERROR)
		errx(1, "%s", pcap_geterr(pc));
	(void)pcap_stats(pc, &st);
	(void)printf("%llu %llu %u\n", (unsigned long long)s.packets,
	    (unsigned long long)s.octets, st.ps_drop + st.ps_ifdrop);
	pcap_close(pc);
	return 0;
}
