/*
 * decimal.c
 *		Reads and writes the digits of a numeric in place.
 */
#include "postgres.h"

#include "compat.h"
#include "decimal.h"
#include "words.h"

/* What numeric.c's short header can say. */
#define SHORT_MAX_SCALE		63
#define SHORT_MAX_WEIGHT	63

/*
 * The value in units of 10000^-fraction, exactly; fraction is at least
 * decimal_fraction().  False when n words do not hold it.
 */
bool
decimal_to_words(const Decimal *decimal, int fraction, uint64 *words, int n)
{
	int			last = decimal->weight + fraction;

	Assert(fraction >= decimal_fraction(decimal));
	memset(words, 0, n * sizeof(uint64));
	if (decimal->ngroups == 0)
		return true;
	for (int i = 0; i <= last; i++)
	{
		uint64		carry = i < decimal->ngroups ? decimal_group(decimal, i) : 0;

		if (!words_multiply(words, n, DECIMAL_BASE))
			return false;
		for (int w = 0; w < n && carry != 0; w++)
		{
			words[w] += carry;
			carry = words[w] < carry;
		}
		if (words_negative(words, n))
			return false;
	}
	if (decimal->negative)
		words_negate(words, n);
	return true;
}

/* The numeric of a number in units of 10000^-fraction, shown to scale. */
Numeric
words_to_numeric(const uint64 *words, int n, int fraction, int scale)
{
	/* A word holds less than 20 decimal digits. */
	int16		groups[WORDS_MAX * 5];
	uint64		rest[WORDS_MAX];
	int			room = lengthof(groups);
	bool		negative = words_negative(words, n);
	int			first = room;
	int			end = room;
	int			weight;
	int			ngroups;
	Size		size;
	char	   *result;
	char	   *data;

	Assert(n <= WORDS_MAX);
	memcpy(rest, words, n * sizeof(uint64));
	if (negative)
		words_negate(rest, n);
	while (n > 1 && rest[n - 1] == 0)
		n--;
	while (n > 1 || rest[0] != 0)
	{
		if (n > 1)
		{
			groups[--first] = words_divide(rest, n, DECIMAL_BASE);
			while (n > 1 && rest[n - 1] == 0)
				n--;
		}
		else
		{
			groups[--first] = rest[0] % DECIMAL_BASE;
			rest[0] /= DECIMAL_BASE;
		}
	}
	weight = room - first - 1 - fraction;
	while (end > first && groups[end - 1] == 0)
		end--;
	ngroups = end - first;
	if (ngroups == 0)
		weight = 0;

	size = VARHDRSZ + sizeof(uint16) + ngroups * sizeof(int16);
	if (scale <= SHORT_MAX_SCALE &&
		weight <= SHORT_MAX_WEIGHT && weight >= -SHORT_MAX_WEIGHT - 1)
	{
		uint16		header = 0x8000 | (negative ? 0x2000 : 0) | (scale << 7) |
			(weight < 0 ? 0x0040 : 0) | (weight & 0x003F);

		result = palloc(size);
		data = result + VARHDRSZ;
		memcpy(data, &header, sizeof(header));
		data += sizeof(header);
	}
	else
	{
		uint16		header = (negative ? 0x4000 : 0) | scale;
		int16		long_weight = weight;

		size += sizeof(int16);
		result = palloc(size);
		data = result + VARHDRSZ;
		memcpy(data, &header, sizeof(header));
		memcpy(data + sizeof(header), &long_weight, sizeof(long_weight));
		data += sizeof(header) + sizeof(long_weight);
	}
	SET_VARSIZE(result, size);
	memcpy(data, groups + first, ngroups * sizeof(int16));
	return (Numeric) result;
}
