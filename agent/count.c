/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of the agent's counters. */
#include "agent/count.h"

const struct stat_row count_rows[] = {
#define STAT(name, help) { #name, offsetof(struct count, name), help },
	COUNT_LIST(STAT)
#undef STAT
};

const unsigned int count_n = sizeof(count_rows) / sizeof(count_rows[0]);
