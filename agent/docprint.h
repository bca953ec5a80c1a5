/* SPDX-License-Identifier: BSD-3-Clause */
/* Prints what a doctor found. */
#ifndef AGENT_DOCPRINT_H_
#define AGENT_DOCPRINT_H_

#include <stdio.h>

#include "agent/docset.h"

/**
 * docprint_text(s, grown, fp):
 * Print a line per item: the verdict (ok, wrong, fact, unread), check, subject,
 * name, value, and the command that mends it when it is wrong; then a line
 * with the sums.  With ${grown}, of counters only those that grew.
 */
void docprint_text(const struct docset *s, bool grown, FILE *fp);

/**
 * docprint_json(s, seconds, fp):
 * Print one JSON object (RFC 8259) on one line; counters are those of the last
 * ${seconds}, 0 since they began.
 */
void docprint_json(const struct docset *s, unsigned int seconds, FILE *fp);

#endif
