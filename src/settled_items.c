/*
 * settled_items.c
 *		The items that many applications settle.
 *
 * Applications are plain where the trigger that settles items would do
 * nothing but take the amounts off: between a debit and a credit of one
 * customer and currency, without a difference in the currency of the company,
 * not before anything that was applied, all to an item on one day, and no
 * more than is open.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "compat.h"
#include "executor/spi.h"
#include "kept_plan.h"
#include "miscadmin.h"
#include "settled_items.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgrprotos.h"

#define ITEM_QUERY \
	"SELECT i.item_id, i.ctid, i.customer_id, i.currency, i.is_debit, i.reopened, i.effective_on, i.last_applied_on," \
	" i.open_amount, i.open_amount = i.open_company_amount" \
	" FROM receivables.item AS i WHERE i.company_id = $1 AND i.item_id = ANY ($2)" \
	" ORDER BY i.item_id"

static void
read_array(Datum value, Oid type, int16 length, bool by_value, char align,
		   Datum **elements, bool **nulls, int *n)
{
	deconstruct_array(DatumGetArrayTypeP(value), type, length, by_value, align,
					  elements, nulls, n);
}

/* Credits, debits, amounts and perhaps days, as ar.apply_many gets them from values[1] on. */
void
read_pairs(Datum *values, const char *nulls, Pairs *pairs)
{
	read_array(values[1], INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE,
			   &pairs->credits, &pairs->credit_nulls, &pairs->n);
	read_array(values[2], INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE,
			   &pairs->debits, &pairs->debit_nulls, &pairs->n);
	read_array(values[3], NUMERICOID, -1, false, TYPALIGN_INT,
			   &pairs->amounts, &pairs->amount_nulls, &pairs->n);
	pairs->day_nulls = NULL;
	if (nulls[4] == ' ')
		read_array(values[4], DATEOID, sizeof(DateADT), true, TYPALIGN_INT,
				   &pairs->days, &pairs->day_nulls, &pairs->n);
	else
		pairs->days = palloc(Max(pairs->n, 1) * sizeof(Datum));
}

static int
compare_keys(const void *a, const void *b)
{
	int64		x = DatumGetInt64(*(const Datum *) a),
				y = DatumGetInt64(*(const Datum *) b);

	return x < y ? -1 : x > y;
}

/* Keys, each once, in order; sorts what it is given. */
ArrayType *
distinct_keys(Datum *keys, int n)
{
	int			distinct = 0;

	qsort(keys, n, sizeof(Datum), compare_keys);
	for (int i = 0; i < n; i++)
		if (i == 0 || keys[i] != keys[distinct - 1])
			keys[distinct++] = keys[i];
	return construct_array(keys, distinct, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE);
}

ArrayType *
items_of_pairs(const Pairs *pairs)
{
	Datum	   *keys = MemoryContextAllocHuge(CurrentMemoryContext,
											  (Size) Max(pairs->n, 1) * 2 * sizeof(Datum));
	int			n = 0;

	for (int i = 0; i < pairs->n; i++)
	{
		if (!pairs->credit_nulls[i])
			keys[n++] = pairs->credits[i];
		if (!pairs->debit_nulls[i])
			keys[n++] = pairs->debits[i];
	}
	return distinct_keys(keys, n);
}

/*
 * Reads items by their keys, in the order of these.  Locked, they stay where
 * they are, too, until they are settled.
 */
SettledItem *
read_settled_items(Datum company_id, ArrayType *keys, bool locked, int *n)
{
	static SPIPlanPtr plan,
				locking_plan;
	Oid			types[] = {INT8OID, INT8ARRAYOID};
	Datum		values[] = {company_id, PointerGetDatum(keys)};
	TupleDesc	tupdesc;
	SettledItem *items;

	if (locked)
		execute_for_keys(&locking_plan, ITEM_QUERY " FOR NO KEY UPDATE", SPI_OK_SELECT, lengthof(types), types, values,
						 false);
	else
		execute_for_keys(&plan, ITEM_QUERY, SPI_OK_SELECT, lengthof(types), types, values, true);
	tupdesc = SPI_tuptable->tupdesc;
	*n = SPI_processed;
	items = MemoryContextAllocHuge(CurrentMemoryContext, Max(*n, 1) * sizeof(SettledItem));
	for (int i = 0; i < *n; i++)
	{
		HeapTuple	row = SPI_tuptable->vals[i];
		SettledItem *item = &items[i];
		bool		isnull;

		item->item_id = DatumGetInt64(SPI_getbinval(row, tupdesc, 1, &isnull));
		item->place = SPI_getbinval(row, tupdesc, 2, &isnull);
		item->customer_id = DatumGetInt64(SPI_getbinval(row, tupdesc, 3, &isnull));
		item->currency = SPI_getbinval(row, tupdesc, 4, &isnull);
		item->is_debit = DatumGetBool(SPI_getbinval(row, tupdesc, 5, &isnull));
		item->reopened = DatumGetBool(SPI_getbinval(row, tupdesc, 6, &isnull));
		item->effective_on = DatumGetDateADT(SPI_getbinval(row, tupdesc, 7, &isnull));
		item->last_applied_on = DatumGetDateADT(SPI_getbinval(row, tupdesc, 8, &isnull));
		item->open_amount = DatumGetNumeric(SPI_getbinval(row, tupdesc, 9, &isnull));
		item->is_one_amount = DatumGetBool(SPI_getbinval(row, tupdesc, 10, &isnull));
		item->settled = NULL;
		item->settled_on = 0;
	}
	return items;
}

/* NULL for one that does not exist. */
SettledItem *
find_settled_item(SettledItem *items, int n, int64 item_id)
{
	int			low = 0,
				high = n;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (items[middle].item_id < item_id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < n && items[low].item_id == item_id ? &items[low] : NULL;
}

static SettledItem *
find_in_pairs(SettledItem *items, int n, Datum key, bool isnull)
{
	return isnull ? NULL : find_settled_item(items, n, DatumGetInt64(key));
}

/* The first day from day on from which an application of both may count; either may be missing. */
DateADT
first_day_of_items(const SettledItem *debit, const SettledItem *credit, DateADT day)
{
	if (debit != NULL)
		day = Max(day, Max(debit->effective_on, debit->reopened ? debit->last_applied_on : day));
	if (credit != NULL)
		day = Max(day, Max(credit->effective_on, credit->reopened ? credit->last_applied_on : day));
	return day;
}

static int
compare_amounts(Numeric a, Numeric b)
{
	return DatumGetInt32(DirectFunctionCall2(numeric_cmp, NumericGetDatum(a), NumericGetDatum(b)));
}

/* Adds what an application takes of an item; false for a second day. */
static bool
take(SettledItem *item, Numeric amount, DateADT day)
{
	if (item->settled == NULL)
	{
		item->settled = amount;
		item->settled_on = day;
		return true;
	}
	item->settled = DatumGetNumeric(DirectFunctionCall2(numeric_add, NumericGetDatum(item->settled),
														NumericGetDatum(amount)));
	return item->settled_on == day;
}

static bool
has_enough(const SettledItem *item)
{
	Numeric		open = item->open_amount;

	if (item->settled == NULL)
		return true;
	if (!item->is_debit)
		open = DatumGetNumeric(DirectFunctionCall1(numeric_uminus, NumericGetDatum(open)));
	return compare_amounts(item->settled, open) <= 0;
}

/*
 * Fills in the days that are missing, and what each item is settled by.
 * Whether all is plain; what an item is settled by counts only then.
 */
bool
settle_plainly(Pairs *pairs, SettledItem *items, int nitems)
{
	Numeric		zero = int64_to_numeric(0);
	DateADT		today = GetSQLCurrentDate();
	bool		plain = true;

	for (int i = 0; i < pairs->n; i++)
	{
		SettledItem *debit = find_in_pairs(items, nitems, pairs->debits[i], pairs->debit_nulls[i]);
		SettledItem *credit = find_in_pairs(items, nitems, pairs->credits[i], pairs->credit_nulls[i]);
		DateADT		day;
		Numeric		amount;

		if ((i & 0xFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		if (pairs->day_nulls == NULL || pairs->day_nulls[i])
			pairs->days[i] = DateADTGetDatum(debit == NULL && credit == NULL ? today :
											   first_day_of_items(debit, credit, DATEVAL_NOBEGIN));
		day = DatumGetDateADT(pairs->days[i]);
		if (!plain)
			continue;
		plain = debit != NULL && credit != NULL && !pairs->amount_nulls[i]
			&& debit->is_debit && !credit->is_debit
			&& debit->customer_id == credit->customer_id
			&& datumIsEqual(debit->currency, credit->currency, false, -1)
			&& debit->is_one_amount && credit->is_one_amount
			&& !DATE_NOT_FINITE(day)
			&& day >= debit->effective_on && day >= debit->last_applied_on
			&& day >= credit->effective_on && day >= credit->last_applied_on;
		if (!plain)
			continue;
		amount = DatumGetNumeric(pairs->amounts[i]);
		plain = !numeric_is_nan(amount) && !numeric_is_inf(amount)
			&& compare_amounts(amount, zero) > 0
			&& take(debit, amount, day) && take(credit, amount, day);
	}
	for (int i = 0; plain && i < nitems; i++)
		plain = has_enough(&items[i]);
	return plain;
}
