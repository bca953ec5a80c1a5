/* SPDX-License-Identifier: BSD-3-Clause */
/* Who this agent is: what its HELLO says, and its interfaces' names. */
#include "agent/ident.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/proc.h"

int
ident_init(struct ident *ret_id, const char *node, struct iftab *tab)
{
	struct hello *h = &ret_id->hello;
	const ssize_t want = sizeof(h->stream_id);

	*ret_id = (struct ident){ .tab = tab };
	hello_default(h, true);
	h->par.caps = HELLO_CAP_ALL;
	if (getrandom(h->stream_id, sizeof(h->stream_id), 0) != want ||
	    gethostname(h->host, sizeof(h->host) - 1) < 0)
		return -1;
	h->has_stream = true;
	snprintf(h->node, sizeof(h->node), "%s", node == NULL ? "" : node);
	snprintf(h->version, sizeof(h->version), "pcapper %s", VERSION);
	return 0;
}

size_t
ident_hello(const struct ident *id, const struct hello_params *par,
    uint64_t seq, uint64_t dns_seq, uint8_t dst[static HELLO_MAX])
{
	const struct ifaces *list = iftab_list(id->tab);
	struct hello h = id->hello;
	struct timespec ts;

	h.par = *par;
	h.seq = seq;
	h.dns_seq = dns_seq;
	h.n_ifaces = hello_fit(list->iface, list->n);
	if (h.n_ifaces > 0)
		memcpy(h.iface, list->iface, h.n_ifaces * sizeof(h.iface[0]));
	h.wall = proc_wall();
	if (clock_gettime(CLOCK_BOOTTIME, &ts) == 0)
		h.boot_ns = ts.tv_sec * MONO_NS_PER_S + ts.tv_nsec;
	return hello_put(dst, &h);
}
