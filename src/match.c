/*
 * match.c
 *		ar.match_candidates: what the money of a customer may settle.
 *
 * Rules are tried in their order, each on every receipt that is not decided
 * yet, so that one that looks at all receipts sees what the earlier ones left.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "match.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/tuplestore.h"
#include "utils/typcache.h"

#define NATTS		9
#define LINE_NATTS	5

static const char *const purposes[] = {
	[PURPOSE_APPLICATION] = "application", [PURPOSE_DISCOUNT] = "discount",
	[PURPOSE_BANK_FEE] = "bank_fee", [PURPOSE_WRITE_OFF] = "write_off",
	[PURPOSE_DEDUCTION] = "deduction", [PURPOSE_UNAPPLIED] = "unapplied",
	[PURPOSE_ON_ACCOUNT] = "on_account",
};

/*
 * Where what a rule found leaves alone something that is named, the rules that
 * look at names go on.  Where several of equal score were found, none of what
 * the rule found is certain.
 */
static void
take_up(MatchReceipt *receipt, int before)
{
	double		best = -1;
	int			nbest = 0;

	for (int i = before; i < receipt->ncandidates; i++)
	{
		const MatchCandidate *candidate = receipt->candidates[i];

		if (candidate->score > best)
			best = candidate->score, nbest = 0;
		nbest += candidate->score == best;
		receipt->decided |= !candidate->ignores_names;
	}
	if (nbest > 1)
		for (int i = before; i < receipt->ncandidates; i++)
			receipt->candidates[i]->is_ambiguous = true;
}

static void
try_rule(MatchBatch *batch, MatchReceipt *receipt, const MatchRule *rule)
{
	const MatchMethod *method = rule->method;
	int			before = receipt->ncandidates;
	bool		tolerance = method->with_tolerance &&
	(rule->tolerance_under > 0 || rule->tolerance_over > 0);

	for (int tolerant = 0; tolerant <= (int) tolerance; tolerant++)
		for (int charged = 0; charged <= 1; charged++)
		{
			int64		charge = charged ? receipt->charge : 0;
			MatchTry	try = {
				.batch = batch, .receipt = receipt, .rule = rule,
				.charge = charge, .tolerant = tolerant
			};

			if (charged && (charge == 0 || !method->with_charges))
				continue;
			try.target = match_add(receipt->sign * receipt->amount, charge);
			method->find(&try);
			if (receipt->ncandidates > before)
				return;
		}
}

static void
find_candidates(MatchBatch *batch)
{
	for (int i = 0; i < batch->nreceipts; i++)
	{
		match_find_names(batch, &batch->receipts[i]);
		batch->receipts[i].decided = batch->receipts[i].amount == 0;
	}
	for (int r = 0; r < batch->nrules; r++)
	{
		const MatchRule *rule = batch->rules[r];
		int			undecided = 0;

		if (rule->method->find_all != NULL)
		{
			rule->method->find_all(batch, rule);
			for (int i = 0; i < batch->nreceipts; i++)
				if (batch->receipts[i].ncandidates > 0 &&
					batch->receipts[i].candidates[0]->rule == rule)
					take_up(&batch->receipts[i], 0);
			continue;
		}
		for (int i = 0; i < batch->nreceipts; i++)
		{
			MatchReceipt *receipt = &batch->receipts[i];
			int			before = receipt->ncandidates;

			if (receipt->decided)
				continue;
			CHECK_FOR_INTERRUPTS();
			if (before == 0 || rule->method->by_name)
			{
				try_rule(batch, receipt, rule);
				take_up(receipt, before);
			}
			undecided += !receipt->decided;
		}
		if (undecided == 0)
			break;
	}
}

/* The best first; equal ones as they were found. */
static void
sort_candidates(MatchReceipt *receipt)
{
	for (int i = 1; i < receipt->ncandidates; i++)
	{
		MatchCandidate *candidate = receipt->candidates[i];
		int			j = i;

		for (; j > 0 && receipt->candidates[j - 1]->score < candidate->score; j--)
			receipt->candidates[j] = receipt->candidates[j - 1];
		receipt->candidates[j] = candidate;
	}
}

/* Why nothing was found. */
static char *
in_vain(const MatchBatch *batch, const MatchReceipt *receipt)
{
	StringInfoData text;
	int64		total = 0;

	initStringInfo(&text);
	if (receipt->amount == 0)
	{
		appendStringInfoString(&text, "Nothing of it is open.");
		return text.data;
	}
	for (int i = 0; i < batch->nitems; i++)
		total = match_add(total, batch->items[i].amount);
	if (receipt->nnamed > 0)
	{
		appendStringInfoString(&text, "It names ");
		match_append_items(batch, &text, receipt->named, receipt->nnamed);
		appendStringInfoString(&text, ", but no rule settles that with this amount;");
	}
	else
		appendStringInfoString(&text, "No open item is named or has this amount;");
	if (batch->nitems == 0)
		appendStringInfoString(&text, " nothing is open.");
	else
		appendStringInfo(&text, " %d open item%s%s %s.", batch->nitems,
						 batch->nitems == 1 ? "" : "s",
						 batch->nitems == 1 ? " of" : ", together",
						 match_money(batch, total));
	match_append_payer(receipt, &text);
	if (receipt->elsewhere.len > 0)
		appendStringInfo(&text, " It names %.*s.", receipt->elsewhere.len, receipt->elsewhere.data);
	if (receipt->gave_up != NULL)
		appendStringInfo(&text, " %s", receipt->gave_up);
	return text.data;
}

typedef struct Output
{
	MatchBatch *batch;
	Tuplestorestate *store;
	TupleDesc	desc;
	Oid			line_type;
	TupleDesc	line_desc;
	MemoryContext row;			/* of one row */
} Output;

static Datum
money_datum(const Output *output, int64 amount)
{
	return NumericGetDatum(int64_div_fast_to_numeric(amount, output->batch->minor_units));
}

static Datum
text_datum(MatchText value)
{
	return PointerGetDatum(cstring_to_text_with_len(value.data, value.len));
}

static Datum
lines_datum(Output *output, const MatchReceipt *receipt, const MatchCandidate *candidate)
{
	Datum	   *elements;

	if (candidate == NULL || candidate->nlines == 0)
		return PointerGetDatum(construct_empty_array(output->line_type));
	elements = palloc(candidate->nlines * sizeof(Datum));
	for (int i = 0; i < candidate->nlines; i++)
	{
		const MatchLine *line = &candidate->lines[i];
		Datum		values[LINE_NATTS] = {0};
		bool		nulls[LINE_NATTS] = {false};

		values[0] = CStringGetTextDatum(purposes[line->purpose]);
		nulls[1] = line->item < 0;
		if (!nulls[1])
			values[1] = Int64GetDatum(output->batch->items[line->item].item_id);
		values[2] = money_datum(output, receipt->sign * line->amount);
		nulls[3] = line->reason_code.data == NULL;
		if (!nulls[3])
			values[3] = text_datum(line->reason_code);
		nulls[4] = line->note == NULL;
		if (!nulls[4])
			values[4] = CStringGetTextDatum(line->note);
		elements[i] = HeapTupleGetDatum(heap_form_tuple(output->line_desc, values, nulls));
	}
	return PointerGetDatum(construct_array(elements, candidate->nlines, output->line_type,
										   -1, false, TYPALIGN_DOUBLE));
}

static void
put_row(Output *output, const MatchReceipt *receipt, int number,
		const MatchCandidate *candidate)
{
	Datum		values[NATTS] = {0};
	bool		nulls[NATTS] = {false};
	MemoryContext caller = MemoryContextSwitchTo(output->row);

	values[0] = Int64GetDatum(receipt->receipt_id);
	values[1] = Int32GetDatum(number);
	nulls[2] = nulls[3] = candidate == NULL;
	if (candidate != NULL)
	{
		values[2] = Int32GetDatum(candidate->rule->position);
		values[3] = CStringGetTextDatum(candidate->rule->method->name);
		values[4] = Float8GetDatum(candidate->score);
		values[5] = BoolGetDatum(candidate->is_ambiguous);
		values[6] = money_datum(output, receipt->sign * candidate->remainder);
		values[8] = PointerGetDatum(cstring_to_text_with_len(candidate->reasons.data,
															 candidate->reasons.len));
	}
	else
	{
		values[4] = Float8GetDatum(0);
		values[5] = BoolGetDatum(false);
		values[6] = money_datum(output, receipt->amount);
		values[8] = CStringGetTextDatum(in_vain(output->batch, receipt));
	}
	values[7] = lines_datum(output, receipt, candidate);
	tuplestore_putvalues(output->store, output->desc, values, nulls);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(output->row);
}

PG_FUNCTION_INFO_V1(ar_match_candidates);
Datum
ar_match_candidates(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext context;
	MemoryContext caller;
	MatchBatch	batch = {0};
	Output		output = {0};

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	context = AllocSetContextCreate(CurrentMemoryContext, "match_candidates",
									ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(context);

	match_read(&batch, PG_GETARG_DATUM(0), PG_GETARG_DATUM(1), PG_GETARG_DATUM(2),
			   PG_GETARG_INT32(3));
	find_candidates(&batch);

	output.batch = &batch;
	output.store = result->setResult;
	output.desc = result->setDesc;
	output.line_type = get_element_type(TupleDescAttr(output.desc, 7)->atttypid);
	output.line_desc = lookup_rowtype_tupdesc(output.line_type, -1);
	output.row = AllocSetContextCreate(context, "match_candidates row",
									   ALLOCSET_DEFAULT_SIZES);
	for (int i = 0; i < batch.nreceipts; i++)
	{
		MatchReceipt *receipt = &batch.receipts[i];
		int			n = Min(receipt->ncandidates, MATCH_MAX_CANDIDATES);

		sort_candidates(receipt);
		for (int c = 0; c < n; c++)
			put_row(&output, receipt, c + 1, receipt->candidates[c]);
		if (n == 0)
			put_row(&output, receipt, 1, NULL);
	}
	ReleaseTupleDesc(output.line_desc);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return (Datum) 0;
}
