/*
 * normal_text.h
 *		Text as it is compared: one character for all that are the same.
 */
#ifndef AR_NORMAL_TEXT_H
#define AR_NORMAL_TEXT_H

#include "postgres.h"

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"

#define WIDE_NBSP	0xA0		/* any space that does not break a number */

typedef struct NormalText
{
	pg_wchar   *chars;
	int		   *positions;		/* of each in the text as given, from 0 */
	int			n;
	int			size;
} NormalText;

static inline bool
wide_is_digit(pg_wchar c)
{
	return c >= '0' && c <= '9';
}

extern void normal_text(NormalText *normal, const char *data, int length);
extern void normal_text_free(NormalText *normal);
extern bool wide_is_letter(pg_wchar c);
extern bool wide_is_ideograph(pg_wchar c);
extern void append_wide(StringInfo buffer, const pg_wchar *chars, int n);

static inline bool
wide_is_word(pg_wchar c)
{
	return wide_is_digit(c) || wide_is_letter(c);
}

#endif							/* AR_NORMAL_TEXT_H */
