/* SPDX-License-Identifier: BSD-3-Clause */
/* Where every observation goes: logs, collectors, stream file. */
#ifndef AGENT_FAN_H_
#define AGENT_FAN_H_

#include <stdbool.h>

#include "agent/dnschan.h"
#include "agent/pub.h"
#include "agent/status.h"
#include "agent/tlog.h"
#include "agent/wfile.h"
#include "base/keep.h"
#include "base/rotate.h"
#include "base/rotjob.h"
#include "wire/obs.h"

/* Outputs that are not wanted are NULL; .pub is always there. */
struct fan {
	struct pub *pub;
	struct tlog *log;
	bool log_always; /* also while no collector is attached */
	struct wfile *file;
	struct dnschan *chan; /* JSON datagrams of DNS answers */
	struct tlog *dns;
	struct rotate rotate;  /* of both logs */
	struct rotjob *job;    /* for those that were closed */
	struct keep *keep;     /* for copies of all files, at the end */
	struct status *status; /* how all of this is doing */
};

/**
 * fan_put(arg, o):
 * Hand ${o} to every output of the struct fan ${arg}.  Never blocks.
 */
void fan_put(void *arg, const struct obs *o);

/**
 * fan_wants(f):
 * Return whether there is any place where an observation would go.
 */
bool fan_wants(const struct fan *f);

#endif
