/*
 * apply_many.h
 *		Applies many credits to many debits at once.
 */
#ifndef AR_APPLY_MANY_H
#define AR_APPLY_MANY_H

#include "postgres.h"

#include "settled_items.h"
#include "utils/array.h"

/*
 * Company, credit items, debit items, amounts, days, reasons, idempotency
 * keys, proposals, moment of entry.
 */
#define MANY_ARGS			9
#define APPLIED_DAYS		4
#define APPLIED_REASONS		5
#define APPLIED_PROPOSALS	7
#define ENTERED_AT			8

extern ArrayType *apply_pairs(Datum *values, char *nulls, Pairs *pairs, SettledItem *items, int nitems,
							  bool of_matches, MemoryContext caller);

#endif							/* AR_APPLY_MANY_H */
