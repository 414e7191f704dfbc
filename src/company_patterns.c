/*
 * company_patterns.c
 *		How the numbers of a company look, found once until a document is entered.
 *
 * A clerk asks for proposals one at a time, and most of what one takes would
 * be to look at the numbers of a thousand documents anew.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "compat.h"
#include "executor/spi.h"
#include "kept_plan.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/datum.h"
#include "utils/memutils.h"

/* Whoever asks may see other documents; books that are made anew begin with the same keys. */
typedef struct PatternKey
{
	int64		company_id;
	int64		document_id;	/* of the document that was entered last */
	Oid			books;
	Oid			role;
} PatternKey;

typedef struct KeptPatterns
{
	PatternKey	key;
	Datum		patterns;
} KeptPatterns;

/* Of the company that was asked for last. */
static KeptPatterns kept;

static const char *const last_query =
"SELECT d.document_id, d.tableoid FROM receivables.document AS d WHERE d.company_id = $1"
" ORDER BY d.document_id DESC LIMIT 1";

static const char *const patterns_query = "SELECT ar.find_reference_patterns($1)";

/* Of the only row of a query; false where there is none. */
static bool
query_company(SPIPlanPtr *plan, const char *query, Datum company_id)
{
	Oid			type = INT8OID;

	execute_kept(plan, query, 1, &type, &company_id, NULL, true);
	return SPI_processed == 1;
}

static Datum
column(int number)
{
	bool		isnull;

	return SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, number, &isnull);
}

PG_FUNCTION_INFO_V1(ar_company_reference_patterns);
Datum
ar_company_reference_patterns(PG_FUNCTION_ARGS)
{
	static SPIPlanPtr last_plan,
				patterns_plan;
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext old;
	PatternKey	key;
	Datum		result;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	memset(&key, 0, sizeof(key));
	key.company_id = PG_GETARG_INT64(0);
	key.role = GetUserId();
	if (query_company(&last_plan, last_query, PG_GETARG_DATUM(0)))
	{
		key.document_id = DatumGetInt64(column(1));
		key.books = DatumGetObjectId(column(2));
	}
	if (kept.patterns == (Datum) 0 || memcmp(&kept.key, &key, sizeof(key)) != 0)
	{
		Datum		patterns;

		if (!query_company(&patterns_plan, patterns_query, PG_GETARG_DATUM(0)))
			elog(ERROR, "reference patterns were not found");
		old = MemoryContextSwitchTo(TopMemoryContext);
		patterns = datumCopy(PointerGetDatum(DatumGetArrayTypeP(column(1))), false, -1);
		MemoryContextSwitchTo(old);
		if (kept.patterns != (Datum) 0)
			pfree(DatumGetPointer(kept.patterns));
		kept.key = key;
		kept.patterns = patterns;
	}
	old = MemoryContextSwitchTo(caller);
	result = datumCopy(kept.patterns, false, -1);
	MemoryContextSwitchTo(old);
	SPI_finish();
	PG_RETURN_DATUM(result);
}
