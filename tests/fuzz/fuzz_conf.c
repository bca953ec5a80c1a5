/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/conf collector/confline collector/confrows collector/confset collector/confflow collector/class collector/flowmap collector/modelnet collector/modelskip wire/dnsname base/allow base/opt base/rotate base/net base/log -linih -lev */
/* Configuration files: what is accepted, printed and read again is the same. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "collector/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct conf *
read_octets(const void *data, size_t size)
{
	const int fd = memfd_create("conf", MFD_CLOEXEC);
	char path[64];
	struct conf *c;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	c = conf_read(path);
	close(fd);
	return c;
}

static char *
printed(const struct conf *c, size_t *ret_len)
{
	char *text = NULL;
	FILE *fp = open_memstream(&text, ret_len);

	if (fp == NULL)
		abort();
	conf_print(c, fp);
	fclose(fp);
	return text;
}

/* What was accepted can be printed, read and printed again. */
static void
check_print(const struct conf *c)
{
	size_t len;
	size_t again_len;
	char *text = printed(c, &len);
	struct conf *again = read_octets(text, len);
	char *again_text;

	if (again == NULL)
		abort();
	again_text = printed(again, &again_len);
	if (len != again_len || memcmp(text, again_text, len) != 0)
		abort();
	free(again_text);
	conf_free(again);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* a file named inside the input is none of ours to read */
	const bool file = memmem(data, size, "password-file", 13) != NULL;
	struct conf *c = file ? NULL : read_octets(data, size);

	if (c != NULL)
		check_print(c);
	conf_free(c);
	return 0;
}
