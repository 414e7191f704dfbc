/*
 * lookup.c
 *		Values by key, for a query that asks for many of them.
 *
 * A hash join of a million items with what is known of each costs more than
 * reading both.  Keys of our tables are counted up, come about in their order
 * and have small values: a table of a bit for each key and a byte for each
 * value is built by parallel workers and handed to others at little cost, and
 * the next key is found beside the last.
 *
 * The table is a bytea: a header, chunks of 64 keys in their order, then the
 * values of all keys in theirs.  Whoever made it, no look-up leaves it.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "compat.h"
#include "miscadmin.h"
#include "nodes/pg_list.h"
#include "port/pg_bitutils.h"
#include "utils/array.h"
#include "utils/date.h"

typedef struct Table
{
	int32		vl_len_;		/* varlena header (do not touch directly!) */
	int32		width;			/* bytes a value takes: 1, 2 or 4 */
	uint32		nchunks;
	uint32		nvalues;
} Table;

/* The keys number * 64 to number * 64 + 63 that are there. */
typedef struct Chunk
{
	int64		number;
	uint64		present;		/* a bit for each */
	uint32		first;			/* where the values of these start */
	uint32		unused;
} Chunk;

typedef struct Pair
{
	int64		key;
	int32		value;
} Pair;

#define ST_SORT sort_pairs
#define ST_ELEMENT_TYPE Pair
#define ST_COMPARE(a, b) (((a)->key > (b)->key) - ((a)->key < (b)->key))
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/* What is collected: the last pairs as they came, before them tables. */
typedef struct Collected
{
	List	   *tables;
	Pair	   *pairs;
	int			npairs;
	int			room;
	bool		in_order;
} Collected;

#define FIRST_ROOM	64
#define MOST_ROOM	16384

#define CHUNK_KEYS			64
#define KEY_CHUNK(key)		((key) >> 6)
#define KEY_BIT(key)		(UINT64CONST(1) << ((key) & (CHUNK_KEYS - 1)))

static inline Size
table_size(uint64 nchunks, uint64 nvalues, int width)
{
	return sizeof(Table) + nchunks * sizeof(Chunk) + nvalues * width;
}

/* A table comes from anywhere, so that its chunks may not be aligned. */
static inline Chunk
table_chunk(const Table *table, uint32 i)
{
	Chunk		chunk;

	memcpy(&chunk, (const char *) (table + 1) + i * sizeof(Chunk), sizeof(Chunk));
	return chunk;
}

static inline char *
table_values(const Table *table)
{
	return (char *) (table + 1) + table->nchunks * sizeof(Chunk);
}

static inline int32
get_value(const char *values, int width, uint32 i)
{
	int16		small;
	int32		value;

	if (width == 1)
		return ((const int8 *) values)[i];
	if (width == 2)
	{
		memcpy(&small, values + i * sizeof(small), sizeof(small));
		return small;
	}
	memcpy(&value, values + (Size) i * sizeof(value), sizeof(value));
	return value;
}

static inline void
put_value(char *values, int width, uint32 i, int32 value)
{
	int16		small = value;

	if (width == 1)
		((int8 *) values)[i] = value;
	else if (width == 2)
		memcpy(values + i * sizeof(small), &small, sizeof(small));
	else
		memcpy(values + (Size) i * sizeof(value), &value, sizeof(value));
}

static inline int
value_width(int32 value)
{
	return value == (int8) value ? 1 : value == (int16) value ? 2 : 4;
}

/* A table in the making, with room for the most there can be. */
static Table *
table_begin(uint64 nchunks, uint64 nvalues, int width)
{
	Table	   *table = palloc(table_size(nchunks, nvalues, width));

	table->width = width;
	table->nchunks = nchunks;
	table->nvalues = 0;
	return table;
}

/* Takes away the room of chunks that were not needed. */
static Table *
table_end(Table *table, uint32 nchunks)
{
	const char *values = table_values(table);

	table->nchunks = nchunks;
	memmove(table_values(table), values, (Size) table->nvalues * table->width);
	SET_VARSIZE(table, table_size(nchunks, table->nvalues, table->width));
	return table;
}

static void
refuse_double(int64 key)
{
	ereport(ERROR,
			(errcode(ERRCODE_CARDINALITY_VIOLATION),
			 errmsg("key " INT64_FORMAT " has more than one value", key),
			 errhint("A lookup table has one value for each key.")));
}

/* The pairs collected last, as a table beside the others. */
static void
finish_pairs(Collected *state, MemoryContext context)
{
	MemoryContext before;
	Pair	   *pairs = state->pairs;
	Table	   *table;
	Chunk	   *chunk;
	uint32		nchunks = 1;
	int			width = 1;

	if (state->npairs == 0)
		return;
	if (!state->in_order)
		sort_pairs(pairs, state->npairs);
	for (int i = 0; i < state->npairs; i++)
	{
		width = Max(width, value_width(pairs[i].value));
		if (i == 0)
			continue;
		if (pairs[i].key == pairs[i - 1].key)
			refuse_double(pairs[i].key);
		nchunks += KEY_CHUNK(pairs[i].key) != KEY_CHUNK(pairs[i - 1].key);
	}
	before = MemoryContextSwitchTo(context);
	table = table_begin(nchunks, state->npairs, width);
	chunk = (Chunk *) (table + 1) - 1;
	for (int i = 0; i < state->npairs; i++)
	{
		if (i == 0 || chunk->number != KEY_CHUNK(pairs[i].key))
		{
			chunk++;
			chunk->number = KEY_CHUNK(pairs[i].key);
			chunk->present = 0;
			chunk->first = i;
			chunk->unused = 0;
		}
		chunk->present |= KEY_BIT(pairs[i].key);
		put_value(table_values(table), width, i, pairs[i].value);
	}
	table->nvalues = state->npairs;
	state->tables = lappend(state->tables, table_end(table, nchunks));
	MemoryContextSwitchTo(before);
	state->npairs = 0;
	state->in_order = true;
}

/* Adds values of one table, from a place on, to the end of another. */
static void
copy_values(Table *table, const Table *from, uint32 first, uint32 n)
{
	const char *values = table_values(from);

	if (from->width == table->width)
		memcpy(table_values(table) + (Size) table->nvalues * table->width,
			   values + (Size) first * from->width, (Size) n * from->width);
	else
		for (uint32 i = 0; i < n; i++)
			put_value(table_values(table), table->width, table->nvalues + i,
					  get_value(values, from->width, first + i));
	table->nvalues += n;
}

static Table *
merge_tables(const Table *a, const Table *b)
{
	uint64		nvalues = (uint64) a->nvalues + b->nvalues;
	Table	   *table;
	Chunk	   *chunk;
	uint32		i = 0;
	uint32		j = 0;

	if (nvalues > PG_INT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many values for a lookup table")));
	table = table_begin((uint64) a->nchunks + b->nchunks, nvalues,
						Max(a->width, b->width));
	chunk = (Chunk *) (table + 1);
	for (; i < a->nchunks || j < b->nchunks; chunk++)
	{
		Chunk		ours = i < a->nchunks ? table_chunk(a, i) : (Chunk) {0};
		Chunk		theirs = j < b->nchunks ? table_chunk(b, j) : (Chunk) {0};

		CHECK_FOR_INTERRUPTS();
		*chunk = j == b->nchunks || (i < a->nchunks && ours.number <= theirs.number) ? ours : theirs;
		chunk->first = table->nvalues;
		if (i == a->nchunks || j == b->nchunks || ours.number != theirs.number)
		{
			bool		is_ours = i < a->nchunks && chunk->number == ours.number;

			copy_values(table, is_ours ? a : b, is_ours ? ours.first : theirs.first,
						pg_popcount64(chunk->present));
			if (is_ours)
				i++;
			else
				j++;
			continue;
		}
		if (ours.present & theirs.present)
			refuse_double(ours.number * CHUNK_KEYS +
						  pg_rightmost_one_pos64(ours.present & theirs.present));
		chunk->present |= theirs.present;
		for (uint64 rest = chunk->present; rest != 0; rest &= rest - 1)
		{
			bool		is_ours = (ours.present & rest & -rest) != 0;

			copy_values(table, is_ours ? a : b, is_ours ? ours.first++ : theirs.first++, 1);
		}
		i++;
		j++;
	}
	return table_end(table, chunk - (Chunk *) (table + 1));
}

/* All that was collected as one table; null where that is nothing. */
static Table *
finish(Collected *state, MemoryContext context)
{
	MemoryContext before;

	finish_pairs(state, context);
	before = MemoryContextSwitchTo(context);
	while (list_length(state->tables) > 1)
	{
		List	   *merged = NIL;

		for (int i = 0; i < list_length(state->tables); i += 2)
		{
			Table	   *table = list_nth(state->tables, i);

			if (i + 1 < list_length(state->tables))
			{
				Table	   *other = list_nth(state->tables, i + 1);
				Table	   *both = merge_tables(table, other);

				pfree(table);
				pfree(other);
				table = both;
			}
			merged = lappend(merged, table);
		}
		list_free(state->tables);
		state->tables = merged;
	}
	MemoryContextSwitchTo(before);
	return state->tables == NIL ? NULL : linitial(state->tables);
}

static MemoryContext
aggregate_context(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "a function of ar.lookup_table called outside it");
	return context;
}

static Collected *
new_state(MemoryContext context)
{
	Collected  *state = MemoryContextAlloc(context, sizeof(Collected));

	state->tables = NIL;
	state->pairs = NULL;
	state->npairs = 0;
	state->room = 0;
	state->in_order = true;
	return state;
}

PG_FUNCTION_INFO_V1(ar_lookup_accum);
Datum
ar_lookup_accum(PG_FUNCTION_ARGS)
{
	MemoryContext context = aggregate_context(fcinfo);
	Collected  *state = PG_ARGISNULL(0) ? new_state(context) :
		(Collected *) PG_GETARG_POINTER(0);
	Pair	   *pair;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_POINTER(state);
	if (state->room == 0)
	{
		state->room = FIRST_ROOM;
		state->pairs = MemoryContextAlloc(context, FIRST_ROOM * sizeof(Pair));
	}
	else if (state->npairs == MOST_ROOM)
		finish_pairs(state, context);
	else if (state->npairs == state->room)
	{
		state->room *= 2;
		state->pairs = repalloc(state->pairs, state->room * sizeof(Pair));
	}
	pair = &state->pairs[state->npairs];
	pair->key = PG_GETARG_INT64(1);
	pair->value = PG_GETARG_INT32(2);
	if (state->npairs > 0 && pair[-1].key > pair->key)
		state->in_order = false;
	state->npairs++;
	PG_RETURN_POINTER(state);
}

PG_FUNCTION_INFO_V1(ar_lookup_serialize);
Datum
ar_lookup_serialize(PG_FUNCTION_ARGS)
{
	MemoryContext context = aggregate_context(fcinfo);
	Table	   *table = finish((Collected *) PG_GETARG_POINTER(0), context);

	if (table == NULL)
	{
		table = table_begin(0, 0, 1);
		SET_VARSIZE(table, table_size(0, 0, 1));
	}
	PG_RETURN_BYTEA_P(table);
}

PG_FUNCTION_INFO_V1(ar_lookup_deserialize);
Datum
ar_lookup_deserialize(PG_FUNCTION_ARGS)
{
	Collected  *state;
	Table	   *table;

	(void) aggregate_context(fcinfo);
	/* Into the caller's context, as what is combined with the rest. */
	state = new_state(CurrentMemoryContext);
	table = (Table *) PG_GETARG_BYTEA_P_COPY(0);
	if (table->nvalues > 0)
		state->tables = list_make1(table);
	PG_RETURN_POINTER(state);
}

PG_FUNCTION_INFO_V1(ar_lookup_combine);
Datum
ar_lookup_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = aggregate_context(fcinfo);
	MemoryContext before;
	Collected  *state = PG_ARGISNULL(0) ? NULL : (Collected *) PG_GETARG_POINTER(0);
	Collected  *other = PG_ARGISNULL(1) ? NULL : (Collected *) PG_GETARG_POINTER(1);
	ListCell   *cell;

	if (other == NULL)
	{
		if (state == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}
	if (state == NULL)
		state = new_state(context);
	finish_pairs(other, CurrentMemoryContext);
	before = MemoryContextSwitchTo(context);
	foreach(cell, other->tables)
	{
		Table	   *table = lfirst(cell);
		Table	   *copy = palloc(VARSIZE(table));

		memcpy(copy, table, VARSIZE(table));
		state->tables = lappend(state->tables, copy);
	}
	MemoryContextSwitchTo(before);
	PG_RETURN_POINTER(state);
}

PG_FUNCTION_INFO_V1(ar_lookup_final);
Datum
ar_lookup_final(PG_FUNCTION_ARGS)
{
	MemoryContext context = aggregate_context(fcinfo);
	Table	   *table;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	table = finish((Collected *) PG_GETARG_POINTER(0), context);
	if (table == NULL)
		PG_RETURN_NULL();
	PG_RETURN_BYTEA_P(table);
}

/* Which chunk of the table has the number, in growing steps away from where the last one was, then by halves. */
static uint32
find_chunk(const Table *table, int64 number, uint32 last)
{
	uint32		n = table->nchunks;
	uint32		low = Min(last, n - 1); /* all before have smaller numbers */
	uint32		high;			/* it and all after do not */
	uint32		step = 1;

	if (table_chunk(table, low).number < number)
	{
		high = low + 1;
		while (high < n && table_chunk(table, high).number < number)
		{
			low = high;
			high = step < n - high ? high + step : n;
			step *= 2;
		}
		low++;
	}
	else
	{
		high = low;
		while (low > 0 && table_chunk(table, low - 1).number >= number)
		{
			high = low - 1;
			low = step < low ? low - step : 0;
			step *= 2;
		}
	}
	while (low < high)
	{
		uint32		middle = low + (high - low) / 2;

		if (table_chunk(table, middle).number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Looks a key up, beside where the call before found its own. */
static inline bool
find_value(FunctionCallInfo fcinfo, const Table *table, int64 key, int32 *value)
{
	uint32		at = (uint32) (uintptr_t) fcinfo->flinfo->fn_extra;
	Chunk		chunk;
	uint64		place;

	if (VARSIZE(table) < sizeof(Table) ||
		(table->width != 1 && table->width != 2 && table->width != 4) ||
		VARSIZE(table) != table_size(table->nchunks, table->nvalues, table->width))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("not a lookup table"),
				 errhint("Make one with ar.lookup_table.")));
	if (table->nchunks == 0)
		return false;
	if (at >= table->nchunks ||
		table_chunk(table, at).number != KEY_CHUNK(key))
	{
		at = find_chunk(table, KEY_CHUNK(key), at);
		fcinfo->flinfo->fn_extra = (void *) (uintptr_t) at;
		if (at == table->nchunks)
			return false;
	}
	chunk = table_chunk(table, at);
	if (chunk.number != KEY_CHUNK(key) || (chunk.present & KEY_BIT(key)) == 0)
		return false;
	place = (uint64) chunk.first + pg_popcount64(chunk.present & (KEY_BIT(key) - 1));
	if (place >= table->nvalues)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("lookup table has no value for key " INT64_FORMAT, key)));
	*value = get_value(table_values(table), table->width, place);
	return true;
}

PG_FUNCTION_INFO_V1(ar_lookup);
Datum
ar_lookup(PG_FUNCTION_ARGS)
{
	int32		value;

	if (!find_value(fcinfo, (const Table *) PG_GETARG_BYTEA_P(0), PG_GETARG_INT64(1), &value))
		PG_RETURN_NULL();
	PG_RETURN_INT32(value);
}

/* Whether a day is by the date whose place a key has; the first without one. */
PG_FUNCTION_INFO_V1(ar_lookup_is_by);
Datum
ar_lookup_is_by(PG_FUNCTION_ARGS)
{
	ArrayType  *dates;
	int32		place = 1;
	DateADT		date;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
		PG_RETURN_NULL();
	if (!PG_ARGISNULL(0))
		(void) find_value(fcinfo, (const Table *) PG_GETARG_BYTEA_P(0), PG_GETARG_INT64(1), &place);
	dates = PG_GETARG_ARRAYTYPE_P(2);
	if (likely(ARR_NDIM(dates) == 1 && ARR_LBOUND(dates)[0] == 1 && !ARR_HASNULL(dates)))
	{
		if (place < 1 || place > ARR_DIMS(dates)[0])
			PG_RETURN_NULL();
		date = ((const DateADT *) ARR_DATA_PTR(dates))[place - 1];
	}
	else
	{
		bool		is_null;

		date = DatumGetDateADT(array_get_element(PointerGetDatum(dates), 1, &place, -1, sizeof(DateADT),
												 true, TYPALIGN_INT, &is_null));
		if (is_null)
			PG_RETURN_NULL();
	}
	PG_RETURN_BOOL(PG_GETARG_DATEADT(3) <= date);
}
