/*
 * kept_plan.c
 *		Queries whose plan is kept for the session.
 */
#include "postgres.h"

#include "compat.h"
#include "kept_plan.h"
#include "utils/array.h"

#define MANY_KEYS 1000

/* Makes the plan of a query once; the caller has connected to SPI. */
void
keep_plan(SPIPlanPtr *plan, const char *query, int nargs, Oid *types)
{
	SPIPlanPtr	prepared;

	if (*plan != NULL)
		return;
	prepared = SPI_prepare(query, nargs, types);
	if (prepared == NULL || SPI_keepplan(prepared) != 0)
		elog(ERROR, "could not prepare \"%s\": %s", query,
			 SPI_result_code_string(SPI_result));
	*plan = prepared;
}

/* Runs a query of at most one row. */
void
execute_kept(SPIPlanPtr *plan, const char *query, int nargs, Oid *types,
			 Datum *values, const char *nulls, bool read_only)
{
	int			result;

	keep_plan(plan, query, nargs, types);
	result = SPI_execute_plan(*plan, values, nulls, read_only, 1);
	if (result != SPI_OK_SELECT)
		elog(ERROR, "could not execute \"%s\": %s", query,
			 SPI_result_code_string(result));
}

/*
 * Runs a query for an array of keys, its last argument.  A few go by the plan
 * that is kept; many are worth a plan of their own, which knows how many.
 */
void
execute_for_keys(SPIPlanPtr *plan, const char *query, int expected, int nargs, Oid *types,
				 Datum *values, bool read_only)
{
	ArrayType  *keys = DatumGetArrayTypeP(values[nargs - 1]);
	int			result;

	if (ArrayGetNItems(ARR_NDIM(keys), ARR_DIMS(keys)) > MANY_KEYS)
		result = SPI_execute_with_args(query, nargs, types, values, NULL, read_only, 0);
	else
	{
		keep_plan(plan, query, nargs, types);
		result = SPI_execute_plan(*plan, values, NULL, read_only, 0);
	}
	if (result != expected)
		elog(ERROR, "could not execute \"%s\": %s", query, SPI_result_code_string(result));
}
