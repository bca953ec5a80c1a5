/* SPDX-License-Identifier: BSD-3-Clause */
/* What the XML of a CORE session says of its nodes: id, name, addresses. */
#ifndef COLLECTOR_COREXML_H_
#define COLLECTOR_COREXML_H_

#include <stdbool.h>
#include <stddef.h>

#define COREXML_SIZE_MAX  (16u << 20)  /* octets of a file */
#define COREXML_WORD_MAX  (256u << 10) /* of a tag or a comment, about */
#define COREXML_DEPTH_MAX 32           /* of elements in each other */
#define COREXML_NODES_MAX 4096
#define COREXML_ADDRS_MAX 8  /* of a node; others are passed over */
#define COREXML_NAME_MAX  64 /* with the final 0; longer ones are passed over */
#define COREXML_ADDR_MAX  46

struct corexml_node {
	unsigned int id; /* 1..65535, no two alike */
	/* printable ASCII without blanks and slashes; other octets are "_" */
	char name[COREXML_NAME_MAX];
	unsigned int n_addrs;
	char addr[COREXML_ADDRS_MAX][COREXML_ADDR_MAX];
};

struct corexml;

/**
 * corexml_new():
 * Return a reader of one file, which knows no node yet; NULL with errno.
 */
struct corexml *corexml_new(void);

/**
 * corexml_feed(x, data, len, last):
 * Read the next ${len} octets of the file; ${last}: they end it.  Returns 0,
 * or -1 when this is no XML, too large or too deep, or has a document type
 * (CORE's have none, and it could define entities); then corexml_why tells,
 * and what was read so far stays known.
 */
int corexml_feed(struct corexml *x, const char *data, size_t len, bool last);

/**
 * corexml_why(x):
 * Return what was wrong, static text.
 */
const char *corexml_why(const struct corexml *x);

/**
 * corexml_find(x, name):
 * Return the node that is called ${name}, owned by ${x}, or NULL.
 */
const struct corexml_node *corexml_find(
    const struct corexml *x, const char *name);

/**
 * corexml_clean(dst, name):
 * Write ${name}, whatever is in it, as the name of a node to ${dst}.  Returns
 * ${dst}.
 */
char *corexml_clean(char dst[static COREXML_NAME_MAX], const char *name);

/**
 * corexml_free(x):
 * Free ${x}; NULL is fine.
 */
void corexml_free(struct corexml *x);

#endif
