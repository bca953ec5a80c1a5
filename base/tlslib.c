/* SPDX-License-Identifier: BSD-3-Clause */
/* OpenSSL, loaded when it is needed: mapped, it costs 0.4 MiB an agent. */
#include "base/tlslib.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define TEXT_OF(x)  #x
#define VALUE_OF(x) TEXT_OF(x)
#define LIBRARY     "libssl.so." VALUE_OF(OPENSSL_SHLIB_VERSION)
#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))
#define MEMBER(f)   { #f, offsetof(struct tlslib, f) },

static const struct {
	const char *name;
	size_t offset; /* of the pointer in struct tlslib */
} members[] = { TLSLIB_LIST(MEMBER) };

static struct tlslib lib;
static bool loaded;

const struct tlslib *
tlslib_load(const char **ret_why)
{
	void *at;
	void *handle;

	if (loaded)
		return &lib;
	/* It finds the functions of libcrypto too, which libssl needs. */
	if ((handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL)) == NULL) {
		*ret_why = dlerror();
		return NULL;
	}
	for (size_t i = 0; i < COUNT_OF(members); i++) {
		if ((at = dlsym(handle, members[i].name)) == NULL) {
			*ret_why = dlerror();
			return NULL;
		}
		memcpy((char *)&lib + members[i].offset, &at, sizeof(at));
	}
	loaded = true;
	return &lib;
}

void
tlslib_reason(const struct tlslib *l, char *dst, size_t size)
{
	const unsigned long err = l->ERR_get_error();
	const char *text = l->ERR_reason_error_string(err);

	if (text == NULL && ERR_SYSTEM_ERROR(err))
		text = strerrordesc_np(ERR_GET_REASON(err));
	(void)snprintf(dst, size, "%s", text == NULL ? "unknown error" : text);
	l->ERR_clear_error();
}
