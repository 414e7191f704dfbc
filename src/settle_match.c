/*
 * settle_match.c
 *		Looks at proposals that are to be settled, many at a time.
 *
 * What the proposals need is read once, in the order of its keys, and looked
 * at in memory: which of them something might be wrong with, and what of
 * which credit goes to which debit.  What exactly is wrong, if anything, is
 * found and said by ar.match_faults.  Where there is nothing to be posted
 * first, they are settled by what was read.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "apply_many.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "compat.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "kept_plan.h"
#include "miscadmin.h"
#include "settled_items.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#define NO_KEY PG_INT64_MIN		/* for null */

/* A line of a proposal, with what its proposal is. */
typedef struct Line
{
	int64		proposal_id;
	int64		customer_id;
	int64		bank_line_id;
	int64		credit_item_id;
	bool		is_sound;		/* of the proposal and its bank line */
	Numeric		money;			/* amount of the proposal */
	Numeric		open_money;		/* of its bank line; NULL for none */
	Datum		currency;		/* of its bank line; 0 for none */
	DateADT		booked_on;		/* of its bank line */
	/* the line itself */
	bool		is_line;		/* false for a proposal without any */
	bool		is_application;
	bool		is_money;		/* part of the amount of the proposal */
	bool		is_deduction;
	bool		is_reasonable;	/* its reason, if any, is one for what it is */
	int64		item_id;
	Numeric		amount;
	SettledItem *item;
} Line;

typedef struct Matches
{
	Line	   *lines;
	int			nlines;
	SettledItem *items;
	int			nitems;
} Matches;

typedef struct Currency
{
	Datum		code;
	int32		minor_units;
} Currency;

/* Proposals with their lines, in the order of their keys. */
static const char *const line_query =
"SELECT p.match_proposal_id, p.customer_id, p.bank_line_id, p.credit_item_id,"
"       p.status = 'open' AND b.ignored_reason IS NULL AND b.duplicate_of_bank_line_id IS NULL,"
"       p.amount, b.open_amount, b.currency, b.booked_on,"
"       l.purpose = 'application', l.purpose IN ('application', 'unapplied', 'on_account'), l.item_id, l.amount,"
"       l.purpose = 'deduction', l.is_reasonable"
" FROM receivables.match_proposal AS p"
" LEFT JOIN LATERAL (SELECT b.ignored_reason, b.duplicate_of_bank_line_id, b.open_amount, b.currency, b.booked_on"
"                    FROM receivables.bank_line AS b"
"                    WHERE b.company_id = $1 AND b.bank_line_id = p.bank_line_id"
"                      AND p.bank_line_id IS NOT NULL OFFSET 0) AS b ON true"
" LEFT JOIN (SELECT l.match_proposal_id, l.line_number, l.purpose, l.item_id, l.amount,"
"                   CASE WHEN l.reason_code IS NULL THEN true"
"                        ELSE l.purpose = (SELECT r.purpose FROM receivables.reason_code AS r"
"                                          WHERE r.company_id = $1 AND r.reason_code = l.reason_code) END AS is_reasonable"
"            FROM receivables.match_proposal_line AS l"
"            WHERE l.company_id = $1 AND l.match_proposal_id = ANY ($2) OFFSET 0) AS l"
"     ON l.match_proposal_id = p.match_proposal_id"
" WHERE p.company_id = $1 AND p.match_proposal_id = ANY ($2)"
" ORDER BY p.match_proposal_id, l.line_number";

static const char *const currency_query =
"SELECT u.currency, u.minor_units::integer, u.currency = c.currency, c.closed_through"
" FROM receivables.company AS c CROSS JOIN receivables.currency AS u WHERE c.company_id = $1"
/* that of the company first: it is asked for most */
" ORDER BY u.currency <> c.currency";

static int64
key_of(HeapTuple row, TupleDesc tupdesc, int column)
{
	bool		isnull;
	Datum		value = SPI_getbinval(row, tupdesc, column, &isnull);

	return isnull ? NO_KEY : DatumGetInt64(value);
}

static Numeric
numeric_of(HeapTuple row, TupleDesc tupdesc, int column)
{
	bool		isnull;
	Datum		value = SPI_getbinval(row, tupdesc, column, &isnull);

	return isnull ? NULL : DatumGetNumeric(value);
}

static bool
is_true(HeapTuple row, TupleDesc tupdesc, int column)
{
	bool		isnull;
	Datum		value = SPI_getbinval(row, tupdesc, column, &isnull);

	return !isnull && DatumGetBool(value);
}

static void
read_lines(Matches *matches)
{
	TupleDesc	tupdesc = SPI_tuptable->tupdesc;

	matches->nlines = SPI_processed;
	matches->lines = MemoryContextAllocHuge(CurrentMemoryContext,
											Max(matches->nlines, 1) * sizeof(Line));
	for (int i = 0; i < matches->nlines; i++)
	{
		HeapTuple	row = SPI_tuptable->vals[i];
		Line	   *line = &matches->lines[i];
		bool		isnull;

		line->proposal_id = key_of(row, tupdesc, 1);
		line->customer_id = key_of(row, tupdesc, 2);
		line->bank_line_id = key_of(row, tupdesc, 3);
		line->credit_item_id = key_of(row, tupdesc, 4);
		line->is_sound = is_true(row, tupdesc, 5);
		line->money = numeric_of(row, tupdesc, 6);
		line->open_money = numeric_of(row, tupdesc, 7);
		line->currency = SPI_getbinval(row, tupdesc, 8, &isnull);
		line->booked_on = DatumGetDateADT(SPI_getbinval(row, tupdesc, 9, &isnull));
		if (isnull)
			line->booked_on = DATEVAL_NOBEGIN;
		line->is_application = is_true(row, tupdesc, 10);
		line->is_money = is_true(row, tupdesc, 11);
		line->item_id = key_of(row, tupdesc, 12);
		line->amount = numeric_of(row, tupdesc, 13);
		line->is_deduction = is_true(row, tupdesc, 14);
		line->is_reasonable = is_true(row, tupdesc, 15);
		line->is_line = line->amount != NULL;
		line->item = NULL;
	}
}

/* The items of the lines, the payments, and n others; perhaps locked, as everybody does it: in the order of their keys. */
static void
read_items(Matches *matches, Datum company_id, const int64 *others, int n, bool locked)
{
	Datum	   *keys = MemoryContextAllocHuge(CurrentMemoryContext,
											  ((Size) matches->nlines * 2 + n + 1) * sizeof(Datum));
	int			count = 0;

	for (int i = 0; i < matches->nlines; i++)
	{
		const Line *line = &matches->lines[i];

		if (line->item_id != NO_KEY)
			keys[count++] = Int64GetDatum(line->item_id);
		if (line->credit_item_id != NO_KEY)
			keys[count++] = Int64GetDatum(line->credit_item_id);
	}
	for (int i = 0; i < n; i++)
		keys[count++] = Int64GetDatum(others[i]);
	matches->items = read_settled_items(company_id, distinct_keys(keys, count), locked, &matches->nitems);
	for (int i = 0; i < matches->nlines; i++)
		if (matches->lines[i].item_id != NO_KEY)
			matches->lines[i].item = find_settled_item(matches->items, matches->nitems,
													   matches->lines[i].item_id);
}

static void
read_matches(Matches *matches, Datum company_id, Datum proposals, const int64 *others, int n, bool locked)
{
	static SPIPlanPtr plan;
	Oid			types[] = {INT8OID, INT8ARRAYOID};
	Datum		values[] = {company_id, proposals};

	execute_for_keys(&plan, line_query, SPI_OK_SELECT, lengthof(types), types, values, true);
	read_lines(matches);
	read_items(matches, company_id, others, n, locked);
}

/* Currencies, that of the company first, and through when its period is closed. */
static Currency *
read_currencies(Datum company_id, int *n, DateADT *closed_through)
{
	static SPIPlanPtr plan;
	Oid			types[] = {INT8OID};
	Currency   *currencies;
	bool		isnull;

	keep_plan(&plan, currency_query, lengthof(types), types);
	if (SPI_execute_plan(plan, &company_id, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not execute \"%s\"", currency_query);
	*n = SPI_processed;
	*closed_through = DATEVAL_NOBEGIN;
	currencies = palloc(Max(*n, 1) * sizeof(Currency));
	for (int i = 0; i < *n; i++)
	{
		HeapTuple	row = SPI_tuptable->vals[i];
		TupleDesc	tupdesc = SPI_tuptable->tupdesc;

		currencies[i].code = SPI_getbinval(row, tupdesc, 1, &isnull);
		currencies[i].minor_units = DatumGetInt32(SPI_getbinval(row, tupdesc, 2, &isnull));
		if (i == 0)
		{
			*closed_through = DatumGetDateADT(SPI_getbinval(row, tupdesc, 4, &isnull));
			if (isnull)
				*closed_through = DATEVAL_NOBEGIN;
		}
	}
	return currencies;
}

static bool
same_text(Datum a, Datum b)
{
	return DatumGetBool(DirectFunctionCall2Coll(texteq, DEFAULT_COLLATION_OID, a, b));
}

/* NULL for none. */
static const Currency *
find_currency(const Currency *currencies, int n, Datum code)
{
	for (int i = 0; i < n; i++)
		if (same_text(currencies[i].code, code))
			return &currencies[i];
	return NULL;
}

static Numeric
rounded(Numeric amount, int32 minor_units)
{
	return DatumGetNumeric(DirectFunctionCall2(numeric_round, NumericGetDatum(amount),
											   Int32GetDatum(minor_units)));
}

static Numeric
add(Numeric a, Numeric b)
{
	return DatumGetNumeric(DirectFunctionCall2(numeric_add, NumericGetDatum(a), NumericGetDatum(b)));
}

static Numeric
subtract(Numeric a, Numeric b)
{
	return DatumGetNumeric(DirectFunctionCall2(numeric_sub, NumericGetDatum(a), NumericGetDatum(b)));
}

static Numeric
negative(Numeric a)
{
	return DatumGetNumeric(DirectFunctionCall1(numeric_uminus, NumericGetDatum(a)));
}

static Numeric
absolute(Numeric a)
{
	return DatumGetNumeric(DirectFunctionCall1(numeric_abs, NumericGetDatum(a)));
}

static int
compare(Numeric a, Numeric b)
{
	return DatumGetInt32(DirectFunctionCall2(numeric_cmp, NumericGetDatum(a), NumericGetDatum(b)));
}

/* The line behind the last of the proposal that starts at line i. */
static int
end_of_proposal(const Matches *matches, int i)
{
	int64		proposal_id = matches->lines[i].proposal_id;

	while (i < matches->nlines && matches->lines[i].proposal_id == proposal_id)
		i++;
	return i;
}

/* Whether it lies between nothing and limit, on whichever side that is. */
static bool
within(Numeric amount, Numeric limit, Numeric zero)
{
	int			sign = compare(limit, zero);

	return sign == 0 ? compare(amount, zero) == 0 :
		sign > 0 ? compare(amount, zero) >= 0 && compare(amount, limit) <= 0 :
		compare(amount, zero) <= 0 && compare(amount, limit) >= 0;
}

/* What proposals take of an item together is counted without sign. */
static void
take_of(SettledItem *item, Numeric amount)
{
	amount = absolute(amount);
	item->settled = item->settled == NULL ? amount : add(item->settled, amount);
}

static bool
is_overused(const SettledItem *item)
{
	return item == NULL || item->settled == NULL || compare(item->settled, absolute(item->open_amount)) > 0;
}

/* Whether nothing is wrong with a proposal by itself, its lines from first to the one before end. */
static bool
is_in_order(Matches *matches, int first, int end, const Currency *currencies, int ncurrencies, Numeric zero)
{
	const Line *head = &matches->lines[first];
	SettledItem *payment = find_settled_item(matches->items, matches->nitems, head->credit_item_id);
	Datum		code;
	const Currency *currency;
	Numeric		open,
				money = zero,
				applied = zero;

	/* What follows looks at each, so that what they take is counted whatever is wrong with one. */
	for (int i = first; i < end; i++)
		if (matches->lines[i].item != NULL)
			take_of(matches->lines[i].item, matches->lines[i].amount);
	if (payment != NULL)
		take_of(payment, head->money);

	if (!head->is_sound || head->customer_id == NO_KEY || (head->bank_line_id == NO_KEY) == (payment == NULL))
		return false;
	code = payment != NULL ? payment->currency : head->currency;
	open = payment != NULL ? negative(payment->open_amount) : head->open_money;
	currency = find_currency(currencies, ncurrencies, code);
	if (currency == NULL
		|| (payment == NULL && currency != &currencies[0])
		|| (payment != NULL && payment->customer_id != head->customer_id)
		|| compare(head->money, rounded(head->money, currency->minor_units)) != 0
		|| !within(head->money, open, zero)
		|| (compare(head->money, zero) == 0) != (compare(open, zero) == 0))
		return false;
	for (int i = first; i < end; i++)
	{
		const Line *line = &matches->lines[i];

		if (!line->is_line || !line->is_reasonable)
			return false;
		if (line->is_money)
			money = add(money, line->amount);
		if (line->is_application)
			applied = add(applied, line->amount);
		if (line->item_id == NO_KEY && line->is_money && !line->is_application)
			continue;
		if (line->item == NULL
			|| line->item->customer_id != head->customer_id
			|| !same_text(line->item->currency, code)
			|| compare(line->amount, rounded(line->amount, currency->minor_units)) != 0)
			return false;
		if ((compare(line->amount, zero) > 0) != line->item->is_debit
			|| (line->is_deduction && !line->item->is_debit))
			return false;
	}
	return compare(money, head->money) == 0 && within(applied, head->money, zero);
}

/* Marks the proposals that are for the same bank line as another. */
static void
doubt_shared_bank_lines(const Matches *matches, bool *is_doubtful)
{
	Datum	   *keys = palloc(Max(matches->nlines, 1) * sizeof(Datum));
	int			n = 0;
	ArrayType  *distinct;

	for (int i = 0; i < matches->nlines; i = end_of_proposal(matches, i))
		if (matches->lines[i].bank_line_id != NO_KEY)
			keys[n++] = Int64GetDatum(matches->lines[i].bank_line_id);
	distinct = distinct_keys(keys, n);
	if (ArrayGetNItems(ARR_NDIM(distinct), ARR_DIMS(distinct)) == n)
		return;
	for (int i = 0; i < matches->nlines; i++)
		if (matches->lines[i].bank_line_id != NO_KEY)
			is_doubtful[i] = true;
}

/* The proposals something might be wrong with, or that compete with each other for money or items. */
static ArrayType *
find_doubtful(Matches *matches, const Currency *currencies, int ncurrencies, Numeric zero, MemoryContext context)
{
	bool	   *is_doubtful = palloc0(Max(matches->nlines, 1) * sizeof(bool));
	Datum	   *doubtful = palloc(Max(matches->nlines, 1) * sizeof(Datum));
	int			n = 0;
	MemoryContext old;
	ArrayType  *result;

	for (int i = 0, end; i < matches->nlines; i = end)
	{
		CHECK_FOR_INTERRUPTS();
		end = end_of_proposal(matches, i);
		is_doubtful[i] = !is_in_order(matches, i, end, currencies, ncurrencies, zero);
	}
	doubt_shared_bank_lines(matches, is_doubtful);
	for (int i = 0, end; i < matches->nlines; i = end)
	{
		bool		doubt = is_doubtful[i];
		int64		payment = matches->lines[i].credit_item_id;

		end = end_of_proposal(matches, i);
		if (payment != NO_KEY && is_overused(find_settled_item(matches->items, matches->nitems, payment)))
			doubt = true;
		for (int j = i; j < end && !doubt; j++)
			doubt = matches->lines[j].item_id != NO_KEY && is_overused(matches->lines[j].item);
		if (doubt)
			doubtful[n++] = Int64GetDatum(matches->lines[i].proposal_id);
	}
	old = MemoryContextSwitchTo(context);
	result = construct_array(doubtful, n, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE);
	MemoryContextSwitchTo(old);
	return result;
}

/* Whether documents are to be posted: money of bank lines, or what is settled without money. */
static bool
needs_posting(const Matches *matches)
{
	for (int i = 0; i < matches->nlines; i++)
	{
		const Line *line = &matches->lines[i];

		if (line->bank_line_id != NO_KEY || (line->is_line && !line->is_money))
			return true;
	}
	return false;
}

/* What a proposal takes of an item on one side of the account. */
typedef struct Part
{
	SettledItem *item;
	Numeric		rest;
} Part;

/* Pairs of items, one for each application. */
typedef struct Applications
{
	int			n;
	int			size;
	Datum	   *credits;
	Datum	   *debits;
	Datum	   *amounts;
	Datum	   *days;
	Datum	   *proposals;
} Applications;

/* The item of the payment that was posted for a proposal. */
typedef struct Posted
{
	int64		proposal_id;
	int64		item_id;
} Posted;

static int
compare_posted(const void *a, const void *b)
{
	int64		x = ((const Posted *) a)->proposal_id,
				y = ((const Posted *) b)->proposal_id;

	return x < y ? -1 : x > y;
}

/* Payments that were posted: line 0 of their proposals. */
static Posted *
read_posted(FunctionCallInfo fcinfo, int *n)
{
	Datum	   *proposals,
			   *line_numbers,
			   *items;
	int			count;
	Posted	   *posted;

	*n = 0;
	if (PG_ARGISNULL(2) || PG_ARGISNULL(3) || PG_ARGISNULL(4))
		return NULL;
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(2), INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE,
					  &proposals, NULL, &count);
	posted = palloc(Max(count, 1) * sizeof(Posted));
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(3), INT4OID, sizeof(int32), true, TYPALIGN_INT,
					  &line_numbers, NULL, n);
	count = Min(count, *n);
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(4), INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE,
					  &items, NULL, n);
	count = Min(count, *n);
	*n = 0;
	for (int i = 0; i < count; i++)
		if (DatumGetInt32(line_numbers[i]) == 0)
		{
			posted[*n].proposal_id = DatumGetInt64(proposals[i]);
			posted[(*n)++].item_id = DatumGetInt64(items[i]);
		}
	qsort(posted, *n, sizeof(Posted), compare_posted);
	return posted;
}

static void
append(Applications *applications, const Part *debit, const Part *credit, Numeric amount, DateADT day,
	   int64 proposal_id)
{
	int			n = applications->n;

	if (n == applications->size)
	{
		Size		size = (Size) (applications->size *= 2) * sizeof(Datum);

		applications->credits = repalloc_huge(applications->credits, size);
		applications->debits = repalloc_huge(applications->debits, size);
		applications->amounts = repalloc_huge(applications->amounts, size);
		applications->days = repalloc_huge(applications->days, size);
		applications->proposals = repalloc_huge(applications->proposals, size);
	}
	applications->credits[n] = Int64GetDatum(credit->item->item_id);
	applications->debits[n] = Int64GetDatum(debit->item->item_id);
	applications->amounts[n] = NumericGetDatum(amount);
	applications->days[n] = DateADTGetDatum(first_day_of_items(debit->item, credit->item, day));
	applications->proposals[n] = Int64GetDatum(proposal_id);
	applications->n++;
}

static void
start_applications(Applications *applications, int size)
{
	applications->n = 0;
	applications->size = Max(size, 16);
	applications->credits = palloc(applications->size * sizeof(Datum));
	applications->debits = palloc(applications->size * sizeof(Datum));
	applications->amounts = palloc(applications->size * sizeof(Datum));
	applications->days = palloc(applications->size * sizeof(Datum));
	applications->proposals = palloc(applications->size * sizeof(Datum));
}

/* Credits, debits, amounts, days and proposals, each an array. */
static void
set_arrays(const Applications *applications, Datum *values)
{
	values[0] = PointerGetDatum(construct_array(applications->credits, applications->n, INT8OID, sizeof(int64),
												FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
	values[1] = PointerGetDatum(construct_array(applications->debits, applications->n, INT8OID, sizeof(int64),
												FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
	values[2] = PointerGetDatum(construct_array(applications->amounts, applications->n, NUMERICOID, -1, false,
												TYPALIGN_INT));
	values[3] = PointerGetDatum(construct_array(applications->days, applications->n, DATEOID, sizeof(DateADT),
												true, TYPALIGN_INT));
	values[4] = PointerGetDatum(construct_array(applications->proposals, applications->n, INT8OID, sizeof(int64),
												FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

/*
 * Credits and then the money run over debits and then what is paid back, line
 * by line.  The money item settles what the lines come to.
 */
static void
pair_proposal(Matches *matches, int first, int end, SettledItem *money_item, DateADT day,
			  const Currency *currencies, int ncurrencies, Numeric zero, Applications *applications)
{
	Part	   *debits = palloc((end - first + 1) * sizeof(Part));
	Part	   *credits = palloc((end - first + 1) * sizeof(Part));
	int			ndebits = 0,
				ncredits = 0;
	Numeric		sum = zero;
	Part	   *part;

	for (int i = first; i < end; i++)
	{
		const Line *line = &matches->lines[i];

		if (!line->is_application)
			continue;
		part = compare(line->amount, zero) > 0 ? &debits[ndebits++] : &credits[ncredits++];
		part->item = line->item;
		part->rest = absolute(line->amount);
		sum = add(sum, line->amount);
	}
	if (compare(sum, zero) != 0)
	{
		part = compare(sum, zero) < 0 ? &debits[ndebits++] : &credits[ncredits++];
		part->item = money_item;
		part->rest = absolute(sum);
	}
	for (int d = 0, c = 0; d < ndebits && c < ncredits;)
	{
		int			order = compare(debits[d].rest, credits[c].rest);
		Numeric		amount = order < 0 ? debits[d].rest : credits[c].rest;

		if (debits[d].item != NULL && credits[c].item != NULL)
		{
			const Currency *currency = find_currency(currencies, ncurrencies, debits[d].item->currency);

			if (currency != NULL)
				append(applications, &debits[d], &credits[c], rounded(amount, currency->minor_units), day,
					   matches->lines[first].proposal_id);
		}
		if (order > 0)
			debits[d].rest = subtract(debits[d].rest, amount);
		else if (order < 0)
			credits[c].rest = subtract(credits[c].rest, amount);
		d += order <= 0;
		c += order >= 0;
	}
	pfree(debits);
	pfree(credits);
}

/* All of them; what was posted takes part. Counts from effective_on on, or from when the money came. */
static void
pair_all(Matches *matches, const Posted *posted, int nposted, const DateADT *effective_on, DateADT closed_through,
		 const Currency *currencies, int ncurrencies, Numeric zero, Applications *applications)
{
	start_applications(applications, matches->nlines);
	for (int i = 0, end; i < matches->nlines; i = end)
	{
		const Line *head = &matches->lines[i];
		Posted		key = {head->proposal_id, 0};
		SettledItem *payment = find_settled_item(matches->items, matches->nitems, head->credit_item_id);
		SettledItem *money_item = payment;
		DateADT		day = head->booked_on;

		CHECK_FOR_INTERRUPTS();
		end = end_of_proposal(matches, i);
		if (head->credit_item_id == NO_KEY && nposted > 0)
		{
			const Posted *found = bsearch(&key, posted, nposted, sizeof(Posted), compare_posted);

			if (found != NULL)
				money_item = find_settled_item(matches->items, matches->nitems, found->item_id);
		}
		/* Nothing of the money counts before it came, nor in a closed period. */
		if (effective_on != NULL)
			day = *effective_on;
		else
		{
			if (payment != NULL)
				day = Max(day, payment->effective_on);
			day = Max(day, DATE_NOT_FINITE(closed_through) ? closed_through : closed_through + 1);
		}
		pair_proposal(matches, i, end, money_item, day, currencies, ncurrencies, zero, applications);
	}
}

PG_FUNCTION_INFO_V1(ar_pair_matches);
Datum
ar_pair_matches(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext,
				old;
	TupleDesc	tupdesc;
	Matches		matches;
	Currency   *currencies;
	int			ncurrencies,
				nposted;
	DateADT		closed_through,
				effective_on;
	Posted	   *posted;
	int64	   *others;
	Applications applications;
	Numeric		zero;
	Datum		values[6];
	bool		nulls[6];

	/* Of no company or no proposals nothing is applied. */
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	if (get_call_result_type(fcinfo, NULL, &tupdesc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	zero = int64_to_numeric(0);
	posted = read_posted(fcinfo, &nposted);
	others = palloc(Max(nposted, 1) * sizeof(int64));
	for (int i = 0; i < nposted; i++)
		others[i] = posted[i].item_id;
	currencies = read_currencies(PG_GETARG_DATUM(0), &ncurrencies, &closed_through);
	read_matches(&matches, PG_GETARG_DATUM(0), PG_GETARG_DATUM(1), others, nposted, false);
	values[5] = PointerGetDatum(find_doubtful(&matches, currencies, ncurrencies, zero, caller));
	effective_on = PG_ARGISNULL(5) ? 0 : PG_GETARG_DATEADT(5);
	pair_all(&matches, posted, nposted, PG_ARGISNULL(5) ? NULL : &effective_on, closed_through, currencies, ncurrencies,
			 zero, &applications);
	memset(nulls, applications.n == 0, sizeof(nulls));
	nulls[5] = false;
	old = MemoryContextSwitchTo(caller);
	set_arrays(&applications, values);
	MemoryContextSwitchTo(old);
	SPI_finish();
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(tupdesc), values, nulls)));
}

/* Applies them to the items that were read for the matches. */
static void
apply_all(Datum company_id, Matches *matches, const Applications *applications, text *reason, MemoryContext caller)
{
	Datum		arrays[5],
				values[MANY_ARGS];
	char		nulls[MANY_ARGS];
	bool	   *no_nulls = palloc0(Max(applications->n, 1) * sizeof(bool));
	Pairs		pairs = {
		applications->n, applications->credits, applications->debits, applications->amounts, applications->days,
		no_nulls, no_nulls, no_nulls, no_nulls
	};

	set_arrays(applications, arrays);
	memset(nulls, 'n', sizeof(nulls));
	values[0] = company_id;
	for (int i = 0; i < (int) lengthof(arrays) - 1; i++)
		values[1 + i] = arrays[i];
	memset(nulls, ' ', 1 + lengthof(arrays) - 1);
	if (reason != NULL)
	{
		Datum	   *reasons = palloc(Max(applications->n, 1) * sizeof(Datum));

		for (int i = 0; i < applications->n; i++)
			reasons[i] = PointerGetDatum(reason);
		values[APPLIED_REASONS] = PointerGetDatum(construct_array(reasons, applications->n, TEXTOID, -1, false,
																  TYPALIGN_INT));
		nulls[APPLIED_REASONS] = ' ';
	}
	values[APPLIED_PROPOSALS] = arrays[4];
	nulls[APPLIED_PROPOSALS] = ' ';
	/* What the look counted is counted anew, by day. */
	for (int i = 0; i < matches->nitems; i++)
		matches->items[i].settled = NULL;
	(void) apply_pairs(values, nulls, &pairs, matches->items, matches->nitems, true, caller);
}

PG_FUNCTION_INFO_V1(ar_apply_matches);
Datum
ar_apply_matches(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	TupleDesc	tupdesc;
	Matches		matches;
	Currency   *currencies;
	int			ncurrencies;
	DateADT		closed_through,
				effective_on;
	Applications applications;
	Numeric		zero;
	ArrayType  *doubtful;
	bool		posting,
				are_checked;
	Datum		values[2];
	bool		nulls[2] = {false, false};

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	if (get_call_result_type(fcinfo, NULL, &tupdesc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	zero = int64_to_numeric(0);
	effective_on = PG_ARGISNULL(2) ? 0 : PG_GETARG_DATEADT(2);
	are_checked = !PG_ARGISNULL(4) && PG_GETARG_BOOL(4);
	currencies = read_currencies(PG_GETARG_DATUM(0), &ncurrencies, &closed_through);
	read_matches(&matches, PG_GETARG_DATUM(0), PG_GETARG_DATUM(1), NULL, 0, true);
	doubtful = find_doubtful(&matches, currencies, ncurrencies, zero, caller);
	posting = needs_posting(&matches);
	if (!posting && (are_checked || ArrayGetNItems(ARR_NDIM(doubtful), ARR_DIMS(doubtful)) == 0))
	{
		pair_all(&matches, NULL, 0, PG_ARGISNULL(2) ? NULL : &effective_on, closed_through, currencies, ncurrencies,
				 zero, &applications);
		if (applications.n > 0)
			apply_all(PG_GETARG_DATUM(0), &matches, &applications, PG_ARGISNULL(3) ? NULL : PG_GETARG_TEXT_PP(3), caller);
	}
	SPI_finish();
	values[0] = PointerGetDatum(doubtful);
	values[1] = BoolGetDatum(posting);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(tupdesc), values, nulls)));
}
