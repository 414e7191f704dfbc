/*
 * sums.c
 *		Exact sums of money, as values keep them.
 */
#include "postgres.h"

#include "compat.h"
#include "sums.h"

/*
 * Copies one sum into another number of words and a unit finer by so many
 * groups.  False where it does not fit.
 */
bool
sum_resize(uint64 *dst, int ndst, const uint64 *src, int nsrc, int groups)
{
	uint64		wide[WORDS_MAX];

	words_extend(wide, WORDS_MAX, src, nsrc);
	for (; groups > 0 && !words_zero(wide, WORDS_MAX); groups--)
		if (!words_multiply(wide, WORDS_MAX, DECIMAL_BASE))
			return false;
	if (words_needed(wide, WORDS_MAX) > ndst)
		return false;
	words_extend(dst, ndst, wide, WORDS_MAX);
	return true;
}

/*
 * sum, of the most words, = dst + src, all of the same unit; the words the sum
 * needs, or -1 where none are enough.
 */
int
sum_add(uint64 *sum, const uint64 *dst, int ndst, const uint64 *src, int nsrc)
{
	uint64		wide[WORDS_MAX];

	words_extend(sum, WORDS_MAX, dst, ndst);
	words_extend(wide, WORDS_MAX, src, nsrc);
	if (!words_add(sum, wide, WORDS_MAX))
		return -1;
	return words_needed(sum, WORDS_MAX);
}

/* How many groups of the unit the sum can do without, up to the most asked. */
int
sum_spare_groups(const uint64 *sum, int n, int most)
{
	uint64		rest[WORDS_MAX];
	int			groups = 0;

	if (words_zero(sum, n))
		return most;
	memcpy(rest, sum, n * sizeof(uint64));
	if (words_negative(rest, n))
		words_negate(rest, n);
	while (groups < most && words_divide(rest, n, DECIMAL_BASE) == 0)
		groups++;
	return groups;
}

/* Takes away so many groups, which the sum can do without. */
void
sum_coarsen(uint64 *sum, int n, int groups)
{
	bool		negative = words_negative(sum, n);

	if (negative)
		words_negate(sum, n);
	for (; groups > 0; groups--)
		words_divide(sum, n, DECIMAL_BASE);
	if (negative)
		words_negate(sum, n);
}

/* Whether a sum has no digits beyond scale decimals. */
bool
sum_within_scale(const uint64 *sum, int n, int fraction, int scale)
{
	uint64		rest[WORDS_MAX];
	int			beyond = fraction * DECIMAL_GROUP - scale;

	memcpy(rest, sum, n * sizeof(uint64));
	if (words_negative(rest, n))
		words_negate(rest, n);
	for (; beyond > 0 && !words_zero(rest, n); beyond--)
		if (words_divide(rest, n, 10) != 0)
			return false;
	return true;
}
