/* SPDX-License-Identifier: BSD-3-Clause */
/* Stored dnstap streams for tests: their data frames, one after the other. */
#ifndef TESTS_STORED_H_
#define TESTS_STORED_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "wire/bytes.h"

struct stored {
	uint8_t *data;
	size_t len, at;
};

/* Read the whole file ${path}; false when there is none. */
static inline bool
stored_load(struct stored *t, const char *path)
{
	FILE *fp = fopen(path, "rb");

	*t = (struct stored){ .data = malloc(16 << 20) };
	if (fp == NULL || t->data == NULL) {
		free(t->data);
		t->data = NULL;
		return false;
	}
	t->len = fread(t->data, 1, 16 << 20, fp);
	(void)fclose(fp);
	return true;
}

/* The next data frame, whatever the control frames say. */
static inline bool
stored_next(struct stored *t, const uint8_t **ret, size_t *ret_len)
{
	while (t->len - t->at >= 8) {
		const size_t n = get_be32(t->data + t->at);

		if (n == 0) {
			t->at += 8 + get_be32(t->data + t->at + 4);
			continue;
		}
		if (t->len - t->at < 4 + n)
			break;
		*ret = t->data + t->at + 4;
		*ret_len = n;
		t->at += 4 + n;
		return true;
	}
	return false;
}

#endif
