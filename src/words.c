/*
 * words.c
 *		Exact integers of a few 64-bit words.
 */
#include "postgres.h"

#include "words.h"

/* a += b.  False, with a undefined, when the sum does not fit. */
bool
words_add(uint64 *a, const uint64 *b, int n)
{
	bool		a_negative = words_negative(a, n);
	bool		b_negative = words_negative(b, n);
	uint64		carry = 0;

	for (int i = 0; i < n; i++)
	{
		uint64		sum = a[i] + carry;

		carry = sum < carry;
		sum += b[i];
		carry += sum < b[i];
		a[i] = sum;
	}
	return a_negative != b_negative ||
		(words_negative(a, n) == a_negative && !words_lowest(a, n));
}

/* a = -a. */
void
words_negate(uint64 *a, int n)
{
	uint64		carry = 1;

	for (int i = 0; i < n; i++)
	{
		a[i] = ~a[i] + carry;
		carry = carry && a[i] == 0;
	}
}

/* a *= factor.  False, with a undefined, when the product does not fit. */
bool
words_multiply(uint64 *a, int n, uint32 factor)
{
	bool		negative = words_negative(a, n);
	uint64		carry = 0;

	if (negative)
		words_negate(a, n);
	for (int i = 0; i < n; i++)
	{
		uint64		low = (a[i] & 0xFFFFFFFF) * factor + carry;
		uint64		high = (a[i] >> 32) * factor + (low >> 32);

		a[i] = (high << 32) | (low & 0xFFFFFFFF);
		carry = high >> 32;
	}
	if (carry != 0 || words_negative(a, n))
		return false;
	if (negative)
		words_negate(a, n);
	return true;
}

/* magnitude /= divisor, for a magnitude that is not negative; the remainder. */
uint32
words_divide(uint64 *magnitude, int n, uint32 divisor)
{
	uint64		remainder = 0;

	for (int i = n - 1; i >= 0; i--)
	{
		uint64		high = (remainder << 32) | (magnitude[i] >> 32);
		uint64		low;

		low = ((high % divisor) << 32) | (magnitude[i] & 0xFFFFFFFF);
		magnitude[i] = ((high / divisor) << 32) | (low / divisor);
		remainder = low % divisor;
	}
	return (uint32) remainder;
}

/* Copies src to dst, with its sign into what dst has more, or cut to less. */
void
words_extend(uint64 *dst, int ndst, const uint64 *src, int nsrc)
{
	uint64		sign = words_negative(src, nsrc) ? ~UINT64CONST(0) : 0;

	for (int i = 0; i < ndst; i++)
		dst[i] = i < nsrc ? src[i] : sign;
}

/* The fewest words that hold a and its negation. */
int
words_needed(const uint64 *a, int n)
{
	uint64		sign = words_negative(a, n) ? ~UINT64CONST(0) : 0;

	while (n > 1 && a[n - 1] == sign &&
		   words_negative(a, n - 1) == (sign != 0) &&
		   !words_lowest(a, n - 1))
		n--;
	return n;
}

int
words_compare(const uint64 *a, const uint64 *b, int n)
{
	if (words_negative(a, n) != words_negative(b, n))
		return words_negative(a, n) ? -1 : 1;
	for (int i = n - 1; i >= 0; i--)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return 0;
}
