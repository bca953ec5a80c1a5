/* SPDX-License-Identifier: BSD-3-Clause */
/* DNS answers as text lines, as the agents' own DNS logs have them. */
#include "collector/sinkdns.h"

#include <stdlib.h>

#include "base/outfile.h"
#include "collector/sinkfile.h"
#include "wire/dnsline.h"

static struct sink *
sinkdns_open(const struct conf *conf, const char *arg, struct ev_loop *loop)
{
	struct sinkfile *s =
	    sinkfile_new(&sinkdns_type, conf, arg, OUTFILE_END_COUNT);

	(void)loop;
	if (s == NULL)
		return NULL;
	if (conf->apply_clock)
		outfile_head(s->file, SINKFILE_FIXED);
	return &s->sink;
}

static void
sinkdns_put(struct sink *sink, const struct sink_src *src, uint64_t first,
    const struct obs *o, size_t n)
{
	struct sinkfile *s = (struct sinkfile *)sink;

	(void)src;
	if (o->kind != OBS_DNS && o->kind != OBS_LOSS)
		return;
	for (size_t i = 0; i < n; i++) {
		char *p = outfile_room(s->file, dnsline_room(&o[i]));
		const size_t len = dnsline_put(p, &o[i]);

		if (o[i].kind == OBS_DNS)
			outfile_number(s->file, first + i);
		outfile_commit(s->file, len, len > 0);
	}
	sinkfile_put_done(s);
}

const struct sink_type sinkdns_type = {
	.name = "dns",
	.open = sinkdns_open,
	.put = sinkdns_put,
	.keep = sinkfile_keep,
	.commit = sinkfile_commit,
	.flush = sinkfile_flush,
	.drain = sinkfile_drain,
	.reopen = sinkfile_reopen,
	.stats = sinkfile_stats,
	.close = sinkfile_close,
};
