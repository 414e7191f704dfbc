/*
 * aging.h
 *		An ageing result as a value: type ar.aging.
 *
 * The value is at the same time the state of the aggregate, changed in place,
 * so it is flat and small.  Behind the bounds, on the next 8-byte boundary,
 * stands an array of 64-bit words:
 *
 *		debit			nwords words	sum of the positive overdue amounts
 *		day_amount		nwords words	sum of those, each times its days
 *		per bucket		1 + nwords words
 *			tally		items << 16 | the most decimals an amount showed
 *			amount		sum of the amounts
 *
 * All sums count units of 10000^-fraction.  nwords is 1 until a sum no longer
 * fits, so an ordinary five-bucket state takes 120 bytes.
 */
#ifndef AR_AGING_H
#define AR_AGING_H

#include "postgres.h"

#include "fmgr.h"
#include "nodes/nodes.h"
#include "sums.h"
#include "words.h"

#define AGING_MAX_BOUNDS	32
#define AGING_MAX_WORDS		WORDS_MAX
#define AGING_MAX_FRACTION	SUM_MAX_FRACTION
#define AGING_MAX_ITEMS		((UINT64CONST(1) << 48) - 1)

typedef struct Aging
{
	int32		vl_len_;		/* varlena header (do not touch directly!) */
	uint8		nbounds;		/* one less than there are buckets */
	uint8		nwords;			/* words in each sum */
	uint16		fraction;		/* groups of four decimals in the unit */
	int32		bounds[FLEXIBLE_ARRAY_MEMBER];	/* last day of each bucket but
												 * the last */
} Aging;

#define AGING_WORDS_OFFSET(nbounds) \
	TYPEALIGN(sizeof(uint64), offsetof(Aging, bounds) + (nbounds) * sizeof(int32))
#define AGING_SIZE(nbounds, nwords) \
	(AGING_WORDS_OFFSET(nbounds) + \
	 (2 * (nwords) + ((nbounds) + 1) * (1 + (nwords))) * sizeof(uint64))

static inline uint64 *
aging_debit(const Aging *aging)
{
	return (uint64 *) ((char *) aging + AGING_WORDS_OFFSET(aging->nbounds));
}

static inline uint64 *
aging_day_amount(const Aging *aging)
{
	return aging_debit(aging) + aging->nwords;
}

static inline uint64 *
aging_bucket(const Aging *aging, int bucket)
{
	return aging_debit(aging) + 2 * aging->nwords + bucket * (1 + aging->nwords);
}

#define TALLY_ITEMS(tally)	((tally) >> 16)
#define TALLY_SCALE(tally)	((int) ((tally) & 0xFFFF))
#define TALLY(items, scale) (((uint64) (items) << 16) | (scale))

#define DatumGetAgingP(datum)	((Aging *) PG_DETOAST_DATUM(datum))
#define PG_GETARG_AGING_P(n)	DatumGetAgingP(PG_GETARG_DATUM(n))

extern Aging *aging_create(int nbounds, const int32 *bounds);
extern Aging *aging_resize(const Aging *aging, int nwords, int fraction);
extern Aging *aging_refine(const Aging *aging, int fraction);
extern Aging *aging_normalize(const Aging *aging);
extern Aging *aging_merge(Aging *target, const Aging *other);
extern int	aging_sum(uint64 *sum, const uint64 *dst, int ndst,
					  const uint64 *src, int nsrc);
extern void aging_overflow(void);
extern bool aging_check(const Aging *aging, Node *escontext);
extern void aging_check_bounds(int nbounds, const int32 *bounds);
extern int	aging_scale(const Aging *aging);

#endif							/* AR_AGING_H */
