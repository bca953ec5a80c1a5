/* SPDX-License-Identifier: BSD-3-Clause */
/* capture-fwd: packets in; the same in VXLAN or GENEVE out. */
#include <errno.h>
#include <pcap.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/fwdaddr.h"
#include "agent/fwdfile.h"
#include "agent/fwdfrag.h"
#include "agent/fwdopts.h"
#include "agent/fwdrun.h"
#include "agent/fwdsend.h"
#include "base/jail.h"
#include "base/log.h"
#include "base/proc.h"

#define TTL_WRITTEN 32
#define TTL_SENT    64

static volatile sig_atomic_t stop;
static volatile sig_atomic_t report;

/* Everything that is open, for one run. */
struct forwarder {
	const struct fwdopts *opts;
	struct fwdcount count;
	struct fwdsend_conf send;
	struct fwdlive_conf capture;
	struct fwdown own;
	struct fwdrun run;
};

static void
on_stop(int sig)
{
	(void)sig;
	stop = 1;
}

static void
on_report(int sig)
{
	(void)sig;
	report = 1;
}

/* A second one of those that end it ends it at once. */
static void
watch_signals(void)
{
	const struct sigaction end = { .sa_handler = on_stop,
		.sa_flags = SA_RESETHAND };
	const struct sigaction tell = { .sa_handler = on_report,
		.sa_flags = SA_RESTART };

	proc_signals();
	(void)sigaction(SIGINT, &end, NULL);
	(void)sigaction(SIGTERM, &end, NULL);
	(void)sigaction(SIGUSR1, &tell, NULL);
}

/* An address of the command line; -1 after a message. */
static int
find(struct net_addr *ret_a, const char *host, long port)
{
	const char *why = fwdaddr_find(ret_a, host, (uint16_t)port);

	if (why == NULL)
		return 0;
	log_errorx("%s: %s", host, why);
	return -1;
}

static struct fwdencap_conf
encap_conf(const struct fwdopts *o, const struct net_addr *to)
{
	struct fwdencap_conf c = { .geneve = o->geneve,
		.vni = o->vni,
		.port = (uint16_t)o->dest_port };

	c.v6 = fwdaddr_octets(c.dst, to);
	memcpy(c.src_mac, o->src_mac, sizeof(c.src_mac));
	memcpy(c.dst_mac, o->dst_mac, sizeof(c.dst_mac));
	return c;
}

/* Whether ${write}, which is about to be emptied, is what is read. */
static bool
same_file(const char *read, const char *write)
{
	struct stat r, w;

	return stat(write, &w) == 0 && S_ISREG(w.st_mode) &&
	       (strcmp(read, "-") == 0 ? fstat(STDIN_FILENO, &r)
				       : stat(read, &r)) == 0 &&
	       r.st_dev == w.st_dev && r.st_ino == w.st_ino;
}

static int
open_file(struct forwarder *f, const struct net_addr *to)
{
	const struct fwdopts *o = f->opts;
	struct fwdtun *t = &f->run.tun;
	struct fwdencap_conf c = encap_conf(o, to);
	const char *host = o->src_ip;
	struct net_addr from;

	if (host == NULL)
		host = c.v6 ? "::1" : "127.0.0.1";
	if (find(&from, host, 0) < 0)
		return -1;
	if (from.ss.ss_family != to->ss.ss_family) {
		log_errorx(
		    "%s and %s are not of one IP version", host, o->dest_ip);
		return -1;
	}
	(void)fwdaddr_octets(c.src, &from);
	c.ttl = TTL_WRITTEN;
	c.from = o->dlt_raw ? FWDENCAP_FROM_IP : FWDENCAP_FROM_ETHER;
	fwdencap_init(&t->encap, &c);
	if (o->read != NULL && same_file(o->read, o->write)) {
		log_errorx("%s: would overwrite what is read", o->write);
		return -1;
	}
	t->type = &fwdfile_type;
	t->out = fwdfile_open(o->write, o->dlt_raw, &f->count);
	if (t->out == NULL)
		log_error("%s", o->write);
	return t->out == NULL ? -1 : 0;
}

static int
open_monitor(struct forwarder *f, const struct net_addr *to)
{
	const struct fwdopts *o = f->opts;
	struct fwdtun *t = &f->run.tun;
	struct fwdencap_conf c = encap_conf(o, to);
	struct net_addr from;
	struct fwdsend *s;

	f->send = (struct fwdsend_conf){
		.to = *to, .count = &f->count, .stop = &stop
	};
	if ((s = fwdsend_open(&f->send)) == NULL) {
		log_error("%s port %ld", o->dest_ip, o->dest_port);
		return -1;
	}
	from = fwdsend_source(s);
	(void)fwdaddr_octets(c.src, &from);
	c.ttl = TTL_SENT;
	c.sent = true;
	c.from = fwdsend_raw(s) ? FWDENCAP_FROM_IP : FWDENCAP_FROM_TUNNEL;
	fwdencap_init(&t->encap, &c);
	t->type = &fwdsend_type;
	t->out = s;
	/* Not that of another one that sends there: fragments would mix. */
	t->id = (uint32_t)proc_mono().ns;
	f->own = (struct fwdown){ .v6 = c.v6, .port = c.port };
	memcpy(f->own.src, c.src, sizeof(c.src));
	memcpy(f->own.dst, c.dst, sizeof(c.dst));
	log_debugx("to %s port %ld, %s, VNI %u, by %s", o->dest_ip,
	    o->dest_port, o->encap, o->vni,
	    fwdsend_raw(s) ? "a raw socket" : "UDP sockets");
	return 0;
}

static int
open_output(struct forwarder *f)
{
	const struct fwdopts *o = f->opts;
	struct fwdtun *t = &f->run.tun;
	struct net_addr to;

	t->count = &f->count;
	t->mtu = (size_t)o->mtu;
	t->drop = o->drop_oversize;
	if (find(&to, o->dest_ip, o->dest_port) < 0)
		return -1;
	if (to.ss.ss_family == AF_INET6 && o->mtu > 0 &&
	    o->mtu < FWDFRAG_MTU_MIN_V6) {
		log_errorx("-mtu is %d at least for IPv6", FWDFRAG_MTU_MIN_V6);
		return -1;
	}
	return o->write != NULL ? open_file(f, &to) : open_monitor(f, &to);
}

static void
set_pace(struct forwarder *f)
{
	const struct fwdopts *o = f->opts;
	struct fwdpace *p = &f->run.pace;

	if (o->full_speed || o->write != NULL) {
		p->mode = FWDPACE_NONE;
	} else if (o->rate > 0) {
		p->mode = FWDPACE_RATE;
		p->rate = o->rate;
	} else if (o->delay > 0) {
		p->mode = FWDPACE_DELAY;
		p->delay = o->delay;
	} else {
		p->mode = FWDPACE_TIMES;
	}
}

static int
open_capture(struct forwarder *f)
{
	const struct fwdopts *o = f->opts;
	struct fwdrun *r = &f->run;
	uint64_t size;

	r->file = capfile_open(&o->read, 1, fwdrun_frame, fwdrun_pulse, r);
	if (r->file == NULL ||
	    (o->filter[0] != '\0' && capfile_filter(r->file, o->filter) < 0))
		return -1;
	set_pace(f);
	(void)capfile_place(r->file, &size);
	r->eager = size == 0 && o->write == NULL;
	return 0;
}

static int
open_interface(struct forwarder *f)
{
	const struct fwdopts *o = f->opts;
	struct fwdrun *r = &f->run;

	r->own = o->write == NULL ? &f->own : NULL;
	f->capture = (struct fwdlive_conf){ .iface = o->iface,
		.filter = o->filter,
		.own = r->own,
		.buffer = (size_t)o->buffer,
		.snaplen = (int)o->snaplen,
		.promisc = o->promisc };
	r->live = fwdlive_open(&f->capture, fwdrun_frame, r);
	return r->live == NULL ? -1 : 0;
}

static int
open_input(struct forwarder *f)
{
	return f->opts->read != NULL ? open_capture(f) : open_interface(f);
}

/*
 * What cannot be read leaves the file of -w as it is; but live capture has to
 * know what will be sent.
 */
static int
open_all(struct forwarder *f)
{
	if (f->opts->write == NULL)
		return open_output(f) == 0 ? open_input(f) : -1;
	return open_input(f) == 0 ? open_output(f) : -1;
}

/* An interface may have to be opened again: that is what CAP_NET_RAW is for. */
static int
drop_privileges(const struct fwdopts *o, bool live)
{
	(void)proc_raise_nofile();
	/* Waits end when they should, and not some 50 us later. */
	(void)prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
	if (proc_drop(o->user, live ? PROC_KEEP_PACKETS : PROC_KEEP_NONE) !=
	    0) {
		log_error("giving up privileges%s%s",
		    o->user == NULL ? "" : " for those of ",
		    o->user == NULL ? "" : o->user);
		return -1;
	}
	if (jail_enter(live ? JAIL_PACKETS : JAIL_NOTHING) != 0) {
		log_error("filter of system calls");
		return -1;
	}
	return 0;
}

/* Close what is open.  0, or -1 after a message. */
static int
close_all(struct forwarder *f)
{
	struct fwdrun *r = &f->run;

	capfile_close(r->file);
	fwdlive_close(r->live);
	return r->tun.out == NULL ? 0 : r->tun.type->close(r->tun.out);
}

static int
forward(const struct fwdopts *opts)
{
	struct forwarder *f = calloc(1, sizeof(*f));
	bool ran = false;
	int bad = -1;

	if (f == NULL) {
		log_error("memory");
		return EXIT_FAILURE;
	}
	f->opts = opts;
	f->run.count = &f->count;
	f->run.stop = &stop;
	f->run.report = &report;
	f->run.tell = isatty(STDERR_FILENO) == 1;
	if (open_all(f) == 0 &&
	    drop_privileges(opts, f->run.live != NULL) == 0) {
		log_debugx("forwarding");
		bad = fwdrun_loop(&f->run);
		ran = true;
	} else if (stop != 0) {
		/* While the source had not even told what it is. */
		bad = 0;
		ran = true;
	}
	bad |= close_all(f);
	if (ran)
		fwdcount_print(&f->count, stderr);
	if (f->count.packets_not_sent > 0)
		bad = -1;
	free(f);
	return bad == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void
print_version(void)
{
	printf("capture-fwd %s\n%s\n%s\n", VERSION, pcap_lib_version(),
	    jail_version());
}

int
main(int argc, char **argv)
{
	struct fwdopts opts;
	int status = EXIT_SUCCESS;

	log_init("capture-fwd", LOG_LEVEL_INFO);
	const enum fwdopts_verdict verdict = fwdopts_parse(&opts, argc, argv);
	if (verdict == FWDOPTS_BAD) {
		status = FWDOPTS_EXIT_USAGE;
	} else if (verdict == FWDOPTS_RUN) {
		log_init("capture-fwd",
		    opts.debug ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
		watch_signals();
		status = forward(&opts);
	} else if (opts.version) {
		print_version();
	}
	fwdopts_done(&opts);
	return status;
}
