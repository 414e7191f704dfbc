/*
 * decide_once.c
 *		Trigger that writes when and by whom a proposal was decided.
 *
 * In C because it runs for every proposal of a run.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "compat.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

/* What the trigger reads and writes, in this order. */
typedef enum DecisionColumn
{
	DECIDED_AT,
	DECIDED_BY,
	UNDONE_AT,
	UNDONE_BY,
	IS_AUTOMATIC,
	STATUS,
	PROPOSAL
} DecisionColumn;

#define WRITTEN_COLUMNS		(IS_AUTOMATIC + 1)
#define DECISION_COLUMNS	(PROPOSAL + 1)

static const char *const columns[] = {
	"decided_at", "decided_by", "undone_at", "undone_by", "is_automatic", "status", "match_proposal_id"
};

static const char *const decisions[] = {"accepted", "applied_automatically", "rejected", "superseded"};

static bool
is_one_of(const char *status, const char *const *list, int n)
{
	for (int i = 0; i < n; i++)
		if (strcmp(status, list[i]) == 0)
			return true;
	return false;
}

/* "null" for none. */
static char *
status_of(HeapTuple tuple, TupleDesc tupdesc, int attr)
{
	bool		isnull;
	Datum		value = heap_getattr(tuple, attr, tupdesc, &isnull);

	return isnull ? "null" : TextDatumGetCString(value);
}

/* The user of the application, else the role. */
static Datum
who(void)
{
	const char *application_user = GetConfigOption("ar.application_user", true, false);

	if (application_user == NULL || application_user[0] == '\0')
		application_user = GetUserNameFromId(GetSessionUserId(), false);
	return CStringGetTextDatum(application_user);
}

static char *
in_words(char *status)
{
	for (char *c = status; *c != '\0'; c++)
		if (*c == '_')
			*c = ' ';
	return status;
}

PG_FUNCTION_INFO_V1(ar_decide_once);
Datum
ar_decide_once(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	TupleDesc	tupdesc;
	HeapTuple	old,
				new;
	int			attrs[DECISION_COLUMNS];
	Datum		values[WRITTEN_COLUMNS] = {0};
	bool		nulls[WRITTEN_COLUMNS];
	char	   *before,
			   *after;

	if (!CALLED_AS_TRIGGER(fcinfo) ||
		!TRIGGER_FIRED_BEFORE(trigdata->tg_event) ||
		!TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(trigdata->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("ar.decide_once must be fired before update for each row")));

	tupdesc = RelationGetDescr(trigdata->tg_relation);
	old = trigdata->tg_trigtuple;
	new = trigdata->tg_newtuple;
	for (int i = 0; i < DECISION_COLUMNS; i++)
	{
		static const Oid types[] = {TIMESTAMPTZOID, TEXTOID, TIMESTAMPTZOID, TEXTOID, BOOLOID, TEXTOID, INT8OID};

		attrs[i] = SPI_fnumber(tupdesc, columns[i]);
		if (attrs[i] <= 0 || SPI_gettypeid(tupdesc, attrs[i]) != types[i])
			ereport(ERROR,
					(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
					 errmsg("table \"%s\" has no column \"%s\" of the type a proposal has",
							RelationGetRelationName(trigdata->tg_relation), columns[i])));
	}
	before = status_of(old, tupdesc, attrs[STATUS]);
	after = status_of(new, tupdesc, attrs[STATUS]);

	for (int i = 0; i < WRITTEN_COLUMNS; i++)
		values[i] = heap_getattr(old, attrs[i], tupdesc, &nulls[i]);
	if (strcmp(before, "open") == 0 && is_one_of(after, decisions, lengthof(decisions)))
	{
		values[DECIDED_AT] = TimestampTzGetDatum(GetCurrentTimestamp());
		values[DECIDED_BY] = who();
		values[IS_AUTOMATIC] = BoolGetDatum(strcmp(after, "applied_automatically") == 0);
		nulls[DECIDED_AT] = nulls[DECIDED_BY] = nulls[IS_AUTOMATIC] = false;
		nulls[UNDONE_AT] = nulls[UNDONE_BY] = true;
	}
	else if (is_one_of(before, decisions, 2) && strcmp(after, "undone") == 0)
	{
		values[UNDONE_AT] = TimestampTzGetDatum(GetCurrentTimestamp());
		values[UNDONE_BY] = who();
		nulls[UNDONE_AT] = nulls[UNDONE_BY] = false;
	}
	else
	{
		bool		isnull;
		int64		proposal = DatumGetInt64(heap_getattr(old, attrs[PROPOSAL], tupdesc, &isnull));

		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("proposal " INT64_FORMAT " is %s: it cannot become %s",
						proposal, in_words(before), in_words(pstrdup(after))),
				 errhint("A proposal is decided once: ar.accept, ar.reject, ar.auto_apply; what it settled is undone with ar.undo_match."),
				 errtablecol(trigdata->tg_relation, attrs[STATUS])));
	}
	return PointerGetDatum(heap_modify_tuple_by_cols(new, tupdesc, WRITTEN_COLUMNS, attrs, values, nulls));
}
