/* SPDX-License-Identifier: BSD-3-Clause */
/* Text lines, as the agents' own logs have them. */
#include "collector/sinktext.h"

#include "base/outfile.h"
#include "collector/sinkfile.h"
#include "wire/line.h"

static struct sink *
sinktext_open(const struct conf *conf, const char *arg, struct ev_loop *loop)
{
	struct sinkfile *s =
	    sinkfile_new(&sinktext_type, conf, arg, OUTFILE_END_COUNT);

	(void)loop;
	return s == NULL ? NULL : &s->sink;
}

static void
sinktext_put(struct sink *sink, const struct sink_src *src, uint64_t first,
    const struct obs *o, size_t n)
{
	struct sinkfile *s = (struct sinkfile *)sink;

	if (o->kind == OBS_DNS)
		return;
	for (size_t i = 0; i < n; i++) {
		char *p = outfile_room(s->file, LINE_MAX_LEN);

		if (o[i].kind == OBS_PKT)
			outfile_number(s->file, first + i);
		outfile_commit(s->file,
		    line_put(p, &o[i], s->conf->text_format, &src->ifs), 1);
	}
	sinkfile_put_done(s);
}

const struct sink_type sinktext_type = {
	.name = "text",
	.open = sinktext_open,
	.put = sinktext_put,
	.keep = sinkfile_keep,
	.commit = sinkfile_commit,
	.flush = sinkfile_flush,
	.drain = sinkfile_drain,
	.reopen = sinkfile_reopen,
	.stats = sinkfile_stats,
	.close = sinkfile_close,
};
