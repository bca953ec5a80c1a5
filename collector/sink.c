/* SPDX-License-Identifier: BSD-3-Clause */
/* The kinds of output, and opening one by its name. */
#include "collector/sink.h"

#include <string.h>

#include "base/log.h"
#include "collector/sinkcsv.h"
#include "collector/sinkdns.h"
#include "collector/sinkflow.h"
#include "collector/sinkhops.h"
#include "collector/sinkjson.h"
#include "collector/sinkmgen.h"
#include "collector/sinkmgenlog.h"
#include "collector/sinkout.h"
#include "collector/sinkredis.h"
#include "collector/sinktext.h"

static const struct sink_type *const sink_types[] = {
	&sinkout_type,
	&sinktext_type,
	&sinkcsv_type,
	&sinkjson_type,
	&sinkdns_type,
	&sinkflow_type,
	&sinkmgen_type,
	&sinkmgenlog_type,
	&sinkhops_type,
	&sinkredis_type,
};

struct sink *
sink_open(const struct conf *conf, const char *spec, struct ev_loop *loop)
{
	const size_t len = strcspn(spec, ":");
	const char *arg = spec[len] == ':' ? &spec[len + 1] : NULL;

	if (arg != NULL && *arg == '\0') {
		log_errorx("output %s: the path is empty", spec);
		return NULL;
	}
	for (size_t i = 0; i < sizeof(sink_types) / sizeof(sink_types[0]);
	     i++) {
		const struct sink_type *t = sink_types[i];

		if (strlen(t->name) == len && strncmp(t->name, spec, len) == 0)
			return t->open(conf, arg, loop);
	}
	log_errorx("output %s: not one of out, text, csv, json, dns, flows, "
		   "mgen, mgenlog, hops, redis",
	    spec);
	return NULL;
}
