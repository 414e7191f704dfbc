/*
 * keep.c
 *		What the books keep by themselves, and nobody else may write.
 *
 * Open amounts, what is invoiced under a contract and the like are written by
 * triggers with the rights of whoever posts, who therefore must have the
 * right to write them.  Guards let such a write pass only while one of these
 * triggers runs; that it is a trigger of the books is known here alone, as
 * anybody can have a trigger on a table of his own.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "commands/trigger.h"
#include "compat.h"
#include "keep.h"
#include "nodes/value.h"
#include "parser/parse_func.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/* How many of these triggers run, each within the one before. */
static int	keeping = 0;

/* Nobody but the owner of the books makes a table or a trigger in their schema. */
void
keep_check_relation(Relation relation)
{
	if (RelationGetNamespace(relation) != get_namespace_oid("receivables", true))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("table %s is none of the books", RelationGetRelationName(relation)),
				 errdetail("This trigger function serves tables of schema receivables alone.")));
}

void
keep_begin(void)
{
	keeping++;
}

void
keep_end(void)
{
	keeping--;
}

PG_FUNCTION_INFO_V1(ar_is_keeping);
Datum
ar_is_keeping(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	PG_RETURN_BOOL(keeping > 0);
}

/* Runs the trigger function of ours that the first argument names. */
PG_FUNCTION_INFO_V1(ar_keep);
Datum
ar_keep(PG_FUNCTION_ARGS)
{
	LOCAL_FCINFO(inner, 0);
	TriggerData trigdata;
	Trigger		trigger;
	FmgrInfo   *function = fcinfo->flinfo->fn_extra;
	Datum volatile result;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("ar.keep must be fired as a trigger")));
	trigdata = *(TriggerData *) fcinfo->context;
	trigger = *trigdata.tg_trigger;
	keep_check_relation(trigdata.tg_relation);
	if (trigger.tgnargs < 1)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("ar.keep needs the name of a trigger function")));
	if (function == NULL)
	{
		List	   *name = list_make2(makeString("ar"), makeString(trigger.tgargs[0]));

		function = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, sizeof(FmgrInfo));
		fmgr_info_cxt(LookupFuncName(name, 0, NULL, false), function,
					  fcinfo->flinfo->fn_mcxt);
		fcinfo->flinfo->fn_extra = function;
	}

	/* It sees the arguments that are its own. */
	trigger.tgnargs--;
	trigger.tgargs++;
	trigdata.tg_trigger = &trigger;
	InitFunctionCallInfoData(*inner, function, 0, InvalidOid,
							 (fmNodePtr) &trigdata, fcinfo->resultinfo);
	keep_begin();
	PG_TRY();
	{
		result = FunctionCallInvoke(inner);
	}
	PG_FINALLY();
	{
		keep_end();
	}
	PG_END_TRY();
	fcinfo->isnull = inner->isnull;
	return result;
}
