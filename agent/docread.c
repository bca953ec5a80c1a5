/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads what /proc, /sys and drivers tell about the ways packets go missing. */
#include "agent/docread.h"

#include <dirent.h>
#include <errno.h>
#include <ifaddrs.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/docfile.h"
#include "agent/docnic.h"
#include "agent/docproc.h"
#include "agent/docquote.h"
#include "agent/docsteer.h"
#include "agent/docudp.h"

#define ADVISED (32 << 20) /* octets of a socket's buffer */
#define HOST    "host"
#define NO_SYS  "/proc/0" /* nothing is below it */
#define BACKLOG "net.core.netdev_max_backlog"
#define CORE    "/proc/sys/net/core/"

/* Whether ${iface} is up. */
static bool
is_up(const char *root, const char *iface)
{
	char path[PATH_MAX];
	uint64_t flags;

	(void)snprintf(path, sizeof(path), "/sys/class/net/%s/flags", iface);
	return docfile_number(&flags, root, path) == 0 && (flags & IFF_UP) != 0;
}

static void
add_iface(struct docread_ifaces *ret, const char *name)
{
	if (name[0] == '.' || strcmp(name, "lo") == 0 ||
	    strlen(name) >= IFNAMSIZ)
		return;
	if (ret->n < DOCREAD_IFACES) {
		memcpy(ret->name[ret->n++], name, strlen(name) + 1);
	} else {
		ret->more = true;
	}
}

static int
compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* As docread_ifaces, of this machine. */
static void
ask_ifaces(struct docread_ifaces *ret)
{
	struct ifaddrs *all;

	if (getifaddrs(&all) != 0)
		return;
	for (const struct ifaddrs *a = all; a != NULL; a = a->ifa_next) {
		/* of the addresses of each interface one is that of its link */
		if ((a->ifa_flags & IFF_UP) != 0 && a->ifa_addr != NULL &&
		    a->ifa_addr->sa_family == AF_PACKET)
			add_iface(ret, a->ifa_name);
	}
	freeifaddrs(all);
	qsort(ret->name, ret->n, sizeof(ret->name[0]), compare);
}

void
docread_ifaces(struct docread_ifaces *ret, const char *root)
{
	char path[PATH_MAX];
	struct dirent **entry;
	int n;

	ret->n = 0;
	ret->more = false;
	if (root[0] == '\0') {
		ask_ifaces(ret);
		return;
	}
	(void)snprintf(path, sizeof(path), "%s/sys/class/net", root);
	if ((n = scandir(path, &entry, NULL, alphasort)) < 0)
		return;
	for (int i = 0; i < n; i++) {
		if (is_up(root, entry[i]->d_name))
			add_iface(ret, entry[i]->d_name);
		free(entry[i]);
	}
	free(entry);
}

/* Whether /sys means the same by ${iface} as the kernel when it is asked. */
static bool
sys_knows(const char *iface)
{
	char path[128], mac[DOCNIC_MAC_MAX], text[DOCFILE_MAX];
	uint64_t index;

	(void)snprintf(path, sizeof(path), "/sys/class/net/%s/ifindex", iface);
	if (docfile_number(&index, "", path) != 0 ||
	    index != if_nametoindex(iface))
		return false;
	(void)snprintf(path, sizeof(path), "/sys/class/net/%s/address", iface);
	return docnic_mac(iface, mac) != 0 ||
	       (docfile_text(text, "", path) == 0 &&
		   strncmp(text, mac, sizeof(mac) - 1) == 0);
}

/*
 * Where /sys is to be read of ${iface}: it shows the interfaces of the network
 * namespace that it was mounted in, which after nsenter(1) may be another one.
 */
static const char *
root_of(const char *root, const char *iface)
{
	return root[0] != '\0' || sys_knows(iface) ? root : NO_SYS;
}

/* All namespaces have an lo: it is ours where one of the others is. */
static const char *
root_of_lo(const char *root, const struct docread_ifaces *ifs)
{
	for (size_t i = 0; i < ifs->n; i++) {
		if (root_of(root, ifs->name[i]) == root)
			return root;
	}
	return ifs->n == 0 ? root : NO_SYS;
}

static void
add_offloads(struct docset *s, const char *iface)
{
	struct docnic_offload o[DOCNIC_OFFLOADS];
	const int err = docnic_offloads(iface, o) == 0 ? 0 : errno;
	char word[DOCQUOTE_MAX];

	for (size_t i = 0; i < DOCNIC_OFFLOADS; i++) {
		struct docset_item it = docset_make(
		    DOCSET_OFFLOAD, DOCSET_SWITCH, iface, o[i].name);

		if (err == 0 && o[i].state < 0)
			continue;
		it.err = err;
		it.value = o[i].state > 0;
		(void)snprintf(it.mend, sizeof(it.mend), "ethtool -K %s %s off",
		    docquote_word(word, iface), o[i].name);
		docset_add(s, &it);
	}
}

static void
set_sysctl(struct docset_item *it, const char *name, uint64_t value)
{
	(void)snprintf(
	    it->mend, sizeof(it->mend), "sysctl -w %s=%" PRIu64, name, value);
}

static void
add_sysctl(struct docset *s, const char *root, const char *name)
{
	struct docset_item it =
	    docset_make(DOCSET_BUFFERS, DOCSET_LEAST, HOST, name);
	char path[128] = "/proc/sys/";
	char *p = path + strlen(path);

	for (; *name != '\0'; name++)
		*p++ = (char)(*name == '.' ? '/' : *name);
	it.want = ADVISED;
	it.err = docfile_number(&it.value, root, path);
	set_sysctl(&it, it.name, ADVISED);
	docset_add(s, &it);
}

static void
add_counters(
    struct docset *s, const char *root, const char *iface, uint64_t backlog)
{
	static const struct {
		const char *name, *mend;
	} row[] = {
		{ "rx_dropped", NULL }, /* the backlog was full */
		{ "rx_missed_errors", "ethtool -G %s rx 4096" },
		{ "rx_fifo_errors", "ethtool -G %s rx 4096" },
		{ "rx_errors", "ethtool -S %s; change the cable or its port" },
		{ "tx_dropped", "ip link set dev %s txqueuelen 10000" },
		{ "tx_fifo_errors", "ethtool -G %s tx 4096" },
		{ "tx_errors", "ethtool -S %s; change the cable or its port" },
	};
	char path[128], word[DOCQUOTE_MAX];

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct docset_item it = docset_make(
		    DOCSET_INTERFACE, DOCSET_COUNTER, iface, row[i].name);
		const char *const mend = row[i].mend;
		const char *const gap =
		    mend == NULL ? NULL : strstr(mend, "%s");

		(void)snprintf(path, sizeof(path),
		    "/sys/class/net/%s/statistics/%s", iface, row[i].name);
		it.err = docfile_number(&it.value, root, path);
		if (gap == NULL) {
			set_sysctl(&it, BACKLOG, backlog);
		} else {
			(void)snprintf(it.mend, sizeof(it.mend), "%.*s%s%s",
			    (int)(gap - mend), mend, docquote_word(word, iface),
			    gap + 2);
		}
		docset_add(s, &it);
	}
}

/* What is to be set where a CPU has too little of it. */
struct limits {
	uint64_t backlog, budget, budget_us;
};

static void
add_softnet_row(struct docset *s, const struct docproc_softnet *n,
    const struct limits *more)
{
	char cpu[24];
	struct docset_item it;

	(void)snprintf(cpu, sizeof(cpu), "cpu%u", n->cpu);
	it = docset_make(DOCSET_SOFTNET, DOCSET_COUNTER, cpu, "dropped");
	it.value = n->dropped;
	set_sysctl(&it, BACKLOG, more->backlog);
	docset_add(s, &it);
	it = docset_make(DOCSET_SOFTNET, DOCSET_COUNTER, cpu, "time_squeeze");
	it.value = n->squeezed;
	(void)snprintf(it.mend, sizeof(it.mend),
	    "sysctl -w net.core.netdev_budget=%" PRIu64
	    " net.core.netdev_budget_usecs=%" PRIu64,
	    more->budget, more->budget_us);
	docset_add(s, &it);
}

static void
add_softnet(struct docset *s, const char *root, const struct limits *more)
{
	struct docset_item it =
	    docset_make(DOCSET_SOFTNET, DOCSET_FACT, HOST, BACKLOG);
	struct docproc_softnet n;
	char line[512];
	unsigned int row = 0;
	FILE *fp;

	it.err = docfile_number(&it.value, root, CORE "netdev_max_backlog");
	docset_add(s, &it);
	if ((fp = docfile_open(root, "/proc/net/softnet_stat")) == NULL) {
		it = docset_make(
		    DOCSET_SOFTNET, DOCSET_FACT, HOST, "softnet_stat");
		it.err = errno;
		docset_add(s, &it);
		return;
	}
	for (; fgets(line, sizeof(line), fp) != NULL; row++) {
		if (docproc_softnet(&n, line, row) == 0)
			add_softnet_row(s, &n, more);
	}
	(void)fclose(fp);
}

void
docread_all(
    struct docset *s, const char *root, const struct docread_ifaces *ifs)
{
	static const char *const buffer[] = { "net.core.rmem_max",
		"net.core.rmem_default", "net.core.wmem_max",
		"net.core.wmem_default" };
	const struct limits more = { .backlog = docfile_more(root,
					 CORE "netdev_max_backlog", 10000),
		.budget = docfile_more(root, CORE "netdev_budget", 600),
		.budget_us =
		    docfile_more(root, CORE "netdev_budget_usecs", 8000) };

	for (size_t i = 0; i < ifs->n; i++)
		add_offloads(s, ifs->name[i]);
	for (size_t i = 0; i < sizeof(buffer) / sizeof(buffer[0]); i++)
		add_sysctl(s, root, buffer[i]);
	docudp_add(s, root);
	for (size_t i = 0; i < ifs->n; i++) {
		const char *name = ifs->name[i];

		add_counters(s, root_of(root, name), name, more.backlog);
	}
	add_softnet(s, root, &more);
	docsteer_add(s, root_of_lo(root, ifs), "lo");
	for (size_t i = 0; i < ifs->n; i++) {
		const char *name = ifs->name[i];

		if (docnic_is_veth(name))
			docsteer_add(s, root_of(root, name), name);
	}
}
