/* SPDX-License-Identifier: BSD-3-Clause */
/* Datagrams that UDP sockets lost, and those that wait in them. */
#include "agent/docudp.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/docfile.h"
#include "agent/docproc.h"

#define CORE    "/proc/sys/net/core/"
#define ADVISED (32 << 20) /* octets of a buffer */

/* Larger buffers for what sockets receive, or send: "rmem", "wmem". */
static void
set_mend(struct docset_item *it, const char *root, const char *which)
{
	char max[64], def[64];

	(void)snprintf(max, sizeof(max), CORE "%s_max", which);
	(void)snprintf(def, sizeof(def), CORE "%s_default", which);
	(void)snprintf(it->mend, sizeof(it->mend),
	    "sysctl -w net.core.%s_max=%" PRIu64
	    " net.core.%s_default=%" PRIu64,
	    which, docfile_more(root, max, ADVISED), which,
	    docfile_more(root, def, ADVISED));
}

/* Errors of all UDP sockets: of IPv4 from a table, of IPv6 from a list. */
static void
add_errors(struct docset *s, const char *root)
{
	static const struct {
		const char *pair, *named, *buffer;
	} row[] = {
		{ "RcvbufErrors", "Udp6RcvbufErrors", "rmem" },
		{ "SndbufErrors", "Udp6SndbufErrors", "wmem" },
	};
	char v4[DOCFILE_MAX], v6[DOCFILE_MAX];
	const int err4 = docfile_text(v4, root, "/proc/net/snmp");
	const int err6 = docfile_text(v6, root, "/proc/net/snmp6");

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct docset_item it = docset_make(
		    DOCSET_UDP, DOCSET_COUNTER, "ipv4", row[i].pair);

		set_mend(&it, root, row[i].buffer);
		it.err = err4;
		if (err4 == 0 &&
		    docproc_pair(&it.value, v4, "Udp", it.name) < 0)
			it.err = EINVAL;
		docset_add(s, &it);
		/* without IPv6 there is no such file */
		if (err6 == ENOENT)
			continue;
		it = docset_make(
		    DOCSET_UDP, DOCSET_COUNTER, "ipv6", row[i].pair);
		set_mend(&it, root, row[i].buffer);
		it.err = err6;
		if (err6 == 0 && docproc_named(&it.value, v6, row[i].named) < 0)
			it.err = EINVAL;
		docset_add(s, &it);
	}
}

static void
add_socket(struct docset *s, const char *root, const struct docproc_socket *k)
{
	struct docset_item it =
	    docset_make(DOCSET_UDP, DOCSET_FACT, k->name, "rx_queue");

	if (k->rx_queue > 0) {
		it.value = k->rx_queue;
		docset_add(s, &it);
	}
	if (k->tx_queue > 0) {
		it = docset_make(DOCSET_UDP, DOCSET_FACT, k->name, "tx_queue");
		it.value = k->tx_queue;
		docset_add(s, &it);
	}
	if (k->drops > 0) {
		it = docset_make(DOCSET_UDP, DOCSET_COUNTER, k->name, "drops");
		it.value = k->drops;
		it.id = k->inode;
		set_mend(&it, root, "rmem");
		const size_t n = strlen(it.mend);

		(void)snprintf(it.mend + n, sizeof(it.mend) - n,
		    ", then start again what \"ss -uanp 'sport = :%u'\" names",
		    k->port);
		docset_add(s, &it);
	}
}

/* Sockets that wait for their reader, or lost something. */
static void
add_sockets(struct docset *s, const char *root, const char *path)
{
	FILE *fp = docfile_open(root, path);
	struct docproc_socket k;
	char line[512];

	if (fp == NULL) {
		struct docset_item it =
		    docset_make(DOCSET_UDP, DOCSET_FACT, "host", path);

		if ((it.err = errno) != ENOENT)
			docset_add(s, &it);
		return;
	}
	while (fgets(line, sizeof(line), fp) != NULL) {
		if (docproc_socket(&k, line) == 0)
			add_socket(s, root, &k);
	}
	(void)fclose(fp);
}

void
docudp_add(struct docset *s, const char *root)
{
	add_errors(s, root);
	add_sockets(s, root, "/proc/net/udp");
	add_sockets(s, root, "/proc/net/udp6");
}
