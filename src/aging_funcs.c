/*
 * aging_funcs.c
 *		What can be asked of an ar.aging: its parts, its sums, its order.
 */
#include "postgres.h"

#include "aging.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "common/int.h"
#include "compat.h"
#include "decimal.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "words.h"

static Numeric
bucket_amount(const Aging *aging, int bucket)
{
	uint64	   *words = aging_bucket(aging, bucket);

	return words_to_numeric(words + 1, aging->nwords, aging->fraction,
							TALLY_SCALE(words[0]));
}

/* A sum rounded to so many decimals, which it shows. */
static Numeric
round_sum(const uint64 *sum, int n, int fraction, int scale, int32 decimals)
{
	/* More decimals than it has are only shown; fewer must be rounded. */
	if (decimals >= scale && decimals <= DECIMAL_MAX_SCALE)
		return words_to_numeric(sum, n, fraction, decimals);
	return DatumGetNumeric(DirectFunctionCall2(numeric_round,
											   NumericGetDatum(words_to_numeric(sum, n, fraction, scale)),
											   Int32GetDatum(decimals)));
}

/* The sum of the buckets from first on; returns the words it takes. */
static int
sum_buckets(const Aging *aging, int first, uint64 *total, int *scale)
{
	int64		small = 0;
	bool		fits = aging->nwords == 1;

	*scale = 0;
	for (int i = first; i <= aging->nbounds; i++)
	{
		uint64	   *bucket = aging_bucket(aging, i);

		*scale = Max(*scale, TALLY_SCALE(bucket[0]));
		fits = fits && !pg_add_s64_overflow(small, (int64) bucket[1], &small);
	}
	if (fits && small != PG_INT64_MIN)
	{
		total[0] = (uint64) small;
		return 1;
	}
	memset(total, 0, AGING_MAX_WORDS * sizeof(uint64));
	for (int i = first; i <= aging->nbounds; i++)
		aging_sum(total, total, AGING_MAX_WORDS,
				  aging_bucket(aging, i) + 1, aging->nwords);
	return AGING_MAX_WORDS;
}

/* The first bucket that is overdue, or -1 where the bounds do not tell. */
static int
first_overdue(const Aging *aging)
{
	for (int i = 0; i < aging->nbounds; i++)
		if (aging->bounds[i] == 0)
			return i + 1;
	return -1;
}

static int
check_bucket(const Aging *aging, int32 bucket)
{
	if (bucket < 1 || bucket > aging->nbounds + 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("ageing has no bucket %d", bucket),
				 errdetail("Its buckets are numbered from 1 to %d.",
						   aging->nbounds + 1)));
	return bucket - 1;
}

PG_FUNCTION_INFO_V1(ar_aging_amount);
Datum
ar_aging_amount(PG_FUNCTION_ARGS)
{
	Aging	   *aging = PG_GETARG_AGING_P(0);

	PG_RETURN_NUMERIC(bucket_amount(aging, check_bucket(aging, PG_GETARG_INT32(1))));
}

PG_FUNCTION_INFO_V1(ar_aging_amount_decimals);
Datum
ar_aging_amount_decimals(PG_FUNCTION_ARGS)
{
	Aging	   *aging = PG_GETARG_AGING_P(0);
	uint64	   *words = aging_bucket(aging, check_bucket(aging, PG_GETARG_INT32(1)));

	PG_RETURN_NUMERIC(round_sum(words + 1, aging->nwords, aging->fraction,
								TALLY_SCALE(words[0]), PG_GETARG_INT32(2)));
}

PG_FUNCTION_INFO_V1(ar_aging_amounts);
Datum
ar_aging_amounts(PG_FUNCTION_ARGS)
{
	Aging	   *aging = PG_GETARG_AGING_P(0);
	Datum		amounts[AGING_MAX_BOUNDS + 1];

	for (int i = 0; i <= aging->nbounds; i++)
		amounts[i] = NumericGetDatum(bucket_amount(aging, i));
	PG_RETURN_ARRAYTYPE_P(construct_array(amounts, aging->nbounds + 1,
										  NUMERICOID, -1, false, TYPALIGN_INT));
}

PG_FUNCTION_INFO_V1(ar_aging_counts);
Datum
ar_aging_counts(PG_FUNCTION_ARGS)
{
	Aging	   *aging = PG_GETARG_AGING_P(0);
	Datum		counts[AGING_MAX_BOUNDS + 1];

	for (int i = 0; i <= aging->nbounds; i++)
		counts[i] = Int64GetDatum(TALLY_ITEMS(aging_bucket(aging, i)[0]));
	PG_RETURN_ARRAYTYPE_P(construct_array(counts, aging->nbounds + 1, INT8OID,
										  sizeof(int64), FLOAT8PASSBYVAL,
										  TYPALIGN_DOUBLE));
}

PG_FUNCTION_INFO_V1(ar_aging_bounds);
Datum
ar_aging_bounds(PG_FUNCTION_ARGS)
{
	Aging	   *aging = PG_GETARG_AGING_P(0);
	Datum		bounds[AGING_MAX_BOUNDS];

	for (int i = 0; i < aging->nbounds; i++)
		bounds[i] = Int32GetDatum(aging->bounds[i]);
	PG_RETURN_ARRAYTYPE_P(construct_array(bounds, aging->nbounds, INT4OID,
										  sizeof(int32), true, TYPALIGN_INT));
}

PG_FUNCTION_INFO_V1(ar_aging_item_count);
Datum
ar_aging_item_count(PG_FUNCTION_ARGS)
{
	Aging	   *aging = PG_GETARG_AGING_P(0);
	int64		items = 0;

	for (int i = 0; i <= aging->nbounds; i++)
		items += TALLY_ITEMS(aging_bucket(aging, i)[0]);
	PG_RETURN_INT64(items);
}

PG_FUNCTION_INFO_V1(ar_aging_total);
Datum
ar_aging_total(PG_FUNCTION_ARGS)
{
	Aging	   *aging = PG_GETARG_AGING_P(0);
	uint64		total[AGING_MAX_WORDS];
	int			scale;
	int			n = sum_buckets(aging, 0, total, &scale);

	PG_RETURN_NUMERIC(words_to_numeric(total, n, aging->fraction, scale));
}

PG_FUNCTION_INFO_V1(ar_aging_total_decimals);
Datum
ar_aging_total_decimals(PG_FUNCTION_ARGS)
{
	Aging	   *aging = PG_GETARG_AGING_P(0);
	uint64		total[AGING_MAX_WORDS];
	int			scale;
	int			n = sum_buckets(aging, 0, total, &scale);

	PG_RETURN_NUMERIC(round_sum(total, n, aging->fraction, scale,
								PG_GETARG_INT32(1)));
}

PG_FUNCTION_INFO_V1(ar_aging_overdue);
Datum
ar_aging_overdue(PG_FUNCTION_ARGS)
{
	Aging	   *aging = PG_GETARG_AGING_P(0);
	int			first = first_overdue(aging);
	uint64		total[AGING_MAX_WORDS];
	int			scale;
	int			n;

	if (first < 0)
		PG_RETURN_NULL();
	n = sum_buckets(aging, first, total, &scale);
	PG_RETURN_NUMERIC(words_to_numeric(total, n, aging->fraction, scale));
}

PG_FUNCTION_INFO_V1(ar_aging_average_days_past_due);
Datum
ar_aging_average_days_past_due(PG_FUNCTION_ARGS)
{
	Aging	   *aging = PG_GETARG_AGING_P(0);
	int			scale = aging_scale(aging);

	if (words_zero(aging_debit(aging), aging->nwords))
		PG_RETURN_NULL();
	return DirectFunctionCall2(numeric_div,
							   NumericGetDatum(words_to_numeric(aging_day_amount(aging),
																aging->nwords,
																aging->fraction,
																scale)),
							   NumericGetDatum(words_to_numeric(aging_debit(aging),
																aging->nwords,
																aging->fraction,
																scale)));
}

/* Two ageings side by side, outside of any aggregate: neither changes. */
PG_FUNCTION_INFO_V1(ar_aging_add);
Datum
ar_aging_add(PG_FUNCTION_ARGS)
{
	Aging	   *copy = aging_normalize(PG_GETARG_AGING_P(0));

	PG_RETURN_POINTER(aging_normalize(aging_merge(copy, PG_GETARG_AGING_P(1))));
}

/*
 * The order: by total, then by all that tells two ageings apart, decimals
 * shown excepted (1.0 equals 1.00, as for numeric).
 */
static int
compare_agings(const Aging *a, const Aging *b)
{
	uint64		a_total[AGING_MAX_WORDS] = {0};
	uint64		b_total[AGING_MAX_WORDS] = {0};
	int			order;

	if (a->fraction < b->fraction)
		a = aging_refine(a, b->fraction);
	else if (b->fraction < a->fraction)
		b = aging_refine(b, a->fraction);

	for (int i = 0; i <= a->nbounds; i++)
		aging_sum(a_total, a_total, AGING_MAX_WORDS,
				  aging_bucket(a, i) + 1, a->nwords);
	for (int i = 0; i <= b->nbounds; i++)
		aging_sum(b_total, b_total, AGING_MAX_WORDS,
				  aging_bucket(b, i) + 1, b->nwords);
	order = words_compare(a_total, b_total, AGING_MAX_WORDS);
	if (order == 0)
		order = a->nbounds - b->nbounds;
	for (int i = 0; i < a->nbounds && order == 0; i++)
		order = a->bounds[i] == b->bounds[i] ? 0 :
			a->bounds[i] < b->bounds[i] ? -1 : 1;
	for (int i = -2; i <= a->nbounds && order == 0; i++)
	{
		const uint64 *a_sum = i == -2 ? aging_debit(a) :
			i == -1 ? aging_day_amount(a) : aging_bucket(a, i) + 1;
		const uint64 *b_sum = i == -2 ? aging_debit(b) :
			i == -1 ? aging_day_amount(b) : aging_bucket(b, i) + 1;

		words_extend(a_total, AGING_MAX_WORDS, a_sum, a->nwords);
		words_extend(b_total, AGING_MAX_WORDS, b_sum, b->nwords);
		order = words_compare(a_total, b_total, AGING_MAX_WORDS);
		if (i >= 0 && order == 0)
		{
			uint64		a_items = TALLY_ITEMS(aging_bucket(a, i)[0]);
			uint64		b_items = TALLY_ITEMS(aging_bucket(b, i)[0]);

			order = a_items == b_items ? 0 : a_items < b_items ? -1 : 1;
		}
	}
	return order;
}

PG_FUNCTION_INFO_V1(ar_aging_cmp);
Datum
ar_aging_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare_agings(PG_GETARG_AGING_P(0), PG_GETARG_AGING_P(1)));
}

#define AGING_COMPARISON(name, operator) \
	PG_FUNCTION_INFO_V1(ar_aging_##name); \
	Datum \
	ar_aging_##name(PG_FUNCTION_ARGS) \
	{ \
		PG_RETURN_BOOL(compare_agings(PG_GETARG_AGING_P(0), \
									  PG_GETARG_AGING_P(1)) operator 0); \
	} \
	extern int	no_such_variable

AGING_COMPARISON(eq, ==);
AGING_COMPARISON(ne, !=);
AGING_COMPARISON(lt, <);
AGING_COMPARISON(le, <=);
AGING_COMPARISON(gt, >);
AGING_COMPARISON(ge, >=);

/* Equal values hash alike: the one normal form, without the decimals shown. */
PG_FUNCTION_INFO_V1(ar_aging_hash);
Datum
ar_aging_hash(PG_FUNCTION_ARGS)
{
	Aging	   *copy = aging_normalize(PG_GETARG_AGING_P(0));

	for (int i = 0; i <= copy->nbounds; i++)
	{
		uint64	   *bucket = aging_bucket(copy, i);

		bucket[0] = TALLY(TALLY_ITEMS(bucket[0]), 0);
	}
	return hash_any((unsigned char *) copy + VARHDRSZ,
					VARSIZE(copy) - VARHDRSZ);
}
