/* SPDX-License-Identifier: BSD-3-Clause */
/* links: */
/* Turns annotated hexadecimal text on standard input into octets. */

#include <ctype.h>
#include <err.h>
#include <stdio.h>

/* Pairs of digits in any spacing; '#' and ';' start a comment. */
int
main(void)
{
	int c;
	int high = -1;
	int digit;

	while ((c = getchar()) != EOF) {
		if (c == '#' || c == ';') {
			while (c != EOF && c != '\n')
				c = getchar();
			continue;
		}
		if (isspace(c))
			continue;
		if (!isxdigit(c))
			errx(1, "not a hexadecimal digit: '%c'", c);
		digit = isdigit(c) ? c - '0' : tolower(c) - 'a' + 10;
		if (high < 0) {
			high = digit;
			continue;
		}
		if (putchar(high << 4 | digit) == EOF)
			err(1, "standard output");
		high = -1;
	}
	if (high >= 0)
		errx(1, "odd number of digits");
	if (fflush(stdout) != 0)
		err(1, "standard output");
	return 0;
}
