/*
 * guard.c
 *		Trigger that keeps amounts to the decimals of the company's currency.
 *
 * In C because it runs for every row of an import: the decimals are looked up
 * once a company and statement, which is safe as guards keep them from
 * changing.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "compat.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/numeric.h"
#include "utils/rel.h"

typedef struct AmountGuard
{
	int			company_attr;
	int			amount_attr;
	bool		found;			/* whether the next two are known */
	int64		company_id;
	int32		minor_units;
} AmountGuard;

/* The decimals of the company's currency, or -1 where there is none. */
static int32
fetch_minor_units(int64 company_id)
{
	Oid			types[1] = {INT8OID};
	Datum		values[1] = {Int64GetDatum(company_id)};
	int32		result = -1;
	bool		isnull;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute_with_args("SELECT u.minor_units::pg_catalog.int4"
							  " FROM receivables.company AS c, receivables.currency AS u"
							  " WHERE c.company_id OPERATOR(pg_catalog.=) $1"
							  " AND u.currency OPERATOR(pg_catalog.=) c.currency",
							  1, types, values, NULL, true, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not look up the decimals of a company");
	if (SPI_processed == 1)
		result = DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[0],
											 SPI_tuptable->tupdesc, 1, &isnull));
	SPI_finish();
	return result;
}

static AmountGuard *
get_guard(FunctionCallInfo fcinfo, TriggerData *trigdata)
{
	AmountGuard *guard = fcinfo->flinfo->fn_extra;
	TupleDesc	tupdesc = RelationGetDescr(trigdata->tg_relation);

	if (guard == NULL)
	{
		guard = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt,
									   sizeof(AmountGuard));
		guard->company_attr = SPI_fnumber(tupdesc, "company_id");
		guard->amount_attr = SPI_fnumber(tupdesc, "amount");
		if (guard->company_attr <= 0 || guard->amount_attr <= 0 ||
			SPI_gettypeid(tupdesc, guard->company_attr) != INT8OID ||
			SPI_gettypeid(tupdesc, guard->amount_attr) != NUMERICOID)
			ereport(ERROR,
					(errcode(ERRCODE_WRONG_OBJECT_TYPE),
					 errmsg("a table guarded by ar.check_amount needs columns company_id bigint and amount numeric")));
		fcinfo->flinfo->fn_extra = guard;
	}
	return guard;
}

PG_FUNCTION_INFO_V1(ar_check_amount);
Datum
ar_check_amount(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	TupleDesc	tupdesc;
	HeapTuple	tuple;
	AmountGuard *guard;
	Datum		company;
	Datum		amount;
	Datum		rounded;
	bool		company_null;
	bool		amount_null;

	if (!CALLED_AS_TRIGGER(fcinfo) ||
		!TRIGGER_FIRED_BEFORE(trigdata->tg_event) ||
		!TRIGGER_FIRED_BY_INSERT(trigdata->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(trigdata->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("ar.check_amount must be fired before insert for each row")));

	tuple = trigdata->tg_trigtuple;
	tupdesc = RelationGetDescr(trigdata->tg_relation);
	guard = get_guard(fcinfo, trigdata);
	company = heap_getattr(tuple, guard->company_attr, tupdesc, &company_null);
	amount = heap_getattr(tuple, guard->amount_attr, tupdesc, &amount_null);
	/* What is missing, infinite or of no company is refused by constraints. */
	if (company_null || amount_null)
		return PointerGetDatum(tuple);

	if (!guard->found || guard->company_id != DatumGetInt64(company))
	{
		guard->minor_units = fetch_minor_units(DatumGetInt64(company));
		guard->company_id = DatumGetInt64(company);
		guard->found = true;
	}
	if (guard->minor_units < 0)
		return PointerGetDatum(tuple);

	rounded = DirectFunctionCall2(numeric_round, amount,
								  Int32GetDatum(guard->minor_units));
	if (!DatumGetBool(DirectFunctionCall2(numeric_eq, amount, rounded)))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("amount %s has more than %d decimals",
						DatumGetCString(DirectFunctionCall1(numeric_out, amount)),
						guard->minor_units),
				 errdetail("The currency of company " INT64_FORMAT " has no more.",
						   guard->company_id),
				 errtablecol(trigdata->tg_relation, guard->amount_attr)));
	return PointerGetDatum(tuple);
}
