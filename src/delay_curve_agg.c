/*
 * delay_curve_agg.c
 *		The aggregate ar.delay_curve_agg: one pass, bounded state in place.
 */
#include "postgres.h"

#include <math.h>

#include "compat.h"
#include "delay_curve.h"

static void
check_aggregate(FunctionCallInfo fcinfo)
{
	if (!AggCheckCallContext(fcinfo, NULL))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("a delay curve's transition functions can be called by the aggregate only"),
				 errhint("Use ar.delay_curve_agg.")));
}

/*
 * A null delay or weight is no observation.  The state may be changed in place
 * because nodeAgg hands it to nobody else; one that had to grow is returned in
 * the caller's context, from where nodeAgg copies it.
 */
static Datum
accumulate(FunctionCallInfo fcinfo, int weight_arg, int censored_arg)
{
	DelayCurve *state = PG_ARGISNULL(0) ? NULL : (DelayCurve *) PG_GETARG_POINTER(0);
	double		weight = 1;

	if (PG_ARGISNULL(1) || (weight_arg > 0 && PG_ARGISNULL(weight_arg)))
	{
		if (state == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}
	if (PG_ARGISNULL(censored_arg))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("a delay must be known to be that of a payment or not"),
				 errhint("is_censored is false for what was paid, true for what is unpaid so far.")));
	if (weight_arg > 0)
		weight = PG_GETARG_FLOAT8(weight_arg);
	if (!(weight >= 0) || isinf(weight))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the weight of a delay must be a number of at least 0")));
	if (weight > 0)
	{
		bool		censored = PG_GETARG_BOOL(censored_arg);

		if (state == NULL)
			state = curve_create(8);
		state = curve_add(state, PG_GETARG_INT32(1), censored ? 0 : weight,
						  censored ? weight : 0);
	}
	if (state == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(state);
}

PG_FUNCTION_INFO_V1(ar_delay_curve_accum);
Datum
ar_delay_curve_accum(PG_FUNCTION_ARGS)
{
	check_aggregate(fcinfo);
	return accumulate(fcinfo, 0, 2);
}

PG_FUNCTION_INFO_V1(ar_delay_curve_accum_weight);
Datum
ar_delay_curve_accum_weight(PG_FUNCTION_ARGS)
{
	check_aggregate(fcinfo);
	return accumulate(fcinfo, 2, 3);
}

/* Adds one state or stored value to another; strict. */
PG_FUNCTION_INFO_V1(ar_delay_curve_combine);
Datum
ar_delay_curve_combine(PG_FUNCTION_ARGS)
{
	check_aggregate(fcinfo);
	PG_RETURN_POINTER(curve_merge(PG_GETARG_CURVE_P(0), PG_GETARG_CURVE_P(1)));
}

/* A copy: a window's state goes on growing after it. */
PG_FUNCTION_INFO_V1(ar_delay_curve_final);
Datum
ar_delay_curve_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(curve_compact(PG_GETARG_CURVE_P(0)));
}
