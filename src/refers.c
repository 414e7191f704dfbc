/*
 * refers.c
 *		Trigger that keeps what is inserted to rows that exist.
 *
 * Takes the place of foreign keys to tables whose rows are neither deleted nor
 * given another key: nothing is to be locked then, and a look into the primary
 * key is a fraction of the query that a foreign key runs for every row.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/skey.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "compat.h"
#include "executor/spi.h"
#include "executor/tuptable.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#define COMPANY_COLUMN		"company_id"
#define KEY_COLUMNS			2

/* A column, and the table whose row it names within the company. */
typedef struct Reference
{
	int			attr;
	Oid			table;
	bool		is_known;		/* of what was found last */
	int64		company_id;
	int64		id;
} Reference;

typedef struct References
{
	int			company_attr;
	int			count;
	Reference	of[FLEXIBLE_ARRAY_MEMBER];
} References;

static int
key_attr(Relation relation, const char *column)
{
	int			attr = SPI_fnumber(RelationGetDescr(relation), column);

	if (attr <= 0 || SPI_gettypeid(RelationGetDescr(relation), attr) != INT8OID)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("table \"%s\" has no bigint column \"%s\"",
						RelationGetRelationName(relation), column)));
	return attr;
}

/* What the arguments of the trigger say, looked up once a statement. */
static References *
get_references(FunctionCallInfo fcinfo, TriggerData *trigdata)
{
	References *references = fcinfo->flinfo->fn_extra;
	Relation	relation = trigdata->tg_relation;
	Trigger    *trigger = trigdata->tg_trigger;

	if (references != NULL)
		return references;
	references = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt,
										offsetof(References, of) +
										sizeof(Reference) * (trigger->tgnargs / 2));
	references->company_attr = key_attr(relation, COMPANY_COLUMN);
	references->count = trigger->tgnargs / 2;
	for (int i = 0; i < references->count; i++)
	{
		const char *table = trigger->tgargs[2 * i + 1];

		references->of[i].attr = key_attr(relation, trigger->tgargs[2 * i]);
		references->of[i].table = get_relname_relid(table, RelationGetNamespace(relation));
		if (!OidIsValid(references->of[i].table))
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_TABLE),
					 errmsg("table \"%s\" does not exist", table)));
	}
	fcinfo->flinfo->fn_extra = references;
	return references;
}

/* Whether the row is there, of this command too; as a foreign key, whoever asks. */
static bool
row_exists(Oid table, Datum company_id, Datum id)
{
	Relation	relation = table_open(table, AccessShareLock);
	Oid			key = get_primary_key_index(relation);
	Relation	index;
	ScanKeyData keys[KEY_COLUMNS];
	IndexScanDesc scan;
	TupleTableSlot *slot;
	bool		found;

	if (!OidIsValid(key))
		elog(ERROR, "table \"%s\" has no primary key", RelationGetRelationName(relation));
	index = index_open(key, AccessShareLock);
	if (IndexRelationGetNumberOfKeyAttributes(index) != KEY_COLUMNS ||
		index->rd_opcintype[0] != INT8OID || index->rd_opcintype[1] != INT8OID)
		elog(ERROR, "primary key of table \"%s\" is not a company and a number",
			 RelationGetRelationName(relation));
	ScanKeyInit(&keys[0], 1, BTEqualStrategyNumber, F_INT8EQ, company_id);
	ScanKeyInit(&keys[1], 2, BTEqualStrategyNumber, F_INT8EQ, id);
	slot = table_slot_create(relation, NULL);
	scan = begin_index_scan(relation, index, SnapshotSelf, KEY_COLUMNS);
	index_rescan(scan, keys, KEY_COLUMNS, NULL, 0);
	found = index_getnext_slot(scan, ForwardScanDirection, slot);
	index_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	index_close(index, NoLock);
	table_close(relation, NoLock);
	return found;
}

PG_FUNCTION_INFO_V1(ar_refers);
Datum
ar_refers(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	Relation	relation;
	TupleDesc	tupdesc;
	HeapTuple	tuple;
	References *references;
	Datum		company_id;
	bool		isnull;

	if (!CALLED_AS_TRIGGER(fcinfo) ||
		!TRIGGER_FIRED_BEFORE(trigdata->tg_event) ||
		!TRIGGER_FIRED_BY_INSERT(trigdata->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(trigdata->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("ar.refers must be fired before insert for each row")));

	relation = trigdata->tg_relation;
	tuple = trigdata->tg_trigtuple;
	tupdesc = RelationGetDescr(relation);
	references = get_references(fcinfo, trigdata);
	company_id = heap_getattr(tuple, references->company_attr, tupdesc, &isnull);
	/* Without a company, NOT NULL refuses it. */
	if (isnull)
		return PointerGetDatum(tuple);
	for (int i = 0; i < references->count; i++)
	{
		Reference  *reference = &references->of[i];
		Datum		id = heap_getattr(tuple, reference->attr, tupdesc, &isnull);

		/* Rows that name the same come together. */
		if (isnull || (reference->is_known &&
					   reference->company_id == DatumGetInt64(company_id) &&
					   reference->id == DatumGetInt64(id)))
			continue;
		if (!row_exists(reference->table, company_id, id))
			ereport(ERROR,
					(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
					 errmsg("%s " INT64_FORMAT " does not exist in company " INT64_FORMAT,
							get_rel_name(reference->table), DatumGetInt64(id),
							DatumGetInt64(company_id)),
					 errdetail("Column \"%s\" of table \"%s\" names it.",
							   NameStr(TupleDescAttr(tupdesc, reference->attr - 1)->attname),
							   RelationGetRelationName(relation)),
					 errtablecol(relation, reference->attr)));
		reference->is_known = true;
		reference->company_id = DatumGetInt64(company_id);
		reference->id = DatumGetInt64(id);
	}
	return PointerGetDatum(tuple);
}
