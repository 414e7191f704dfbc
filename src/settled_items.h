/*
 * settled_items.h
 *		The items that many applications settle.
 */
#ifndef AR_SETTLED_ITEMS_H
#define AR_SETTLED_ITEMS_H

#include "postgres.h"

#include "utils/array.h"
#include "utils/date.h"
#include "utils/numeric.h"

typedef struct SettledItem
{
	int64		item_id;
	Datum		place;			/* of the row, where it was read under lock */
	int64		customer_id;
	Datum		currency;
	bool		is_debit;
	bool		reopened;
	DateADT		effective_on;
	DateADT		last_applied_on;
	Numeric		open_amount;
	bool		is_one_amount;	/* open the same in the currency of the company */
	Numeric		settled;		/* what all applications take of it; NULL for none */
	DateADT		settled_on;
} SettledItem;

/* Elements of the arrays of applications. */
typedef struct Pairs
{
	int			n;
	Datum	   *credits;
	Datum	   *debits;
	Datum	   *amounts;
	Datum	   *days;
	bool	   *credit_nulls;
	bool	   *debit_nulls;
	bool	   *amount_nulls;
	bool	   *day_nulls;		/* NULL where there is no array */
} Pairs;

extern void read_pairs(Datum *values, const char *nulls, Pairs *pairs);
extern ArrayType *items_of_pairs(const Pairs *pairs);
extern ArrayType *distinct_keys(Datum *keys, int n);
extern SettledItem *read_settled_items(Datum company_id, ArrayType *keys, bool locked, int *n);
extern SettledItem *find_settled_item(SettledItem *items, int n, int64 item_id);
extern DateADT first_day_of_items(const SettledItem *debit, const SettledItem *credit, DateADT day);
extern bool settle_plainly(Pairs *pairs, SettledItem *items, int nitems);

#endif							/* AR_SETTLED_ITEMS_H */
