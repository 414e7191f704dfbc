/*
 * delay_curve.c
 *		The arithmetic of type ar.delay_curve: observations, and the
 *		Kaplan-Meier estimate of what is left unpaid after so many days.
 */
#include "postgres.h"

#include <math.h>

#include "compat.h"
#include "delay_curve.h"

/* An empty curve with room for so many points. */
DelayCurve *
curve_create(int capacity)
{
	DelayCurve *curve = palloc0(CURVE_SIZE(capacity));

	SET_VARSIZE(curve, CURVE_SIZE(capacity));
	return curve;
}

/* The place of the first point of the day or later. */
static int
find_point(const DelayCurve *curve, int32 day)
{
	int			low = 0;
	int			high = curve->npoints;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (curve->points[middle].day < day)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static double
add_weights(double a, double b)
{
	double		sum = a + b;

	if (isinf(sum))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("weights are too large for a delay curve")));
	return sum;
}

/*
 * Adds observations of one day, in place where there is room, else in a copy
 * with twice the room; returns whichever it is.
 */
DelayCurve *
curve_add(DelayCurve *curve, int32 day, double paid, double censored)
{
	int			place;
	CurvePoint *point;

	day = Min(Max(day, CURVE_FIRST_DAY), CURVE_LAST_DAY);
	place = find_point(curve, day);
	if (place == curve->npoints || curve->points[place].day != day)
	{
		if (curve->npoints == CURVE_CAPACITY(curve))
		{
			DelayCurve *larger = curve_create(Min(Max(2 * curve->npoints, 8),
												  CURVE_MAX_POINTS));

			larger->npoints = curve->npoints;
			memcpy(larger->points, curve->points,
				   curve->npoints * sizeof(CurvePoint));
			curve = larger;
		}
		point = &curve->points[place];
		memmove(point + 1, point,
				(curve->npoints - place) * sizeof(CurvePoint));
		memset(point, 0, sizeof(CurvePoint));
		point->day = day;
		curve->npoints++;
	}
	point = &curve->points[place];
	point->paid = add_weights(point->paid, paid);
	point->censored = add_weights(point->censored, censored);
	return curve;
}

DelayCurve *
curve_merge(DelayCurve *curve, const DelayCurve *other)
{
	for (int i = 0; i < other->npoints; i++)
		curve = curve_add(curve, other->points[i].day, other->points[i].paid,
						  other->points[i].censored);
	return curve;
}

/* A copy without room to grow: the one form in which values are stored. */
DelayCurve *
curve_compact(const DelayCurve *curve)
{
	DelayCurve *result = curve_create(curve->npoints);

	result->npoints = curve->npoints;
	memcpy(result->points, curve->points, curve->npoints * sizeof(CurvePoint));
	return result;
}

static bool
invalid_curve(Node *escontext, const char *detail)
{
	ereturn(escontext, false,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid value for type ar.delay_curve"),
			 errdetail("%s", detail)));
}

/* Whether a value that came from outside is one that an aggregate could have made. */
bool
curve_check(const DelayCurve *curve, Node *escontext)
{
	double		total = 0;

	if (curve->npoints < 1)
		return invalid_curve(escontext, "It has no observation.");
	for (int i = 0; i < curve->npoints; i++)
	{
		const CurvePoint *point = &curve->points[i];

		if (point->day < CURVE_FIRST_DAY || point->day > CURVE_LAST_DAY)
			return invalid_curve(escontext, "A day is out of range.");
		if (i > 0 && point->day <= curve->points[i - 1].day)
			return invalid_curve(escontext, "The days do not ascend.");
		/* Written so that NaN fails too. */
		if (!(point->paid >= 0) || !(point->censored >= 0) ||
			!(point->paid + point->censored > 0))
			return invalid_curve(escontext, "A weight is not positive.");
		total += point->paid + point->censored;
	}
	if (isinf(total))
		return invalid_curve(escontext, "The weights are too large.");
	return true;
}

/*
 * The weight at risk on the day of each point: whatever is paid or last seen
 * on it or later.  Summed from the end, so that where all are paid on the last
 * day exactly nothing is left.
 */
double *
curve_at_risk(const DelayCurve *curve)
{
	double	   *at_risk = palloc(Max(curve->npoints, 1) * sizeof(double));
	double		sum = 0;

	for (int i = curve->npoints - 1; i >= 0; i--)
	{
		sum = add_weights(sum, curve->points[i].censored + curve->points[i].paid);
		at_risk[i] = sum;
	}
	return at_risk;
}

/*
 * Kaplan-Meier: the product over the days of 1 - paid / at risk.  With a pool,
 * each hazard is (paid + k * that of the pool) / (at risk + k): k observations
 * like the pool's are added to the curve's own.  Either may be missing.
 */
Survival *
survival_make(const DelayCurve *curve, const DelayCurve *pool, double k)
{
	int			nown = curve == NULL ? 0 : curve->npoints;
	int			npool = pool == NULL ? 0 : pool->npoints;
	double	   *own_risk = curve == NULL ? NULL : curve_at_risk(curve);
	double	   *pool_risk = pool == NULL ? NULL : curve_at_risk(pool);
	Survival   *result = palloc(sizeof(Survival));
	double		left = 1;
	int			i = 0;
	int			j = 0;

	result->nsteps = 0;
	result->days = palloc((nown + npool + 1) * sizeof(int32));
	result->left = palloc((nown + npool + 1) * sizeof(double));
	while (i < nown || j < npool)
	{
		int32		day = Min(i < nown ? curve->points[i].day : PG_INT32_MAX,
							  j < npool ? pool->points[j].day : PG_INT32_MAX);
		double		paid = 0;
		double		at_risk = i < nown ? own_risk[i] : 0;
		double		pool_hazard = 0;
		double		hazard;

		if (i < nown && curve->points[i].day == day)
			paid = curve->points[i++].paid;
		if (j < npool && pool->points[j].day == day)
		{
			pool_hazard = pool->points[j].paid / pool_risk[j];
			j++;
		}
		if (npool == 0)
			hazard = at_risk > 0 ? paid / at_risk : 0;
		else
			hazard = at_risk + k > 0 ? (paid + k * pool_hazard) / (at_risk + k) : pool_hazard;
		if (hazard > 0)
		{
			left *= 1 - Min(hazard, 1);
			result->days[result->nsteps] = day;
			result->left[result->nsteps++] = left;
		}
	}
	if (own_risk != NULL)
		pfree(own_risk);
	if (pool_risk != NULL)
		pfree(pool_risk);
	return result;
}

/* The number of steps up to the day. */
static int
steps_until(const Survival *survival, int64 day)
{
	int			low = 0;
	int			high = survival->nsteps;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (survival->days[middle] <= day)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

double
survival_at(const Survival *survival, int64 day)
{
	int			steps = steps_until(survival, day);

	return steps == 0 ? 1 : survival->left[steps - 1];
}

/*
 * The first day after from_day by which the share q of what was unpaid then is
 * paid; false where that never comes.
 */
bool
survival_quantile(const Survival *survival, int64 from_day, double q, int32 *day)
{
	int			low = steps_until(survival, from_day);
	int			high = survival->nsteps;
	double		start = low == 0 ? 1 : survival->left[low - 1];
	/* A share that is met exactly is not missed by a rounding. */
	double		left = start * (1 - q + 1e-12);

	if (start <= 0)
		return false;
	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (survival->left[middle] > left)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == survival->nsteps)
		return false;
	*day = survival->days[low];
	return true;
}
