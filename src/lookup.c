/*
 * lookup.c
 *		Values by key, for a query that asks for many of them.
 *
 * A hash join of a million items with what is known of each costs more than
 * reading both. Keys of our tables are counted up and come about in their
 * order, so that in pairs sorted by key the next is found beside the last.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "compat.h"
#include "utils/array.h"

typedef struct Pair
{
	int64		key;
	int64		value;
} Pair;

#define ST_SORT sort_pairs
#define ST_ELEMENT_TYPE Pair
#define ST_COMPARE(a, b) (((a)->key > (b)->key) - ((a)->key < (b)->key))
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/* Pairs as they are collected: an array of ours from the start, with room. */
typedef struct Collected
{
	ArrayType  *array;
	int			npairs;
	int			room;
	bool		in_order;
} Collected;

#define LOOKUP_FIRST_ROOM	64
#define LOOKUP_SIZE(npairs)	(ARR_OVERHEAD_NONULLS(1) + (Size) (npairs) * sizeof(Pair))

static inline Pair *
collected_pairs(Collected *state)
{
	return (Pair *) ((char *) state->array + ARR_OVERHEAD_NONULLS(1));
}

PG_FUNCTION_INFO_V1(ar_lookup_accum);
Datum
ar_lookup_accum(PG_FUNCTION_ARGS)
{
	MemoryContext context;
	Collected  *state;
	Pair	   *pair;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "ar.lookup_accum called outside an aggregate");
	if (PG_ARGISNULL(0))
	{
		state = MemoryContextAllocZero(context, sizeof(Collected));
		state->room = LOOKUP_FIRST_ROOM;
		state->in_order = true;
		state->array = MemoryContextAlloc(context, LOOKUP_SIZE(state->room));
	}
	else
		state = (Collected *) PG_GETARG_POINTER(0);
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_POINTER(state);
	if (state->npairs == state->room)
	{
		/* repalloc() refuses what is too long for an array, by when room fits an int. */
		state->array = repalloc(state->array, LOOKUP_SIZE((Size) state->room * 2));
		state->room *= 2;
	}
	pair = &collected_pairs(state)[state->npairs];
	pair->key = PG_GETARG_INT64(1);
	pair->value = PG_GETARG_INT32(2);
	if (state->npairs > 0 && pair[-1].key > pair->key)
		state->in_order = false;
	state->npairs++;
	PG_RETURN_POINTER(state);
}

PG_FUNCTION_INFO_V1(ar_lookup_final);
Datum
ar_lookup_final(PG_FUNCTION_ARGS)
{
	Collected  *state;

	if (!AggCheckCallContext(fcinfo, NULL))
		elog(ERROR, "ar.lookup_final called outside an aggregate");
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (Collected *) PG_GETARG_POINTER(0);
	if (state->npairs == 0)
		PG_RETURN_NULL();
	if (!state->in_order)
	{
		sort_pairs(collected_pairs(state), state->npairs);
		state->in_order = true;
	}
	/* Room that is left is no part of it. */
	SET_VARSIZE(state->array, LOOKUP_SIZE(state->npairs));
	state->array->ndim = 1;
	state->array->dataoffset = 0;
	state->array->elemtype = INT8OID;
	ARR_DIMS(state->array)[0] = 2 * state->npairs;
	ARR_LBOUND(state->array)[0] = 1;
	PG_RETURN_ARRAYTYPE_P(state->array);
}

PG_FUNCTION_INFO_V1(ar_lookup);
Datum
ar_lookup(PG_FUNCTION_ARGS)
{
	ArrayType  *table = PG_GETARG_ARRAYTYPE_P(0);
	const Pair *pairs = (const Pair *) ARR_DATA_PTR(table);
	int64		key = PG_GETARG_INT64(1);
	int64		n;
	uintptr_t	last = (uintptr_t) fcinfo->flinfo->fn_extra;
	int64		low;			/* all before have smaller keys */
	int64		high;			/* it and all after do not */
	int64		step = 1;

	if (ARR_NDIM(table) > 1 || ARR_ELEMTYPE(table) != INT8OID ||
		array_contains_nulls(table))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("lookup table must be a one-dimensional array without nulls")));
	n = ARR_NDIM(table) == 0 ? 0 : ARR_DIMS(table)[0] / 2;
	if (n == 0)
		PG_RETURN_NULL();
	/* In growing steps away from where the last one was, then by halves. */
	low = Min((int64) last, n - 1);
	if (pairs[low].key < key)
	{
		high = low + 1;
		while (high < n && pairs[high].key < key)
		{
			low = high;
			high = Min(high + step, n);
			step *= 2;
		}
		low++;
	}
	else
	{
		high = low;
		while (low > 0 && pairs[low - 1].key >= key)
		{
			high = low - 1;
			low = Max(low - step, 0);
			step *= 2;
		}
	}
	while (low < high)
	{
		int64		middle = low + (high - low) / 2;

		if (pairs[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	fcinfo->flinfo->fn_extra = (void *) (uintptr_t) low;
	if (low == n || pairs[low].key != key)
		PG_RETURN_NULL();
	PG_RETURN_INT32((int32) pairs[low].value);
}
