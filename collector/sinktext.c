/* SPDX-License-Identifier: BSD-3-Clause */
/* Text lines, as the agents' own logs have them. */
#include "collector/sinktext.h"

#include <string.h>

#include "base/outfile.h"
#include "collector/sinkfile.h"
#include "collector/sinkfmt.h"
#include "wire/hello.h"
#include "wire/line.h"

#define NO_FIELDS ":-:-:-:-:-" /* in place of those of an extended line */
#define LINES_MAX ((size_t)2)  /* of one observation */
#define ROOM      (LINE_MAX_LEN + LINES_MAX * (sizeof(NO_FIELDS) + LINE_NODE_MAX))

static struct sink *
sinktext_open(const struct conf *conf, const char *arg, struct ev_loop *loop)
{
	struct sinkfile *s =
	    sinkfile_new(&sinktext_type, conf, arg, OUTFILE_END_COUNT);

	(void)loop;
	if (s == NULL)
		return NULL;
	if (conf->apply_clock)
		outfile_head(s->file, SINKFILE_FIXED);
	return &s->sink;
}

/* As wire/line.h has names. */
static char *
put_node(char *p, const char *node)
{
	*p++ = ':';
	for (size_t i = 0; i < LINE_NODE_MAX - 1 && node[i] != '\0'; i++) {
		const unsigned char c = (unsigned char)node[i];

		*p++ = '?';
		if (c > ' ' && c < 0x7f && c != ':')
			p[-1] = node[i];
	}
	return p;
}

/* Does the extended line of ${o} tell the node already? */
static bool
is_named(const struct sink_src *src, const struct obs *o)
{
	return o->kind == OBS_PKT && o->pkt.iface < src->ifs.n &&
	       src->ifs.iface[o->pkt.iface].node[0] != '\0';
}

/* Write the lines of ${o} with the name of its node as their last field. */
static size_t
put_named(char *dst, const struct sink_src *src, const struct obs *o)
{
	char text[LINE_MAX_LEN];
	const size_t len = line_put(text, o, LINE_EXTENDED, &src->ifs);
	const char *end = text + len;
	char *p = dst;

	for (const char *from = text, *nl; from < end; from = nl + 1) {
		nl = memchr(from, '\n', (size_t)(end - from));
		p = mempcpy(p, from, (size_t)(nl - from));
		if (o->kind == OBS_HOST)
			p = sinkfmt_text(p, NO_FIELDS);
		if (!is_named(src, o))
			p = put_node(p, src->name);
		*p++ = '\n';
	}
	return (size_t)(p - dst);
}

static size_t
put_lines(const struct sinkfile *s, char *dst, const struct sink_src *src,
    const struct obs *o)
{
	if (s->conf->text_nodes)
		return put_named(dst, src, o);
	return line_put(dst, o, s->conf->text_format, &src->ifs);
}

static void
sinktext_put(struct sink *sink, const struct sink_src *src, uint64_t first,
    const struct obs *o, size_t n)
{
	struct sinkfile *s = (struct sinkfile *)sink;

	if (o->kind == OBS_DNS)
		return;
	for (size_t i = 0; i < n; i++) {
		char *p = outfile_room(s->file, ROOM);

		if (o[i].kind == OBS_PKT)
			outfile_number(s->file, first + i);
		outfile_commit(s->file, put_lines(s, p, src, &o[i]), 1);
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
