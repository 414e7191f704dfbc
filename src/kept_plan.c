/*
 * kept_plan.c
 *		Queries whose plan is kept for the session.
 */
#include "postgres.h"

#include "compat.h"
#include "kept_plan.h"

/* Runs a query of at most one row; the caller has connected to SPI. */
void
execute_kept(SPIPlanPtr *plan, const char *query, int nargs, Oid *types,
			 Datum *values, const char *nulls, bool read_only)
{
	int			result;

	if (*plan == NULL)
	{
		SPIPlanPtr	prepared = SPI_prepare(query, nargs, types);

		if (prepared == NULL || SPI_keepplan(prepared) != 0)
			elog(ERROR, "could not prepare \"%s\": %s", query,
				 SPI_result_code_string(SPI_result));
		*plan = prepared;
	}
	result = SPI_execute_plan(*plan, values, nulls, read_only, 1);
	if (result != SPI_OK_SELECT)
		elog(ERROR, "could not execute \"%s\": %s", query,
			 SPI_result_code_string(result));
}
