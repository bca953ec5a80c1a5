/* SPDX-License-Identifier: BSD-3-Clause */
/* The old lines of collector.conf: traffic ids and hosts. */
#ifndef COLLECTOR_CONFLINE_H_
#define COLLECTOR_CONFLINE_H_

struct conf;

/**
 * confline_parse(c, line):
 * Read ${line} (comment and white space at its ends removed, not empty) into
 * ${c}.  Changes the text of ${line}.  Returns NULL, or what is wrong.
 */
const char *confline_parse(struct conf *c, char *line);

#endif
