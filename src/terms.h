/*
 * terms.h
 *		A payment term as C sees it.
 */
#ifndef AR_TERMS_H
#define AR_TERMS_H

#include "postgres.h"

#include "utils/jsonb.h"
#include "utils/numeric.h"

/* In the order of the words that stand for them in a term. */
typedef enum EndOfMonth
{
	EOM_NONE,
	EOM_THEN_DAYS,				/* end of the month, and days after it */
	DAYS_THEN_EOM				/* end of the month the days lead to */
} EndOfMonth;

typedef enum BusinessDay
{
	BUSINESS_DAY_NONE,
	BUSINESS_DAY_FOLLOWING,
	BUSINESS_DAY_MODIFIED_FOLLOWING,
	BUSINESS_DAY_PRECEDING
} BusinessDay;

/* From the base date to another. */
typedef struct DateOffset
{
	int32		months;
	int32		days;
	EndOfMonth	end_of_month;
	int32		day_of_month;	/* of the following month; 0 for none */
} DateOffset;

typedef struct Discount
{
	DateOffset	offset;			/* to the last day */
	Numeric		percent;
	int32		grace_days;
} Discount;

typedef enum Share
{
	SHARE_PERCENT,				/* of the total */
	SHARE_PERCENT_OF_REMAINDER, /* of what the lines before leave */
	SHARE_AMOUNT,
	SHARE_RESIDUAL				/* whatever the lines before leave */
} Share;

typedef struct Instalment
{
	DateOffset	offset;
	Share		share;
	Numeric		value;			/* percent or amount; NULL for the residual */
} Instalment;

/* Numerics point into the jsonb that was parsed. */
typedef struct Term
{
	DateOffset	offset;			/* to the due date, without instalments */
	int32		cut_off_day;	/* 0 for none */
	BusinessDay business_day;
	bool		discount_on_net;
	bool		prepayment;
	Numeric		deposit_percent;	/* NULL for none */
	int			ndiscounts;
	Discount   *discounts;
	int			ninstalments;	/* 0: all is due at once */
	Instalment *instalments;
} Term;

extern void parse_term(Jsonb *source, Term *term);

#endif							/* AR_TERMS_H */
