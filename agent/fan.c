/* SPDX-License-Identifier: BSD-3-Clause */
/* Where every observation goes: logs, collectors, stream file. */
#include "agent/fan.h"

#include <stddef.h>

void
fan_put(void *arg, const struct obs *o)
{
	const struct fan *f = arg;

	if (f->log != NULL && (f->log_always || pub_attached(f->pub) > 0))
		tlog_put(f->log, o);
	if (f->dns != NULL)
		tlog_put(f->dns, o);
	if (f->file != NULL)
		wfile_put(f->file, o);
	if (f->chan != NULL && o->kind == OBS_DNS)
		dnschan_put(f->chan, &o->dns);
	pub_send(f->pub, o);
}
