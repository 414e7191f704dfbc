/*
 * match_read.c
 *		The arguments of ar.match_candidates.
 *
 * Everything stays in the arguments' memory or in that of the call.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "decimal.h"
#include "match.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

/* Attributes of the composite types, in their order. */
enum
{
	RECEIPT_ID, RECEIPT_AMOUNT, RECEIPT_RECEIVED_ON, RECEIPT_CHARGE,
	RECEIPT_CERTAINTY, RECEIPT_IDENTIFIED_BY, RECEIPT_IS_DEPOSIT,
	RECEIPT_CONTRACT, RECEIPT_ORDER_KEY, RECEIPT_KEYS, RECEIPT_KINDS,
	RECEIPT_LINE_REFERENCES, RECEIPT_LINE_AMOUNTS, RECEIPT_LINE_DEDUCTIONS,
	RECEIPT_LINE_NOTES, RECEIPT_ELSEWHERE, RECEIPT_NATTS
};

enum
{
	ITEM_ID, ITEM_AMOUNT, ITEM_EFFECTIVE_ON, ITEM_DUE_ON, ITEM_NUMBER,
	ITEM_KEYS, ITEM_TERM, ITEM_DISCOUNT_ON, ITEM_DISCOUNTS, ITEM_IS_CHARGE,
	ITEM_IS_DISPUTED, ITEM_CONTRACT, ITEM_NATTS
};

enum
{
	RULE_POSITION, RULE_METHOD, RULE_SCORE, RULE_UNDER, RULE_UNDER_PERCENT,
	RULE_OVER, RULE_OVER_PERCENT, RULE_GRACE, RULE_UNEARNED, RULE_PARTIAL,
	RULE_REMAINDER, RULE_SHORTFALL, RULE_WRITE_OFF, RULE_REASON,
	RULE_MAX_ITEMS, RULE_ACCOUNT_DISCOUNTS, RULE_CHARGES, RULE_DISPUTED,
	RULE_NATTS
};

#define MAX_NATTS	RULE_NATTS

/* The elements of an array of composites, and room for one of them. */
typedef struct Rows
{
	const char *name;			/* of the argument */
	TupleDesc	desc;
	int			n;
	Datum	   *elements;
	bool	   *nulls;
	Datum		values[MAX_NATTS];
	bool		isnull[MAX_NATTS];
} Rows;

static void
open_rows(Rows *rows, Datum argument, const char *name, int natts)
{
	ArrayType  *array = DatumGetArrayTypeP(argument);

	rows->name = name;
	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("%s must be an array of one dimension", name)));
	deconstruct_array(array, ARR_ELEMTYPE(array), -1, false, TYPALIGN_DOUBLE,
					  &rows->elements, &rows->nulls, &rows->n);
	rows->desc = lookup_rowtype_tupdesc(ARR_ELEMTYPE(array), -1);
	if (rows->desc->natts != natts)
		elog(ERROR, "%s has %d attributes, not %d", name, rows->desc->natts, natts);
}

static void
read_row(Rows *rows, int i)
{
	HeapTupleHeader header;
	HeapTupleData tuple;

	if (rows->nulls[i])
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("an element of %s is null", rows->name)));
	header = DatumGetHeapTupleHeader(rows->elements[i]);
	tuple.t_len = HeapTupleHeaderGetDatumLength(header);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_tableOid = InvalidOid;
	tuple.t_data = header;
	heap_deform_tuple(&tuple, rows->desc, rows->values, rows->isnull);
}

static void
close_rows(Rows *rows)
{
	ReleaseTupleDesc(rows->desc);
}

static void
require(Rows *rows, int attribute)
{
	if (rows->isnull[attribute])
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s of an element of %s is null",
						NameStr(TupleDescAttr(rows->desc, attribute)->attname),
						rows->name)));
}

static int64
out_of_range(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("%s is out of range", name),
			 errdetail("Amounts are less than 2^63 of the smallest unit of the currency, and not NaN.")));
	return 0;
}

/*
 * A numeric in units of 10^-decimals; what is less than one is an error, or
 * cut off.
 */
static int64
scaled_or_cut(Datum datum, int decimals, const char *name, bool cut)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(datum);
	Decimal		decimal;
	int64		result = 0;
	int			fraction = (decimals + DECIMAL_GROUP - 1) / DECIMAL_GROUP;
	int			last;
	int			surplus = 1;

	if (!decimal_read(value, &decimal))
		return out_of_range(name);
	if (decimal.ngroups == 0)
		return 0;
	if (decimal.weight > 4)
		return out_of_range(name);
	for (int i = fraction * DECIMAL_GROUP; i > decimals; i--)
		surplus *= 10;

	/* Groups to the one that holds the last decimal, which counts in part. */
	last = decimal.weight + fraction;
	for (int i = 0; i <= last; i++)
	{
		int			group = i < decimal.ngroups ? decimal_group(&decimal, i) : 0;
		int			base = DECIMAL_BASE;

		if (i == last && surplus > 1)
		{
			if (group % surplus != 0 && !cut)
				break;
			group /= surplus;
			base /= surplus;
		}
		if (pg_mul_s64_overflow(result, base, &result) ||
			pg_add_s64_overflow(result, group, &result))
			return out_of_range(name);
	}
	if (!cut &&
		(decimal.ngroups > last + 1 ||
		 (surplus > 1 && last >= 0 && last < decimal.ngroups &&
		  decimal_group(&decimal, last) % surplus != 0)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s has more than %d decimals", name, decimals)));
	return decimal.negative ? -result : result;
}

static int64
scaled(Datum datum, int decimals, const char *name)
{
	return scaled_or_cut(datum, decimals, name, false);
}

static int64
row_scaled(Rows *rows, int attribute, int decimals, int64 null_value)
{
	if (rows->isnull[attribute])
		return null_value;
	return scaled(rows->values[attribute], decimals,
				  NameStr(TupleDescAttr(rows->desc, attribute)->attname));
}

static int64
not_negative(int64 value, const char *name)
{
	if (value < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must not be negative", name)));
	return value;
}

static int64
row_not_negative(Rows *rows, int attribute, int decimals, int64 null_value)
{
	return not_negative(row_scaled(rows, attribute, decimals, null_value),
						NameStr(TupleDescAttr(rows->desc, attribute)->attname));
}

/* An amount that one rule gives for currencies of any number of decimals. */
static int64
row_limit(Rows *rows, int attribute, int decimals)
{
	const char *name = NameStr(TupleDescAttr(rows->desc, attribute)->attname);

	if (rows->isnull[attribute])
		return 0;
	return not_negative(scaled_or_cut(rows->values[attribute], decimals, name, true), name);
}

static bool
row_bool(Rows *rows, int attribute, bool null_value)
{
	return rows->isnull[attribute] ? null_value : DatumGetBool(rows->values[attribute]);
}

static double
row_fraction(Rows *rows, int attribute)
{
	double		result = rows->isnull[attribute] ? 0 : DatumGetFloat8(rows->values[attribute]);

	if (!(result >= 0 && result <= 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be from 0 to 1, not %g",
						NameStr(TupleDescAttr(rows->desc, attribute)->attname),
						result)));
	return result;
}

static MatchText
datum_text(Datum datum)
{
	text	   *value = DatumGetTextPP(datum);
	MatchText	result = {VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value)};

	return result;
}

static MatchText
row_text(Rows *rows, int attribute)
{
	MatchText	none = {NULL, 0};

	return rows->isnull[attribute] ? none : datum_text(rows->values[attribute]);
}

/* One of some words; the first where it is null. */
static int
row_word(Rows *rows, int attribute, const char *const *words, int nwords)
{
	MatchText	word;

	if (rows->isnull[attribute])
		return 0;
	word = row_text(rows, attribute);
	for (int i = 0; i < nwords; i++)
		if (word.len == (int) strlen(words[i]) &&
			memcmp(word.data, words[i], word.len) == 0)
			return i;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown %s \"%.*s\"",
					NameStr(TupleDescAttr(rows->desc, attribute)->attname),
					word.len, word.data)));
	return 0;
}

/* The elements of an array among the attributes: none where it is null. */
static int
row_array(Rows *rows, int attribute, Datum **elements, bool **nulls)
{
	ArrayType  *array;
	Oid			type;
	int			n;

	*elements = NULL;
	*nulls = NULL;
	if (rows->isnull[attribute])
		return 0;
	array = DatumGetArrayTypeP(rows->values[attribute]);
	if (ARR_NDIM(array) == 0)
		return 0;
	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("%s must be an array of one dimension",
						NameStr(TupleDescAttr(rows->desc, attribute)->attname))));
	type = ARR_ELEMTYPE(array);
	if (type == DATEOID)
		deconstruct_array(array, type, sizeof(DateADT), true, TYPALIGN_INT,
						  elements, nulls, &n);
	else
		deconstruct_array(array, type, -1, false, TYPALIGN_INT,
						  elements, nulls, &n);
	return n;
}

static void
same_length(Rows *rows, int attribute, int other, int n, int nother)
{
	if (n != nother)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("%s and %s must have the same number of elements",
						NameStr(TupleDescAttr(rows->desc, attribute)->attname),
						NameStr(TupleDescAttr(rows->desc, other)->attname)),
				 errdetail("They have %d and %d.", n, nother)));
}

static MatchKind
reference_kind(MatchText word)
{
	static const char *const words[] = {
		[KIND_STRUCTURED] = "structured", [KIND_PATTERN] = "pattern",
		[KIND_NUMBER] = "number", [KIND_RANGE] = "range",
		[KIND_TOKEN] = "token", [KIND_GUESS] = "pattern_guess",
	};

	for (int i = 0; i < (int) lengthof(words); i++)
		if (word.len == (int) strlen(words[i]) &&
			memcmp(word.data, words[i], word.len) == 0)
			return (MatchKind) i;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown kind of reference \"%.*s\"", word.len, word.data)));
	return KIND_TOKEN;
}

/* What its text names, and what its remittance lines name and say. */
static void
read_references(MatchBatch *batch, Rows *rows, MatchReceipt *receipt)
{
	Datum	   *keys;
	Datum	   *kinds;
	Datum	   *lines;
	Datum	   *amounts;
	Datum	   *deductions;
	Datum	   *notes;
	bool	   *no_key;
	bool	   *no_kind;
	bool	   *no_line;
	bool	   *no_amount;
	bool	   *no_deduction;
	bool	   *no_note;
	int			nkeys = row_array(rows, RECEIPT_KEYS, &keys, &no_key);
	int			nkinds = row_array(rows, RECEIPT_KINDS, &kinds, &no_kind);
	int			nlines = row_array(rows, RECEIPT_LINE_REFERENCES, &lines, &no_line);
	int			namounts = row_array(rows, RECEIPT_LINE_AMOUNTS, &amounts, &no_amount);
	int			ndeductions = row_array(rows, RECEIPT_LINE_DEDUCTIONS,
										&deductions, &no_deduction);
	int			nnotes = row_array(rows, RECEIPT_LINE_NOTES, &notes, &no_note);

	same_length(rows, RECEIPT_KEYS, RECEIPT_KINDS, nkeys, nkinds);
	if (namounts > 0)
		same_length(rows, RECEIPT_LINE_REFERENCES, RECEIPT_LINE_AMOUNTS,
					nlines, namounts);
	if (ndeductions > 0)
		same_length(rows, RECEIPT_LINE_REFERENCES, RECEIPT_LINE_DEDUCTIONS,
					nlines, ndeductions);
	if (nnotes > 0)
		same_length(rows, RECEIPT_LINE_REFERENCES, RECEIPT_LINE_NOTES,
					nlines, nnotes);

	receipt->references = palloc((nkeys + nlines) * sizeof(MatchReference));
	for (int i = 0; i < nkeys; i++)
	{
		MatchReference *reference = &receipt->references[receipt->nreferences];

		if (no_key[i])
			continue;
		if (no_kind[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("the kind of a reference is null")));
		reference->key = datum_text(keys[i]);
		reference->kind = reference_kind(datum_text(kinds[i]));
		receipt->nreferences++;
	}

	receipt->first_line_reference = receipt->nreferences;
	receipt->nlines = nlines;
	receipt->has_line_amounts = nlines > 0 && namounts > 0;
	receipt->line_amounts = palloc0(nlines * sizeof(int64));
	receipt->line_deductions = palloc0(nlines * sizeof(int64));
	receipt->line_notes = palloc0(nlines * sizeof(char *));
	for (int i = 0; i < nlines; i++)
	{
		MatchReference *reference = &receipt->references[receipt->nreferences++];

		reference->kind = KIND_LINE;
		if (no_line[i])
			reference->key.data = NULL, reference->key.len = 0;
		else
			reference->key = match_reference_key(datum_text(lines[i]));
		if (namounts > 0 && !no_amount[i])
			receipt->line_amounts[i] = receipt->sign *
				scaled(amounts[i], batch->minor_units, "line_amounts");
		else
			receipt->has_line_amounts = false;
		if (ndeductions > 0 && !no_deduction[i])
			receipt->line_deductions[i] =
				not_negative(scaled(deductions[i], batch->minor_units, "line_deductions"),
							 "line_deductions");
		if (nnotes > 0 && !no_note[i])
			receipt->line_notes[i] = TextDatumGetCString(notes[i]);
	}
}

static void
read_receipt(MatchBatch *batch, Rows *rows, MatchReceipt *receipt)
{
	require(rows, RECEIPT_ID);
	require(rows, RECEIPT_AMOUNT);
	require(rows, RECEIPT_RECEIVED_ON);
	receipt->receipt_id = DatumGetInt64(rows->values[RECEIPT_ID]);
	receipt->amount = row_scaled(rows, RECEIPT_AMOUNT, batch->minor_units, 0);
	receipt->sign = receipt->amount < 0 ? -1 : 1;
	receipt->received_on = DatumGetDateADT(rows->values[RECEIPT_RECEIVED_ON]);
	receipt->charge = row_not_negative(rows, RECEIPT_CHARGE, batch->minor_units, 0);
	/* What a bank takes for paying back is not part of what is paid back. */
	if (receipt->sign < 0)
		receipt->charge = 0;
	receipt->certainty = row_fraction(rows, RECEIPT_CERTAINTY);
	receipt->identified_by = row_text(rows, RECEIPT_IDENTIFIED_BY);
	receipt->is_deposit = row_bool(rows, RECEIPT_IS_DEPOSIT, false);
	receipt->contract_id = rows->isnull[RECEIPT_CONTRACT] ? 0 :
		DatumGetInt64(rows->values[RECEIPT_CONTRACT]);
	receipt->order_key = row_text(rows, RECEIPT_ORDER_KEY);
	receipt->elsewhere = row_text(rows, RECEIPT_ELSEWHERE);
	read_references(batch, rows, receipt);
}

static void
read_item(MatchBatch *batch, Rows *rows, MatchItem *item)
{
	Datum	   *elements;
	Datum	   *days;
	bool	   *nulls;
	bool	   *no_day;
	int			n;
	int			ndays;

	require(rows, ITEM_ID);
	require(rows, ITEM_AMOUNT);
	item->item_id = DatumGetInt64(rows->values[ITEM_ID]);
	item->amount = row_scaled(rows, ITEM_AMOUNT, batch->minor_units, 0);
	item->effective_on = rows->isnull[ITEM_EFFECTIVE_ON] ? DATEVAL_NOBEGIN :
		DatumGetDateADT(rows->values[ITEM_EFFECTIVE_ON]);
	item->due_on = rows->isnull[ITEM_DUE_ON] ? DATEVAL_NOEND :
		DatumGetDateADT(rows->values[ITEM_DUE_ON]);
	item->number = row_text(rows, ITEM_NUMBER);
	item->term = row_text(rows, ITEM_TERM);
	item->is_charge = row_bool(rows, ITEM_IS_CHARGE, false);
	item->is_disputed = row_bool(rows, ITEM_IS_DISPUTED, false);
	item->contract_id = rows->isnull[ITEM_CONTRACT] ? 0 :
		DatumGetInt64(rows->values[ITEM_CONTRACT]);

	n = row_array(rows, ITEM_KEYS, &elements, &nulls);
	item->keys = palloc(n * sizeof(MatchText));
	for (int i = 0; i < n; i++)
		if (!nulls[i])
		{
			item->keys[item->nkeys] = datum_text(elements[i]);
			if (item->keys[item->nkeys].len > 0)
				item->nkeys++;
		}

	n = row_array(rows, ITEM_DISCOUNTS, &elements, &nulls);
	ndays = row_array(rows, ITEM_DISCOUNT_ON, &days, &no_day);
	same_length(rows, ITEM_DISCOUNT_ON, ITEM_DISCOUNTS, ndays, n);
	if (n == 0)
		return;
	item->discounts = palloc(n * sizeof(int64));
	item->discount_on = palloc(n * sizeof(DateADT));
	for (int i = 0; i < n; i++)
		if (!nulls[i] && !no_day[i])
		{
			int64		discount = scaled(elements[i], batch->minor_units,
										  "discount_amounts");

			item->discounts[item->ndiscounts] = discount < 0 ? -discount : discount;
			item->discount_on[item->ndiscounts] = DatumGetDateADT(days[i]);
			item->ndiscounts++;
		}
}

static void
read_rule(MatchBatch *batch, Rows *rows, MatchRule *rule, int i)
{
	static const char *const remainders[] = {"unapplied", "on_account"};
	static const char *const shortfalls[] = {"open", "write_off", "deduction"};
	static const char *const discounts[] = {"none", "earned", "all"};
	Datum	   *elements;
	bool	   *nulls;
	int			n;

	require(rows, RULE_METHOD);
	require(rows, RULE_SCORE);
	rule->position = rows->isnull[RULE_POSITION] ? i + 1 :
		DatumGetInt32(rows->values[RULE_POSITION]);
	rule->method = match_method(row_text(rows, RULE_METHOD));
	rule->score = row_fraction(rows, RULE_SCORE);
	rule->tolerance_under = row_limit(rows, RULE_UNDER, batch->minor_units);
	rule->tolerance_over = row_limit(rows, RULE_OVER, batch->minor_units);
	rule->tolerance_under_percent =
		row_not_negative(rows, RULE_UNDER_PERCENT, MATCH_PERCENT_DECIMALS, MATCH_PERCENT_WHOLE);
	rule->tolerance_over_percent =
		row_not_negative(rows, RULE_OVER_PERCENT, MATCH_PERCENT_DECIMALS, MATCH_PERCENT_WHOLE);
	rule->write_off_limit = row_limit(rows, RULE_WRITE_OFF, batch->minor_units);
	rule->grace_days = rows->isnull[RULE_GRACE] ? 0 :
		DatumGetInt32(rows->values[RULE_GRACE]);
	rule->partial_allowed = row_bool(rows, RULE_PARTIAL, true);
	rule->remainder = PURPOSE_UNAPPLIED +
		row_word(rows, RULE_REMAINDER, remainders, lengthof(remainders));
	rule->shortfall = row_word(rows, RULE_SHORTFALL, shortfalls, lengthof(shortfalls));
	rule->reason_code = row_text(rows, RULE_REASON);
	rule->account_discounts = row_word(rows, RULE_ACCOUNT_DISCOUNTS, discounts,
									   lengthof(discounts));
	rule->include_charges = row_bool(rows, RULE_CHARGES, true);
	rule->include_disputed = row_bool(rows, RULE_DISPUTED, false);
	rule->max_items = rows->isnull[RULE_MAX_ITEMS] ? 0 :
		DatumGetInt32(rows->values[RULE_MAX_ITEMS]);

	n = row_array(rows, RULE_UNEARNED, &elements, &nulls);
	rule->unearned = palloc(n * sizeof(int64));
	for (int j = 0; j < n; j++)
		if (!nulls[j])
			rule->unearned[rule->nunearned++] =
				scaled(elements[j], MATCH_PERCENT_DECIMALS, "unearned_discount_percents");

	for (int j = 0; j < rule->nunearned; j++)
		if (rule->unearned[j] <= 0 || rule->unearned[j] > MATCH_PERCENT_WHOLE)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("a percentage of discount must be more than 0 and at most 100")));
	if (rule->tolerance_under_percent > MATCH_PERCENT_WHOLE ||
		rule->tolerance_over_percent > MATCH_PERCENT_WHOLE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a percentage of tolerance must be at most 100")));
	if (rule->grace_days < 0 || rule->max_items < 0 ||
		(rule->max_items == 0 && !rows->isnull[RULE_MAX_ITEMS]))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("discount_grace_days must not be negative and max_items be positive")));
}

static int
compare_rules(const void *a, const void *b)
{
	const MatchRule *x = *(MatchRule *const *) a;
	const MatchRule *y = *(MatchRule *const *) b;

	if (x->position != y->position)
		return x->position < y->position ? -1 : 1;
	return x < y ? -1 : x > y;
}

static int
compare_items(const void *a, const void *b)
{
	const MatchItem *x = a;
	const MatchItem *y = b;

	if (x->due_on != y->due_on)
		return x->due_on < y->due_on ? -1 : 1;
	if (x->effective_on != y->effective_on)
		return x->effective_on < y->effective_on ? -1 : 1;
	return x->item_id < y->item_id ? -1 : x->item_id > y->item_id;
}

void
match_read(MatchBatch *batch, Datum receipts, Datum items, Datum rules,
		   int minor_units)
{
	Rows		rows;
	MatchRule  *rule;

	if (minor_units < 0 || minor_units > MATCH_MAX_MINOR_UNITS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("minor units of a currency must be from 0 to %d, not %d",
						MATCH_MAX_MINOR_UNITS, minor_units)));
	batch->minor_units = minor_units;

	open_rows(&rows, rules, "rules", RULE_NATTS);
	batch->nrules = rows.n;
	batch->rules = palloc(rows.n * sizeof(MatchRule *));
	rule = palloc0(rows.n * sizeof(MatchRule));
	for (int i = 0; i < rows.n; i++)
	{
		read_row(&rows, i);
		batch->rules[i] = rule + i;
		read_rule(batch, &rows, rule + i, i);
	}
	qsort(batch->rules, batch->nrules, sizeof(MatchRule *), compare_rules);
	close_rows(&rows);

	open_rows(&rows, items, "items", ITEM_NATTS);
	batch->items = palloc0(rows.n * sizeof(MatchItem));
	for (int i = 0; i < rows.n; i++)
	{
		read_row(&rows, i);
		read_item(batch, &rows, &batch->items[batch->nitems]);
		/* What is not open any more is nothing to settle. */
		if (batch->items[batch->nitems].amount != 0)
			batch->nitems++;
		else
			memset(&batch->items[batch->nitems], 0, sizeof(MatchItem));
	}
	qsort(batch->items, batch->nitems, sizeof(MatchItem), compare_items);
	close_rows(&rows);

	open_rows(&rows, receipts, "receipts", RECEIPT_NATTS);
	batch->nreceipts = rows.n;
	batch->receipts = palloc0(rows.n * sizeof(MatchReceipt));
	for (int i = 0; i < rows.n; i++)
	{
		read_row(&rows, i);
		read_receipt(batch, &rows, &batch->receipts[i]);
	}
	close_rows(&rows);
}
