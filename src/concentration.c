/*
 * concentration.c
 *		How much of a total lies with few: the Herfindahl-Hirschman index.
 *
 * The state is an array of two floats, sum and sum of squares, as core's own
 * float aggregates keep theirs: flat, and added up in any order. All terms are
 * positive, so nothing cancels and doubles hold what is rounded to six digits.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "compat.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/numeric.h"

#define HHI_WHOLE		10000.0		/* of one who has all */

enum
{
	SUM,
	SQUARES,
	NSUMS
};

static float8 *
get_sums(ArrayType *array)
{
	if (ARR_NDIM(array) != 1 || ARR_DIMS(array)[0] != NSUMS ||
		ARR_HASNULL(array) || ARR_ELEMTYPE(array) != FLOAT8OID)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("state of ar.hhi must be an array of %d floats", NSUMS)));
	return (float8 *) ARR_DATA_PTR(array);
}

static ArrayType *
make_sums(FunctionCallInfo fcinfo, ArrayType *state, float8 sum, float8 squares)
{
	Datum		values[NSUMS];

	if (isinf(sum) || isinf(squares))
		float_overflow_error();
	/* Within an aggregate the state is ours to change. */
	if (AggCheckCallContext(fcinfo, NULL))
	{
		float8	   *sums = (float8 *) ARR_DATA_PTR(state);

		sums[SUM] = sum;
		sums[SQUARES] = squares;
		return state;
	}
	values[SUM] = Float8GetDatum(sum);
	values[SQUARES] = Float8GetDatum(squares);
	return construct_array(values, NSUMS, FLOAT8OID, sizeof(float8),
						   FLOAT8PASSBYVAL, TYPALIGN_DOUBLE);
}

PG_FUNCTION_INFO_V1(ar_hhi_accum);
Datum
ar_hhi_accum(PG_FUNCTION_ARGS)
{
	ArrayType  *state = PG_GETARG_ARRAYTYPE_P(0);
	float8	   *sums = get_sums(state);
	Numeric		amount = PG_GETARG_NUMERIC(1);
	float8		value;

	if (numeric_is_nan(amount) || numeric_is_inf(amount))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("amount must not be NaN or infinite")));
	value = DatumGetFloat8(DirectFunctionCall1(numeric_float8,
											   NumericGetDatum(amount)));
	/* Whoever owes nothing has no share of what is owed. */
	if (value <= 0)
		PG_RETURN_ARRAYTYPE_P(state);
	PG_RETURN_ARRAYTYPE_P(make_sums(fcinfo, state, sums[SUM] + value,
									sums[SQUARES] + value * value));
}

PG_FUNCTION_INFO_V1(ar_hhi_combine);
Datum
ar_hhi_combine(PG_FUNCTION_ARGS)
{
	ArrayType  *state = PG_GETARG_ARRAYTYPE_P(0);
	float8	   *a = get_sums(state);
	float8	   *b = get_sums(PG_GETARG_ARRAYTYPE_P(1));

	PG_RETURN_ARRAYTYPE_P(make_sums(fcinfo, state, a[SUM] + b[SUM],
									a[SQUARES] + b[SQUARES]));
}

PG_FUNCTION_INFO_V1(ar_hhi_final);
Datum
ar_hhi_final(PG_FUNCTION_ARGS)
{
	float8	   *sums = get_sums(PG_GETARG_ARRAYTYPE_P(0));

	if (!(sums[SUM] > 0))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(HHI_WHOLE * sums[SQUARES] / sums[SUM] / sums[SUM]);
}
