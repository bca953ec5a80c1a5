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
#define RING_MAX (1U << 30) /* of --buffer */

/* One interface under watch. */
struct watched {
	const char *iface;
	pcap_t *pcap; /* NULL: it could not be opened */
	int err;      /* why, or why it ended early */
	uint64_t seen;
};

/* The errno that tells what a status of libpcap means. */
static int
reason(int status)
{
	switch (status) {
	case PCAP_ERROR_PERM_DENIED:
		return EPERM;
	case PCAP_ERROR_IFACE_NOT_UP:
		return ENETDOWN;
	case PCAP_ERROR_NO_SUCH_DEVICE:
		return ENODEV;
	default:
		return EIO;
	}
}

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
		*ret_err = reason(status);
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
	struct docset_item it = docset_make(DOCSET_CAPTURE,
	    mend[0] == '\0' ? DOCSET_FACT : DOCSET_COUNTER, iface, name);

	it.value = value;
	(void)snprintf(it.mend, sizeof(it.mend), "%s", mend);
	docset_add(s, &it);
}

static void
add_error(struct docset *s, const char *iface, const char *name, int err)
{
	struct docset_item it =
	    docset_make(DOCSET_CAPTURE, DOCSET_COUNTER, iface, name);

	it.err = err;
	docset_add(s, &it);
}

/* Read what came.  What fails once is left alone: it may fail for ever. */
static void
read_some(struct watched *w, struct pollfd *fd)
{
	if (fd->fd < 0 || pcap_dispatch(w->pcap, BATCH, on_packet,
			      (u_char *)(void *)&w->seen) >= 0)
		return;
	w->err = ENETDOWN;
	fd->fd = -1;
}

/* Read what comes until ${end}. */
static void
read_until(mono_t end, struct watched *w, size_t n)
{
	struct pollfd fd[DOCREAD_IFACES];

	for (size_t i = 0; i < n; i++) {
		fd[i] = (struct pollfd){ .fd = -1, .events = POLLIN };
		if (w[i].pcap != NULL)
			fd[i].fd = pcap_get_selectable_fd(w[i].pcap);
	}
	for (;;) {
		const int64_t left = (end.ns - proc_mono().ns) / MONO_NS_PER_MS;

		if (left <= 0)
			return;
		(void)poll(fd, n, left > SWEEP_MS ? SWEEP_MS : (int)left);
		for (size_t i = 0; i < n; i++)
			read_some(&w[i], &fd[i]);
	}
}

static void
report(struct docset *s, const struct watched *w, size_t ring)
{
	char mend[128], word[DOCQUOTE_MAX];
	struct pcap_stat st;

	if (w->pcap == NULL || pcap_stats(w->pcap, &st) != 0) {
		add_error(s, w->iface, "ps_drop", w->err != 0 ? w->err : EIO);
		return;
	}
	(void)snprintf(mend, sizeof(mend), "pcapper -i %s --buffer %zuK",
	    docquote_word(word, w->iface),
	    (ring < RING_MAX / 4 ? ring * 4 : RING_MAX) / 1024);
	add(s, w->iface, "packets", w->seen, "");
	add(s, w->iface, "ps_drop", st.ps_drop, mend);
	(void)snprintf(mend, sizeof(mend), "ethtool -G %s rx 4096", word);
	add(s, w->iface, "ps_ifdrop", st.ps_ifdrop, mend);
	if (w->err != 0)
		add_error(s, w->iface, "rest", w->err);
}

void
doccap_watch(struct docset *s, const struct docread_ifaces *ifs, size_t ring,
    unsigned int seconds)
{
	struct watched w[DOCREAD_IFACES];
	mono_t end = proc_mono();

	for (size_t i = 0; i < ifs->n; i++) {
		w[i] = (struct watched){ .iface = ifs->name[i] };
		w[i].pcap = open_capture(w[i].iface, ring, &w[i].err);
	}
	end.ns += seconds * MONO_NS_PER_S;
	read_until(end, w, ifs->n);
	for (size_t i = 0; i < ifs->n; i++) {
		report(s, &w[i], ring);
		if (w[i].pcap != NULL)
			pcap_close(w[i].pcap);
	}
}
