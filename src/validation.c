/*
 * validation.c
 *		How well scores tell goods from bads: AUC, Gini, Kolmogorov-Smirnov,
 *		population stability, weight of evidence.
 *
 * Exact, ties included.  The aggregates keep each distinct score once, so the
 * state of a card of points stays small however many rows there are.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "compat.h"
#include "score_sample.h"
#include "utils/array.h"

#define FIRST_ROOM	32
#define SHARE_FLOOR	1e-4		/* of an empty bin, in the index of stability */
#define ZERO_CELL	0.5			/* added to both counts of a bin with an empty one */

static void
check_aggregate(FunctionCallInfo fcinfo)
{
	if (!AggCheckCallContext(fcinfo, NULL))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("the transition functions of a sample of scores can be called by the aggregate only"),
				 errhint("Use ar.auc_agg, ar.gini_agg, ar.ks_agg or ar.score_sample_agg.")));
}

/* Room for n entries more; the state itself where it has it already. */
static ScoreSample *
make_room(ScoreSample *sample, int32 n)
{
	ScoreSample *grown;
	int64		room;

	if (SAMPLE_ROOM(sample) - sample->nentries >= n)
		return sample;
	sample_compact(sample);
	room = Max((int64) sample->nentries + n, 2 * (int64) sample->nentries);
	/* At least half of it is free afterwards, so that sorting stays rare. */
	if (SAMPLE_ROOM(sample) >= room)
		return sample;
	if ((int64) sample->nentries + n > SAMPLE_MAX_ENTRIES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a sample of scores holds at most %d different scores", SAMPLE_MAX_ENTRIES),
				 errhint("Round the scores.")));
	grown = sample_create((int32) Min(room + FIRST_ROOM, SAMPLE_MAX_ENTRIES));
	memcpy(grown->entries, sample->entries, sample->nentries * sizeof(ScoreEntry));
	grown->nentries = sample->nentries;
	grown->nsorted = sample->nsorted;
	return grown;
}

PG_FUNCTION_INFO_V1(ar_score_sample_accum);
Datum
ar_score_sample_accum(PG_FUNCTION_ARGS)
{
	ScoreSample *sample;
	ScoreEntry *entry;
	double		score;

	check_aggregate(fcinfo);
	/* Without a score, or as long as nobody knows what became of it, it tells nothing. */
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	score = PG_GETARG_FLOAT8(1);
	if (isnan(score))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a score must not be NaN")));
	sample = PG_ARGISNULL(0) ? sample_create(FIRST_ROOM) :
		(ScoreSample *) PG_DETOAST_DATUM(PG_GETARG_DATUM(0));
	sample = make_room(sample, 1);
	/* Minus zero is zero. */
	entry = &sample->entries[sample->nentries++];
	entry->score = score + 0.0;
	entry->goods = !PG_GETARG_BOOL(2);
	entry->bads = PG_GETARG_BOOL(2);
	PG_RETURN_POINTER(sample);
}

/* Adds one state or stored sample to another; strict. */
PG_FUNCTION_INFO_V1(ar_score_sample_combine);
Datum
ar_score_sample_combine(PG_FUNCTION_ARGS)
{
	ScoreSample *sample = (ScoreSample *) PG_DETOAST_DATUM(PG_GETARG_DATUM(0));
	ScoreSample *other = (ScoreSample *) PG_DETOAST_DATUM(PG_GETARG_DATUM(1));

	check_aggregate(fcinfo);
	sample = make_room(sample, other->nentries);
	memcpy(&sample->entries[sample->nentries], other->entries, other->nentries * sizeof(ScoreEntry));
	sample->nentries += other->nentries;
	/* Counts are checked where scores come together, so that none overflows. */
	sample_compact(sample);
	for (int32 i = 0; i < sample->nentries; i++)
		if (sample->entries[i].goods > SAMPLE_MAX_COUNT || sample->entries[i].bads > SAMPLE_MAX_COUNT)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("a sample of scores counts at most " INT64_FORMAT " goods and bads", SAMPLE_MAX_COUNT)));
	PG_RETURN_POINTER(sample);
}

/* A copy: a window's state goes on growing after it. */
PG_FUNCTION_INFO_V1(ar_score_sample_final);
Datum
ar_score_sample_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(sample_normalize((ScoreSample *) PG_DETOAST_DATUM(PG_GETARG_DATUM(0))));
}

/* Goods and bads of a sample; false where one of them is missing. */
static bool
total(const ScoreSample *sample, int64 *goods, int64 *bads)
{
	*goods = *bads = 0;
	for (int32 i = 0; i < sample->nentries; i++)
	{
		*goods += sample->entries[i].goods;
		*bads += sample->entries[i].bads;
		if (*goods > SAMPLE_MAX_COUNT || *bads > SAMPLE_MAX_COUNT)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("a sample of scores counts at most " INT64_FORMAT " goods and bads", SAMPLE_MAX_COUNT)));
	}
	return *goods > 0 && *bads > 0;
}

/* P(good above bad) + P(equal) / 2. */
static bool
area_under_curve(FunctionCallInfo fcinfo, double *area)
{
	ScoreSample *sample = sample_normalize((ScoreSample *) PG_DETOAST_DATUM(PG_GETARG_DATUM(0)));
	int64		goods;
	int64		bads;
	int64		bads_below = 0;
	int64		twice = 0;

	if (!total(sample, &goods, &bads))
		return false;
	for (int32 i = 0; i < sample->nentries; i++)
	{
		twice += sample->entries[i].goods * (2 * bads_below + sample->entries[i].bads);
		bads_below += sample->entries[i].bads;
	}
	*area = (double) twice / (2.0 * (double) goods * (double) bads);
	return true;
}

PG_FUNCTION_INFO_V1(ar_auc);
Datum
ar_auc(PG_FUNCTION_ARGS)
{
	double		area;

	if (!area_under_curve(fcinfo, &area))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(area);
}

PG_FUNCTION_INFO_V1(ar_gini);
Datum
ar_gini(PG_FUNCTION_ARGS)
{
	double		area;

	if (!area_under_curve(fcinfo, &area))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(2 * area - 1);
}

/* The greatest difference of the cumulative shares, after each score. */
PG_FUNCTION_INFO_V1(ar_ks);
Datum
ar_ks(PG_FUNCTION_ARGS)
{
	ScoreSample *sample = sample_normalize((ScoreSample *) PG_DETOAST_DATUM(PG_GETARG_DATUM(0)));
	int64		goods;
	int64		bads;
	int64		good_sum = 0;
	int64		bad_sum = 0;
	double		greatest = 0;

	if (!total(sample, &goods, &bads))
		PG_RETURN_NULL();
	for (int32 i = 0; i < sample->nentries; i++)
	{
		good_sum += sample->entries[i].goods;
		bad_sum += sample->entries[i].bads;
		greatest = Max(greatest, fabs((double) bad_sum / bads - (double) good_sum / goods));
	}
	PG_RETURN_FLOAT8(greatest);
}

/* A list of numbers from 0 on, none of them null; their sum. */
static double *
read_counts(ArrayType *array, const char *name, int *n, double *sum)
{
	double	   *values;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("%s must be a one-dimensional list", name)));
	if (array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not contain nulls", name)));
	*n = ARR_NDIM(array) == 0 ? 0 : ARR_DIMS(array)[0];
	values = (double *) ARR_DATA_PTR(array);
	*sum = 0;
	for (int i = 0; i < *n; i++)
	{
		if (!(values[i] >= 0) || isinf(values[i]))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("%s must be numbers from 0 on", name)));
		*sum += values[i];
	}
	if (isinf(*sum))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("%s are too large to be added up", name)));
	return values;
}

static void
check_same_length(int first, int second, const char *names)
{
	if (first != second)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("%s must be lists of the same bins", names),
				 errdetail("There are %d and %d.", first, second)));
}

/* Sum of (a - e) ln(a / e) over shares of the bins. */
PG_FUNCTION_INFO_V1(ar_psi);
Datum
ar_psi(PG_FUNCTION_ARGS)
{
	int			nexpected;
	int			nactual;
	double		expected_sum;
	double		actual_sum;
	double	   *expected = read_counts(PG_GETARG_ARRAYTYPE_P(0), "expected", &nexpected, &expected_sum);
	double	   *actual = read_counts(PG_GETARG_ARRAYTYPE_P(1), "actual", &nactual, &actual_sum);
	double		result = 0;

	check_same_length(nexpected, nactual, "expected and actual");
	if (expected_sum <= 0 || actual_sum <= 0)
		PG_RETURN_NULL();
	for (int i = 0; i < nexpected; i++)
	{
		double		e = expected[i] / expected_sum;
		double		a = actual[i] / actual_sum;

		e = e > 0 ? e : SHARE_FLOOR;
		a = a > 0 ? a : SHARE_FLOOR;
		result += (a - e) * log(a / e);
	}
	PG_RETURN_FLOAT8(result);
}

/* Weight of evidence of a bin, and its part of the information value. */
static double
weight_of_evidence(double good, double bad, double goods, double bads, double *value)
{
	double		ratio,
				woe;

	if (good == 0 && bad == 0)
	{
		*value = 0;
		return 0;
	}
	if (good == 0 || bad == 0)
	{
		good += ZERO_CELL;
		bad += ZERO_CELL;
	}
	/* Shares may be less than a number can be, but their logarithms are not. */
	ratio = bad / bads > 0 ? (good / goods) / (bad / bads) : 0;
	woe = ratio > 0 && !isinf(ratio) ? log(ratio) : log(good) - log(goods) - (log(bad) - log(bads));
	*value = (good / goods - bad / bads) * woe;
	return woe;
}

static bool
read_bins(FunctionCallInfo fcinfo, double **good, double **bad, int *n, double *goods, double *bads)
{
	int			nbad;

	*good = read_counts(PG_GETARG_ARRAYTYPE_P(0), "goods", n, goods);
	*bad = read_counts(PG_GETARG_ARRAYTYPE_P(1), "bads", &nbad, bads);
	check_same_length(*n, nbad, "goods and bads");
	return *goods > 0 && *bads > 0;
}

PG_FUNCTION_INFO_V1(ar_information_value);
Datum
ar_information_value(PG_FUNCTION_ARGS)
{
	double	   *good;
	double	   *bad;
	double		goods;
	double		bads;
	double		result = 0;
	double		value;
	int			n;

	if (!read_bins(fcinfo, &good, &bad, &n, &goods, &bads))
		PG_RETURN_NULL();
	for (int i = 0; i < n; i++)
	{
		weight_of_evidence(good[i], bad[i], goods, bads, &value);
		result += value;
	}
	PG_RETURN_FLOAT8(result);
}

PG_FUNCTION_INFO_V1(ar_woe);
Datum
ar_woe(PG_FUNCTION_ARGS)
{
	double	   *good;
	double	   *bad;
	double		goods;
	double		bads;
	double		value;
	int			n;
	Datum	   *weights;

	if (!read_bins(fcinfo, &good, &bad, &n, &goods, &bads))
		PG_RETURN_NULL();
	weights = palloc(n * sizeof(Datum));
	for (int i = 0; i < n; i++)
		weights[i] = Float8GetDatum(weight_of_evidence(good[i], bad[i], goods, bads, &value));
	PG_RETURN_ARRAYTYPE_P(construct_array(weights, n, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}
