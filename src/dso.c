/*
 * dso.c
 *		Days sales outstanding and its kin, on plain numbers and arrays.
 *
 * Results are not rounded: whoever shows them rounds.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "compat.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

static Numeric
zero(void)
{
	return int64_to_numeric(0);
}

static int
compare(Numeric a, Numeric b)
{
	return DatumGetInt32(DirectFunctionCall2(numeric_cmp, NumericGetDatum(a),
											 NumericGetDatum(b)));
}

static Numeric
calculate(PGFunction operation, Numeric a, Numeric b)
{
	return DatumGetNumeric(DirectFunctionCall2(operation, NumericGetDatum(a),
											   NumericGetDatum(b)));
}

static void
check_money(Numeric value, const char *name)
{
	if (numeric_is_nan(value) || numeric_is_inf(value))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("%s must not be NaN or infinite", name)));
}

static void
check_days(int32 days)
{
	if (days < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a period must have at least one day, not %d", days)));
}

/*
 * amount / credit sales of a period x days of the period; null without sales.
 * Each ratio of the family has its own name in SQL and its own amount.
 */
PG_FUNCTION_INFO_V1(ar_days_of_sales);
Datum
ar_days_of_sales(PG_FUNCTION_ARGS)
{
	Numeric		amount = PG_GETARG_NUMERIC(0);
	Numeric		sales = PG_GETARG_NUMERIC(1);
	int32		days = PG_GETARG_INT32(2);

	check_money(amount, "receivables");
	check_money(sales, "credit sales");
	check_days(days);
	if (compare(sales, zero()) <= 0)
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(calculate(numeric_div,
								calculate(numeric_mul, amount,
										  int64_to_numeric(days)),
								sales));
}

/*
 * Countback: how many days of sales, going back, the receivables exhaust.
 * A period whose sales are zero passes with its days, one with negative sales
 * adds to what remains.
 */
PG_FUNCTION_INFO_V1(ar_dso_countback);
Datum
ar_dso_countback(PG_FUNCTION_ARGS)
{
	Numeric		rest = PG_GETARG_NUMERIC(0);
	ArrayType  *sales_array = PG_GETARG_ARRAYTYPE_P(1);
	ArrayType  *days_array = PG_GETARG_ARRAYTYPE_P(2);
	Numeric		result = zero();
	Datum	   *sales;
	Datum	   *days;
	bool	   *sales_nulls;
	bool	   *days_nulls;
	int			nsales;
	int			ndays;
	bool		exhausted;
	TupleDesc	tupdesc;
	Datum		values[2];
	bool		nulls[2] = {false, false};

	deconstruct_array(sales_array, NUMERICOID, -1, false, TYPALIGN_INT,
					  &sales, &sales_nulls, &nsales);
	deconstruct_array(days_array, INT4OID, sizeof(int32), true, TYPALIGN_INT,
					  &days, &days_nulls, &ndays);
	if (nsales != ndays || ARR_NDIM(sales_array) > 1 || ARR_NDIM(days_array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("sales and days must be lists of the same periods"),
				 errdetail("There are %d sales and %d numbers of days.",
						   nsales, ndays)));
	check_money(rest, "receivables");
	for (int i = 0; i < nsales; i++)
	{
		if (sales_nulls[i] || days_nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("sales and days of a period must not be null")));
		check_money(DatumGetNumeric(sales[i]), "credit sales");
		check_days(DatumGetInt32(days[i]));
	}

	exhausted = compare(rest, zero()) <= 0;
	for (int i = 0; i < nsales && !exhausted; i++)
	{
		Numeric		period_sales = DatumGetNumeric(sales[i]);
		Numeric		period_days = int64_to_numeric(DatumGetInt32(days[i]));

		if (compare(rest, period_sales) < 0)
		{
			period_days = calculate(numeric_div,
									calculate(numeric_mul, rest, period_days),
									period_sales);
			exhausted = true;
		}
		rest = calculate(numeric_sub, rest, period_sales);
		result = calculate(numeric_add, result, period_days);
		exhausted = exhausted || compare(rest, zero()) == 0;
	}

	if (get_call_result_type(fcinfo, NULL, &tupdesc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	values[0] = NumericGetDatum(result);
	values[1] = BoolGetDatum(!exhausted);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(tupdesc),
													  values, nulls)));
}
