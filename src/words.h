/*
 * words.h
 *		Exact integers of a few 64-bit words.
 *
 * A number is an array of words, least significant first, in two's
 * complement.  Most sums of money fit in one word; the rest take as many as
 * they need.
 */
#ifndef AR_WORDS_H
#define AR_WORDS_H

#include "postgres.h"

#define WORDS_MAX	8			/* 153 decimal digits */

static inline bool
words_negative(const uint64 *a, int n)
{
	return (int64) a[n - 1] < 0;
}

static inline bool
words_zero(const uint64 *a, int n)
{
	for (int i = 0; i < n; i++)
		if (a[i] != 0)
			return false;
	return true;
}

/* The one number whose negation does not fit; nothing here ever yields it. */
static inline bool
words_lowest(const uint64 *a, int n)
{
	return a[n - 1] == UINT64CONST(1) << 63 && words_zero(a, n - 1);
}

extern bool words_add(uint64 *a, const uint64 *b, int n);
extern void words_negate(uint64 *a, int n);
extern bool words_multiply(uint64 *a, int n, uint32 factor);
extern uint32 words_divide(uint64 *magnitude, int n, uint32 divisor);
extern void words_extend(uint64 *dst, int ndst, const uint64 *src, int nsrc);
extern int	words_needed(const uint64 *a, int n);
extern int	words_compare(const uint64 *a, const uint64 *b, int n);

#endif							/* AR_WORDS_H */
