/*
 * similar_names.c
 *		The similarity of extension pg_trgm, where row-level security is on.
 *
 * Its operator % is not marked leakproof, so an index serves it only those who
 * see every row.  It tells nothing of what it compares, though, and neither
 * does the index: so what stands for it here is leakproof, and the planner is
 * given the operator for the index.
 */
#include "postgres.h"

#include "catalog/dependency.h"
#include "catalog/pg_opfamily.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "compat.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/supportnodes.h"
#include "optimizer/optimizer.h"
#include "utils/lsyscache.h"

#define TRIGRAM_EXTENSION	"pg_trgm"
#define TRIGRAM_LIBRARY		"$libdir/pg_trgm"
#define SIMILAR_STRATEGY	1	/* of %, in all operator classes of pg_trgm */

/* A function of pg_trgm, or that there is none. */
typedef struct Trigrams
{
	PGFunction	function;
} Trigrams;

/* NULL where the extension is not installed; an error would tell that there is a row. */
static PGFunction
trigram_function(FmgrInfo *flinfo, const char *name)
{
	Trigrams   *trigrams = flinfo->fn_extra;

	if (trigrams == NULL)
	{
		trigrams = MemoryContextAllocZero(flinfo->fn_mcxt, sizeof(Trigrams));
		if (OidIsValid(get_extension_oid(TRIGRAM_EXTENSION, true)))
			trigrams->function = load_external_function(TRIGRAM_LIBRARY, name, true, NULL);
		flinfo->fn_extra = trigrams;
	}
	return trigrams->function;
}

PG_FUNCTION_INFO_V1(ar_names_are_similar);
Datum
ar_names_are_similar(PG_FUNCTION_ARGS)
{
	PGFunction	is_similar = trigram_function(fcinfo->flinfo, "similarity_op");

	if (is_similar == NULL)
		PG_RETURN_BOOL(false);
	PG_RETURN_DATUM(DirectFunctionCall2Coll(is_similar, PG_GET_COLLATION(),
											PG_GETARG_DATUM(0), PG_GETARG_DATUM(1)));
}

PG_FUNCTION_INFO_V1(ar_name_similarity);
Datum
ar_name_similarity(PG_FUNCTION_ARGS)
{
	PGFunction	similarity = trigram_function(fcinfo->flinfo, "similarity");

	if (similarity == NULL)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(DirectFunctionCall2Coll(similarity, PG_GET_COLLATION(),
											PG_GETARG_DATUM(0), PG_GETARG_DATUM(1)));
}

/* The condition for an index on the names at hand, NULL if it is none of pg_trgm. */
static List *
index_condition(SupportRequestIndexCondition *request)
{
	List	   *args = is_funcclause(request->node) ? ((FuncExpr *) request->node)->args : NIL;
	Oid			extension = get_extension_oid(TRIGRAM_EXTENSION, true);
	Oid			operator;
	Node	   *wanted;

	if (list_length(args) != 2 || !OidIsValid(extension) ||
		getExtensionOfObject(OperatorFamilyRelationId, request->opfamily) != extension)
		return NIL;
	operator = get_opfamily_member(request->opfamily, TEXTOID, TEXTOID, SIMILAR_STRATEGY);
	/* Either name may be the one in the index. */
	wanted = list_nth(args, 1 - request->indexarg);
	if (!OidIsValid(operator) ||
		!is_pseudo_constant_for_index(request->root, wanted, request->index))
		return NIL;
	request->lossy = false;
	return list_make1(make_opclause(operator, BOOLOID, false,
									list_nth(args, request->indexarg), (Expr *) wanted,
									InvalidOid, request->indexcollation));
}

PG_FUNCTION_INFO_V1(ar_names_are_similar_support);
Datum
ar_names_are_similar_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);

	if (!IsA(request, SupportRequestIndexCondition))
		PG_RETURN_POINTER(NULL);
	PG_RETURN_POINTER(index_condition((SupportRequestIndexCondition *) request));
}
