/* SPDX-License-Identifier: BSD-3-Clause */
/* Where every observation goes: logs, collectors, stream file. */
#include "agent/fan.h"

#include <stddef.h>
#include <stdint.h>

void
fan_put(void *arg, const struct obs *o)
{
	const struct fan *f = arg;
	const uint64_t seq = pub_number(f->pub, o->kind);

	if (f->log != NULL && (f->log_always || pub_attached(f->pub) > 0))
		tlog_put(f->log, o, seq);
	if (f->dns != NULL)
		tlog_put(f->dns, o, seq);
	if (f->file != NULL)
		wfile_put(f->file, o);
	if (f->chan != NULL && o->kind == OBS_DNS)
		dnschan_put(f->chan, &o->dns);
	pub_send(f->pub, o);
}

bool
fan_wants(const struct fan *f)
{
	return f->file != NULL || (f->log != NULL && f->log_always) ||
	       pub_wants(f->pub);
}
