/* SPDX-License-Identifier: BSD-3-Clause */
/* One open interface: libpcap and its ring. */
#include "agent/capdev.h"

#include <linux/if_packet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "agent/crew.h"

#define BLOCK    (256 << 10)
#define COVER_MS 400 /* that a ring should last, at a moderate rate */
#define MIN_MS   50
#define MAX_MS   200

int
capdev_block_ms(size_t buffer)
{
	const size_t ms = buffer < BLOCK ? MAX_MS : COVER_MS / (buffer / BLOCK);

	return (int)(ms < MIN_MS ? MIN_MS : ms > MAX_MS ? MAX_MS : ms);
}

static pcap_t *
create(const struct cap_conf *conf, const char *name,
    char err[static CAPDEV_ERR_MAX])
{
	pcap_t *p = pcap_create(name, err);

	if (p == NULL)
		return NULL;
	(void)pcap_set_snaplen(p, conf->snaplen);
	(void)pcap_set_promisc(
	    p, conf->promisc && strcmp(name, CAPDEV_ANY) != 0);
	(void)pcap_set_timeout(p, capdev_block_ms(conf->buffer));
	(void)pcap_set_buffer_size(p, (int)conf->buffer);
	(void)pcap_set_tstamp_precision(p, PCAP_TSTAMP_PRECISION_NANO);
	return p;
}

enum capdev_status
capdev_open(pcap_t **ret_p, const struct cap_conf *conf, const char *name,
    char err[static CAPDEV_ERR_MAX])
{
	pcap_t *p = create(conf, name, err);
	int status;

	if (p == NULL)
		return CAPDEV_BAD;
	status = pcap_activate(p);
	if (status >= 0) {
		*ret_p = p;
		return CAPDEV_OPEN;
	}
	(void)snprintf(err, CAPDEV_ERR_MAX, "%s: %.200s",
	    pcap_statustostr(status), pcap_geterr(p));
	pcap_close(p);
	return status == PCAP_ERROR_NO_SUCH_DEVICE ||
		       status == PCAP_ERROR_IFACE_NOT_UP
		   ? CAPDEV_NOT_YET
		   : CAPDEV_BAD;
}

int
capdev_prepare(
    pcap_t *p, const struct cap_conf *conf, char err[static CAPDEV_ERR_MAX])
{
	static const pcap_direction_t dir[] = { [CAP_DIR_INOUT] = PCAP_D_INOUT,
		[CAP_DIR_IN] = PCAP_D_IN,
		[CAP_DIR_OUT] = PCAP_D_OUT };

	if (conf->dir != CAP_DIR_INOUT &&
	    pcap_setdirection(p, dir[conf->dir]) != 0) {
		(void)snprintf(err, CAPDEV_ERR_MAX, "%s", pcap_geterr(p));
		return -1;
	}
	return pcap_setnonblock(p, 1, err) == 0 ? 0 : -1;
}

int
capdev_filter(pcap_t *p, const char *filter, char err[static CAPDEV_ERR_MAX])
{
	struct bpf_program prog;
	int rc = pcap_compile(p, &prog, filter, 1, PCAP_NETMASK_UNKNOWN);

	if (rc == 0) {
		rc = pcap_setfilter(p, &prog);
		pcap_freecode(&prog);
	}
	if (rc == 0)
		return 0;
	(void)snprintf(err, CAPDEV_ERR_MAX, "filter \"%.100s\": %.120s", filter,
	    pcap_geterr(p));
	return -1;
}

bool
capdev_check(const struct cap_conf *conf, const char *filter,
    char err[static CAPDEV_ERR_MAX])
{
	pcap_t *p;
	bool fine;

	if (capdev_open(&p, conf, "lo", err) != CAPDEV_OPEN)
		return true;
	fine = capdev_filter(p, filter, err) == 0;
	pcap_close(p);
	return fine;
}

int
capdev_index(pcap_t *p)
{
	struct sockaddr_ll ll = { .sll_ifindex = 0 };
	socklen_t len = sizeof(ll);

	if (getsockname(pcap_fileno(p), (struct sockaddr *)&ll, &len) != 0 ||
	    ll.sll_family != AF_PACKET)
		return 0;
	return ll.sll_ifindex;
}

int
capdev_ready(pcap_t *p)
{
	struct pollfd one = { .fd = pcap_fileno(p), .events = POLLIN };
	socklen_t len = sizeof(int);
	int err;

	if (poll(&one, 1, 0) <= 0)
		return 0;
	/* It is cleared by asking: the interface is down, or worse. */
	if ((one.revents & POLLERR) &&
	    getsockopt(one.fd, SOL_SOCKET, SO_ERROR, &err, &len) == 0 &&
	    capdev_index(p) < 0)
		return -1;
	return (one.revents & POLLIN) ? 1 : 0;
}

/*
 * The kernel forgets what it has told.  libpcap's own sum comes with a look at
 * the interface's files, which are another one's after a renaming or in another
 * namespace; it is for what is no packet socket.
 */
uint64_t
capdev_dropped(pcap_t *p, uint32_t *seen)
{
	struct tpacket_stats_v3 s = { .tp_drops = 0 };
	socklen_t len = sizeof(s);
	struct pcap_stat sum;
	uint32_t n;

	if (getsockopt(
		pcap_fileno(p), SOL_PACKET, PACKET_STATISTICS, &s, &len) == 0)
		return s.tp_drops;
	if (pcap_stats(p, &sum) != 0)
		return 0;
	n = sum.ps_drop - *seen;
	*seen = sum.ps_drop;
	return n;
}

static void *
close_one(void *p)
{
	pcap_close(p);
	return NULL;
}

void
capdev_close(pcap_t *const *list, size_t n)
{
	void *all[CREW_THREADS] = { NULL };

	for (size_t i = 0, some; i < n; i += some) {
		some = n - i < CREW_THREADS ? n - i : CREW_THREADS;
		for (size_t k = 0; k < some; k++)
			all[k] = list[i + k];
		crew_run(close_one, all, some);
	}
}
