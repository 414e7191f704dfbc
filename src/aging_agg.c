/*
 * aging_agg.c
 *		The ageing aggregate, ar.aging_agg: one pass, exact, state in place.
 */
#include "postgres.h"

#include "aging.h"
#include "catalog/pg_type.h"
#include "common/int.h"
#include "compat.h"
#include "decimal.h"
#include "sums.h"
#include "utils/array.h"
#include "utils/date.h"
#include "words.h"

static const int32 default_bounds[] = {0, 30, 60, 90};

/* One item as the aggregate receives it. */
typedef struct Item
{
	Decimal		amount;
	int64		days;			/* past due */
} Item;

/* The bounds argument, checked for what an int[] may hold, not for order. */
static const int32 *
get_bounds(ArrayType *array, int *nbounds)
{
	if (ARR_NDIM(array) > 1 || array_contains_nulls(array) ||
		ARR_ELEMTYPE(array) != INT4OID)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("ageing bounds must be a one-dimensional array without nulls")));
	*nbounds = ARR_NDIM(array) == 0 ? 0 : ARR_DIMS(array)[0];
	return (const int32 *) ARR_DATA_PTR(array);
}

/* Days past due; an infinite date has none. */
static int64
days_past_due(DateADT due, DateADT as_of)
{
	if (DATE_NOT_FINITE(due) || DATE_NOT_FINITE(as_of))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("cannot age an item with an infinite %s date",
						DATE_NOT_FINITE(due) ? "due" : "as-of")));
	return (int64) as_of - due;
}

static inline int
bucket_of(const Aging *state, int64 days)
{
	int			bucket = 0;

	/* No early exit: a comparison costs less than a mispredicted branch. */
	for (int i = 0; i < state->nbounds; i++)
		bucket += days > state->bounds[i];
	return bucket;
}

/* Adds an item where every sum stays within one word; false if one might not. */
static inline bool
accumulate_small(Aging *state, const Item *item)
{
	uint64	   *bucket = aging_bucket(state, bucket_of(state, item->days));
	int64	   *amount = (int64 *) &bucket[1];
	int64	   *debit = (int64 *) aging_debit(state);
	int64	   *day_amount = debit + 1;
	int64		units;
	int64		new_amount;

	if (state->nwords != 1 ||
		!sum_small_amount(&item->amount, state->fraction, &units) ||
		pg_add_s64_overflow(*amount, units, &new_amount) ||
		new_amount == PG_INT64_MIN)
		return false;
	if (item->days > 0 && units > 0)
	{
		int64		days_added;
		int64		new_debit;
		int64		new_day_amount;

		if (pg_mul_s64_overflow(units, item->days, &days_added) ||
			pg_add_s64_overflow(*day_amount, days_added, &new_day_amount) ||
			pg_add_s64_overflow(*debit, units, &new_debit))
			return false;
		*debit = new_debit;
		*day_amount = new_day_amount;
	}
	*amount = new_amount;
	bucket[0] += TALLY(1, 0);
	if (TALLY_SCALE(bucket[0]) < item->amount.scale)
		bucket[0] = TALLY(TALLY_ITEMS(bucket[0]), item->amount.scale);
	return true;
}

/* Adds an item of any size, as an ageing of its own. */
static Aging *
accumulate_large(Aging *state, const Item *item)
{
	int			fraction = Max(decimal_fraction(&item->amount), 1);
	Aging	   *single = aging_create(state->nbounds, state->bounds);
	uint64	   *bucket;

	single = aging_resize(single, AGING_MAX_WORDS,
						  Max(fraction, state->fraction));
	bucket = aging_bucket(single, bucket_of(single, item->days));
	bucket[0] = TALLY(1, item->amount.scale);
	if (!decimal_to_words(&item->amount, single->fraction,
						  bucket + 1, AGING_MAX_WORDS))
		aging_overflow();
	if (item->days > 0 && !item->amount.negative)
	{
		memcpy(aging_debit(single), bucket + 1,
			   AGING_MAX_WORDS * sizeof(uint64));
		memcpy(aging_day_amount(single), bucket + 1,
			   AGING_MAX_WORDS * sizeof(uint64));
		/* Two finite dates are less than 2^32 days apart. */
		if (!words_multiply(aging_day_amount(single), AGING_MAX_WORDS,
							(uint32) item->days))
			aging_overflow();
	}
	return aging_merge(state, single);
}

/*
 * The transition of both item signatures.  The state may be changed in place
 * because nodeAgg hands it to nobody else; a state that had to grow is
 * returned in the caller's context, from where nodeAgg copies it.
 */
static pg_attribute_always_inline Datum
accumulate(FunctionCallInfo fcinfo, const int32 *bounds, int nbounds)
{
	Aging	   *state = PG_ARGISNULL(0) ? NULL : (Aging *) PG_GETARG_POINTER(0);
	struct varlena *amount;
	Item		item;

	if (unlikely(PG_ARGISNULL(2) || PG_ARGISNULL(3)))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("cannot age an amount without %s date",
						PG_ARGISNULL(2) ? "a due" : "an as-of"),
				 PG_ARGISNULL(2) ?
				 errhint("Receipts and journals have no due date of their own: pass coalesce(due_date, posting_date), or leave such rows out with FILTER.") : 0));

	amount = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(1));
	if (unlikely(!decimal_read(amount, &item.amount)))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("cannot age an amount that is NaN or infinite")));
	item.days = days_past_due(PG_GETARG_DATEADT(2), PG_GETARG_DATEADT(3));

	if (state == NULL)
	{
		aging_check_bounds(nbounds, bounds);
		state = aging_create(nbounds, bounds);
	}
	else if (unlikely(state->nbounds != nbounds ||
					  memcmp(state->bounds, bounds,
							 nbounds * sizeof(int32)) != 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("ageing bounds must be the same for every item of a group")));

	if (likely(accumulate_small(state, &item)))
		PG_RETURN_POINTER(state);
	PG_RETURN_POINTER(accumulate_large(state, &item));
}

static void
check_aggregate(FunctionCallInfo fcinfo)
{
	if (!AggCheckCallContext(fcinfo, NULL))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("an ageing's transition functions can be called by the aggregate only"),
				 errhint("Use ar.aging_agg, or the operator + to add two ageings.")));
}

/* An amount that is null is no item, as for sum(). */
static Datum
keep_state(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

PG_FUNCTION_INFO_V1(ar_aging_accum);
Datum
ar_aging_accum(PG_FUNCTION_ARGS)
{
	check_aggregate(fcinfo);
	if (PG_ARGISNULL(1))
		return keep_state(fcinfo);
	return accumulate(fcinfo, default_bounds, lengthof(default_bounds));
}

PG_FUNCTION_INFO_V1(ar_aging_accum_bounds);
Datum
ar_aging_accum_bounds(PG_FUNCTION_ARGS)
{
	const int32 *bounds;
	int			nbounds;

	check_aggregate(fcinfo);
	if (PG_ARGISNULL(1))
		return keep_state(fcinfo);
	if (PG_ARGISNULL(4))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("ageing bounds must not be null")));
	bounds = get_bounds(PG_GETARG_ARRAYTYPE_P(4), &nbounds);
	return accumulate(fcinfo, bounds, nbounds);
}

/* Adds one state or stored value to another; strict. */
PG_FUNCTION_INFO_V1(ar_aging_combine);
Datum
ar_aging_combine(PG_FUNCTION_ARGS)
{
	check_aggregate(fcinfo);
	PG_RETURN_POINTER(aging_merge(PG_GETARG_AGING_P(0), PG_GETARG_AGING_P(1)));
}

/* A copy: a window's state goes on growing after it. */
PG_FUNCTION_INFO_V1(ar_aging_final);
Datum
ar_aging_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(aging_normalize(PG_GETARG_AGING_P(0)));
}
