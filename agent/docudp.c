/* SPDX-License-Identifier: BSD-3-Clause */
/* Datagrams that UDP sockets lost, and those that wait in them. */
#include "agent/docudp.h"

#include <errno.h>
#include <stdio.h>

#include "agent/docfile.h"
#include "agent/docproc.h"

#define BIG_BUFFER                              \
	"sysctl -w net.core.rmem_max=33554432 " \
	"net.core.rmem_default=33554432"

static void
set_mend(struct docset_item *it, const char *text)
{
	(void)snprintf(it->mend, sizeof(it->mend), "%s", text);
}

/* Errors of all UDP sockets: of IPv4 from a table, of IPv6 from a list. */
static void
add_errors(struct docset *s, const char *root)
{
	static const struct {
		const char *pair, *named, *mend;
	} row[] = {
		{ "RcvbufErrors", "Udp6RcvbufErrors", BIG_BUFFER },
		{ "SndbufErrors", "Udp6SndbufErrors",
		    "sysctl -w net.core.wmem_max=33554432 "
		    "net.core.wmem_default=33554432" },
	};
	char v4[DOCFILE_MAX], v6[DOCFILE_MAX];
	const int err4 = docfile_text(v4, root, "/proc/net/snmp");
	const int err6 = docfile_text(v6, root, "/proc/net/snmp6");

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct docset_item it = docset_make(
		    DOCSET_UDP, DOCSET_COUNTER, "ipv4", row[i].pair);

		set_mend(&it, row[i].mend);
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
		set_mend(&it, row[i].mend);
		it.err = err6;
		if (err6 == 0 && docproc_named(&it.value, v6, row[i].named) < 0)
			it.err = EINVAL;
		docset_add(s, &it);
	}
}

static void
add_socket(struct docset *s, const struct docproc_socket *k)
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
		(void)snprintf(it.mend, sizeof(it.mend),
		    BIG_BUFFER ", then start again what \"ss -uanp 'sport = "
			       ":%u'\" names",
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
			add_socket(s, &k);
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
