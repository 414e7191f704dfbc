/*
 * payment_behavior.h
 *		How somebody pays, as a value: type ar.payment_behavior.
 *
 * The value is at the same time the state of the aggregate, changed in place.
 * All means are kept as their sums, so that values add up exactly.  Sums of
 * amounts count units of 10000^-fraction, sums of days count days; nwords is
 * 1 until a sum no longer fits, so an ordinary state takes 128 bytes.
 */
#ifndef AR_PAYMENT_BEHAVIOR_H
#define AR_PAYMENT_BEHAVIOR_H

#include "postgres.h"

#include "fmgr.h"
#include "nodes/nodes.h"
#include "sums.h"

/* Each sum is over the receipts. */
typedef enum BehaviorSum
{
	/* of amounts */
	SUM_AMOUNT,					/* the amount */
	SUM_LATE_AMOUNT,			/* of those paid late */
	SUM_TERM_DAYS,				/* amount x days from invoice to due date */
	SUM_LATE_DAYS,				/* amount x days late, early negative */
	SUM_OVERDUE_DAYS,			/* amount x days late, early 0 */
	SUM_POINTS,					/* amount x score, in parts of it */
	/* of days */
	SUM_SIMPLE_PAY,				/* days from invoice to payment */
	SUM_SIMPLE_LATE,			/* days late, early negative */
	SUM_SIMPLE_PAID,			/* date paid */
	SUM_SIMPLE_PAID_SQUARED,	/* its square */
	SUM_SIMPLE_PAID_LATE,		/* date paid x days late */
	NSUMS
} BehaviorSum;

#define FIRST_SIMPLE_SUM	SUM_SIMPLE_PAY
#define BEHAVIOR_MAX_RECEIPTS	PG_INT64_MAX

/* The anchors of the score are so many whole parts apart at every day. */
#define SCORE_PARTS		84
#define SCORE_MIN		1
#define SCORE_MAX		100

typedef struct PaymentBehavior
{
	int32		vl_len_;		/* varlena header (do not touch directly!) */
	uint8		nwords;			/* words in each sum */
	uint8		unused;			/* 0 */
	uint16		fraction;		/* groups of four decimals in the unit */
	uint16		scale;			/* the most decimals an amount showed */
	uint16		unused2;		/* 0 */
	uint32		unused3;		/* 0 */
	int64		receipts;
	int64		late;			/* receipts paid late */
	int64		best;			/* fewest days late, negative for early */
	int64		worst;			/* most days late */
	uint64		sums[FLEXIBLE_ARRAY_MEMBER];
} PaymentBehavior;

#define BEHAVIOR_SIZE(nwords) \
	(offsetof(PaymentBehavior, sums) + NSUMS * (nwords) * sizeof(uint64))

static inline uint64 *
behavior_sum(const PaymentBehavior *behavior, int sum)
{
	return (uint64 *) behavior->sums + sum * behavior->nwords;
}

#define DatumGetBehaviorP(datum)	((PaymentBehavior *) PG_DETOAST_DATUM(datum))
#define PG_GETARG_BEHAVIOR_P(n)		DatumGetBehaviorP(PG_GETARG_DATUM(n))

extern PaymentBehavior *behavior_create(int nwords, int fraction);
extern PaymentBehavior *behavior_resize(const PaymentBehavior *behavior,
										int nwords, int fraction);
extern PaymentBehavior *behavior_normalize(const PaymentBehavior *behavior);
extern PaymentBehavior *behavior_merge(PaymentBehavior *target,
									   const PaymentBehavior *other);
extern Numeric behavior_numeric(const PaymentBehavior *behavior, int sum);
extern bool behavior_check(const PaymentBehavior *behavior, Node *escontext);
extern int	behavior_compare(const PaymentBehavior *a, const PaymentBehavior *b);
extern void behavior_overflow(void);
extern int	payment_score_parts(int64 days_late);

#endif							/* AR_PAYMENT_BEHAVIOR_H */
