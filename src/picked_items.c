/*
 * picked_items.c
 *		What accounts come to, beside the items picked of them: aggregate
 *		ar.pick_items.
 *
 * One pass over all that is open gives both, with an exact sum for each
 * account.  Amounts that 64 bits hold are added up as such, all others by
 * numeric's own addition.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "common/int.h"
#include "compat.h"
#include "decimal.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "sums.h"
#include "utils/array.h"
#include "utils/builtins.h"

/* The unit of small sums: 10000^-1. */
#define SMALL_FRACTION	1

/* Of all items of an account, and of those that were picked. */
#define ALL		0
#define PICKED	1

typedef struct Account
{
	int64		key;
	int64		small[2];		/* sums in small units */
	uint32		large;			/* number of its large sums; 0 without */
	/* Of both sums what is the most decimals an amount showed. */
	uint32		status:1,
				is_picked:1,
				scale:15,
				picked_scale:15;
} Account;

static inline uint32
account_hash(int64 key)
{
	return ((uint64) key * UINT64CONST(0x9E3779B97F4A7C15)) >> 32;
}

#define SH_PREFIX accounts
#define SH_ELEMENT_TYPE Account
#define SH_KEY_TYPE int64
#define SH_KEY key
#define SH_HASH_KEY(tb, key) account_hash(key)
#define SH_EQUAL(tb, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DEFINE
#define SH_DECLARE
#include "lib/simplehash.h"

typedef struct PickedItem
{
	int64		id;
	int64		account;
} PickedItem;

/* What small sums do not hold; null without. */
typedef struct LargeSums
{
	Numeric		sum[2];
} LargeSums;

/* An amount on its way to its account. */
typedef struct Waiting
{
	int64		key;
	int64		units;
	int16		scale;
	bool		is_picked;
} Waiting;

/* So many wait: an account comes from memory meanwhile, which takes longer than to add. */
#define MOST_WAITING	32

typedef struct Picked
{
	MemoryContext context;
	accounts_hash *accounts;
	int			nwaiting;
	Waiting		waiting[MOST_WAITING];
	LargeSums  *large;
	uint32		nlarge;
	uint32		large_room;
	PickedItem *items;
	int64		nitems;
	int64		items_room;
} Picked;

/* What a worker hands over: accounts, items, then the large sums that are there. */
typedef struct Handed
{
	int32		vl_len_;		/* varlena header (do not touch directly!) */
	uint32		naccounts;
	int64		nitems;
} Handed;

#ifdef __GNUC__
#define prefetch(address)	__builtin_prefetch(address, 1)
#else
#define prefetch(address)	((void) (address))
#endif

#define FIRST_ACCOUNTS	256
#define FIRST_ITEMS		64
#define FIRST_LARGE		8

static MemoryContext
aggregate_context(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "a function of ar.pick_items called outside it");
	return context;
}

static Picked *
new_state(MemoryContext context, uint32 naccounts)
{
	Picked	   *state = MemoryContextAllocZero(context, sizeof(Picked));

	state->context = context;
	state->accounts = accounts_create(context, naccounts, NULL);
	return state;
}

static inline Account *
get_account(Picked *state, int64 key)
{
	bool		found;
	Account    *account = accounts_insert(state->accounts, key, &found);

	if (!found)
	{
		account->small[ALL] = 0;
		account->small[PICKED] = 0;
		account->large = 0;
		account->is_picked = false;
		account->scale = 0;
		account->picked_scale = 0;
	}
	return account;
}

static void
add_large(Picked *state, Account *account, int which, Numeric amount)
{
	MemoryContext before = MemoryContextSwitchTo(state->context);
	Numeric    *sum;

	if (account->large == 0)
	{
		if (state->nlarge == state->large_room)
		{
			state->large_room = state->large_room == 0 ? FIRST_LARGE : state->large_room * 2;
			state->large = state->large == NULL ?
				palloc(state->large_room * sizeof(LargeSums)) :
				repalloc(state->large, state->large_room * sizeof(LargeSums));
		}
		state->large[state->nlarge].sum[ALL] = NULL;
		state->large[state->nlarge].sum[PICKED] = NULL;
		account->large = ++state->nlarge;
	}
	sum = &state->large[account->large - 1].sum[which];
	if (*sum == NULL)
		*sum = DatumGetNumericCopy(NumericGetDatum(amount));
	else
	{
		Numeric		last = *sum;

		*sum = DatumGetNumeric(DirectFunctionCall2(numeric_add,
												   NumericGetDatum(last),
												   NumericGetDatum(amount)));
		pfree(last);
	}
	MemoryContextSwitchTo(before);
}

static inline void
add_small(Picked *state, Account *account, int which, int64 units)
{
	int64		sum;

	if (unlikely(pg_add_s64_overflow(account->small[which], units, &sum)))
	{
		uint64		words[] = {account->small[which]};

		/* The large sum takes over what there was. */
		add_large(state, account, which,
				  words_to_numeric(words, 1, SMALL_FRACTION, SMALL_FRACTION * DECIMAL_GROUP));
		sum = units;
	}
	account->small[which] = sum;
}

static inline void
add_scale(Account *account, int which, int scale)
{
	if (which == ALL)
		account->scale = Max(account->scale, scale);
	else
		account->picked_scale = Max(account->picked_scale, scale);
}

/* Those that wait get to their accounts. */
static void
add_waiting(Picked *state)
{
	for (int i = 0; i < state->nwaiting; i++)
	{
		const Waiting *waiting = &state->waiting[i];
		Account    *account = get_account(state, waiting->key);

		add_small(state, account, ALL, waiting->units);
		add_scale(account, ALL, waiting->scale);
		if (waiting->is_picked)
		{
			account->is_picked = true;
			add_small(state, account, PICKED, waiting->units);
			add_scale(account, PICKED, waiting->scale);
		}
	}
	state->nwaiting = 0;
}

static void
add_item(Picked *state, PickedItem item)
{
	if (state->nitems == state->items_room)
	{
		int64		room = state->nitems == 0 ? FIRST_ITEMS : state->nitems * 2;

		state->items = state->items == NULL ?
			MemoryContextAlloc(state->context, room * sizeof(PickedItem)) :
			repalloc_huge(state->items, room * sizeof(PickedItem));
		state->items_room = room;
	}
	state->items[state->nitems++] = item;
}

PG_FUNCTION_INFO_V1(ar_pick_items_accum);
Datum
ar_pick_items_accum(PG_FUNCTION_ARGS)
{
	MemoryContext context = aggregate_context(fcinfo);
	Picked	   *state = PG_ARGISNULL(0) ? new_state(context, FIRST_ACCOUNTS) :
		(Picked *) PG_GETARG_POINTER(0);
	bool		is_picked = !PG_ARGISNULL(3);
	int64		key;
	struct varlena *amount;
	Decimal		decimal;
	int64		units;
	bool		is_finite;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_POINTER(state);
	key = PG_GETARG_INT64(1);
	amount = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(2));
	is_finite = decimal_read(amount, &decimal);
	if (likely(is_finite && sum_small_amount(&decimal, SMALL_FRACTION, &units)))
	{
		prefetch(&state->accounts->data[account_hash(key) & state->accounts->sizemask]);
		state->waiting[state->nwaiting++] = (Waiting)
		{
			key, units, decimal.scale, is_picked
		};
		if (state->nwaiting == MOST_WAITING)
			add_waiting(state);
	}
	else
	{
		Account    *account = get_account(state, key);

		account->is_picked |= is_picked;
		for (int which = ALL; which <= (is_picked ? PICKED : ALL); which++)
			add_large(state, account, which, PG_GETARG_NUMERIC(2));
	}
	if (is_picked)
		add_item(state, (PickedItem) {PG_GETARG_INT64(3), key});
	PG_RETURN_POINTER(state);
}

PG_FUNCTION_INFO_V1(ar_pick_items_serialize);
Datum
ar_pick_items_serialize(PG_FUNCTION_ARGS)
{
	Picked	   *state = (Picked *) PG_GETARG_POINTER(0);
	Size		items_size = state->nitems * sizeof(PickedItem);
	Size		size = sizeof(Handed) + items_size;
	Handed	   *handed;
	Account    *account;
	char	   *rest;
	accounts_iterator at;

	(void) aggregate_context(fcinfo);
	add_waiting(state);
	size += state->accounts->members * sizeof(Account);
	for (uint32 i = 0; i < state->nlarge; i++)
		for (int which = ALL; which <= PICKED; which++)
			size += sizeof(int32) + (state->large[i].sum[which] == NULL ? 0 : VARSIZE(state->large[i].sum[which]));
	handed = palloc(size);
	SET_VARSIZE(handed, size);
	handed->naccounts = state->accounts->members;
	handed->nitems = state->nitems;
	rest = (char *) (handed + 1);
	accounts_start_iterate(state->accounts, &at);
	while ((account = accounts_iterate(state->accounts, &at)) != NULL)
	{
		memcpy(rest, account, sizeof(Account));
		rest += sizeof(Account);
	}
	if (items_size > 0)
		memcpy(rest, state->items, items_size);
	rest += items_size;
	for (uint32 i = 0; i < state->nlarge; i++)
		for (int which = ALL; which <= PICKED; which++)
		{
			Numeric		sum = state->large[i].sum[which];
			int32		length = sum == NULL ? 0 : VARSIZE(sum);

			memcpy(rest, &length, sizeof(length));
			rest += sizeof(length);
			if (length > 0)
				memcpy(rest, sum, length);
			rest += length;
		}
	PG_RETURN_BYTEA_P(handed);
}

/* A copy, aligned. */
PG_FUNCTION_INFO_V1(ar_pick_items_deserialize);
Datum
ar_pick_items_deserialize(PG_FUNCTION_ARGS)
{
	(void) aggregate_context(fcinfo);
	PG_RETURN_POINTER(PG_GETARG_BYTEA_P_COPY(0));
}

/* Adds what a worker handed over. */
PG_FUNCTION_INFO_V1(ar_pick_items_combine);
Datum
ar_pick_items_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = aggregate_context(fcinfo);
	Picked	   *state = PG_ARGISNULL(0) ? NULL : (Picked *) PG_GETARG_POINTER(0);
	const Handed *handed;
	const Account *accounts;
	const PickedItem *items;
	const char *rest;
	LargeSums  *large = NULL;
	uint32		nlarge = 0;

	if (PG_ARGISNULL(1))
	{
		if (state == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(state);
	}
	handed = (const Handed *) PG_GETARG_POINTER(1);
	accounts = (const Account *) (handed + 1);
	items = (const PickedItem *) (accounts + handed->naccounts);
	if (state == NULL)
		state = new_state(context, Max(handed->naccounts, FIRST_ACCOUNTS));
	for (uint32 i = 0; i < handed->naccounts; i++)
		nlarge = Max(nlarge, accounts[i].large);
	if (nlarge > 0)
		large = palloc(nlarge * sizeof(LargeSums));
	rest = (const char *) (items + handed->nitems);
	for (uint32 i = 0; i < nlarge; i++)
		for (int which = ALL; which <= PICKED; which++)
		{
			int32		length;

			memcpy(&length, rest, sizeof(length));
			rest += sizeof(length);
			large[i].sum[which] = NULL;
			if (length > 0)
			{
				large[i].sum[which] = palloc(length);
				memcpy(large[i].sum[which], rest, length);
			}
			rest += length;
		}
	for (uint32 i = 0; i < handed->naccounts; i++)
	{
		const Account *other = &accounts[i];
		Account    *account = get_account(state, other->key);

		for (int which = ALL; which <= PICKED; which++)
		{
			add_small(state, account, which, other->small[which]);
			if (other->large > 0 && large[other->large - 1].sum[which] != NULL)
				add_large(state, account, which, large[other->large - 1].sum[which]);
		}
		add_scale(account, ALL, other->scale);
		add_scale(account, PICKED, other->picked_scale);
		account->is_picked |= other->is_picked;
	}
	for (int64 i = 0; i < handed->nitems; i++)
		add_item(state, items[i]);
	PG_RETURN_POINTER(state);
}

static Datum
account_sum(const Picked *state, const Account *account, int which)
{
	uint64		words[] = {account->small[which]};
	Numeric		small = words_to_numeric(words, 1, SMALL_FRACTION,
										 which == ALL ? account->scale : account->picked_scale);

	if (account->large == 0 || state->large[account->large - 1].sum[which] == NULL)
		return NumericGetDatum(small);
	return DirectFunctionCall2(numeric_add, NumericGetDatum(small),
							   NumericGetDatum(state->large[account->large - 1].sum[which]));
}

typedef const Account *AccountPointer;

#define ST_SORT sort_accounts
#define ST_ELEMENT_TYPE AccountPointer
#define ST_COMPARE(a, b) (((*(a))->key > (*(b))->key) - ((*(a))->key < (*(b))->key))
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

#define ST_SORT sort_items
#define ST_ELEMENT_TYPE PickedItem
#define ST_COMPARE(a, b) (((a)->id > (b)->id) - ((a)->id < (b)->id))
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

static Datum
int8_array(Datum *values, int n)
{
	return PointerGetDatum(construct_array(values, n, INT8OID, sizeof(int64),
										   FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

static Datum
numeric_array(Datum *values, int n)
{
	return PointerGetDatum(construct_array(values, n, NUMERICOID, -1, false,
										   TYPALIGN_INT));
}

PG_FUNCTION_INFO_V1(ar_pick_items_final);
Datum
ar_pick_items_final(PG_FUNCTION_ARGS)
{
	Picked	   *state;
	TupleDesc	desc;
	AccountPointer *accounts;
	Account    *account;
	accounts_iterator at;
	int			n = 0;
	Datum	   *keys;
	Datum	   *sums[2];
	Datum	   *items;
	Datum	   *item_accounts;
	Datum		values[5];
	bool		nulls[5] = {false};

	(void) aggregate_context(fcinfo);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (Picked *) PG_GETARG_POINTER(0);
	add_waiting(state);
	if (state->nitems == 0)
		PG_RETURN_NULL();
	if (state->nitems > PG_INT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many items are picked")));
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE ||
		desc->natts != lengthof(values))
		elog(ERROR, "ar.pick_items has another result than expected");

	accounts = palloc_extended(state->accounts->members * sizeof(AccountPointer), MCXT_ALLOC_HUGE);
	accounts_start_iterate(state->accounts, &at);
	while ((account = accounts_iterate(state->accounts, &at)) != NULL)
		if (account->is_picked)
			accounts[n++] = account;
	sort_accounts(accounts, n);
	keys = palloc_extended(n * sizeof(Datum), MCXT_ALLOC_HUGE);
	sums[ALL] = palloc_extended(n * sizeof(Datum), MCXT_ALLOC_HUGE);
	sums[PICKED] = palloc_extended(n * sizeof(Datum), MCXT_ALLOC_HUGE);
	for (int i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		keys[i] = Int64GetDatum(accounts[i]->key);
		sums[ALL][i] = account_sum(state, accounts[i], ALL);
		sums[PICKED][i] = account_sum(state, accounts[i], PICKED);
	}
	/* In the order in which they are locked. */
	sort_items(state->items, state->nitems);
	items = palloc_extended(state->nitems * sizeof(Datum), MCXT_ALLOC_HUGE);
	item_accounts = palloc_extended(state->nitems * sizeof(Datum), MCXT_ALLOC_HUGE);
	for (int i = 0; i < state->nitems; i++)
	{
		items[i] = Int64GetDatum(state->items[i].id);
		item_accounts[i] = Int64GetDatum(state->items[i].account);
	}
	values[0] = int8_array(keys, n);
	values[1] = numeric_array(sums[ALL], n);
	values[2] = numeric_array(sums[PICKED], n);
	values[3] = int8_array(items, state->nitems);
	values[4] = int8_array(item_accounts, state->nitems);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
