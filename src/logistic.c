/*
 * logistic.c
 *		Logistic regression by Newton's method: ar.fit_logistic.
 *
 * The columns are standardised on the fly, so that steps and pivots can be
 * judged by one measure whatever the units; coefficients are given in the
 * units of the columns.  Rows are added up in their order: the same input
 * gives the same result.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "compat.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"

#define MAX_COLUMNS		1000
#define COLLINEAR		1e-9	/* least part of a column that others do not explain */
#define SEPARATED		1e-9	/* least part of its information a column may keep */
#define CONVERGED		1e-9	/* greatest step of a standardised coefficient */
#define MAX_HALVINGS	30

typedef struct Fit
{
	int			nrows;
	int			ncolumns;		/* without the intercept */
	int			size;			/* with it */
	const bool *outcome;
	const double *x;			/* by row */
	const double *weights;		/* NULL for one each */
	double	   *mean;
	double	   *deviation;
	double		total;			/* sum of the weights */
	double		positives;		/* of those with the outcome */
	double	   *theta;			/* intercept first, of standardised columns */
	double	   *gradient;
	double	   *information;	/* size x size */
	double	   *row;
} Fit;

static double
weight_of(const Fit *fit, int i)
{
	return fit->weights == NULL ? 1 : fit->weights[i];
}

/* The columns of a row, standardised, behind 1 for the intercept. */
static void
standardise(const Fit *fit, int i)
{
	const double *x = fit->x + (size_t) i * fit->ncolumns;

	fit->row[0] = 1;
	for (int j = 0; j < fit->ncolumns; j++)
		fit->row[j + 1] = (x[j] - fit->mean[j]) / fit->deviation[j];
}

/*
 * Factors a symmetric matrix in its lower half.  Returns the first column
 * whose pivot is not above its part of the scale, or -1.
 */
static int
cholesky(double *matrix, int size, const double *scale, double least)
{
	for (int j = 0; j < size; j++)
	{
		double	   *row = matrix + (size_t) j * size;
		double		pivot = row[j];

		for (int k = 0; k < j; k++)
			pivot -= row[k] * row[k];
		if (!(pivot > least * scale[j]))
			return j;
		row[j] = sqrt(pivot);
		for (int i = j + 1; i < size; i++)
		{
			double	   *below = matrix + (size_t) i * size;
			double		sum = below[j];

			for (int k = 0; k < j; k++)
				sum -= below[k] * row[k];
			below[j] = sum / row[j];
		}
	}
	return -1;
}

/* Solves for a right-hand side by a factored matrix, in place. */
static void
solve(const double *factor, int size, double *vector)
{
	for (int i = 0; i < size; i++)
	{
		for (int k = 0; k < i; k++)
			vector[i] -= factor[(size_t) i * size + k] * vector[k];
		vector[i] /= factor[(size_t) i * size + i];
	}
	for (int i = size - 1; i >= 0; i--)
	{
		for (int k = i + 1; k < size; k++)
			vector[i] -= factor[(size_t) k * size + i] * vector[k];
		vector[i] /= factor[(size_t) i * size + i];
	}
}

/* ln(1 + e^x) without overflow. */
static double
softplus(double x)
{
	return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

static double
log_likelihood(const Fit *fit, const double *theta)
{
	double		sum = 0;

	for (int i = 0; i < fit->nrows; i++)
	{
		double		eta = 0;

		if ((i & 0xFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		standardise(fit, i);
		for (int j = 0; j < fit->size; j++)
			eta += fit->row[j] * theta[j];
		sum -= weight_of(fit, i) * softplus(fit->outcome[i] ? -eta : eta);
	}
	return sum;
}

/* Gradient and information at theta; the correlations where it is NULL. */
static void
accumulate(Fit *fit, const double *theta)
{
	memset(fit->gradient, 0, fit->size * sizeof(double));
	memset(fit->information, 0, (size_t) fit->size * fit->size * sizeof(double));
	for (int i = 0; i < fit->nrows; i++)
	{
		double		weight = weight_of(fit, i);
		double		eta = 0;

		if ((i & 0xFF) == 0)
			CHECK_FOR_INTERRUPTS();
		standardise(fit, i);
		if (theta != NULL)
		{
			double		probability;
			double		residual;

			for (int j = 0; j < fit->size; j++)
				eta += fit->row[j] * theta[j];
			probability = 1 / (1 + exp(-eta));
			residual = weight * (fit->outcome[i] - probability);
			weight *= probability * (1 - probability);
			for (int j = 0; j < fit->size; j++)
				fit->gradient[j] += residual * fit->row[j];
		}
		for (int j = 0; j < fit->size; j++)
		{
			double		part = weight * fit->row[j];

			for (int k = 0; k <= j; k++)
				fit->information[(size_t) j * fit->size + k] += part * fit->row[k];
		}
	}
}

/* Means and deviations; what is wrong with the columns, or NULL. */
static char *
measure_columns(Fit *fit)
{
	for (int i = 0; i < fit->nrows; i++)
	{
		fit->total += weight_of(fit, i);
		fit->positives += fit->outcome[i] ? weight_of(fit, i) : 0;
		for (int j = 0; j < fit->ncolumns; j++)
			fit->mean[j] += weight_of(fit, i) * fit->x[(size_t) i * fit->ncolumns + j];
	}
	if (!(fit->positives > 0 && fit->positives < fit->total))
		return fit->total > 0 ? "all rows have the same outcome" : "there are no rows";
	for (int j = 0; j < fit->ncolumns; j++)
		fit->mean[j] /= fit->total;
	for (int i = 0; i < fit->nrows; i++)
		for (int j = 0; j < fit->ncolumns; j++)
		{
			double		distance = fit->x[(size_t) i * fit->ncolumns + j] - fit->mean[j];

			fit->deviation[j] += weight_of(fit, i) * distance * distance;
		}
	for (int j = 0; j < fit->ncolumns; j++)
	{
		fit->deviation[j] = sqrt(fit->deviation[j] / fit->total);
		if (!isfinite(fit->deviation[j]) || !isfinite(fit->mean[j]))
			return psprintf("column %d has values too large to be added up", j + 1);
		/* What rounding leaves of a constant is no variation. */
		if (fit->deviation[j] <= 1e-12 * fabs(fit->mean[j]) || fit->deviation[j] == 0)
			return psprintf("column %d is constant", j + 1);
	}
	return NULL;
}

static char *
check_collinear(Fit *fit)
{
	double	   *scale = palloc(fit->size * sizeof(double));
	int			column;

	accumulate(fit, NULL);
	for (int j = 0; j < fit->size; j++)
		scale[j] = fit->information[(size_t) j * fit->size + j];
	column = cholesky(fit->information, fit->size, scale, COLLINEAR);
	return column < 0 ? NULL : psprintf("column %d follows from those before it (collinear)", column);
}

/*
 * Newton's method with steps halved while they do not help.  Returns what
 * went wrong, or NULL; the information at the end is factored.
 */
static char *
iterate(Fit *fit, int max_iterations, int *iterations, double *likelihood)
{
	double	   *scale = palloc(fit->size * sizeof(double));
	double	   *next = palloc(fit->size * sizeof(double));
	bool		done = false;

	fit->theta[0] = log(fit->positives / (fit->total - fit->positives));
	*likelihood = log_likelihood(fit, fit->theta);
	for (*iterations = 0;; (*iterations)++)
	{
		double		greatest = 0;
		double		found;
		int			column;

		accumulate(fit, fit->theta);
		if (*iterations == 0)
			for (int j = 0; j < fit->size; j++)
				scale[j] = fit->information[(size_t) j * fit->size + j];

		/*
		 * What a column tells vanishes as its coefficient runs away, which it
		 * does where the column tells the outcome without fail.
		 */
		column = cholesky(fit->information, fit->size, scale, SEPARATED);
		if (column >= 0)
			return column == 0 ? "the columns separate the outcomes: there is no greatest likelihood" :
				psprintf("column %d, with others or alone, separates the outcomes: its coefficient has no limit", column);
		if (done)
			return NULL;
		if (*iterations == max_iterations)
			return psprintf("did not converge in %d iterations", max_iterations);
		solve(fit->information, fit->size, fit->gradient);
		for (int halvings = 0;; halvings++)
		{
			for (int j = 0; j < fit->size; j++)
				next[j] = fit->theta[j] + fit->gradient[j];
			found = log_likelihood(fit, next);
			/* At the top what rounding does to the sum is no descent. */
			if (found >= *likelihood - 1e-12 * fabs(*likelihood))
				break;
			if (halvings == MAX_HALVINGS)
				return "no step raises the likelihood";
			for (int j = 0; j < fit->size; j++)
				fit->gradient[j] /= 2;
		}
		for (int j = 0; j < fit->size; j++)
			greatest = Max(greatest, fabs(fit->gradient[j]));
		memcpy(fit->theta, next, fit->size * sizeof(double));
		*likelihood = found;
		done = greatest < CONVERGED;
	}
}

/*
 * Coefficients and standard errors in the units of the columns.  The
 * intercept there is theta[0] - sum of theta[j] mean[j] / deviation[j], its
 * variance follows from the inverse of the information.
 */
static void
to_units(Fit *fit, double *coefficients, double *errors)
{
	double	   *vector = palloc(fit->size * sizeof(double));
	double		variance = 0;

	coefficients[0] = fit->theta[0];
	for (int j = 1; j < fit->size; j++)
	{
		coefficients[j] = fit->theta[j] / fit->deviation[j - 1];
		coefficients[0] -= coefficients[j] * fit->mean[j - 1];
		memset(vector, 0, fit->size * sizeof(double));
		vector[j] = 1;
		solve(fit->information, fit->size, vector);
		errors[j] = sqrt(vector[j]) / fit->deviation[j - 1];
	}
	vector[0] = 1;
	for (int j = 1; j < fit->size; j++)
		vector[j] = -fit->mean[j - 1] / fit->deviation[j - 1];
	solve(fit->information, fit->size, vector);
	for (int j = 0; j < fit->size; j++)
		variance += vector[j] * (j == 0 ? 1 : -fit->mean[j - 1] / fit->deviation[j - 1]);
	errors[0] = sqrt(variance);
}

static void
require_list(bool valid, const char *message, const char *detail)
{
	if (!valid)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("%s", message), errdetail("%s", detail)));
}

static void
require_no_nulls(ArrayType *array, const char *name)
{
	if (array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not contain nulls", name),
				 errhint("Leave such rows out.")));
}

static void
read_arguments(FunctionCallInfo fcinfo, Fit *fit)
{
	ArrayType  *outcome = PG_GETARG_ARRAYTYPE_P(0);
	ArrayType  *x = PG_GETARG_ARRAYTYPE_P(1);
	ArrayType  *weights = PG_ARGISNULL(2) ? NULL : PG_GETARG_ARRAYTYPE_P(2);
	Size		n;

	memset(fit, 0, sizeof(Fit));
	require_no_nulls(outcome, "outcome");
	require_no_nulls(x, "x");
	fit->nrows = ARR_NDIM(outcome) == 0 ? 0 : ARR_DIMS(outcome)[0];
	fit->ncolumns = ARR_NDIM(x) < 2 ? ARR_NDIM(x) : ARR_DIMS(x)[1];
	require_list(ARR_NDIM(outcome) <= 1 && ARR_NDIM(x) <= 2 && fit->nrows == (ARR_NDIM(x) == 0 ? 0 : ARR_DIMS(x)[0]),
				 "x must have a row for each outcome",
				 psprintf("There are %d outcomes and %d rows.", fit->nrows, ARR_NDIM(x) == 0 ? 0 : ARR_DIMS(x)[0]));
	if (fit->ncolumns > MAX_COLUMNS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a regression has at most %d columns, not %d", MAX_COLUMNS, fit->ncolumns)));
	fit->outcome = (const bool *) ARR_DATA_PTR(outcome);
	fit->x = (const double *) ARR_DATA_PTR(x);
	n = (Size) fit->nrows * fit->ncolumns;
	for (Size i = 0; i < n; i++)
		if (!isfinite(fit->x[i]))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("x must not be NaN or infinite"),
					 errdetail("Row %d, column %d.", (int) (i / fit->ncolumns) + 1, (int) (i % fit->ncolumns) + 1)));
	if (weights != NULL)
	{
		require_no_nulls(weights, "weights");
		require_list(ARR_NDIM(weights) <= 1 && fit->nrows == (ARR_NDIM(weights) == 0 ? 0 : ARR_DIMS(weights)[0]),
					 "weights must have one for each outcome", psprintf("There are %d outcomes.", fit->nrows));
		fit->weights = (const double *) ARR_DATA_PTR(weights);
		for (int i = 0; i < fit->nrows; i++)
			if (!(fit->weights[i] >= 0) || isinf(fit->weights[i]))
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("weights must be numbers from 0 on")));
	}
	fit->size = fit->ncolumns + 1;
	fit->mean = palloc0((fit->ncolumns + 1) * sizeof(double));
	fit->deviation = palloc0((fit->ncolumns + 1) * sizeof(double));
	fit->theta = palloc0(fit->size * sizeof(double));
	fit->gradient = palloc(fit->size * sizeof(double));
	fit->row = palloc(fit->size * sizeof(double));
	fit->information = palloc((Size) fit->size * fit->size * sizeof(double));
}

static Datum
float_array(const double *values, int n)
{
	Datum	   *datums = palloc(n * sizeof(Datum));

	for (int i = 0; i < n; i++)
		datums[i] = Float8GetDatum(values[i]);
	return PointerGetDatum(construct_array(datums, n, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

PG_FUNCTION_INFO_V1(ar_fit_logistic);
Datum
ar_fit_logistic(PG_FUNCTION_ARGS)
{
	Fit			fit;
	TupleDesc	tupdesc;
	char	   *problem;
	int			iterations = 0;
	double		likelihood;
	double		share;
	Datum		values[8] = {0};
	bool		nulls[8] = {true, true, true, true, true, false, false, false};

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(3) || PG_GETARG_INT32(3) < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("max_iterations must be a number from 1 on")));
	if (get_call_result_type(fcinfo, NULL, &tupdesc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	read_arguments(fcinfo, &fit);

	problem = measure_columns(&fit);
	if (problem == NULL)
	{
		share = fit.positives / fit.total;
		nulls[4] = false;
		values[4] = Float8GetDatum(fit.total * (share * log(share) + (1 - share) * log1p(-share)));
		problem = check_collinear(&fit);
	}
	if (problem == NULL)
		problem = iterate(&fit, PG_GETARG_INT32(3), &iterations, &likelihood);
	/* Coefficients of a fit that failed would only mislead. */
	if (problem == NULL)
	{
		double	   *coefficients = palloc(fit.size * sizeof(double));
		double	   *errors = palloc(fit.size * sizeof(double));

		to_units(&fit, coefficients, errors);
		memset(nulls, false, sizeof(nulls));
		values[0] = Float8GetDatum(coefficients[0]);
		values[1] = float_array(coefficients + 1, fit.ncolumns);
		values[2] = float_array(errors, fit.size);
		values[3] = Float8GetDatum(likelihood);
	}
	values[5] = Int32GetDatum(iterations);
	values[6] = BoolGetDatum(problem == NULL);
	nulls[7] = problem == NULL;
	values[7] = problem == NULL ? (Datum) 0 : CStringGetTextDatum(problem);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(tupdesc), values, nulls)));
}
