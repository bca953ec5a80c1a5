/* SPDX-License-Identifier: BSD-3-Clause */
/* What this host lost since the agent began, in places it does not watch. */
#include "agent/hostdrop.h"

#include <stdio.h>

#include "agent/docfile.h"
#include "agent/docproc.h"

#define TEXT_LINE 512

static uint64_t
sum_ifaces(const char *root)
{
	FILE *fp = docfile_open(root, "/proc/net/dev");
	char line[TEXT_LINE];
	uint64_t sum = 0;

	if (fp == NULL)
		return 0;
	while (fgets(line, sizeof(line), fp) != NULL)
		sum += docproc_dev(line);
	(void)fclose(fp);
	return sum;
}

static uint64_t
sum_softnet(const char *root)
{
	FILE *fp = docfile_open(root, "/proc/net/softnet_stat");
	struct docproc_softnet n;
	char line[TEXT_LINE];
	uint64_t sum = 0;

	if (fp == NULL)
		return 0;
	while (fgets(line, sizeof(line), fp) != NULL) {
		if (docproc_softnet(&n, line, 0) == 0)
			sum += n.dropped;
	}
	(void)fclose(fp);
	return sum;
}

static uint64_t
sum_udp(const char *root)
{
	char text[DOCFILE_MAX];
	uint64_t v4 = 0;
	uint64_t v6 = 0;

	if (docfile_text(text, root, "/proc/net/snmp") == 0)
		(void)docproc_pair(&v4, text, "Udp", "RcvbufErrors");
	if (docfile_text(text, root, "/proc/net/snmp6") == 0)
		(void)docproc_named(&v6, text, "Udp6RcvbufErrors");
	return v4 + v6;
}

static struct hostdrop_sums
read_all(const char *root)
{
	return (struct hostdrop_sums){ .iface = sum_ifaces(root),
		.softnet = sum_softnet(root),
		.udp = sum_udp(root) };
}

static void
add(uint64_t *grown, uint64_t *last, uint64_t now)
{
	if (now > *last)
		*grown += now - *last;
	*last = now;
}

void
hostdrop_start(struct hostdrop *h, const char *root)
{
	*h = (struct hostdrop){ .root = root, .last = read_all(root) };
}

void
hostdrop_sample(struct hostdrop *h)
{
	const struct hostdrop_sums now = read_all(h->root);

	add(&h->grown.iface, &h->last.iface, now.iface);
	add(&h->grown.softnet, &h->last.softnet, now.softnet);
	add(&h->grown.udp, &h->last.udp, now.udp);
}
