/*
 * apply_many.c
 *		Applies many credits to many debits at once.
 *
 * The trigger that settles the two items of an application updates them in a
 * statement of its own, for which the server sets up constraints, indexes and
 * triggers anew: most of its time.  Where nothing asks for more, the same
 * items are settled here by one statement for all applications, under the
 * same locks and with the same result.  Whatever is not plain, faults above
 * all, is left to the trigger.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "apply_many.h"
#include "catalog/pg_type.h"
#include "compat.h"
#include "keep.h"
#include "kept_plan.h"
#include "miscadmin.h"
#include "settled_items.h"
#include "trigger_depth.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

static Oid	argtypes[MANY_ARGS] = {INT8OID, INT8ARRAYOID, INT8ARRAYOID, NUMERICARRAYOID,
	DATEARRAYOID, TEXTARRAYOID, TEXTARRAYOID, INT8ARRAYOID, TIMESTAMPTZOID};

#define ROWS_TO_INSERT(company_amount) \
	"INSERT INTO receivables.application AS a (company_id, debit_item_id, credit_item_id, effective_on, amount," \
	" company_amount, reason, idempotency_key, match_proposal_id, recorded_at)" \
	" SELECT $1, p.debit, p.credit, p.effective_on, p.amount, " company_amount ", p.reason, p.idempotency_key," \
	" p.match_proposal_id, $9" \
	" FROM ROWS FROM (unnest($2::bigint[]), unnest($3::bigint[]), unnest($4::numeric[]), unnest($5::date[])," \
	" unnest($6::text[]), unnest($7::text[]), unnest($8::bigint[]))" \
	" WITH ORDINALITY AS p (credit, debit, amount, effective_on, reason, idempotency_key, match_proposal_id, n)" \
	" ORDER BY p.n"

static const char *const insert_query = ROWS_TO_INSERT("p.amount");
static const char *const insert_returning_query = ROWS_TO_INSERT("p.amount") " RETURNING a.application_id";
static const char *const insert_and_settle_query = ROWS_TO_INSERT("NULL") " RETURNING a.application_id";

/*
 * What the trigger does for one application on or after the last, for all of
 * them.  Items are found where they were locked, and come in the order of
 * their keys: neighbours in the table and in its indexes, one after the other.
 */
static const char *const settle_query =
"UPDATE receivables.item AS i"
" SET open_amount = i.open_amount - m.change,"
"     open_company_amount = i.open_company_amount - m.change,"
"     closed_on = CASE WHEN i.open_amount = m.change THEN m.effective_on ELSE 'infinity' END,"
"     last_applied_on = m.effective_on,"
"     last_applied_amount = CASE WHEN m.effective_on > i.last_applied_on THEN m.amount"
"                                ELSE i.last_applied_amount + m.amount END,"
"     last_applied_company_amount = CASE WHEN m.effective_on > i.last_applied_on THEN m.amount"
"                                        ELSE i.last_applied_company_amount + m.amount END,"
"     applied_before_on = CASE WHEN m.effective_on > i.last_applied_on THEN i.last_applied_on"
"                              ELSE i.applied_before_on END,"
"     last_applied_at = greatest(i.last_applied_at, $6)"
" FROM ROWS FROM (unnest($2::tid[]), unnest($3::numeric[]), unnest($4::numeric[]), unnest($5::date[]))"
" AS m (place, amount, change, effective_on)"
" WHERE i.company_id = $1 AND i.ctid = m.place";

/* Company, places of items, what each is settled by, the same with the sign of the item, days, moment of entry. */
static Oid	settle_types[] = {INT8OID, TIDARRAYOID, NUMERICARRAYOID, NUMERICARRAYOID, DATEARRAYOID, TIMESTAMPTZOID};

/* Company, debits. */
static Oid	follow_types[] = {INT8OID, INT8ARRAYOID};

/* What dunning began about the debits rests; looked up at once, as few had any. */
static const char *const follow_query =
"SELECT ar.pause_dunning($1, x.item_ids, 'settled')"
" FROM (SELECT array_agg(f.item_id) AS item_ids"
"       FROM (SELECT d.item_id"
"             FROM (SELECT DISTINCT u.item_id FROM unnest($2::bigint[]) AS u (item_id)) AS u"
"             JOIN receivables.item_dunning AS d"
"                 ON d.company_id OPERATOR(pg_catalog.=) $1 AND d.item_id OPERATOR(pg_catalog.=) u.item_id"
"                    AND d.dunning_notice_id IS NOT NULL"
"             UNION"
"             SELECT t.item_id"
"             FROM unnest($2::bigint[]) AS u (item_id)"
"             JOIN receivables.task_item AS t"
"                 ON t.company_id OPERATOR(pg_catalog.=) $1 AND t.item_id OPERATOR(pg_catalog.=) u.item_id) AS f) AS x"
" WHERE x.item_ids IS NOT NULL";

/*
 * The depths of triggers at which applications and their items are settled
 * here, and the former where their proposals were read; -1 for none.
 */
static int	applying_depth = -1;
static int	settling_depth = -1;
static int	matching_depth = -1;

/*
 * Asked by the trigger, whose condition is looked at where the application is
 * inserted: one that another trigger inserts meanwhile is deeper.
 */
PG_FUNCTION_INFO_V1(ar_is_applying_many);
Datum
ar_is_applying_many(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	PG_RETURN_BOOL(applying_depth >= 0 && applying_depth == trigger_depth());
}

/* Whether it is of a proposal that was read for it. */
PG_FUNCTION_INFO_V1(ar_is_applying_matches);
Datum
ar_is_applying_matches(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	PG_RETURN_BOOL(matching_depth >= 0 && matching_depth == trigger_depth());
}

/* The same for what follows the settling of an item. */
PG_FUNCTION_INFO_V1(ar_is_settling_many);
Datum
ar_is_settling_many(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	PG_RETURN_BOOL(settling_depth >= 0 && settling_depth == trigger_depth());
}

static void
run(SPIPlanPtr *plan, const char *query, int expected, int nargs, Oid *types, Datum *values,
	const char *nulls)
{
	int			result;

	keep_plan(plan, query, nargs, types);
	result = SPI_execute_plan(*plan, values, nulls, false, 0);
	if (result != expected)
		elog(ERROR, "could not execute \"%s\": %s", query, SPI_result_code_string(result));
}

/* The keys of the applications that were inserted, in their order. */
static ArrayType *
returned_keys(MemoryContext caller)
{
	uint64		n = SPI_processed;
	Datum	   *keys = palloc(Max(n, 1) * sizeof(Datum));
	MemoryContext old;
	ArrayType  *result;

	for (uint64 i = 0; i < n; i++)
	{
		bool		isnull;

		keys[i] = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull);
	}
	old = MemoryContextSwitchTo(caller);
	result = construct_array(keys, n, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE);
	MemoryContextSwitchTo(old);
	return result;
}

static int
element_count(Datum array)
{
	ArrayType  *value = DatumGetArrayTypeP(array);

	return ArrayGetNItems(ARR_NDIM(value), ARR_DIMS(value));
}

/* Inserts the applications, while the trigger leaves their items alone. */
static void
insert_only(Datum *values, const char *nulls, bool of_matches)
{
	static SPIPlanPtr plan,
				returning_plan;
	int			outer_depth = applying_depth,
				outer_matching_depth = matching_depth;

	PG_TRY();
	{
		applying_depth = trigger_depth();
		matching_depth = of_matches ? applying_depth : -1;
		/* Nobody asks for the keys of what settles matches. */
		if (of_matches)
			run(&plan, insert_query, SPI_OK_INSERT, MANY_ARGS, argtypes, values, nulls);
		else
			run(&returning_plan, insert_returning_query, SPI_OK_INSERT_RETURNING, MANY_ARGS, argtypes, values, nulls);
	}
	PG_FINALLY();
	{
		applying_depth = outer_depth;
		matching_depth = outer_matching_depth;
	}
	PG_END_TRY();
}

/*
 * Where of n items a session begins.  Sessions that share a company would
 * else go through the pages of its items side by side, each waiting for what
 * the other just changed.  Golden sections keep them far apart.
 */
static int
place_to_begin(int n)
{
	return ((uint64) n * ((uint32) MyProcPid * (uint32) 2654435769U)) >> 32;
}

/* Updates items that are locked: the order does not matter to anybody. */
static void
settle_items(Datum company_id, const SettledItem *items, int n, Datum entered_at)
{
	static SPIPlanPtr settle;
	Datum	   *places = palloc(Max(n, 1) * sizeof(Datum));
	Datum	   *amounts = palloc(Max(n, 1) * sizeof(Datum));
	Datum	   *changes = palloc(Max(n, 1) * sizeof(Datum));
	Datum	   *days = palloc(Max(n, 1) * sizeof(Datum));
	Datum		values[lengthof(settle_types)];
	int			nsettled = 0,
				begin = place_to_begin(n);
	int			outer_depth = settling_depth;

	for (int i = 0; i < n; i++)
	{
		const SettledItem *item = &items[i < n - begin ? begin + i : i - (n - begin)];

		if (item->settled == NULL)
			continue;
		places[nsettled] = item->place;
		amounts[nsettled] = NumericGetDatum(item->settled);
		changes[nsettled] = item->is_debit ? NumericGetDatum(item->settled) :
			DirectFunctionCall1(numeric_uminus, NumericGetDatum(item->settled));
		days[nsettled++] = DateADTGetDatum(item->settled_on);
	}
	values[0] = company_id;
	values[1] = PointerGetDatum(construct_array(places, nsettled, TIDOID, sizeof(ItemPointerData), false,
												TYPALIGN_SHORT));
	values[2] = PointerGetDatum(construct_array(amounts, nsettled, NUMERICOID, -1, false, TYPALIGN_INT));
	values[3] = PointerGetDatum(construct_array(changes, nsettled, NUMERICOID, -1, false, TYPALIGN_INT));
	values[4] = PointerGetDatum(construct_array(days, nsettled, DATEOID, sizeof(DateADT), true, TYPALIGN_INT));
	values[5] = entered_at;
	keep_begin();
	PG_TRY();
	{
		settling_depth = trigger_depth();
		run(&settle, settle_query, SPI_OK_UPDATE, lengthof(settle_types), settle_types, values, NULL);
		if (SPI_processed != (uint64) nsettled)
			elog(ERROR, "%d items were to be settled, " UINT64_FORMAT " were found", nsettled, (uint64) SPI_processed);
	}
	PG_FINALLY();
	{
		settling_depth = outer_depth;
		keep_end();
	}
	PG_END_TRY();
}

/* What dunning began about the debits rests. */
static void
follow_items(Datum company_id, const SettledItem *items, int n)
{
	static SPIPlanPtr follow;
	Datum	   *debits = palloc(Max(n, 1) * sizeof(Datum));
	Datum		followed[lengthof(follow_types)];
	int			ndebits = 0;

	for (int i = 0; i < n; i++)
		if (items[i].settled != NULL && items[i].is_debit)
			debits[ndebits++] = Int64GetDatum(items[i].item_id);
	followed[0] = company_id;
	followed[1] = PointerGetDatum(construct_array(debits, ndebits, INT8OID, sizeof(int64), FLOAT8PASSBYVAL,
												  TYPALIGN_DOUBLE));
	run(&follow, follow_query, SPI_OK_SELECT, lengthof(follow_types), follow_types, followed, NULL);
}

/*
 * Applies pairs of items, which are locked and were read as
 * read_settled_items reads them.  values and nulls are the arrays of the
 * pairs as ar.apply_many gets them; the days and the moment of entry are
 * filled in.  of_matches says that their proposals were read, too.  Returns
 * the keys of the applications, where they are not of matches.
 */
ArrayType *
apply_pairs(Datum *values, char *nulls, Pairs *pairs, SettledItem *items, int nitems, bool of_matches,
			MemoryContext caller)
{
	static SPIPlanPtr insert_and_settle;
	int			nest_level = NewGUCNestLevel();
	ArrayType  *result = NULL;
	bool		plain = settle_plainly(pairs, items, nitems);

	values[APPLIED_DAYS] = PointerGetDatum(construct_array(pairs->days, pairs->n, DATEOID, sizeof(DateADT), true,
														   TYPALIGN_INT));
	nulls[APPLIED_DAYS] = ' ';
	values[ENTERED_AT] = TimestampTzGetDatum(GetCurrentTimestamp());
	nulls[ENTERED_AT] = ' ';
	/* Items are looked up by key, whatever the caller asks of the planner. */
	(void) set_config_option("enable_nestloop", "on", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	if (plain)
	{
		/* At once, before a trigger can move them. */
		settle_items(values[0], items, nitems, values[ENTERED_AT]);
		insert_only(values, nulls, of_matches);
		if (!of_matches)
			result = returned_keys(caller);
		follow_items(values[0], items, nitems);
	}
	else
	{
		run(&insert_and_settle, insert_and_settle_query, SPI_OK_INSERT_RETURNING, MANY_ARGS, argtypes,
			values, nulls);
		if (!of_matches)
			result = returned_keys(caller);
	}
	AtEOXact_GUC(true, nest_level);
	return result;
}

PG_FUNCTION_INFO_V1(ar_apply_many);
Datum
ar_apply_many(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {"company_id", "credit_item_ids", "debit_item_ids", "amounts"};
	Datum		values[MANY_ARGS];
	char		nulls[MANY_ARGS];
	MemoryContext caller = CurrentMemoryContext;
	int			length,
				nitems;
	Pairs		pairs;
	SettledItem *items;
	ArrayType  *result;

	memset(nulls, ' ', sizeof(nulls));
	for (int i = 0; i < ENTERED_AT; i++)
	{
		values[i] = PG_ARGISNULL(i) ? (Datum) 0 : PG_GETARG_DATUM(i);
		nulls[i] = PG_ARGISNULL(i) ? 'n' : ' ';
		if (i < (int) lengthof(names) && PG_ARGISNULL(i))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("%s must not be null", names[i])));
	}
	length = element_count(values[1]);
	for (int i = 2; i < ENTERED_AT; i++)
		if (nulls[i] == ' ' && element_count(values[i]) != length)
			ereport(ERROR,
					(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
					 errmsg("arrays of applications differ in length"),
					 errdetail("There are %d credit items, but %d of another array.",
							   length, element_count(values[i])),
					 errhint("Give one element for each application, or null for the whole array.")));

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	read_pairs(values, nulls, &pairs);
	items = read_settled_items(values[0], items_of_pairs(&pairs), true, &nitems);
	result = apply_pairs(values, nulls, &pairs, items, nitems, false, caller);
	SPI_finish();
	PG_RETURN_ARRAYTYPE_P(result);
}
