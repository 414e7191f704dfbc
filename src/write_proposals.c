/*
 * write_proposals.c
 *		Whether proposals are being written by ar.propose.
 *
 * What they name has just been read in the same statement, and is neither
 * deleted nor given another key: the trigger that looks it up, row by row,
 * need not.  Only code that is called from here is believed that.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "compat.h"
#include "executor/spi.h"
#include "kept_plan.h"
#include "trigger_depth.h"

#define WRITE_ARGS 6

/* The depth of triggers at which it is; -1 for none. */
static int	writing_depth = -1;

PG_FUNCTION_INFO_V1(ar_is_writing_proposals);
Datum
ar_is_writing_proposals(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	PG_RETURN_BOOL(writing_depth >= 0 && writing_depth == trigger_depth());
}

PG_FUNCTION_INFO_V1(ar_write_proposals);
Datum
ar_write_proposals(PG_FUNCTION_ARGS)
{
	static SPIPlanPtr plan;
	static const char *const query = "SELECT ar.write_chosen_proposals($1, $2, $3, $4, $5, $6)";
	Oid			types[WRITE_ARGS] = {INT8OID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID, INT4OID, INT4OID};
	Datum		values[WRITE_ARGS];
	char		nulls[WRITE_ARGS];
	int			outer_depth = writing_depth;
	int64		proposed;
	bool		isnull;

	for (int i = 0; i < WRITE_ARGS; i++)
	{
		values[i] = PG_ARGISNULL(i) ? (Datum) 0 : PG_GETARG_DATUM(i);
		nulls[i] = PG_ARGISNULL(i) ? 'n' : ' ';
	}
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	PG_TRY();
	{
		writing_depth = trigger_depth();
		execute_kept(&plan, query, WRITE_ARGS, types, values, nulls, false);
	}
	PG_FINALLY();
	{
		writing_depth = outer_depth;
	}
	PG_END_TRY();
	proposed = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	SPI_finish();
	if (isnull)
		PG_RETURN_NULL();
	PG_RETURN_INT64(proposed);
}
