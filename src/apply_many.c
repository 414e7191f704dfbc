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
#include "catalog/pg_type.h"
#include "compat.h"
#include "keep.h"
#include "kept_plan.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#define MANY_ARGS 9

/*
 * Company, credit items, debit items, amounts, dates, reasons, idempotency
 * keys, proposals, moment of entry.
 */
static Oid	argtypes[MANY_ARGS] = {INT8OID, INT8ARRAYOID, INT8ARRAYOID, NUMERICARRAYOID,
	DATEARRAYOID, TEXTARRAYOID, TEXTARRAYOID, INT8ARRAYOID, TIMESTAMPTZOID};

#define PAIRS \
	"pair AS MATERIALIZED (" \
	" SELECT p.n, p.credit, p.debit, p.amount, p.effective_on" \
	" FROM ROWS FROM (unnest($2::bigint[]), unnest($3::bigint[]), unnest($4::numeric[]), unnest($5::date[]))" \
	" WITH ORDINALITY AS p (credit, debit, amount, effective_on, n))"

/* Locks the items, in the order of their keys, and looks at what they are. */
static const char *const look_query =
"WITH " PAIRS ", item AS MATERIALIZED ("
" SELECT i.item_id, i.customer_id, i.currency, i.is_debit, i.reopened, i.effective_on, i.last_applied_on,"
"        i.open_amount, i.open_company_amount"
" FROM receivables.item AS i"
" WHERE i.company_id = $1 AND i.item_id IN (SELECT p.credit FROM pair AS p UNION SELECT p.debit FROM pair AS p)"
" ORDER BY i.item_id FOR NO KEY UPDATE"
"), dated AS MATERIALIZED ("
" SELECT p.n, p.debit, p.credit, p.amount, x.effective_on,"
"        coalesce(d.is_debit AND NOT c.is_debit AND d.customer_id = c.customer_id AND d.currency = c.currency"
"                 AND d.open_amount = d.open_company_amount AND c.open_amount = c.open_company_amount"
"                 AND p.amount > 0 AND p.amount < 'Infinity' AND isfinite(x.effective_on)"
"                 AND x.effective_on >= greatest(d.effective_on, c.effective_on, d.last_applied_on, c.last_applied_on),"
"                 false) AS plain"
" FROM pair AS p"
" LEFT JOIN item AS d ON d.item_id = p.debit"
" LEFT JOIN item AS c ON c.item_id = p.credit"
" CROSS JOIN LATERAL (SELECT coalesce(p.effective_on,"
"                                     greatest(d.effective_on, c.effective_on,"
"                                              CASE WHEN d.reopened THEN d.last_applied_on END,"
"                                              CASE WHEN c.reopened THEN c.last_applied_on END),"
/* an item that is missing is to be refused as such */
"                                     CURRENT_DATE) AS effective_on) AS x"
"), whole AS ("
" SELECT coalesce(bool_and(m.amount <= abs(i.open_amount) AND m.days = 1), true) AS plain"
" FROM (SELECT s.item_id, sum(s.amount) AS amount, count(DISTINCT s.effective_on) AS days"
"       FROM (SELECT x.debit AS item_id, x.amount, x.effective_on FROM dated AS x WHERE x.plain"
"             UNION ALL SELECT x.credit, x.amount, x.effective_on FROM dated AS x WHERE x.plain) AS s"
"       GROUP BY s.item_id) AS m"
" JOIN item AS i ON i.item_id = m.item_id"
") SELECT coalesce(bool_and(x.plain), true) AND (SELECT w.plain FROM whole AS w),"
" array_agg(x.effective_on ORDER BY x.n) FROM dated AS x";

#define ROWS_TO_INSERT(company_amount) \
	"INSERT INTO receivables.application AS a (company_id, debit_item_id, credit_item_id, effective_on, amount," \
	" company_amount, reason, idempotency_key, match_proposal_id, recorded_at)" \
	" SELECT $1, p.debit, p.credit, p.effective_on, p.amount, " company_amount ", p.reason, p.idempotency_key," \
	" p.match_proposal_id, $9" \
	" FROM ROWS FROM (unnest($2::bigint[]), unnest($3::bigint[]), unnest($4::numeric[]), unnest($5::date[])," \
	" unnest($6::text[]), unnest($7::text[]), unnest($8::bigint[]))" \
	" WITH ORDINALITY AS p (credit, debit, amount, effective_on, reason, idempotency_key, match_proposal_id, n)" \
	" ORDER BY p.n RETURNING a.application_id"

static const char *const insert_query = ROWS_TO_INSERT("p.amount");
static const char *const insert_and_settle_query = ROWS_TO_INSERT("NULL");

/* What the trigger does for one application on or after the last, for all of them. */
static const char *const settle_query =
"WITH " PAIRS
" UPDATE receivables.item AS i"
" SET open_amount = i.open_amount - m.sign * m.amount,"
"     open_company_amount = i.open_company_amount - m.sign * m.amount,"
"     closed_on = CASE WHEN i.open_amount = m.sign * m.amount THEN m.effective_on ELSE 'infinity' END,"
"     last_applied_on = m.effective_on,"
"     last_applied_amount = CASE WHEN m.effective_on > i.last_applied_on THEN m.amount"
"                                ELSE i.last_applied_amount + m.amount END,"
"     last_applied_company_amount = CASE WHEN m.effective_on > i.last_applied_on THEN m.amount"
"                                        ELSE i.last_applied_company_amount + m.amount END,"
"     applied_before_on = CASE WHEN m.effective_on > i.last_applied_on THEN i.last_applied_on"
"                              ELSE i.applied_before_on END,"
"     last_applied_at = greatest(i.last_applied_at, $9)"
" FROM (SELECT s.item_id, s.sign, sum(s.amount) AS amount, max(s.effective_on) AS effective_on"
"       FROM (SELECT p.debit AS item_id, 1 AS sign, p.amount, p.effective_on FROM pair AS p"
"             UNION ALL SELECT p.credit, -1, p.amount, p.effective_on FROM pair AS p) AS s"
"       GROUP BY s.item_id, s.sign) AS m"
" WHERE i.company_id = $1 AND i.item_id = m.item_id";

/* What dunning began about the debits rests; looked up at once, as few had any. */
static const char *const follow_query =
"SELECT ar.pause_dunning($1, x.item_ids, 'settled')"
" FROM (SELECT array_agg(d.item_id) AS item_ids"
"       FROM (SELECT DISTINCT u.item_id FROM unnest($3::bigint[]) AS u (item_id)) AS u"
"       JOIN receivables.item_dunning AS d"
"           ON d.company_id OPERATOR(pg_catalog.=) $1 AND d.item_id OPERATOR(pg_catalog.=) u.item_id"
"              AND d.dunning_notice_id IS NOT NULL) AS x"
" WHERE x.item_ids IS NOT NULL";

/* The depths of triggers at which applications and their items are settled here; -1 for none. */
static int	applying_depth = -1;
static int	settling_depth = -1;

static int
trigger_depth(void)
{
	return DatumGetInt32(DirectFunctionCall1(pg_trigger_depth, (Datum) 0));
}

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

/* The same for what follows the settling of an item. */
PG_FUNCTION_INFO_V1(ar_is_settling_many);
Datum
ar_is_settling_many(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	PG_RETURN_BOOL(settling_depth >= 0 && settling_depth == trigger_depth());
}

static void
run(SPIPlanPtr *plan, const char *query, int expected, Datum *values, const char *nulls)
{
	int			result;

	keep_plan(plan, query, MANY_ARGS, argtypes);
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
insert_only(Datum *values, const char *nulls)
{
	static SPIPlanPtr plan;
	int			outer_depth = applying_depth;

	PG_TRY();
	{
		applying_depth = trigger_depth();
		run(&plan, insert_query, SPI_OK_INSERT_RETURNING, values, nulls);
	}
	PG_FINALLY();
	{
		applying_depth = outer_depth;
	}
	PG_END_TRY();
}

static void
settle_items(Datum *values, const char *nulls)
{
	static SPIPlanPtr settle,
				follow;
	int			outer_depth = settling_depth;

	keep_begin();
	PG_TRY();
	{
		settling_depth = trigger_depth();
		run(&settle, settle_query, SPI_OK_UPDATE, values, nulls);
	}
	PG_FINALLY();
	{
		settling_depth = outer_depth;
		keep_end();
	}
	PG_END_TRY();
	run(&follow, follow_query, SPI_OK_SELECT, values, nulls);
}

PG_FUNCTION_INFO_V1(ar_apply_many);
Datum
ar_apply_many(PG_FUNCTION_ARGS)
{
	static SPIPlanPtr look,
				insert_and_settle;
	static const char *const names[] = {"company_id", "credit_item_ids", "debit_item_ids", "amounts"};
	Datum		values[MANY_ARGS];
	char		nulls[MANY_ARGS];
	MemoryContext caller = CurrentMemoryContext;
	int			length;
	bool		plain,
				isnull;
	Datum		dates;
	ArrayType  *result;

	memset(nulls, ' ', sizeof(nulls));
	for (int i = 0; i < MANY_ARGS - 1; i++)
	{
		values[i] = PG_ARGISNULL(i) ? (Datum) 0 : PG_GETARG_DATUM(i);
		nulls[i] = PG_ARGISNULL(i) ? 'n' : ' ';
		if (i < (int) lengthof(names) && PG_ARGISNULL(i))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("%s must not be null", names[i])));
	}
	length = element_count(values[1]);
	for (int i = 2; i < MANY_ARGS - 1; i++)
		if (nulls[i] == ' ' && element_count(values[i]) != length)
			ereport(ERROR,
					(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
					 errmsg("arrays of applications differ in length"),
					 errdetail("There are %d credit items, but %d of another array.",
							   length, element_count(values[i])),
					 errhint("Give one element for each application, or null for the whole array.")));
	values[MANY_ARGS - 1] = TimestampTzGetDatum(GetCurrentTimestamp());

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	run(&look, look_query, SPI_OK_SELECT, values, nulls);
	plain = DatumGetBool(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	dates = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2, &isnull);
	if (!isnull)
	{
		values[4] = dates;
		nulls[4] = ' ';
	}
	if (plain)
	{
		insert_only(values, nulls);
		result = returned_keys(caller);
		settle_items(values, nulls);
	}
	else
	{
		run(&insert_and_settle, insert_and_settle_query, SPI_OK_INSERT_RETURNING, values, nulls);
		result = returned_keys(caller);
	}
	SPI_finish();
	PG_RETURN_ARRAYTYPE_P(result);
}
