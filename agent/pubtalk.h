/* SPDX-License-Identifier: BSD-3-Clause */
/* What is said on a collector's connection, below its state and its socket. */
#ifndef AGENT_PUBTALK_H_
#define AGENT_PUBTALK_H_

#include <stdbool.h>
#include <stddef.h>

#include "wire/ctl.h"
#include "wire/obs.h"
#include "wire/sess.h"

struct pubpeer;

#define PUBTALK_NOTHING (-1)

/**
 * pubtalk_take(p, ret_why):
 * Read what ${p} sent, as far as it lies in its buffer, in the way of its
 * state; queue the answer.  Returns the octets used, 0 when more are needed.
 * Sets ${ret_why} to the enum sess_event that happened, or PUBTALK_NOTHING.
 */
size_t pubtalk_take(struct pubpeer *p, int *ret_why);

/**
 * pubtalk_loss(p, o):
 * Queue the loss ${o} in the form of this collector.
 */
void pubtalk_loss(struct pubpeer *p, const struct obs *o);

/**
 * pubtalk_stats(p, s):
 * Queue ${s} as a frame.
 */
void pubtalk_stats(struct pubpeer *p, const struct ctl_stats *s);

/**
 * pubtalk_bye(p, why):
 * Queue BYE.  Returns whether it fitted.
 */
bool pubtalk_bye(struct pubpeer *p, enum ctl_bye why);

#endif
