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
#include "miscadmin.h"
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

/* The elements of an array of a type of fixed length, without nulls. */
static void *
get_elements(ArrayType *array, Oid type, int *n)
{
	if (ARR_NDIM(array) > 1 || ARR_ELEMTYPE(array) != type ||
		array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("keys and values must be one-dimensional arrays without nulls")));
	*n = ARR_NDIM(array) == 0 ? 0 : ARR_DIMS(array)[0];
	return ARR_DATA_PTR(array);
}

PG_FUNCTION_INFO_V1(ar_lookup_table);
Datum
ar_lookup_table(PG_FUNCTION_ARGS)
{
	int			nkeys;
	int			nvalues;
	int64	   *keys = get_elements(PG_GETARG_ARRAYTYPE_P(0), INT8OID, &nkeys);
	int32	   *values = get_elements(PG_GETARG_ARRAYTYPE_P(1), INT4OID, &nvalues);
	ArrayType  *result;
	Pair	   *pairs;
	bool		in_order = true;
	Size		size;

	if (nkeys != nvalues)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("there are %d keys and %d values", nkeys, nvalues)));
	if (nkeys == 0)
		PG_RETURN_ARRAYTYPE_P(construct_empty_array(INT8OID));
	/* palloc() refuses what is too long for an array. */
	size = ARR_OVERHEAD_NONULLS(1) + nkeys * sizeof(Pair);
	result = (ArrayType *) palloc(size);
	SET_VARSIZE(result, size);
	result->ndim = 1;
	result->dataoffset = 0;
	result->elemtype = INT8OID;
	ARR_DIMS(result)[0] = 2 * nkeys;
	ARR_LBOUND(result)[0] = 1;
	pairs = (Pair *) ARR_DATA_PTR(result);
	for (int i = 0; i < nkeys; i++)
	{
		pairs[i].key = keys[i];
		pairs[i].value = values[i];
		in_order = in_order && (i == 0 || keys[i - 1] <= keys[i]);
	}
	if (!in_order)
		sort_pairs(pairs, nkeys);
	PG_RETURN_ARRAYTYPE_P(result);
}

PG_FUNCTION_INFO_V1(ar_lookup);
Datum
ar_lookup(PG_FUNCTION_ARGS)
{
	int			nelements;
	const Pair *pairs = get_elements(PG_GETARG_ARRAYTYPE_P(0), INT8OID, &nelements);
	int64		key = PG_GETARG_INT64(1);
	int64		n = nelements / 2;
	uintptr_t	last = (uintptr_t) fcinfo->flinfo->fn_extra;
	int64		low;			/* all before have smaller keys */
	int64		high;			/* it and all after do not */
	int64		step = 1;

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
