/*
 * amounts.h
 *		Amounts of any decimals as integers in one unit.
 */
#ifndef AR_AMOUNTS_H
#define AR_AMOUNTS_H

#include "postgres.h"

#include "decimal.h"
#include "utils/array.h"

typedef struct Amounts
{
	int			n;
	Decimal    *decimals;
	int			scale;			/* decimals needed for all */
} Amounts;

extern void list_must_be_flat(ArrayType *array, const char *name);
extern void list_must_have_no_nulls(ArrayType *array, const char *name);
extern Amounts read_amount(Datum value, const char *name);
extern Amounts read_amounts(ArrayType *array, const char *name);
extern int64 *amounts_in_units(const Amounts *amounts, int scale);
extern void amounts_out_of_range(void);

#endif							/* AR_AMOUNTS_H */
