/* SPDX-License-Identifier: BSD-3-Clause */
/* How often strangers may make us say something of one kind. */
#include "base/lograte.h"

#include <inttypes.h>

#include "base/log.h"

void
lograte_done(struct lograte *r)
{
	if (r->more > 0) {
		log_warnx("%s: %" PRIu64 " more messages like these", r->what,
		    r->more);
	}
	r->more = 0;
	r->said = 0;
}

void
lograte_tick(struct lograte *r, mono_t now)
{
	if (r->said > 0 && now.ns - r->since.ns >= LOGRATE_NS)
		lograte_done(r);
}

bool
lograte_may(struct lograte *r, mono_t now)
{
	lograte_tick(r, now);
	if (r->said == 0)
		r->since = now;
	if (r->said == r->max) {
		r->more++;
		return false;
	}
	r->said++;
	return true;
}
