/*
 * match.h
 *		Which open items of a customer its money settles.
 *
 * All of ar.match_candidates is a function of its arguments.  Amounts are
 * int64 in minor units of the currency.  Money paid back is matched like
 * money received, with the signs of all amounts turned: "due" below is what
 * is open of an item as seen from the receipt, positive for what the money
 * may settle, negative for what is taken off with it.
 */
#ifndef AR_MATCH_H
#define AR_MATCH_H

#include "postgres.h"

#include "common/int.h"
#include "compat.h"
#include "lib/stringinfo.h"
#include "utils/date.h"

#define MATCH_MAX_CANDIDATES	5
#define MATCH_MAX_MINOR_UNITS	8

/*
 * The score that asks for a look, where something speaks against a match; and
 * the certainty that is no more than a look at the name.
 */
#define MATCH_SUGGESTED			0.75
/* The score of a difference where something else fits exactly. */
#define MATCH_RIVALLED			0.85
/* The certainty below which the customer is not taken for known. */
#define MATCH_KNOWN_CUSTOMER	0.5

/* Percentages are exact to 6 decimals. */
#define MATCH_PERCENT_DECIMALS	6
#define MATCH_PERCENT_WHOLE		INT64CONST(100000000)

/* A piece of text, not ended by a zero byte. */
typedef struct MatchText
{
	const char *data;			/* NULL for null */
	int			len;
} MatchText;

typedef enum MatchShortfall
{
	SHORTFALL_OPEN,
	SHORTFALL_WRITE_OFF,
	SHORTFALL_DEDUCTION
} MatchShortfall;

/* Discounts that are taken off where the account is looked at. */
typedef enum MatchAccountDiscounts
{
	ACCOUNT_DISCOUNTS_NONE,
	ACCOUNT_DISCOUNTS_EARNED,	/* that are granted */
	ACCOUNT_DISCOUNTS_ALL		/* also those whose days have passed */
} MatchAccountDiscounts;

/* Purposes of lines; the words are in match_candidate.c. */
typedef enum MatchPurpose
{
	PURPOSE_APPLICATION,
	PURPOSE_DISCOUNT,
	PURPOSE_BANK_FEE,
	PURPOSE_WRITE_OFF,
	PURPOSE_DEDUCTION,
	PURPOSE_UNAPPLIED,
	PURPOSE_ON_ACCOUNT
} MatchPurpose;

/* How a reference names an item, the stronger first. */
typedef enum MatchNaming
{
	NAMED_STRUCTURED,			/* a structured reference */
	NAMED_KEY,					/* all of a number */
	NAMED_NUMBER,				/* its last digits, which only it has */
	NAMED_GUESS					/* a number with O for 0, or the like */
} MatchNaming;

typedef enum MatchKind
{
	KIND_STRUCTURED,
	KIND_PATTERN,
	KIND_NUMBER,
	KIND_RANGE,
	KIND_TOKEN,
	KIND_GUESS,
	KIND_LINE					/* named by a line of the remittance advice */
} MatchKind;

typedef struct MatchItem
{
	int64		item_id;
	int64		amount;
	DateADT		effective_on;
	DateADT		due_on;
	MatchText	number;
	MatchText	term;
	int			nkeys;
	MatchText  *keys;
	int			ndiscounts;
	DateADT    *discount_on;
	int64	   *discounts;		/* without sign */
	bool		is_charge;		/* late interest or a fee */
	bool		is_disputed;
	int64		contract_id;	/* 0 for none */
} MatchItem;

struct MatchMethod;

typedef struct MatchRule
{
	int			position;
	const struct MatchMethod *method;
	double		score;
	int64		tolerance_under;
	int64		tolerance_under_percent;	/* of MATCH_PERCENT_WHOLE */
	int64		tolerance_over;
	int64		tolerance_over_percent;
	int			grace_days;
	int			nunearned;
	int64	   *unearned;		/* percentages, of MATCH_PERCENT_WHOLE */
	bool		partial_allowed;
	MatchPurpose remainder;
	MatchShortfall shortfall;
	int64		write_off_limit;
	MatchText	reason_code;
	int			max_items;		/* 0 for any number */
	MatchAccountDiscounts account_discounts;
	bool		include_charges;
	bool		include_disputed;
} MatchRule;

typedef struct MatchReference
{
	MatchText	key;
	MatchKind	kind;
} MatchReference;

/* That a reference of a receipt names an item. */
typedef struct MatchName
{
	int			reference;
	int			item;
	MatchNaming naming;
} MatchName;

typedef struct MatchLine
{
	MatchPurpose purpose;
	int			item;			/* -1 for none */
	int64		amount;			/* as seen from the receipt */
	MatchText	reason_code;
	const char *note;			/* NULL for none */
} MatchLine;

typedef struct MatchCandidate
{
	const MatchRule *rule;
	double		score;
	bool		is_ambiguous;	/* something else is as good, or somebody has to look */
	bool		ignores_names;	/* settles none of what some reference names */
	int64		remainder;
	int			nlines;
	int			room;
	MatchLine  *lines;
	StringInfoData reasons;		/* sentences; the last one is not ended */
} MatchCandidate;

typedef struct MatchReceipt
{
	int64		receipt_id;
	int64		amount;
	int			sign;			/* -1 for money paid back */
	DateADT		received_on;
	int64		charge;			/* without sign */
	double		certainty;
	MatchText	identified_by;
	bool		is_deposit;
	int64		contract_id;	/* of a deposit, 0 for none */
	MatchText	order_key;		/* of a deposit */
	MatchText	elsewhere;
	int			nreferences;
	MatchReference *references; /* those of its text, then those of lines */
	int			nlines;
	int			first_line_reference;
	bool		has_line_amounts;	/* every line says an amount */
	int64	   *line_amounts;	/* as seen from the receipt */
	int64	   *line_deductions;	/* without sign, 0 for none */
	const char **line_notes;	/* NULL for none */

	/* What it names. */
	int			nnames;
	MatchName  *names;
	int			nnamed;			/* items named, each once */
	int		   *named;

	/* What was found. */
	int			ncandidates;
	int			room;
	MatchCandidate **candidates;
	bool		decided;		/* no further rule is tried */
	const char *gave_up;		/* what could not be ruled out, NULL for nothing */
} MatchReceipt;

typedef struct MatchKeyEntry
{
	uint32		hash;
	int			item;
	MatchText	key;
	int			next;			/* of the same slot, -1 for none */
} MatchKeyEntry;

/* Items by some text of theirs; those of one text in their order. */
typedef struct MatchIndex
{
	int			n;
	MatchKeyEntry *entries;		/* NULL before it was made */
	uint32		mask;
	int		   *slots;			/* first entry, -1 for none */
} MatchIndex;

typedef struct MatchBatch
{
	int			minor_units;
	int			nreceipts;
	MatchReceipt *receipts;
	int			nitems;
	MatchItem  *items;			/* by due date, then by date and identifier */
	int			nrules;
	MatchRule **rules;			/* in their order */

	MatchIndex	keys;
	MatchIndex	numbers;		/* last digits of keys */
} MatchBatch;

/* A rule tried on a receipt. */
typedef struct MatchTry
{
	MatchBatch *batch;
	MatchReceipt *receipt;
	const MatchRule *rule;
	int64		target;			/* what is to be settled: the money and its charges */
	int64		charge;			/* of that, its charges */
	bool		tolerant;		/* try with the tolerance of the rule */
} MatchTry;

/* What finds items. */
typedef struct MatchMethod
{
	const char *name;
	void		(*find) (MatchTry *);	/* NULL for one that looks at all receipts */
	void		(*find_all) (MatchBatch *, const MatchRule *);
	bool		by_name;		/* looks at what is named */
	bool		with_charges;	/* tried again with the charges added */
	bool		with_tolerance; /* tried again with the tolerance */
} MatchMethod;

/* What a candidate rests on, for its score. */
#define BASIS_AMOUNT		0x01	/* found by the amount, whatever is named */
#define BASIS_INEXACT		0x02	/* named, but the amounts do not agree */
#define BASIS_SUGGESTION	0x04	/* never more than a suggestion */
#define BASIS_LINES			0x08	/* the payer says what is paid of each */

/* match_read.c */
extern void match_read(MatchBatch *batch, Datum receipts, Datum items,
					   Datum rules, int minor_units);

/* match_names.c */
extern MatchText match_reference_key(MatchText reference);
extern void match_find_names(MatchBatch *batch, MatchReceipt *receipt);
extern int	match_similar_item(MatchBatch *batch, const MatchReceipt *receipt,
							   int reference);

/* match_candidate.c */
extern MatchCandidate *match_candidate(MatchTry *try);
extern void match_add_line(MatchCandidate *candidate, MatchPurpose purpose,
						   int item, int64 amount, MatchText reason_code,
						   const char *note);
extern bool match_settle_difference(MatchTry *try, MatchCandidate *candidate,
									int64 difference);
extern bool match_finish(MatchTry *try, MatchCandidate *candidate,
						 int basis, double limit);
extern void match_append_payer(const MatchReceipt *receipt, StringInfo text);
extern const char *match_money(const MatchBatch *batch, int64 amount);
extern void match_append_item(const MatchBatch *batch, StringInfo text, int item);
extern void match_append_items(const MatchBatch *batch, StringInfo text,
							   const int *items, int nitems);
extern void match_append_how(const MatchTry *try, StringInfo text);

/* match_discount.c */
typedef struct MatchDiscount
{
	int64		amount;
	bool		granted;		/* within its days and those of grace */
	bool		by_term;		/* one of a term, not of the rule's percentages */
	DateADT		last_day;		/* of one of a term */
	int64		percent;		/* of one that is not */
} MatchDiscount;
extern bool match_discount(const MatchTry *try, int item, int64 difference,
						   MatchDiscount *discount);
extern int64 match_granted_discount(const MatchTry *try, int item);
extern int64 match_term_discount(const MatchTry *try, int item);
extern void match_append_discount(const MatchTry *try, StringInfo text,
								  const MatchDiscount *discount);

/* match_number.c */
extern void match_structured_reference(MatchTry *try);
extern void match_exact_number(MatchTry *try);
extern void match_several_numbers(MatchTry *try);
extern void match_number_less_discount(MatchTry *try);
extern void match_number_with_tolerance(MatchTry *try);
extern void match_number_partial(MatchTry *try);
extern void match_similar_number(MatchTry *try);

/* match_remittance.c */
extern void match_remittance_advice(MatchTry *try);
extern bool match_remittance_known_lines(MatchTry *try);
extern bool match_remittance_similar(MatchTry *try);

/* match_amount.c */
extern void match_amount(MatchTry *try);
extern void match_amount_less_discount(MatchTry *try);
extern void match_amount_with_tolerance(MatchTry *try);
extern void match_subset_sum(MatchTry *try);
extern void match_combined_payments(MatchBatch *batch, const MatchRule *rule);

/* match_account.c */
extern void match_clear_account(MatchTry *try);
extern void match_clear_past_due(MatchTry *try);
extern void match_past_due_by_term(MatchTry *try);
extern void match_oldest_first(MatchTry *try);

/* match_methods.c */
extern const MatchMethod *match_method(MatchText name);
extern bool match_tolerates(const MatchTry *try, int64 due);
extern bool match_has_item(const MatchCandidate *candidate, int item);

static inline bool
match_text_equal(MatchText a, MatchText b)
{
	return a.len == b.len && (a.data == NULL) == (b.data == NULL) &&
		(a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static inline int64
match_add(int64 a, int64 b)
{
	int64		sum;

	if (unlikely(pg_add_s64_overflow(a, b, &sum)))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("sum of amounts is out of range")));
	return sum;
}

/* What is open of an item, as seen from the receipt. */
static inline int64
match_due(const MatchTry *try, int item)
{
	return try->receipt->sign * try->batch->items[item].amount;
}

/* Whether an item counts for a receipt that does not name it. */
static inline bool
match_counts(const MatchTry *try, int item)
{
	return try->batch->items[item].effective_on <= try->receipt->received_on;
}

/* The part of an amount that is not negative; rest is what was cut off. */
static inline int64
match_percent_of(int64 amount, int64 percent, int64 *rest)
{
	int64		low = amount % MATCH_PERCENT_WHOLE * percent;

	*rest = low % MATCH_PERCENT_WHOLE;
	return amount / MATCH_PERCENT_WHOLE * percent + low / MATCH_PERCENT_WHOLE;
}

#endif							/* AR_MATCH_H */
