/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether a capture here and now would lose packets. */
#include "agent/doccap.h"

#include <errno.h>
#include <pcap.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "agent/docquote.h"
#include "base/proc.h"

#define SNAPLEN  192
#define BLOCK_MS 50
#define SWEEP_MS 500 /* should the descriptor ever miss a block */
#define BATCH    4096

static pcap_t *
open_capture(const char *iface, size_t ring, int *ret_err)
{
	char err[PCAP_ERRBUF_SIZE];
	pcap_t *p = pcap_create(iface, err);
	int status;

	*ret_err = ENOMEM;
	if (p == NULL)
		return NULL;
	(void)pcap_set_snaplen(p, SNAPLEN);
	(void)pcap_set_timeout(p, BLOCK_MS);
	(void)pcap_set_buffer_size(p, (int)ring);
	status = pcap_activate(p);
	if (status < 0 || pcap_setnonblock(p, 1, err) < 0) {
		*ret_err = status == PCAP_ERROR_PERM_DENIED ? EPERM : ENODEV;
		pcap_close(p);
		return NULL;
	}
	*ret_err = 0;
	return p;
}

static void
on_packet(u_char *arg, const struct pcap_pkthdr *h, const u_char *data)
{
	(void)h;
	(void)data;
	(*(uint64_t *)(void *)arg)++;
}

static void
add(struct docset *s, const char *iface, const char *name, uint64_t value,
    const char *mend)
{
	struct docset_item it = { .check = DOCSET_CAPTURE,
		.kind = mend[0] == '\0' ? DOCSET_FACT : DOCSET_COUNTER,
		.value = value };

	(void)snprintf(it.subject, sizeof(it.subject), "%s", iface);
	(void)snprintf(it.name, sizeof(it.name), "%s", name);
	(void)snprintf(it.mend, sizeof(it.mend), "%s", mend);
	docset_add(s, &it);
}

static void
add_error(struct docset *s, const char *iface, int err)
{
	struct docset_item it = { .check = DOCSET_CAPTURE,
		.kind = DOCSET_COUNTER,
		.name = "ps_drop",
		.err = err };

	(void)snprintf(it.subject, sizeof(it.subject), "%s", iface);
	docset_add(s, &it);
}

/* Read what comes until ${end}. */
static void
read_until(mono_t end, pcap_t *const *cap, uint64_t *seen, size_t n)
{
	struct pollfd fd[DOCREAD_IFACES];

	for (size_t i = 0; i < n; i++) {
		fd[i] = (struct pollfd){ .fd = -1, .events = POLLIN };
		if (cap[i] != NULL)
			fd[i].fd = pcap_get_selectable_fd(cap[i]);
	}
	for (;;) {
		const int64_t left = (end.ns - proc_mono().ns) / MONO_NS_PER_MS;

		if (left <= 0)
			return;
		(void)poll(fd, n, left > SWEEP_MS ? SWEEP_MS : (int)left);
		for (size_t i = 0; i < n; i++) {
			if (cap[i] == NULL)
				continue;
			(void)pcap_dispatch(
			    cap[i], BATCH, on_packet, (u_char *)&seen[i]);
		}
	}
}

static void
report(
    struct docset *s, const char *iface, pcap_t *p, size_t ring, uint64_t seen)
{
	struct pcap_stat st;
	char mend[128], word[DOCQUOTE_MAX];

	if (pcap_stats(p, &st) != 0) {
		add_error(s, iface, EIO);
		return;
	}
	(void)snprintf(mend, sizeof(mend), "pcapper -i %s --buffer %zuK",
	    docquote_word(word, iface), ring / 1024 * 4);
	add(s, iface, "packets", seen, "");
	add(s, iface, "ps_drop", st.ps_drop, mend);
	(void)snprintf(mend, sizeof(mend), "ethtool -G %s rx 4096", word);
	add(s, iface, "ps_ifdrop", st.ps_ifdrop, mend);
}

void
doccap_watch(struct docset *s, const struct docread_ifaces *ifs, size_t ring,
    unsigned int seconds)
{
	mono_t end = proc_mono();
	pcap_t *cap[DOCREAD_IFACES] = { NULL };
	uint64_t seen[DOCREAD_IFACES] = { 0 };
	int err[DOCREAD_IFACES] = { 0 };

	for (size_t i = 0; i < ifs->n; i++)
		cap[i] = open_capture(ifs->name[i], ring, &err[i]);
	end.ns += seconds * MONO_NS_PER_S;
	read_until(end, cap, seen, ifs->n);
	for (size_t i = 0; i < ifs->n; i++) {
		if (cap[i] == NULL) {
			add_error(s, ifs->name[i], err[i]);
		} else {
			report(s, ifs->name[i], cap[i], ring, seen[i]);
			pcap_close(cap[i]);
		}
	}
}
