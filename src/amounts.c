/*
 * amounts.c
 *		Amounts of any decimals as integers in one unit.
 *
 * Several lists go into one unit by the largest of their scales.
 */
#include "postgres.h"

#include "amounts.h"
#include "catalog/pg_type.h"
#include "common/int.h"
#include "compat.h"

void
amounts_out_of_range(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("amounts are too large"),
			 errdetail("They are added up as integers, in units of the last decimal that any of them has."),
			 errhint("Round the amounts to the minor unit of their currency.")));
}

void
list_must_be_flat(ArrayType *array, const char *name)
{
	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("%s must be a list", name),
				 errdetail("It has %d dimensions.", ARR_NDIM(array))));
}

void
list_must_have_no_nulls(ArrayType *array, const char *name)
{
	list_must_be_flat(array, name);
	if (array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not have nulls", name),
				 errhint("Leave out what has no value.")));
}

static int
read_decimal(Datum value, const char *name, Decimal *decimal)
{
	int			needed;

	if (!decimal_read((struct varlena *) PG_DETOAST_DATUM_PACKED(value), decimal))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must not be NaN or infinite", name),
				 errhint("Give finite amounts.")));

	/* The decimals behind the last that is not zero say nothing. */
	needed = decimal_fraction(decimal) * DECIMAL_GROUP;
	if (needed > 0)
		for (int last = decimal_group(decimal, decimal->ngroups - 1); last % 10 == 0; last /= 10)
			needed--;
	return needed;
}

Amounts
read_amount(Datum value, const char *name)
{
	Amounts		amounts;

	amounts.n = 1;
	amounts.decimals = palloc(sizeof(Decimal));
	amounts.scale = read_decimal(value, name, amounts.decimals);
	return amounts;
}

Amounts
read_amounts(ArrayType *array, const char *name)
{
	Amounts		amounts;
	Datum	   *values;

	list_must_have_no_nulls(array, name);
	deconstruct_array(array, NUMERICOID, -1, false, TYPALIGN_INT, &values, NULL, &amounts.n);
	amounts.decimals = palloc(sizeof(Decimal) * Max(amounts.n, 1));
	amounts.scale = 0;
	for (int i = 0; i < amounts.n; i++)
		amounts.scale = Max(amounts.scale,
							read_decimal(values[i], name, &amounts.decimals[i]));
	pfree(values);
	return amounts;
}

/* In units of 10^-scale, which is at least the decimals needed. */
static int64
decimal_units(const Decimal *decimal, int scale)
{
	int64		units = 0;
	int			exponent = decimal->weight * DECIMAL_GROUP + scale;

	if (decimal->ngroups == 0)
		return 0;
	for (int i = 0; exponent > -DECIMAL_GROUP; i++, exponent -= DECIMAL_GROUP)
	{
		int			group = i < decimal->ngroups ? decimal_group(decimal, i) : 0;
		int			factor = DECIMAL_BASE;

		for (int cut = exponent; cut < 0; cut++)
		{
			group /= 10;
			factor /= 10;
		}
		if (pg_mul_s64_overflow(units, factor, &units) ||
			pg_add_s64_overflow(units, group, &units))
			amounts_out_of_range();
	}
	return decimal->negative ? -units : units;
}

int64 *
amounts_in_units(const Amounts *amounts, int scale)
{
	int64	   *units = palloc(sizeof(int64) * Max(amounts->n, 1));

	Assert(scale >= amounts->scale);
	for (int i = 0; i < amounts->n; i++)
		units[i] = decimal_units(&amounts->decimals[i], scale);
	return units;
}
