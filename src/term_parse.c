/*
 * term_parse.c
 *		Reads a payment term from jsonb and refuses what is not one.
 *
 * One table of rules says which key may stand where and what it may hold; an
 * object is read into an array of values by key, of which its struct is made.
 */
#include "postgres.h"

#include "compat.h"
#include "decimal.h"
#include "lib/stringinfo.h"
#include "terms.h"
#include "utils/builtins.h"

/* The objects that a term is made of. */
#define IN_TERM			0x1
#define IN_DISCOUNT		0x2
#define IN_INSTALMENT	0x4

typedef enum Key
{
	KEY_DAYS,
	KEY_MONTHS,
	KEY_END_OF_MONTH,
	KEY_DAY_OF_MONTH,
	KEY_CUT_OFF_DAY,
	KEY_BUSINESS_DAY,
	KEY_DISCOUNTS,
	KEY_DISCOUNT_BASE,
	KEY_INSTALMENTS,
	KEY_PREPAYMENT,
	KEY_DEPOSIT_PERCENT,
	KEY_PERCENT,
	KEY_PERCENT_OF_REMAINDER,
	KEY_AMOUNT,
	KEY_GRACE_DAYS,
	NKEYS
} Key;

typedef enum Kind
{
	KIND_INTEGER,				/* minimum to maximum */
	KIND_NUMBER,				/* above minimum to maximum, 0 for no limit */
	KIND_BELOW,					/* above minimum and below maximum */
	KIND_WORD,					/* one of words, from minimum on */
	KIND_BOOLEAN,
	KIND_LIST
} Kind;

typedef struct Rule
{
	Key			key;
	const char *name;
	int			places;			/* where it may stand */
	Kind		kind;
	int32		minimum;
	int32		maximum;
	const char *const *words;	/* NULL after the last */
	const char *must;			/* what it must be, for people */
} Rule;

static const char *const end_of_month_words[] = {"eom_then_days", "days_then_eom", NULL};
static const char *const business_day_words[] = {"none", "following", "modified_following", "preceding", NULL};
static const char *const discount_base_words[] = {"gross", "net", NULL};

#define WHOLE_NUMBER	"a whole number from 0 on"
#define DAY_OF_A_MONTH	"a day of a month, a whole number from 1 to 31"
#define PERCENTAGE		"a number above 0 and at most 100"
#define PERCENTAGE_BELOW	"a number above 0 and below 100"

/* By Share. */
static const Key share_keys[] = {KEY_PERCENT, KEY_PERCENT_OF_REMAINDER, KEY_AMOUNT};
static const char *const share_names[] = {"percent", "percent_of_remainder", "amount"};

static const Rule rules[] = {
	{KEY_DAYS, "days", IN_TERM | IN_DISCOUNT | IN_INSTALMENT, KIND_INTEGER, 0, PG_INT32_MAX, NULL, WHOLE_NUMBER},
	{KEY_MONTHS, "months", IN_TERM | IN_DISCOUNT | IN_INSTALMENT, KIND_INTEGER, 0, PG_INT32_MAX, NULL, WHOLE_NUMBER},
	{KEY_END_OF_MONTH, "end_of_month", IN_TERM | IN_DISCOUNT | IN_INSTALMENT, KIND_WORD, EOM_THEN_DAYS, 0,
	end_of_month_words, "\"eom_then_days\" or \"days_then_eom\""},
	{KEY_DAY_OF_MONTH, "day_of_month", IN_TERM | IN_DISCOUNT | IN_INSTALMENT, KIND_INTEGER, 1, 31, NULL, DAY_OF_A_MONTH},
	{KEY_CUT_OFF_DAY, "cut_off_day", IN_TERM, KIND_INTEGER, 1, 31, NULL, DAY_OF_A_MONTH},
	{KEY_BUSINESS_DAY, "business_day", IN_TERM, KIND_WORD, BUSINESS_DAY_NONE, 0,
	business_day_words, "\"none\", \"following\", \"modified_following\" or \"preceding\""},
	{KEY_DISCOUNTS, "discounts", IN_TERM, KIND_LIST, 0, 0, NULL, "an array of one object or more"},
	{KEY_DISCOUNT_BASE, "discount_base", IN_TERM, KIND_WORD, false, 0, discount_base_words, "\"gross\" or \"net\""},
	{KEY_INSTALMENTS, "instalments", IN_TERM, KIND_LIST, 0, 0, NULL, "an array of one object or more"},
	{KEY_PREPAYMENT, "prepayment", IN_TERM, KIND_BOOLEAN, 0, 0, NULL, "true or false"},
	{KEY_DEPOSIT_PERCENT, "deposit_percent", IN_TERM, KIND_NUMBER, 0, 100, NULL, PERCENTAGE},
	{KEY_PERCENT, "percent", IN_DISCOUNT, KIND_BELOW, 0, 100, NULL, PERCENTAGE_BELOW},
	{KEY_PERCENT, "percent", IN_INSTALMENT, KIND_NUMBER, 0, 100, NULL, PERCENTAGE},
	{KEY_PERCENT_OF_REMAINDER, "percent_of_remainder", IN_INSTALMENT, KIND_BELOW, 0, 100, NULL, PERCENTAGE_BELOW},
	{KEY_AMOUNT, "amount", IN_INSTALMENT, KIND_NUMBER, 0, 0, NULL, "a number above 0"},
	{KEY_GRACE_DAYS, "grace_days", IN_DISCOUNT, KIND_INTEGER, 0, PG_INT32_MAX, NULL, WHOLE_NUMBER},
};

/* Which object of a term is being read: the term itself or one of a list. */
typedef struct Place
{
	int			kind;			/* IN_... */
	int			index;			/* in its list, from 0 as jsonb counts */
} Place;

typedef struct Value
{
	bool		given;
	int32		integer;		/* of a number, word or boolean */
	Numeric		number;
	JsonbContainer *list;
} Value;

/* The path of a key, as jsonb's own subscripts would name it. */
static char *
path_of(const Place *place, const char *key)
{
	const char *list = place->kind == IN_DISCOUNT ? "discounts" : "instalments";

	if (place->kind == IN_TERM)
		return pstrdup(key);
	if (key == NULL)
		return psprintf("%s[%d]", list, place->index);
	return psprintf("%s[%d].%s", list, place->index, key);
}

/* Says what is wrong with a key: its path, and what the sentence goes on with. */
static void
refuse(const Place *place, const char *key, const char *fault, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid payment term"),
			 errdetail("%s %s.", path_of(place, key), fault),
			 errhint("%s", hint)));
}

static char *
keys_hint(const Place *place)
{
	StringInfoData hint;
	const char *separator = "The keys here are ";

	initStringInfo(&hint);
	for (int i = 0; i < (int) lengthof(rules); i++)
		if (rules[i].places & place->kind)
		{
			appendStringInfo(&hint, "%s%s", separator, rules[i].name);
			separator = ", ";
		}
	appendStringInfoChar(&hint, '.');
	return hint.data;
}

static const Rule *
find_rule(const Place *place, const JsonbValue *key)
{
	int			length = key->val.string.len;

	for (int i = 0; i < (int) lengthof(rules); i++)
		if ((rules[i].places & place->kind) &&
			(int) strlen(rules[i].name) == length &&
			memcmp(rules[i].name, key->val.string.val, length) == 0)
			return &rules[i];
	refuse(place, pnstrdup(key->val.string.val, length),
		   "is not a key of a payment term", keys_hint(place));
	return NULL;				/* not reached */
}

/* A whole number that an int32 holds, not negative. */
static bool
whole_number(Numeric number, int32 *result)
{
	Decimal		decimal;
	int64		sum = 0;

	if (!decimal_read((struct varlena *) number, &decimal) ||
		decimal.negative || decimal_fraction(&decimal) > 0)
		return false;
	for (int i = 0; decimal.ngroups > 0 && i <= decimal.weight; i++)
	{
		sum = sum * DECIMAL_BASE + (i < decimal.ngroups ? decimal_group(&decimal, i) : 0);
		if (sum > PG_INT32_MAX)
			return false;
	}
	*result = (int32) sum;
	return true;
}

static int
compare(Numeric a, Numeric b)
{
	return DatumGetInt32(DirectFunctionCall2(numeric_cmp, NumericGetDatum(a),
											 NumericGetDatum(b)));
}

static bool
read_number(const Rule *rule, const JsonbValue *json, Value *value)
{
	int			with_limit;

	if (json->type != jbvNumeric)
		return false;
	value->number = json->val.numeric;
	if (rule->kind == KIND_INTEGER)
		return whole_number(value->number, &value->integer) &&
			value->integer >= rule->minimum && value->integer <= rule->maximum;
	if (compare(value->number, int64_to_numeric(rule->minimum)) <= 0)
		return false;
	if (rule->maximum == 0)
		return true;
	with_limit = compare(value->number, int64_to_numeric(rule->maximum));
	return rule->kind == KIND_BELOW ? with_limit < 0 : with_limit <= 0;
}

static bool
read_word(const Rule *rule, const JsonbValue *json, Value *value)
{
	int			length = json->val.string.len;

	if (json->type != jbvString)
		return false;
	for (int i = 0; rule->words[i] != NULL; i++)
		if ((int) strlen(rule->words[i]) == length &&
			memcmp(rule->words[i], json->val.string.val, length) == 0)
		{
			value->integer = rule->minimum + i;
			return true;
		}
	return false;
}

static bool
read_value(const Rule *rule, const JsonbValue *json, Value *value)
{
	switch (rule->kind)
	{
		case KIND_WORD:
			return read_word(rule, json, value);
		case KIND_BOOLEAN:
			value->integer = json->type == jbvBool && json->val.boolean;
			return json->type == jbvBool;
		case KIND_LIST:
			value->list = json->val.binary.data;
			return json->type == jbvBinary &&
				JsonContainerIsArray(value->list) &&
				JsonContainerSize(value->list) > 0;
		default:
			return read_number(rule, json, value);
	}
}

/* Reads an object into values[NKEYS]. */
static void
read_object(JsonbContainer *object, const Place *place, Value *values)
{
	JsonbIterator *iterator = JsonbIteratorInit(object);
	JsonbIteratorToken token;
	JsonbValue	json;
	const Rule *rule = NULL;

	memset(values, 0, NKEYS * sizeof(Value));
	JsonbIteratorNext(&iterator, &json, false);	/* the object's beginning */
	while ((token = JsonbIteratorNext(&iterator, &json, true)) != WJB_END_OBJECT)
	{
		if (token == WJB_KEY)
			rule = find_rule(place, &json);
		else if (read_value(rule, &json, &values[rule->key]))
			values[rule->key].given = true;
		else
			refuse(place, rule->name, psprintf("must be %s", rule->must),
				   "Correct the value, or leave the key out.");
	}
}

static void
make_offset(const Value *values, DateOffset *offset)
{
	offset->months = values[KEY_MONTHS].integer;
	offset->days = values[KEY_DAYS].integer;
	offset->end_of_month = values[KEY_END_OF_MONTH].integer;
	offset->day_of_month = values[KEY_DAY_OF_MONTH].integer;
}

static void
make_discount(const Value *values, const Place *place, Discount *discount)
{
	make_offset(values, &discount->offset);
	discount->percent = values[KEY_PERCENT].number;
	discount->grace_days = values[KEY_GRACE_DAYS].integer;
	if (!values[KEY_PERCENT].given)
		refuse(place, "percent", "is missing",
			   "A discount needs the percentage it gives.");
}

static void
make_instalment(const Value *values, const Place *place, Instalment *instalment)
{
	make_offset(values, &instalment->offset);
	instalment->share = SHARE_RESIDUAL;
	instalment->value = NULL;
	for (int share = 0; share < SHARE_RESIDUAL; share++)
	{
		const Value *value = &values[share_keys[share]];

		if (!value->given)
			continue;
		if (instalment->share != SHARE_RESIDUAL)
			refuse(place, share_names[share], "is a second share",
				   "Give one of percent, percent_of_remainder and amount.");
		instalment->share = share;
		instalment->value = value->number;
	}
}

/* The objects of a list; returns how many there are. */
static int
read_list(JsonbContainer *list, int kind, Term *term)
{
	int			n = JsonContainerSize(list);
	JsonbIterator *iterator = JsonbIteratorInit(list);
	JsonbValue	json;
	Value		values[NKEYS];
	Place		place = {kind, 0};

	if (kind == IN_DISCOUNT)
		term->discounts = palloc(n * sizeof(Discount));
	else
		term->instalments = palloc(n * sizeof(Instalment));
	JsonbIteratorNext(&iterator, &json, false); /* the array's beginning */
	while (JsonbIteratorNext(&iterator, &json, true) != WJB_END_ARRAY)
	{
		if (json.type != jbvBinary || !JsonContainerIsObject(json.val.binary.data))
			refuse(&place, NULL, "must be an object", keys_hint(&place));
		read_object(json.val.binary.data, &place, values);
		if (kind == IN_DISCOUNT)
			make_discount(values, &place, &term->discounts[place.index]);
		else
			make_instalment(values, &place, &term->instalments[place.index]);
		place.index++;
	}
	return n;
}

/*
 * All lines but the last say what they take.  The last takes the residual,
 * which percentages of the total must leave room for; or all are percentages
 * of the total and make 100.
 */
static void
check_instalments(const Term *term)
{
	const Instalment *last = &term->instalments[term->ninstalments - 1];
	Numeric		sum = int64_to_numeric(0);
	bool		all_percent = true;
	int			to_hundred;
	Place		place = {IN_INSTALMENT, 0};

	for (int i = 0; i < term->ninstalments; i++)
	{
		const Instalment *instalment = &term->instalments[i];

		place.index = i;
		if (instalment->share == SHARE_RESIDUAL && instalment != last)
			refuse(&place, NULL, "has no share",
				   "Give one of percent, percent_of_remainder and amount; only the last line goes without, it takes the residual.");
		if (instalment->share == SHARE_PERCENT)
			sum = DatumGetNumeric(DirectFunctionCall2(numeric_add, NumericGetDatum(sum),
													  NumericGetDatum(instalment->value)));
		else
			all_percent = false;
	}
	if (!all_percent && last->share != SHARE_RESIDUAL)
		refuse(&place, share_names[last->share], "is given for the last line",
			   "Leave it out: the last line takes the residual, unless all lines are percentages of the total.");
	to_hundred = compare(sum, int64_to_numeric(100));
	if (all_percent ? to_hundred != 0 : to_hundred >= 0)
	{
		place.kind = IN_TERM;
		refuse(&place, "instalments",
			   psprintf("has percentages that make %s",
						DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(sum)))),
			   all_percent ? "Percentages of all lines must make 100." :
			   "Percentages must make less than 100, which leaves a residual for the last line.");
	}
}

/* Keys that would have no effect beside another, which is given. */
static void
check_excluded(const Value *values, const Place *place, const Key *keys, int n,
			   const char *fault, const char *hint)
{
	for (int i = 0; i < n; i++)
		if (values[keys[i]].given)
			for (int r = 0; r < (int) lengthof(rules); r++)
				if (rules[r].key == keys[i])
					refuse(place, rules[r].name, fault, hint);
}

/* Reads a term, or raises an error that names the key and what it must be. */
void
parse_term(Jsonb *source, Term *term)
{
	static const Key offsets[] = {KEY_DAYS, KEY_MONTHS, KEY_END_OF_MONTH, KEY_DAY_OF_MONTH};
	static const Key not_prepaid[] = {KEY_DAYS, KEY_MONTHS, KEY_END_OF_MONTH, KEY_DAY_OF_MONTH,
		KEY_CUT_OFF_DAY, KEY_INSTALMENTS, KEY_DEPOSIT_PERCENT};
	Place		place = {IN_TERM, 0};
	Value		values[NKEYS];

	if (!JsonContainerIsObject(&source->root))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid payment term"),
				 errdetail("A payment term must be a JSON object."),
				 errhint("%s", keys_hint(&place))));
	read_object(&source->root, &place, values);

	memset(term, 0, sizeof(Term));
	make_offset(values, &term->offset);
	term->cut_off_day = values[KEY_CUT_OFF_DAY].integer;
	term->business_day = values[KEY_BUSINESS_DAY].integer;
	term->discount_on_net = values[KEY_DISCOUNT_BASE].integer;
	term->prepayment = values[KEY_PREPAYMENT].integer;
	term->deposit_percent = values[KEY_DEPOSIT_PERCENT].number;
	if (term->prepayment)
		check_excluded(values, &place, not_prepaid, lengthof(not_prepaid),
					   "contradicts prepayment", "A prepayment is due in full on the base date.");
	if (values[KEY_DISCOUNTS].given)
		term->ndiscounts = read_list(values[KEY_DISCOUNTS].list, IN_DISCOUNT, term);
	if (values[KEY_INSTALMENTS].given)
	{
		check_excluded(values, &place, offsets, lengthof(offsets),
					   "contradicts instalments", "Each instalment has offsets of its own.");
		term->ninstalments = read_list(values[KEY_INSTALMENTS].list, IN_INSTALMENT, term);
		check_instalments(term);
	}
}
