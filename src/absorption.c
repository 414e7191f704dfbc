/*
 * absorption.c
 *		Where an absorbing Markov chain ends.
 *
 * With Q the rates between the states that are left and R those into the ones
 * that are not, the probabilities to end in each of the latter are the
 * solution A of (I - Q) A = R. Few states: elimination with row pivots.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "compat.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"

#define MAX_STATES		100
#define ROW_TOLERANCE	1e-9

typedef struct Matrix
{
	int			rows;
	int			columns;
	float8	   *cells;
} Matrix;

static Matrix
get_matrix(ArrayType *array, const char *name)
{
	Matrix		matrix;

	if (ARR_NDIM(array) != 2 || ARR_DIMS(array)[0] > MAX_STATES ||
		ARR_DIMS(array)[1] > MAX_STATES)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("%s must be an array of rows, of at most %d states",
						name, MAX_STATES)));
	if (array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not contain nulls", name)));
	matrix.rows = ARR_DIMS(array)[0];
	matrix.columns = ARR_DIMS(array)[1];
	matrix.cells = (float8 *) ARR_DATA_PTR(array);
	return matrix;
}

static float8
sum_of_row(const Matrix *matrix, int row, const char *name)
{
	float8		sum = 0;

	for (int j = 0; j < matrix->columns; j++)
	{
		float8		rate = matrix->cells[row * matrix->columns + j];

		/* Also false for NaN. */
		if (!(rate >= 0 && rate <= 1 + ROW_TOLERANCE))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("a rate lies between 0 and 1"),
					 errdetail("Row %d of %s has %g.", row + 1, name, rate)));
		sum += rate;
	}
	return sum;
}

/* From every state there must be a way out, else I - Q has no inverse. */
static void
check_ways_out(const Matrix *q, const float8 *out)
{
	bool	   *leaves = palloc0(q->rows * sizeof(bool));
	bool		found = true;

	for (int i = 0; i < q->rows; i++)
		leaves[i] = out[i] > 0;
	while (found)
	{
		found = false;
		for (int i = 0; i < q->rows; i++)
			for (int j = 0; j < q->rows && !leaves[i]; j++)
				if (leaves[j] && q->cells[i * q->columns + j] > 0)
					found = leaves[i] = true;
	}
	for (int i = 0; i < q->rows; i++)
		if (!leaves[i])
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("state %d is never left", i + 1),
					 errdetail("No way leads from it to a state where the chain ends.")));
	pfree(leaves);
}

/* Solves a x = b for each column of b, which becomes the solution. */
static void
solve(float8 *a, float8 *b, int n, int m)
{
	for (int k = 0; k < n; k++)
	{
		int			pivot = k;

		CHECK_FOR_INTERRUPTS();
		for (int i = k + 1; i < n; i++)
			if (fabs(a[i * n + k]) > fabs(a[pivot * n + k]))
				pivot = i;
		if (a[pivot * n + k] == 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("the chain is too close to one that never ends")));
		for (int j = 0; j < n && pivot != k; j++)
		{
			float8		swap = a[k * n + j];

			a[k * n + j] = a[pivot * n + j];
			a[pivot * n + j] = swap;
		}
		for (int j = 0; j < m && pivot != k; j++)
		{
			float8		swap = b[k * m + j];

			b[k * m + j] = b[pivot * m + j];
			b[pivot * m + j] = swap;
		}
		for (int i = 0; i < n; i++)
		{
			float8		factor = a[i * n + k] / a[k * n + k];

			if (i == k || factor == 0)
				continue;
			for (int j = k; j < n; j++)
				a[i * n + j] -= factor * a[k * n + j];
			for (int j = 0; j < m; j++)
				b[i * m + j] -= factor * b[k * m + j];
		}
	}
	for (int i = 0; i < n; i++)
		for (int j = 0; j < m; j++)
			b[i * m + j] /= a[i * n + i];
}

PG_FUNCTION_INFO_V1(ar_absorption);
Datum
ar_absorption(PG_FUNCTION_ARGS)
{
	ArrayType  *q_array = PG_GETARG_ARRAYTYPE_P(0);
	ArrayType  *r_array = PG_GETARG_ARRAYTYPE_P(1);
	Matrix		q = get_matrix(q_array, "q");
	Matrix		r = get_matrix(r_array, "r");
	float8	   *a;
	float8	   *b;
	float8	   *out;
	Datum	   *result;
	int			dims[2];
	int			lower_bounds[2] = {1, 1};

	if (q.rows != q.columns || r.rows != q.rows)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("q must have a row and a column for each state, r a row"),
				 errdetail("q has %d rows of %d, r has %d rows.",
						   q.rows, q.columns, r.rows)));
	out = palloc(q.rows * sizeof(float8));
	for (int i = 0; i < q.rows; i++)
	{
		float8		stay = sum_of_row(&q, i, "q");

		out[i] = sum_of_row(&r, i, "r");
		if (fabs(stay + out[i] - 1) > ROW_TOLERANCE)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("the rates from a state must add up to 1"),
					 errdetail("Row %d of q and r adds up to %.12g.", i + 1,
							   stay + out[i])));
	}
	check_ways_out(&q, out);

	a = palloc(q.rows * q.rows * sizeof(float8));
	b = palloc(q.rows * r.columns * sizeof(float8));
	memcpy(b, r.cells, q.rows * r.columns * sizeof(float8));
	for (int i = 0; i < q.rows; i++)
		for (int j = 0; j < q.rows; j++)
			a[i * q.rows + j] = (i == j ? 1 : 0) - q.cells[i * q.rows + j];
	solve(a, b, q.rows, r.columns);

	result = palloc(q.rows * r.columns * sizeof(Datum));
	for (int i = 0; i < q.rows * r.columns; i++)
		result[i] = Float8GetDatum(b[i]);
	dims[0] = q.rows;
	dims[1] = r.columns;
	PG_RETURN_ARRAYTYPE_P(construct_md_array(result, NULL, 2, dims, lower_bounds,
											 FLOAT8OID, sizeof(float8),
											 FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}
