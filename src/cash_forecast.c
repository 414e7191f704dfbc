/*
 * cash_forecast.c
 *		The aggregate ar.cash_forecast_agg: what a set of items brings in each
 *		period, expected and by quantiles, from a fixed number of draws.
 *
 * Items are not paid independently: a customer pays several at once, and in
 * some weeks everybody pays late.  Each draw therefore has one normal variable
 * for all items, one for each customer and one for each item; an item is paid
 * in the first period whose probability the weighted sum of the three does not
 * exceed (the one-factor Gaussian copula, with two levels of factors).
 *
 * The variables are hashes of item, customer and draw, so that the same items
 * always give the same result, in whatever order and in however many parts
 * they come.  The state is an array of double precision: the number of periods
 * and of draws, the expected amounts of the periods, then those of each draw.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "compat.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"

#define FORECAST_MAX_PERIODS	1000
#define FORECAST_MAX_DRAWS		10000
#define FORECAST_MAX_SUMS		1000000

#define NORMAL_BITS		12
#define NORMAL_VALUES	(1 << NORMAL_BITS)

/* Values of a normal variable that are equally probable. */
static double normal_values[NORMAL_VALUES];
static bool normal_values_made = false;

/*
 * The inverse of the normal distribution function, by Peter Acklam's rational
 * approximation, whose relative error is less than 1.15e-9.
 */
static double
inverse_normal(double p)
{
	static const double a[] = {-3.969683028665376e+01, 2.209460984245205e+02,
		-2.759285104469687e+02, 1.383577518672690e+02,
	-3.066479806614716e+01, 2.506628277459239e+00};
	static const double b[] = {-5.447609879822406e+01, 1.615858368580409e+02,
	-1.556989798598866e+02, 6.680131188771972e+01, -1.328068155288572e+01};
	static const double c[] = {-7.784894002430293e-03, -3.223964580411365e-01,
		-2.400758277161838e+00, -2.549732539343734e+00,
	4.374664141464968e+00, 2.938163982698783e+00};
	static const double d[] = {7.784695709041462e-03, 3.224671290700398e-01,
	2.445134137142996e+00, 3.754408661907416e+00};
	double		q;
	double		r;

	if (p <= 0)
		return -INFINITY;
	if (p >= 1)
		return INFINITY;
	if (p > 0.97575)
		return -inverse_normal(1 - p);
	if (p < 0.02425)
	{
		q = sqrt(-2 * log(p));
		return (((((c[0] * q + c[1]) * q + c[2]) * q + c[3]) * q + c[4]) * q + c[5]) /
			((((d[0] * q + d[1]) * q + d[2]) * q + d[3]) * q + 1);
	}
	q = p - 0.5;
	r = q * q;
	return (((((a[0] * r + a[1]) * r + a[2]) * r + a[3]) * r + a[4]) * r + a[5]) * q /
		(((((b[0] * r + b[1]) * r + b[2]) * r + b[3]) * r + b[4]) * r + 1);
}

static void
make_normal_values(void)
{
	for (int i = 0; i < NORMAL_VALUES; i++)
		normal_values[i] = inverse_normal((i + 0.5) / NORMAL_VALUES);
	normal_values_made = true;
}

/* The finaliser of splitmix64: every bit of x changes half of the result's. */
static inline uint64
mix(uint64 x)
{
	x = (x ^ (x >> 30)) * UINT64CONST(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64CONST(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static inline double
draw_normal(uint64 seed, int draw)
{
	return normal_values[mix(seed + draw * UINT64CONST(0x9e3779b97f4a7c15)) >> (64 - NORMAL_BITS)];
}

/*
 * What the items of a customer have in common in each draw, kept by the call
 * site: they come one after the other, mostly.
 */
typedef struct Common
{
	int64		customer;
	int			draws;
	double		of_customer;	/* correlations */
	double		of_all;
	double		values[FLEXIBLE_ARRAY_MEMBER];
} Common;

static const double *
get_common(FunctionCallInfo fcinfo, int64 customer, int draws,
		   double of_customer, double of_all)
{
	Common	   *common = fcinfo->flinfo->fn_extra;
	uint64		seed = mix(2 * (uint64) customer);
	double		customer_weight = sqrt(of_customer);
	double		all_weight = sqrt(of_all);

	if (common != NULL && common->draws == draws &&
		common->customer == customer && common->of_customer == of_customer &&
		common->of_all == of_all)
		return common->values;
	if (common == NULL || common->draws != draws)
	{
		common = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt,
									offsetof(Common, values) + draws * sizeof(double));
		if (fcinfo->flinfo->fn_extra != NULL)
			pfree(fcinfo->flinfo->fn_extra);
		fcinfo->flinfo->fn_extra = common;
	}
	common->customer = customer;
	common->draws = draws;
	common->of_customer = of_customer;
	common->of_all = of_all;
	for (int draw = 0; draw < draws; draw++)
		common->values[draw] = customer_weight * draw_normal(seed, draw) +
			all_weight * draw_normal(0, draw);
	return common->values;
}

#define STATE_HEADER	2
#define STATE_LENGTH(periods, draws) \
	(STATE_HEADER + (periods) * (1 + (draws)))

static ArrayType *
create_state(int periods, int draws)
{
	int			length = STATE_LENGTH(periods, draws);
	Size		size = ARR_OVERHEAD_NONULLS(1) + length * sizeof(float8);
	ArrayType  *state = palloc0(size);
	double	   *values;

	SET_VARSIZE(state, size);
	state->ndim = 1;
	state->dataoffset = 0;
	state->elemtype = FLOAT8OID;
	ARR_DIMS(state)[0] = length;
	ARR_LBOUND(state)[0] = 1;
	values = (double *) ARR_DATA_PTR(state);
	values[0] = periods;
	values[1] = draws;
	return state;
}

/* The values of a state, which might have come from elsewhere. */
static double *
state_values(ArrayType *state, int *periods, int *draws)
{
	double	   *values = (double *) ARR_DATA_PTR(state);

	if (ARR_NDIM(state) == 1 && !ARR_HASNULL(state) &&
		ARR_ELEMTYPE(state) == FLOAT8OID && ARR_DIMS(state)[0] > STATE_HEADER &&
		values[0] >= 1 && values[0] <= FORECAST_MAX_PERIODS &&
		values[1] >= 1 && values[1] <= FORECAST_MAX_DRAWS &&
		ARR_DIMS(state)[0] == STATE_LENGTH((int) values[0], (int) values[1]))
	{
		*periods = (int) values[0];
		*draws = (int) values[1];
		return values;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("this is no state of a cash forecast")));
	return NULL;
}

static void
check_aggregate(FunctionCallInfo fcinfo)
{
	if (!AggCheckCallContext(fcinfo, NULL))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("a cash forecast's transition functions can be called by the aggregate only"),
				 errhint("Use ar.cash_forecast_agg.")));
}

static double
get_correlation(FunctionCallInfo fcinfo, int arg)
{
	double		value = PG_ARGISNULL(arg) ? -1 : PG_GETARG_FLOAT8(arg);

	if (!(value >= 0 && value <= 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a correlation must be from 0 to 1")));
	return value;
}

/* The probabilities, checked: cumulative, from 0 to 1, as many as periods. */
static const double *
get_probabilities(FunctionCallInfo fcinfo, int arg, int *periods)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(arg);
	const double *values = (const double *) ARR_DATA_PTR(array);

	if (ARR_NDIM(array) != 1 || array_contains_nulls(array) ||
		ARR_DIMS(array)[0] > FORECAST_MAX_PERIODS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("probabilities must be an array of 1 to %d numbers without nulls",
						FORECAST_MAX_PERIODS)));
	*periods = ARR_DIMS(array)[0];
	for (int i = 0; i < *periods; i++)
		if (!(values[i] >= (i == 0 ? 0 : values[i - 1]) && values[i] <= 1))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("probabilities must ascend from 0 to 1"),
					 errdetail("Number %d is %g.", i + 1, values[i])));
	return values;
}

/* state, customer, item, amount, probabilities, draws, two correlations */
PG_FUNCTION_INFO_V1(ar_cash_forecast_accum);
Datum
ar_cash_forecast_accum(PG_FUNCTION_ARGS)
{
	ArrayType  *state;
	int			periods;
	int			draws;
	int			given_periods;
	int			given_draws;
	const double *probabilities;
	double	   *values;
	double	   *expected;
	double	   *drawn;
	double		thresholds[FORECAST_MAX_PERIODS];
	double		amount;
	double		before = 0;
	double		of_customer;
	double		of_all;
	double		item_weight;
	double		last;
	uint64		item_seed;
	const double *common;

	check_aggregate(fcinfo);
	/* An item without customer, amount or probabilities adds nothing. */
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3) || PG_ARGISNULL(4))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	amount = PG_GETARG_FLOAT8(3);
	probabilities = get_probabilities(fcinfo, 4, &given_periods);
	given_draws = PG_ARGISNULL(5) ? 0 : PG_GETARG_INT32(5);
	of_customer = get_correlation(fcinfo, 6);
	of_all = get_correlation(fcinfo, 7);
	if (of_customer + of_all > 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the correlations must not come to more than 1")));
	if (given_draws < 1 || given_draws > FORECAST_MAX_DRAWS ||
		given_draws * given_periods > FORECAST_MAX_SUMS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a cash forecast needs 1 to %d draws, and with all periods at most %d",
						FORECAST_MAX_DRAWS, FORECAST_MAX_SUMS)));
	if (isnan(amount) || isinf(amount))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("cannot forecast an amount that is NaN or infinite")));
	if (!normal_values_made)
		make_normal_values();

	state = PG_ARGISNULL(0) ? create_state(given_periods, given_draws) :
		(ArrayType *) PG_GETARG_POINTER(0);
	values = state_values(state, &periods, &draws);
	if (periods != given_periods || draws != given_draws)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("periods and draws must be the same for every item of a group")));
	expected = values + STATE_HEADER;
	drawn = expected + periods;

	for (int i = 0; i < periods; i++)
	{
		expected[i] += amount * (probabilities[i] - before);
		before = probabilities[i];
		thresholds[i] = inverse_normal(probabilities[i]);
	}
	common = get_common(fcinfo, PG_GETARG_INT64(1), draws, of_customer, of_all);
	item_weight = sqrt(Max(1 - of_customer - of_all, 0));
	item_seed = mix(2 * (uint64) PG_GETARG_INT64(2) + 1);
	last = thresholds[periods - 1];
	for (int draw = 0; draw < draws; draw++)
	{
		double		late = common[draw] + item_weight * draw_normal(item_seed, draw);
		int			period = 0;

		if (late > last)
			continue;
		while (late > thresholds[period])
			period++;
		drawn[draw * periods + period] += amount;
	}
	PG_RETURN_ARRAYTYPE_P(state);
}

/* Adds one state to another; strict. */
PG_FUNCTION_INFO_V1(ar_cash_forecast_combine);
Datum
ar_cash_forecast_combine(PG_FUNCTION_ARGS)
{
	ArrayType  *state = PG_GETARG_ARRAYTYPE_P(0);
	ArrayType  *other = PG_GETARG_ARRAYTYPE_P(1);
	int			periods;
	int			draws;
	int			other_periods;
	int			other_draws;
	double	   *values;
	double	   *other_values;

	check_aggregate(fcinfo);
	values = state_values(state, &periods, &draws);
	other_values = state_values(other, &other_periods, &other_draws);
	if (periods != other_periods || draws != other_draws)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("periods and draws must be the same for every item of a group")));
	for (int i = STATE_HEADER; i < STATE_LENGTH(periods, draws); i++)
		values[i] += other_values[i];
	PG_RETURN_ARRAYTYPE_P(state);
}

static int
compare_doubles(const void *a, const void *b)
{
	double		x = *(const double *) a;
	double		y = *(const double *) b;

	return x < y ? -1 : x > y;
}

/* The least of the sorted values that the share q of all does not exceed. */
static double
quantile(const double *sorted, int n, int percent)
{
	return sorted[Max((n * percent + 99) / 100, 1) - 1];
}

/* For each period: expected, P10, P50, P90. */
PG_FUNCTION_INFO_V1(ar_cash_forecast_final);
Datum
ar_cash_forecast_final(PG_FUNCTION_ARGS)
{
	int			periods;
	int			draws;
	double	   *values = state_values(PG_GETARG_ARRAYTYPE_P(0), &periods, &draws);
	double	   *drawn = values + STATE_HEADER + periods;
	double	   *sums = palloc(draws * sizeof(double));
	Datum	   *result = palloc(4 * periods * sizeof(Datum));
	int			dims[2];
	int			lbounds[2] = {1, 1};

	for (int i = 0; i < periods; i++)
	{
		CHECK_FOR_INTERRUPTS();
		for (int draw = 0; draw < draws; draw++)
			sums[draw] = drawn[draw * periods + i];
		qsort(sums, draws, sizeof(double), compare_doubles);
		result[4 * i] = Float8GetDatum(values[STATE_HEADER + i]);
		result[4 * i + 1] = Float8GetDatum(quantile(sums, draws, 10));
		result[4 * i + 2] = Float8GetDatum(quantile(sums, draws, 50));
		result[4 * i + 3] = Float8GetDatum(quantile(sums, draws, 90));
	}
	dims[0] = periods;
	dims[1] = 4;
	PG_RETURN_ARRAYTYPE_P(construct_md_array(result, NULL, 2, dims, lbounds,
											 FLOAT8OID, sizeof(float8),
											 FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}
