/*
 * delay_curve_funcs.c
 *		What can be asked of an ar.delay_curve: what is left unpaid, when a
 *		share is paid, how probable a payment is.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "compat.h"
#include "delay_curve.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/*
 * The last curve and pool a call site was asked about, and what follows from
 * them: the items of a customer come one after the other.
 */
typedef struct Kept
{
	MemoryContext context;
	DelayCurve *curve;
	DelayCurve *pool;
	double		k;
	Survival   *survival;		/* of both */
	Survival   *pool_survival;	/* null until asked for */
} Kept;

static bool
same_curve(const DelayCurve *a, const DelayCurve *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return VARSIZE(a) == VARSIZE(b) && memcmp(a, b, VARSIZE(a)) == 0;
}

static DelayCurve *
keep_curve(const DelayCurve *curve)
{
	DelayCurve *copy;

	if (curve == NULL)
		return NULL;
	copy = palloc(VARSIZE(curve));
	memcpy(copy, curve, VARSIZE(curve));
	return copy;
}

/* What follows from arguments curve, pool and k; null without either curve. */
static Kept *
get_kept(FunctionCallInfo fcinfo, int pool_arg)
{
	Kept	   *kept = fcinfo->flinfo->fn_extra;
	DelayCurve *curve = PG_ARGISNULL(0) ? NULL : PG_GETARG_CURVE_P(0);
	DelayCurve *pool = PG_ARGISNULL(pool_arg) ? NULL : PG_GETARG_CURVE_P(pool_arg);
	double		k = PG_ARGISNULL(pool_arg + 1) ? 10 : PG_GETARG_FLOAT8(pool_arg + 1);
	MemoryContext caller;

	if (curve == NULL && pool == NULL)
		return NULL;
	if (!(k >= 0) || isinf(k))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the weight of the pool must be a number of at least 0")));
	if (kept != NULL && kept->k == k && same_curve(kept->curve, curve) &&
		same_curve(kept->pool, pool))
		return kept;

	if (kept == NULL)
	{
		kept = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(Kept));
		kept->context = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt,
											  "delay curves", ALLOCSET_SMALL_SIZES);
		fcinfo->flinfo->fn_extra = kept;
	}
	/* Nothing is taken for kept where what follows fails. */
	kept->k = -1;
	kept->pool_survival = NULL;
	MemoryContextReset(kept->context);
	caller = MemoryContextSwitchTo(kept->context);
	kept->curve = keep_curve(curve);
	kept->pool = keep_curve(pool);
	kept->survival = survival_make(kept->curve, kept->pool, k);
	MemoryContextSwitchTo(caller);
	kept->k = k;
	return kept;
}

/*
 * The survival to judge an item by that is unpaid at a day: that of the curve,
 * else, where nothing was ever unpaid so long, that of the pool, else null.
 */
static const Survival *
survival_from(Kept *kept, int64 day)
{
	if (survival_at(kept->survival, day) > 0)
		return kept->survival;
	if (kept->pool == NULL)
		return NULL;
	if (kept->pool_survival == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(kept->context);

		kept->pool_survival = survival_make(NULL, kept->pool, 0);
		MemoryContextSwitchTo(caller);
	}
	return survival_at(kept->pool_survival, day) > 0 ? kept->pool_survival : NULL;
}

PG_FUNCTION_INFO_V1(ar_survival);
Datum
ar_survival(PG_FUNCTION_ARGS)
{
	Kept	   *kept = get_kept(fcinfo, 2);

	if (kept == NULL || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(survival_at(kept->survival, PG_GETARG_INT32(1)));
}

PG_FUNCTION_INFO_V1(ar_payment_probability);
Datum
ar_payment_probability(PG_FUNCTION_ARGS)
{
	Kept	   *kept = get_kept(fcinfo, 3);
	const Survival *survival;
	int32		from_day;
	int32		to_day;

	if (kept == NULL || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_NULL();
	from_day = PG_GETARG_INT32(1);
	to_day = PG_GETARG_INT32(2);
	if (to_day < from_day)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("to_day must not be before from_day"),
				 errdetail("from_day is %d, to_day %d.", from_day, to_day)));
	survival = survival_from(kept, from_day);
	if (survival == NULL)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(1 - survival_at(survival, to_day) / survival_at(survival, from_day));
}

/* The same within so many days of from_day, for several at once. */
PG_FUNCTION_INFO_V1(ar_payment_probabilities);
Datum
ar_payment_probabilities(PG_FUNCTION_ARGS)
{
	Kept	   *kept = get_kept(fcinfo, 3);
	const Survival *survival;
	int32		from_day;
	ArrayType  *days;
	int			ndays;
	const int32 *day;
	double		start;
	Datum	   *result;

	if (kept == NULL || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_NULL();
	from_day = PG_GETARG_INT32(1);
	days = PG_GETARG_ARRAYTYPE_P(2);
	if (ARR_NDIM(days) > 1 || array_contains_nulls(days))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("days must be a one-dimensional array without nulls")));
	ndays = ARR_NDIM(days) == 0 ? 0 : ARR_DIMS(days)[0];
	day = (const int32 *) ARR_DATA_PTR(days);
	survival = survival_from(kept, from_day);
	if (survival == NULL)
		PG_RETURN_NULL();
	start = survival_at(survival, from_day);
	result = palloc(Max(ndays, 1) * sizeof(Datum));
	for (int i = 0; i < ndays; i++)
		result[i] = Float8GetDatum(day[i] <= 0 ? 0 :
								   1 - survival_at(survival, (int64) from_day + day[i]) / start);
	PG_RETURN_ARRAYTYPE_P(construct_array(result, ndays, FLOAT8OID, sizeof(float8),
										  FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

PG_FUNCTION_INFO_V1(ar_delay_quantile);
Datum
ar_delay_quantile(PG_FUNCTION_ARGS)
{
	Kept	   *kept = get_kept(fcinfo, 2);
	const Survival *survival;
	/* From before the first day, as for what was just invoiced. */
	int64		from_day = PG_ARGISNULL(4) ? CURVE_FIRST_DAY - 1 : PG_GETARG_INT32(4);
	double		q;
	int32		day;

	if (kept == NULL || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	q = PG_GETARG_FLOAT8(1);
	if (!(q > 0 && q <= 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a quantile must be more than 0 and at most 1")));
	survival = survival_from(kept, from_day);
	if (survival == NULL || !survival_quantile(survival, from_day, q, &day))
		PG_RETURN_NULL();
	PG_RETURN_INT32(day);
}

/* The curve as rows: the observations of each day and what follows from them. */
PG_FUNCTION_INFO_V1(ar_delay_curve_points);
Datum
ar_delay_curve_points(PG_FUNCTION_ARGS)
{
	DelayCurve *curve = PG_GETARG_CURVE_P(0);
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	double	   *at_risk = curve_at_risk(curve);
	Survival   *survival = survival_make(curve, NULL, 0);

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < curve->npoints; i++)
	{
		const CurvePoint *point = &curve->points[i];
		Datum		values[5];
		bool		nulls[5] = {false};

		values[0] = Int32GetDatum(point->day);
		values[1] = Float8GetDatum(at_risk[i]);
		values[2] = Float8GetDatum(point->paid);
		values[3] = Float8GetDatum(point->censored);
		values[4] = Float8GetDatum(survival_at(survival, point->day));
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}
