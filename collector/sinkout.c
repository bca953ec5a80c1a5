/* SPDX-License-Identifier: BSD-3-Clause */
/* Standard output in the old format: sec.usec:host:id:bits:relay */
#include "collector/sinkout.h"

#include "base/log.h"
#include "base/outfile.h"
#include "collector/class.h"
#include "collector/sinkfile.h"
#include "collector/sinkfmt.h"

/* Octets of a line: time, host, id, value of 64 bits, relay. */
enum { SINKOUT_LINE_MAX = 64, SINKOUT_MAX = CLASS_ID_MAX * SINKOUT_LINE_MAX };

static struct sink *
sinkout_open(const struct conf *conf, const char *arg, struct ev_loop *loop)
{
	struct sinkfile *s;

	(void)loop;
	if (arg != NULL) {
		log_errorx("output out takes no path: it is standard output");
		return NULL;
	}
	s = sinkfile_new(&sinkout_type, conf, NULL, OUTFILE_END_NONE);
	return s == NULL ? NULL : &s->sink;
}

static char *
sinkout_line(char *p, const struct sink_src *src, wall_t time, const char *id,
    uint64_t value)
{
	p = sinkfmt_usec(p, time);
	*p++ = ':';
	p = sinkfmt_u64(p, src->host);
	*p++ = ':';
	p = sinkfmt_text(p, id);
	*p++ = ':';
	return sinkfmt_u64(p, value);
}

static char *
sinkout_pkt(
    char *p, const struct sink_src *src, const struct obs *o, uint64_t ids)
{
	const uint64_t bits = 8 * (uint64_t)o->pkt.len;
	const char *relay = ":0\n";
	char id[SINKFMT_U64_MAX + 1];

	if (ids == 0) {
		return sinkfmt_text(
		    sinkout_line(p, src, o->time, "X", bits), relay);
	}
	for (unsigned int i = 1; ids != 0; i++, ids >>= 1) {
		if ((ids & 1) == 0)
			continue;
		*sinkfmt_u64(id, i) = '\0';
		p = sinkout_line(p, src, o->time, id, bits);
		p = sinkfmt_text(p, relay);
		relay = ":1\n";
	}
	return p;
}

static char *
sinkout_host(char *p, const struct sink_src *src, const struct obs *o)
{
	if ((o->host.has & OBS_HOST_CPU) != 0) {
		p = sinkout_line(p, src, o->time, "C", o->host.cpu_busy);
		p = sinkfmt_text(p, ":0\n");
	}
	if ((o->host.has & OBS_HOST_MEM) != 0) {
		p = sinkout_line(p, src, o->time, "M", o->host.mem_used * 1024);
		p = sinkfmt_text(p, ":0\n");
	}
	return p;
}

static void
sinkout_put(struct sink *sink, const struct sink_src *src, uint64_t first,
    const struct obs *o, size_t n)
{
	struct sinkfile *s = (struct sinkfile *)sink;

	(void)first;
	for (size_t i = 0; i < n; i++) {
		char *start = outfile_room(s->file, SINKOUT_MAX);
		char *end = start;

		switch (o[i].kind) {
		case OBS_PKT:
			end = sinkout_pkt(start, src, &o[i],
			    class_match(s->conf->class, &o[i].pkt));
			break;
		case OBS_HOST:
			end = sinkout_host(start, src, &o[i]);
			break;
		case OBS_LOSS:
		case OBS_DNS:
			break;
		}
		if (end > start)
			outfile_commit(s->file, (size_t)(end - start), 1);
	}
	sinkfile_put_done(s);
}

const struct sink_type sinkout_type = {
	.name = "out",
	.open = sinkout_open,
	.put = sinkout_put,
	.flush = sinkfile_flush,
	.drain = sinkfile_drain,
	.reopen = sinkfile_reopen,
	.stats = sinkfile_stats,
	.close = sinkfile_close,
};
