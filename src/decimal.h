/*
 * decimal.h
 *		Reads and writes the digits of a numeric in place.
 *
 * The layout is that of numeric.c, which does not export it: after the
 * varlena header a 16-bit header, in the long form followed by a 16-bit
 * weight, then digits in base 10000, the first of weight 10000^weight.
 */
#ifndef AR_DECIMAL_H
#define AR_DECIMAL_H

#include "postgres.h"

#include "compat.h"
#include "utils/numeric.h"

#define DECIMAL_BASE			10000	/* one group of digits */
#define DECIMAL_GROUP			4		/* decimal digits in a group */
#define DECIMAL_MAX_SCALE		0x3FFF	/* the largest display scale there is */

typedef struct Decimal
{
	bool		negative;
	int			weight;			/* power of 10000 of the first group */
	int			ngroups;		/* groups; zero has none */
	int			scale;			/* decimals shown */
	const char *groups;			/* int16 each, not aligned */
} Decimal;

static inline int
decimal_group(const Decimal *decimal, int i)
{
	int16		group;

	memcpy(&group, decimal->groups + i * sizeof(int16), sizeof(int16));
	return group;
}

/* Groups behind the decimal point. */
static inline int
decimal_fraction(const Decimal *decimal)
{
	return Max(decimal->ngroups - 1 - decimal->weight, 0);
}

/*
 * Points decimal at the digits of a numeric, whose varlena header may be of
 * either size.  False for NaN and the infinities.
 */
static inline bool
decimal_read(const struct varlena *value, Decimal *decimal)
{
	const char *data = VARDATA_ANY(value);
	int			size = VARSIZE_ANY_EXHDR(value);
	uint16		header;

	memcpy(&header, data, sizeof(header));
	if (likely((header & 0xC000) == 0x8000))
	{
		decimal->negative = (header & 0x2000) != 0;
		decimal->scale = (header & 0x1F80) >> 7;
		decimal->weight = (header & 0x0040) ? (int) (header & 0x003F) - 0x40 :
			(header & 0x003F);
		data += sizeof(uint16);
		size -= sizeof(uint16);
	}
	else if ((header & 0xC000) == 0xC000)
		return false;
	else
	{
		int16		weight;

		memcpy(&weight, data + sizeof(uint16), sizeof(weight));
		decimal->negative = (header & 0xC000) == 0x4000;
		decimal->scale = header & DECIMAL_MAX_SCALE;
		decimal->weight = weight;
		data += 2 * sizeof(uint16);
		size -= 2 * sizeof(uint16);
	}
	decimal->groups = data;
	decimal->ngroups = size / sizeof(int16);
	return true;
}

extern bool decimal_to_words(const Decimal *decimal, int fraction,
							 uint64 *words, int n);
extern Numeric words_to_numeric(const uint64 *words, int n, int fraction,
								int scale);

#endif							/* AR_DECIMAL_H */
