/* SPDX-License-Identifier: BSD-3-Clause */
/* A main for fuzz targets that runs them once over each file it is given. */

#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of the fuzz target that is linked with this. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Read the file ${name} into exactly as many octets as it has. */
static uint8_t *
read_file(const char *name, size_t *ret_len)
{
	uint8_t *data = NULL;
	uint8_t *more;
	size_t len = 0;
	size_t n;
	uint8_t part[65536];
	FILE *fp = fopen(name, "rb");

	if (fp == NULL)
		err(1, "%s", name);
	while ((n = fread(part, 1, sizeof(part), fp)) > 0) {
		if ((more = realloc(data, len + n)) == NULL)
			err(1, "%s", name);
		data = more;
		memcpy(data + len, part, n);
		len += n;
	}
	if (ferror(fp))
		err(1, "%s", name);
	(void)fclose(fp);
	*ret_len = len;
	return data;
}

int
main(int argc, char *argv[])
{
	static const uint8_t nothing[1];
	uint8_t *data;
	size_t len;

	(void)LLVMFuzzerTestOneInput(nothing, 0);
	for (int i = 1; i < argc; i++) {
		/* the last line says which file it was, after a crash */
		(void)fprintf(stderr, "%s\n", argv[i]);
		data = read_file(argv[i], &len);
		(void)LLVMFuzzerTestOneInput(
		    data == NULL ? nothing : data, len);
		free(data);
	}
	return 0;
}
