/*
 * sums.h
 *		Exact sums of money, as values keep them.
 *
 * A sum is a number of words (words.h) in units of 10000^-fraction, so that
 * the digits of a numeric go into it as they are.
 */
#ifndef AR_SUMS_H
#define AR_SUMS_H

#include "postgres.h"

#include "decimal.h"
#include "words.h"

#define SUM_MAX_FRACTION	((DECIMAL_MAX_SCALE + 3) / DECIMAL_GROUP)

/* A number as written: its value at the widest, its unit, its decimals. */
typedef struct WrittenSum
{
	uint64		words[WORDS_MAX];
	int			fraction;
	int			scale;
} WrittenSum;

/*
 * The amount in units of 10000^-fraction where 64 bits surely hold it: three
 * groups before the point and one behind.
 */
static inline bool
sum_small_amount(const Decimal *amount, int fraction, int64 *units)
{
	int			last = amount->weight + fraction;
	int64		value = 0;

	if (last > 3 || amount->ngroups > last + 1)
		return false;
	for (int i = 0; i < amount->ngroups; i++)
		value = value * DECIMAL_BASE + decimal_group(amount, i);
	for (int i = amount->ngroups; i <= last; i++)
		value *= DECIMAL_BASE;
	*units = amount->negative ? -value : value;
	return true;
}

extern bool sum_resize(uint64 *dst, int ndst, const uint64 *src, int nsrc,
					   int groups);
extern int	sum_add(uint64 *sum, const uint64 *dst, int ndst,
					const uint64 *src, int nsrc);
extern int	sum_spare_groups(const uint64 *sum, int n, int most);
extern void sum_coarsen(uint64 *sum, int n, int groups);
extern bool sum_within_scale(const uint64 *sum, int n, int fraction, int scale);

extern void skip_space(const char **pos);
extern bool skip_char(const char **pos, char c);
extern bool next_int64(const char **pos, int64 min, int64 max, int64 *value);
extern bool next_sum(const char **pos, WrittenSum *sum);
extern bool written_sum_words(uint64 *words, const WrittenSum *sum, int fraction);

#endif							/* AR_SUMS_H */
