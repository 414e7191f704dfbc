/*
 * outbox.c
 *		Trigger that writes events for other systems to the outbox.
 *
 * In C because it runs for every row of an import, where as a rule nobody has
 * subscribed: the topics of the company are looked up once a statement.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/pg_type.h"
#include "commands/async.h"
#include "commands/trigger.h"
#include "compat.h"
#include "keep.h"
#include "kept_plan.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/xid8.h"

#define OUTBOX_CHANNEL		"ar_outbox"

/* What one statement keeps between its rows. */
typedef struct Publisher
{
	int			company_attr;
	int			kind_attr;		/* column with the first word, 0 for a fixed one */
	int			reversal_attr;	/* column that tells a reversal, 0 for none */
	bool		has_company;	/* whether the rest is known */
	int64		company_id;
	bool		notified;
	MemoryContext context;		/* of the topics */
	uint64		ntopics;
	char	  **topics;
} Publisher;

static SPIPlanPtr topics_plan = NULL;
static SPIPlanPtr event_plan = NULL;

static void
look_up_topics(Publisher *publisher, int64 company_id)
{
	Oid			types[1] = {INT8OID};
	Datum		values[1] = {Int64GetDatum(company_id)};

	publisher->has_company = false;
	MemoryContextReset(publisher->context);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	keep_plan(&topics_plan,
			  "SELECT s.topic FROM receivables.subscription AS s"
			  " WHERE s.company_id OPERATOR(pg_catalog.=) $1",
			  1, types);
	if (SPI_execute_plan(topics_plan, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not look up the subscriptions of a company");
	publisher->ntopics = SPI_processed;
	publisher->topics = MemoryContextAlloc(publisher->context,
										   (SPI_processed + 1) * sizeof(char *));
	for (uint64 i = 0; i < SPI_processed; i++)
		publisher->topics[i] =
			MemoryContextStrdup(publisher->context,
								SPI_getvalue(SPI_tuptable->vals[i],
											 SPI_tuptable->tupdesc, 1));
	SPI_finish();
	publisher->company_id = company_id;
	publisher->notified = false;
	publisher->has_company = true;
}

/* Whether a topic fits a pattern: a star stands for a word, or alone for all. */
static bool
topic_fits(const char *topic, const char *pattern)
{
	if (strcmp(pattern, "*") == 0)
		return true;
	for (; *pattern != '\0'; pattern++)
	{
		if (*pattern == '*')
			topic += strcspn(topic, ".");
		else if (*pattern != *topic++)
			return false;
	}
	return *topic == '\0';
}

static bool
is_subscribed(const Publisher *publisher, const char *topic)
{
	for (uint64 i = 0; i < publisher->ntopics; i++)
		if (topic_fits(topic, publisher->topics[i]))
			return true;
	return false;
}

static int
column_number(Relation relation, const char *name)
{
	int			attr = SPI_fnumber(RelationGetDescr(relation), name);

	if (attr <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("table \"%s\" has no column %s for ar.publish_row",
						RelationGetRelationName(relation), name)));
	return attr;
}

static Publisher *
get_publisher(FunctionCallInfo fcinfo, TriggerData *trigdata)
{
	Publisher  *publisher = fcinfo->flinfo->fn_extra;
	Trigger    *trigger = trigdata->tg_trigger;
	Relation	relation = trigdata->tg_relation;

	if (publisher != NULL)
		return publisher;
	if (trigger->tgnargs < 3 || trigger->tgnargs > 5)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("ar.publish_row takes three to five arguments")));
	publisher = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(Publisher));
	publisher->company_attr = column_number(relation, "company_id");
	if (trigger->tgargs[0][0] == '\0')
		publisher->kind_attr = column_number(relation, "kind");
	if (trigger->tgnargs > 3 && trigger->tgargs[3][0] != '\0')
		publisher->reversal_attr = column_number(relation, trigger->tgargs[3]);
	publisher->context = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt,
											   "topics of a company",
											   ALLOCSET_SMALL_SIZES);
	fcinfo->flinfo->fn_extra = publisher;
	return publisher;
}

static char *
topic_of(const Publisher *publisher, TriggerData *trigdata, HeapTuple tuple)
{
	TupleDesc	tupdesc = RelationGetDescr(trigdata->tg_relation);
	const char *object = trigdata->tg_trigger->tgargs[0];
	const char *event = trigdata->tg_trigger->tgargs[1];
	bool		isnull;

	if (publisher->kind_attr != 0)
		object = SPI_getvalue(tuple, tupdesc, publisher->kind_attr);
	if (TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event))
		event = trigdata->tg_trigger->tgnargs > 4 ?
			trigdata->tg_trigger->tgargs[4] : "changed";
	else if (TRIGGER_FIRED_BY_DELETE(trigdata->tg_event))
		event = "deleted";
	else if (publisher->reversal_attr != 0)
	{
		heap_getattr(tuple, publisher->reversal_attr, tupdesc, &isnull);
		if (!isnull)
			event = "reversed";
	}
	return psprintf("%s.%s", object, event);
}

static void
write_event(const Publisher *publisher, TriggerData *trigdata, HeapTuple tuple,
			const char *topic)
{
	Relation	relation = trigdata->tg_relation;
	Oid			types[5] = {INT8OID, TEXTOID, TEXTOID, TEXTOID, RECORDOID};
	Datum		values[5];

	values[0] = Int64GetDatum(publisher->company_id);
	values[1] = CStringGetTextDatum(topic);
	values[2] = CStringGetTextDatum(RelationGetRelationName(relation));
	values[3] = CStringGetTextDatum(trigdata->tg_trigger->tgargs[2]);
	values[4] = heap_copy_tuple_as_datum(tuple, RelationGetDescr(relation));
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	keep_plan(&event_plan,
			  "INSERT INTO receivables.outbox"
			  " (company_id, topic, object_kind, object_key, payload)"
			  " SELECT $1, $2, $3,"
			  " pg_catalog.jsonb_build_object('company_id', $1, $4,"
			  " r.payload OPERATOR(pg_catalog.->) $4), r.payload"
			  " FROM (SELECT pg_catalog.to_jsonb($5) AS payload) AS r",
			  5, types);
	keep_begin();
	PG_TRY();
	{
		if (SPI_execute_plan(event_plan, values, NULL, false, 0) != SPI_OK_INSERT)
			elog(ERROR, "could not write to the outbox");
	}
	PG_FINALLY();
	{
		keep_end();
	}
	PG_END_TRY();
	SPI_finish();
}

PG_FUNCTION_INFO_V1(ar_publish_row);
Datum
ar_publish_row(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	Publisher  *publisher;
	HeapTuple	tuple;
	Datum		company_id;
	bool		isnull;
	char	   *topic;

	if (!CALLED_AS_TRIGGER(fcinfo) ||
		!TRIGGER_FIRED_AFTER(trigdata->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(trigdata->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("ar.publish_row must be fired after each row")));

	keep_check_relation(trigdata->tg_relation);
	publisher = get_publisher(fcinfo, trigdata);
	tuple = TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event) ?
		trigdata->tg_newtuple : trigdata->tg_trigtuple;
	company_id = heap_getattr(tuple, publisher->company_attr,
							  RelationGetDescr(trigdata->tg_relation), &isnull);
	if (isnull)
		return PointerGetDatum(NULL);
	if (!publisher->has_company || publisher->company_id != DatumGetInt64(company_id))
		look_up_topics(publisher, DatumGetInt64(company_id));
	if (publisher->ntopics == 0)
		return PointerGetDatum(NULL);

	topic = topic_of(publisher, trigdata, tuple);
	if (!is_subscribed(publisher, topic))
		return PointerGetDatum(NULL);
	write_event(publisher, trigdata, tuple, topic);
	if (!publisher->notified)
	{
		char		payload[MAXINT8LEN + 1];

		pg_lltoa(publisher->company_id, payload);
		Async_Notify(OUTBOX_CHANNEL, payload);
		publisher->notified = true;
	}
	return PointerGetDatum(NULL);
}

/* Transactions that have a number by now have a lower one. */
PG_FUNCTION_INFO_V1(ar_next_transaction_id);
Datum
ar_next_transaction_id(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	PG_RETURN_FULLTRANSACTIONID(ReadNextFullTransactionId());
}
