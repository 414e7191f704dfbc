/*
 * follow_settlement.c
 *		Trigger that lets rest or go on what dunning began about an item, when
 *		what is open of it changes.
 *
 * In C because it runs for every debit that an import of payments settles, few
 * of which anybody was reminded of.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "compat.h"
#include "kept_plan.h"
#include "utils/builtins.h"
#include "utils/numeric.h"
#include "utils/rel.h"

/*
 * Part of an item matters where the rest of it is disputed or promised; tasks
 * are about whole items, and a promise is kept by any part.
 */
static const char *const follow_query =
"SELECT CASE WHEN $3 THEN ar.pause_dunning($1, ARRAY[$2], 'settled')"
"            ELSE ar.resume_dunning($1, ARRAY[$2]) END"
" WHERE EXISTS (SELECT FROM receivables.item_dunning AS d"
"               WHERE d.company_id OPERATOR(pg_catalog.=) $1 AND d.item_id OPERATOR(pg_catalog.=) $2"
"                 AND d.dunning_notice_id IS NOT NULL"
"                 AND ($4 OR EXISTS (SELECT FROM receivables.dispute_item AS x"
"                                    WHERE x.company_id OPERATOR(pg_catalog.=) $1 AND x.item_id OPERATOR(pg_catalog.=) $2)"
"                         OR EXISTS (SELECT FROM receivables.promise_item AS x"
"                                    WHERE x.company_id OPERATOR(pg_catalog.=) $1 AND x.item_id OPERATOR(pg_catalog.=) $2)))"
"    OR $4 AND EXISTS (SELECT FROM receivables.task_item AS x"
"                      WHERE x.company_id OPERATOR(pg_catalog.=) $1 AND x.item_id OPERATOR(pg_catalog.=) $2)"
"    OR NOT $3 AND EXISTS (SELECT FROM receivables.promise_item AS x"
"                          WHERE x.company_id OPERATOR(pg_catalog.=) $1 AND x.item_id OPERATOR(pg_catalog.=) $2)";

static SPIPlanPtr follow_plan = NULL;

static Datum
column(HeapTuple tuple, TupleDesc desc, const char *name)
{
	int			attr = SPI_fnumber(desc, name);
	bool		isnull;
	Datum		value;

	if (attr == SPI_ERROR_NOATTRIBUTE)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("ar.follow_settlement needs a column \"%s\"", name)));
	value = SPI_getbinval(tuple, desc, attr, &isnull);
	if (isnull)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("column \"%s\" must not be null", name)));
	return value;
}

PG_FUNCTION_INFO_V1(ar_follow_settlement);
Datum
ar_follow_settlement(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	Oid			types[] = {INT8OID, INT8OID, BOOLOID, BOOLOID};
	Datum		values[4];
	Datum		zero = DirectFunctionCall1(int4_numeric, Int32GetDatum(0));
	TupleDesc	desc;
	Datum		was;
	Datum		is;

	if (!CALLED_AS_TRIGGER(fcinfo) ||
		!TRIGGER_FIRED_AFTER(trigdata->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(trigdata->tg_event) ||
		!TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("ar.follow_settlement must be fired after each row that is updated")));

	desc = RelationGetDescr(trigdata->tg_relation);
	was = column(trigdata->tg_trigtuple, desc, "open_amount");
	is = column(trigdata->tg_newtuple, desc, "open_amount");
	values[0] = column(trigdata->tg_newtuple, desc, "company_id");
	values[1] = column(trigdata->tg_newtuple, desc, "item_id");
	values[2] = DirectFunctionCall2(numeric_lt, is, was);
	values[3] = BoolGetDatum(DatumGetBool(DirectFunctionCall2(numeric_eq, is, zero)) ||
							 DatumGetBool(DirectFunctionCall2(numeric_eq, was, zero)));
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	execute_kept(&follow_plan, follow_query, lengthof(types), types, values, NULL, false);
	SPI_finish();
	return PointerGetDatum(NULL);
}
