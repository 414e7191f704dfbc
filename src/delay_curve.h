/*
 * delay_curve.h
 *		How late payments come, as a value: type ar.delay_curve.
 *
 * The value is the observations of a Kaplan-Meier estimate: for each day of
 * delay the weight of what was paid on it and of what was only seen unpaid
 * through it.  It is at the same time the state of the aggregate, with room to
 * grow; stored values have none.
 */
#ifndef AR_DELAY_CURVE_H
#define AR_DELAY_CURVE_H

#include "postgres.h"

#include "fmgr.h"
#include "nodes/nodes.h"

/* Longer delays count as these, which bounds the size of a value. */
#define CURVE_FIRST_DAY		(-400)
#define CURVE_LAST_DAY		2000
#define CURVE_MAX_POINTS	(CURVE_LAST_DAY - CURVE_FIRST_DAY + 1)

typedef struct CurvePoint
{
	int32		day;
	int32		unused;			/* 0 */
	double		paid;			/* weight paid on the day */
	double		censored;		/* weight unpaid through the day, then unseen */
} CurvePoint;

typedef struct DelayCurve
{
	int32		vl_len_;		/* varlena header (do not touch directly!) */
	int32		npoints;
	CurvePoint	points[FLEXIBLE_ARRAY_MEMBER];	/* by day, ascending */
} DelayCurve;

#define CURVE_SIZE(npoints) \
	(offsetof(DelayCurve, points) + (npoints) * sizeof(CurvePoint))
#define CURVE_CAPACITY(curve) \
	((int) ((VARSIZE(curve) - offsetof(DelayCurve, points)) / sizeof(CurvePoint)))

#define DatumGetCurveP(datum)	((DelayCurve *) PG_DETOAST_DATUM(datum))
#define PG_GETARG_CURVE_P(n)	DatumGetCurveP(PG_GETARG_DATUM(n))

/* What is left unpaid after each day on which something was paid. */
typedef struct Survival
{
	int			nsteps;
	int32	   *days;
	double	   *left;
} Survival;

extern DelayCurve *curve_create(int capacity);
extern DelayCurve *curve_add(DelayCurve *curve, int32 day, double paid,
							 double censored);
extern DelayCurve *curve_merge(DelayCurve *curve, const DelayCurve *other);
extern DelayCurve *curve_compact(const DelayCurve *curve);
extern bool curve_check(const DelayCurve *curve, Node *escontext);
extern double *curve_at_risk(const DelayCurve *curve);

extern Survival *survival_make(const DelayCurve *curve, const DelayCurve *pool,
							   double k);
extern double survival_at(const Survival *survival, int64 day);
extern bool survival_quantile(const Survival *survival, int64 from_day,
							  double q, int32 *day);

#endif							/* AR_DELAY_CURVE_H */
