/* SPDX-License-Identifier: BSD-3-Clause */
/* capture-fwd at work: from its source, in time, to its output. */
#include "agent/fwdrun.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "base/log.h"
#include "base/proc.h"

#define BATCH      64 /* packets of a file between looks at signals */
#define LIVE_MS    100
#define TELL_NS    (500 * MONO_NS_PER_MS)
#define SLICE_NS   (100 * MONO_NS_PER_MS) /* of a wait: a signal may come */
#define QUANTUM_NS (50 * MONO_NS_PER_US)  /* a wait that is worth it */
#define BACKS_TOLD 10 /* messages about times; then they are only counted */

static void
tell(struct fwdrun *r)
{
	char line[FWDTELL_LINE_MAX];
	struct fwdtell_now now = { .time = r->now,
		.packets = r->count->packets_read,
		.octets = r->count->octets_read };

	if (r->file != NULL)
		now.done = capfile_place(r->file, &now.size);
	/* In place of the last one, and what is left of it wiped out. */
	(void)fprintf(
	    stderr, "\r%s\033[K", fwdtell_line(&r->progress, &now, line));
	(void)fflush(stderr);
	r->told = true;
}

static void
flush(struct fwdrun *r)
{
	if (r->tun.type->flush(r->tun.out) != 0)
		r->failed = true;
}

/* What is to be done now and then, whatever the source does. */
static void
chores(struct fwdrun *r)
{
	if (r->tell && r->now.ns - r->progress.last.ns >= TELL_NS)
		tell(r);
	if (*r->report != 0) {
		*r->report = 0;
		if (r->live != NULL) {
			fwdlive_drops(r->live, &r->count->drop_kernel,
			    &r->count->drop_iface);
		}
		/* So that all that was read is counted; it may not be open. */
		if (r->tun.out != NULL)
			flush(r);
		fwdcount_print(r->count, stderr);
	}
}

static void
sleep_until(mono_t t)
{
	const struct timespec ts = { .tv_sec = t.ns / MONO_NS_PER_S,
		.tv_nsec = t.ns % MONO_NS_PER_S };

	(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

/*
 * Wait until ${due}.  What is due within the quantum goes together, up to that
 * much late and never early.
 */
static void
wait_until(struct fwdrun *r, mono_t due)
{
	if (due.ns <= r->now.ns || due.ns <= (r->now = proc_mono()).ns)
		return;
	flush(r);
	if (due.ns < r->now.ns + QUANTUM_NS)
		due.ns = r->now.ns + QUANTUM_NS;
	while (r->now.ns < due.ns && *r->stop == 0) {
		const mono_t slice = { r->now.ns + SLICE_NS };

		sleep_until(due.ns < slice.ns ? due : slice);
		r->now = proc_mono();
		chores(r);
	}
}

static void
complain(struct fwdrun *r, int64_t back)
{
	r->count->time_steps_back++;
	if (++r->backs > BACKS_TOLD)
		return;
	log_errorx("packet %" PRIu64 " is %.6f s older than the one before: "
		   "no wait%s",
	    r->count->packets_read + 1, (double)back / (double)MONO_NS_PER_S,
	    r->backs == BACKS_TOLD ? "; more are only counted" : "");
}

/* Wait for the turn of a packet of the time ${t}; false: it has none. */
static bool
pace(struct fwdrun *r, wall_t t)
{
	int64_t back;
	mono_t due;

	if (!r->pace.started)
		r->now = proc_mono();
	due = fwdpace_due(&r->pace, t, r->now, &back);
	if (back > 0)
		complain(r, back);
	wait_until(r, due);
	return *r->stop == 0;
}

void
fwdrun_frame(void *run, const struct pkt_frame *f)
{
	struct fwdrun *r = run;
	struct fwdflow flow;
	struct fwdlink in;

	/* Of a live capture, what came before the end still goes. */
	if (r->failed || (*r->stop != 0 && r->file != NULL))
		return;
	if (r->pace.mode != FWDPACE_NONE && !pace(r, f->time))
		return;
	r->count->packets_read++;
	r->count->octets_read += f->caplen;
	r->count->packets_cut += f->caplen < f->len;
	if (!fwdlink_inner(&in, f)) {
		r->count->packets_not_carried++;
		return;
	}
	fwdflow_read(&flow, &in);
	if (r->own != NULL && fwdown_is(r->own, &flow)) {
		r->count->packets_own++;
		return;
	}
	if (fwdtun_put(&r->tun, &in, fwdflow_port(&flow), f->time) != 0)
		r->failed = true;
	if (r->eager)
		flush(r);
}

static bool
going(const struct fwdrun *r)
{
	return *r->stop == 0 && !r->failed;
}

bool
fwdrun_pulse(void *run)
{
	struct fwdrun *r = run;

	/* It may still be about to begin. */
	if (r->tell && r->progress.start.ns > 0)
		r->now = proc_mono();
	chores(r);
	return going(r);
}

static int
read_file(struct fwdrun *r)
{
	const wall_t ever = { INT64_MAX };
	int n = 1;

	while (n > 0 && going(r)) {
		n = capfile_read(r->file, BATCH, ever);
		(void)fwdrun_pulse(r);
	}
	return n < 0 ? -1 : 0;
}

static void
read_live(struct fwdrun *r)
{
	while (going(r)) {
		const int n = fwdlive_read(r->live);

		flush(r);
		if (n == 0)
			fwdlive_wait(r->live, LIVE_MS);
		(void)fwdrun_pulse(r);
	}
}

int
fwdrun_loop(struct fwdrun *r)
{
	int bad = 0;

	r->now = r->progress.start = r->progress.last = proc_mono();
	if (r->file != NULL) {
		bad = read_file(r);
	} else {
		read_live(r);
		fwdlive_drain(r->live);
		fwdlive_drops(
		    r->live, &r->count->drop_kernel, &r->count->drop_iface);
	}
	flush(r);
	if (r->told) {
		r->now = proc_mono();
		tell(r);
		(void)fputc('\n', stderr);
	}
	return bad < 0 || r->failed ? -1 : 0;
}
