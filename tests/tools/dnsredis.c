/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/sinkredis collector/sinktab collector/sinkmark wire/zpack wire/frame collector/positions collector/position collector/journal base/fdio collector/sinkbatch collector/sinkwork collector/sinklist collector/sinkmulti collector/sinkconn collector/sinkpend collector/sinksend collector/sinkcmd collector/sinkknow collector/modeldns collector/modelskip wire/dnsname collector/sinkfmt collector/model collector/modelnet collector/flowmap collector/recent collector/conf collector/confline collector/confrows collector/confset collector/confflow collector/class base/allow base/opt base/rotate base/lookup base/net base/log base/proc tests/unit/dnsjson -ljansson -linih -lhiredis -lev -lz */
/* Datagrams of the old DNS agent from standard input, to Redis. */
#include <err.h>
#include <ev.h>
#include <signal.h>
#include <stdio.h>

#include "collector/conf.h"
#include "collector/sinkredis.h"
#include "tests/unit/dnsjson.h"

static int
run(struct sink *s, struct ev_loop *loop)
{
	const struct sink_src src = { .host = 1, .name = "dns" };
	static struct dnsjson d;
	int rc;

	while (dnsjson_next(&d, stdin)) {
		s->type->put(s, &src, 0, &d.obs, 1);
		while (s->type->full(s))
			ev_run(loop, EVRUN_ONCE);
	}
	while ((rc = s->type->drain(s)) == 0)
		ev_run(loop, EVRUN_ONCE);
	return rc;
}

int
main(int argc, char **argv)
{
	struct ev_loop *loop = ev_default_loop(0);
	struct conf *conf;
	struct sink *s;
	int rc;

	if (argc != 2)
		errx(2, "usage: dnsredis CONFIGURATION <DATAGRAMS");
	signal(SIGPIPE, SIG_IGN);
	if ((conf = conf_read(argv[1])) == NULL ||
	    (s = sinkredis_type.open(conf, NULL, loop)) == NULL)
		return 1;
	rc = run(s, loop);
	s->type->stats(s, stderr);
	s->type->close(s);
	conf_free(conf);
	return rc == 1 ? 0 : 1;
}
