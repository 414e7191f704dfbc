/*
 * scorecard_parse.c
 *		Reads a scorecard from jsonb and refuses what is not one.
 */
#include "postgres.h"

#include <math.h>

#include "common/shortest_dec.h"
#include "compat.h"
#include "decimal.h"
#include "lib/stringinfo.h"
#include "scorecard.h"
#include "utils/builtins.h"

/* Where in a card an object stands: its list and its place in that. */
typedef struct Place
{
	const struct Place *parent;	/* NULL for the card itself */
	const char *list;
	int			index;			/* from 0 as jsonb counts; -1 for no list */
} Place;

/* The keys an object may have, NULL after the last. */
static const char *const card_keys[] = {"method", "description", "components", "characteristics",
	"minimum_components", "minimum_characteristics", "base_points", "factor", "offset",
	"evidence", "grades", "overrides", "fit", NULL};
static const char *const weighted_only[] = {"components", "minimum_components", NULL};
static const char *const points_only[] = {"characteristics", "minimum_characteristics", "base_points", NULL};
static const char *const component_keys[] = {"component", "weight", "fact", "characteristics", NULL};
static const char *const characteristic_keys[] = {"fact", "characteristic", "weight", "bins", NULL};
static const char *const bin_keys[] = {"from", "to", "values", "other", "missing", "points", "label", NULL};
static const char *const condition_keys[] = {"fact", "above", "at_least", "below", "at_most", "is", NULL};
static const char *const grade_keys[] = {"grade", "from", NULL};
static const char *const override_keys[] = {"when", "grade", "reason", NULL};

/* By ConditionKind. */
static const char *const condition_words[] = {"above", "at least", "below", "at most", "is"};

static const Place top = {NULL, NULL, -1};

static void
append_place(StringInfo path, const Place *place)
{
	if (place->parent == NULL)
		return;
	append_place(path, place->parent);
	if (path->len > 0)
		appendStringInfoChar(path, '.');
	appendStringInfoString(path, place->list);
	if (place->index >= 0)
		appendStringInfo(path, "[%d]", place->index);
}

/* Says what is wrong with a key, or with the object where key is NULL. */
static void
refuse(const Place *place, const char *key, const char *fault, const char *hint)
{
	StringInfoData path;

	initStringInfo(&path);
	append_place(&path, place);
	if (key != NULL)
		appendStringInfo(&path, "%s%s", path.len > 0 ? "." : "", key);
	if (path.len == 0)
		appendStringInfoString(&path, "The card");
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid scorecard"),
			 errdetail("%s %s.", path.data, fault),
			 errhint("%s", hint)));
}

static char *
keys_hint(const char *const *keys)
{
	StringInfoData hint;

	initStringInfo(&hint);
	appendStringInfoString(&hint, "The keys here are ");
	for (int i = 0; keys[i] != NULL; i++)
		appendStringInfo(&hint, "%s%s", i == 0 ? "" : ", ", keys[i]);
	appendStringInfoChar(&hint, '.');
	return hint.data;
}

static bool
is_one_of(const char *const *words, const char *word, int length)
{
	for (int i = 0; words[i] != NULL; i++)
		if ((int) strlen(words[i]) == length && memcmp(words[i], word, length) == 0)
			return true;
	return false;
}

/* The object has no key but these. */
static void
check_keys(JsonbContainer *object, const Place *place, const char *const *keys)
{
	JsonbIterator *iterator = JsonbIteratorInit(object);
	JsonbIteratorToken token;
	JsonbValue	json;

	while ((token = JsonbIteratorNext(&iterator, &json, true)) != WJB_DONE)
		if (token == WJB_KEY &&
			!is_one_of(keys, json.val.string.val, json.val.string.len))
			refuse(place, pnstrdup(json.val.string.val, json.val.string.len),
				   "is not a key of a scorecard", keys_hint(keys));
}

static bool
find(JsonbContainer *object, const char *key, JsonbValue *value)
{
	return getKeyJsonValueFromContainer(object, key, strlen(key), value) != NULL;
}

static void
require(bool given, const Place *place, const char *key, const char *hint)
{
	if (!given)
		refuse(place, key, "is missing", hint);
}

static bool
find_number(JsonbContainer *object, const Place *place, const char *key, double *number)
{
	JsonbValue	value;

	if (!find(object, key, &value))
		return false;
	if (value.type == jbvNumeric)
		*number = numeric_to_double(value.val.numeric);
	/* JSON has no infinity of its own, but its numbers may be beyond a double's. */
	if (value.type != jbvNumeric || !isfinite(*number) || fabs(*number) > 1e12)
		refuse(place, key, "must be a number, with no more than 12 digits before the point",
			   "Correct the value, or leave the key out.");
	return true;
}

static char *
find_text(JsonbContainer *object, const Place *place, const char *key)
{
	JsonbValue	value;

	if (!find(object, key, &value))
		return NULL;
	if (value.type != jbvString || value.val.string.len == 0)
		refuse(place, key, "must be a text that is not empty",
			   "Correct the value, or leave the key out.");
	return pnstrdup(value.val.string.val, value.val.string.len);
}

static bool
find_true(JsonbContainer *object, const Place *place, const char *key)
{
	JsonbValue	value;

	if (!find(object, key, &value))
		return false;
	if (value.type != jbvBool || !value.val.boolean)
		refuse(place, key, "must be true", "Leave the key out otherwise.");
	return true;
}

static bool
find_count(JsonbContainer *object, const Place *place, const char *key, int maximum, int *count)
{
	double		number;

	if (!find_number(object, place, key, &number))
		return false;
	if (number < 1 || number > maximum || number != floor(number))
		refuse(place, key, psprintf("must be a whole number from 1 to %d", maximum),
			   "It is the number of those with a value, below which there is no score.");
	*count = (int) number;
	return true;
}

/* A list of objects; false without the key. */
static bool
find_list(JsonbContainer *object, const Place *place, const char *key, JsonbContainer **list, int *n)
{
	JsonbValue	value;

	if (!find(object, key, &value))
		return false;
	if (value.type != jbvBinary || !JsonContainerIsArray(value.val.binary.data) ||
		JsonContainerSize(value.val.binary.data) == 0)
		refuse(place, key, "must be an array of one object or more", "Leave the key out for none.");
	*list = value.val.binary.data;
	*n = JsonContainerSize(*list);
	return true;
}

/* The next object of a list that is read from its beginning. */
static JsonbContainer *
list_object(JsonbContainer *list, const Place *place, const char *const *keys)
{
	JsonbValue *value = getIthJsonbValueFromContainer(list, place->index);
	JsonbContainer *object;

	if (value->type != jbvBinary || !JsonContainerIsObject(value->val.binary.data))
		refuse(place, NULL, "must be an object", keys_hint(keys));
	object = value->val.binary.data;
	check_keys(object, place, keys);
	return object;
}

static char *
number_text(double number)
{
	char	   *text = palloc(DOUBLE_SHORTEST_DECIMAL_LEN);
	double		rounded = rint(number * 1e6) / 1e6;

	/* What is written with few digits is to be shown so, not as 1e+06. */
	if (fabs(number) < 1e12 && rounded == number)
		return DatumGetCString(DirectFunctionCall1(numeric_out,
												   NumericGetDatum(double_to_numeric(number, 6))));
	double_to_shortest_decimal_buf(number, text);
	return text;
}

static void
read_values(JsonbContainer *object, const Place *place, Bin *bin)
{
	JsonbContainer *list;
	JsonbValue	value;

	if (!find(object, "values", &value))
		return;
	if (value.type != jbvBinary || !JsonContainerIsArray(value.val.binary.data) ||
		JsonContainerSize(value.val.binary.data) == 0)
		refuse(place, "values", "must be an array of one text or more", "Leave the key out for none.");
	list = value.val.binary.data;
	bin->nvalues = JsonContainerSize(list);
	bin->values = palloc(bin->nvalues * sizeof(char *));
	for (int i = 0; i < bin->nvalues; i++)
	{
		JsonbValue *element = getIthJsonbValueFromContainer(list, i);

		if (element->type != jbvString)
			refuse(place, "values", "must hold texts alone",
				   "Write numbers and booleans as they are shown: \"2\", \"true\".");
		bin->values[i] = pnstrdup(element->val.string.val, element->val.string.len);
	}
}

static char *
bin_label(const Bin *bin)
{
	StringInfoData label;

	switch (bin->kind)
	{
		case BIN_MISSING:
			return "missing";
		case BIN_OTHER:
			return "other";
		case BIN_VALUES:
			initStringInfo(&label);
			for (int i = 0; i < bin->nvalues; i++)
				appendStringInfo(&label, "%s%s", i == 0 ? "" : ", ", bin->values[i]);
			return label.data;
		case BIN_RANGE:
			break;
	}
	if (isinf(bin->from))
		return isinf(bin->to) ? "any" : psprintf("under %s", number_text(bin->to));
	if (isinf(bin->to))
		return psprintf("%s or more", number_text(bin->from));
	return psprintf("%s to under %s", number_text(bin->from), number_text(bin->to));
}

static void
read_bin(JsonbContainer *object, const Place *place, bool weighted, Bin *bin)
{
	bool		is_range;
	bool		is_other = find_true(object, place, "other");
	bool		is_missing = find_true(object, place, "missing");
	static const char *const hint = "A bin has from and to, one of them or neither for a range; values; other; or missing.";

	memset(bin, 0, sizeof(Bin));
	bin->from = -INFINITY;
	bin->to = INFINITY;
	is_range = find_number(object, place, "from", &bin->from);
	is_range |= find_number(object, place, "to", &bin->to);
	if (bin->from >= bin->to)
		refuse(place, "to", "must be above from", hint);
	read_values(object, place, bin);
	if (is_range + (bin->nvalues > 0) + is_other + is_missing > 1)
		refuse(place, NULL, "is a bin in two ways", hint);
	bin->kind = is_missing ? BIN_MISSING : is_other ? BIN_OTHER :
		bin->nvalues > 0 ? BIN_VALUES : BIN_RANGE;
	require(find_number(object, place, "points", &bin->points), place, "points",
			"A bin needs the points it gives.");
	if (weighted && (bin->points < 0 || bin->points > 100))
		refuse(place, "points", "must be from 0 to 100", "Components are measured from 0 to 100.");
	bin->points_shown = double_to_numeric(bin->points, SCORE_DECIMALS);
	bin->label = find_text(object, place, "label");
	if (bin->label == NULL)
		bin->label = bin_label(bin);
}

/* No value is in two bins, no number in none. */
static void
check_bins(const Characteristic *characteristic, const Place *place)
{
	const Bin  *last = NULL;
	bool		has[BIN_MISSING + 1] = {false};
	Place		bin_place = {place, "bins", 0};

	for (int i = 0; i < characteristic->nbins; i++)
	{
		const Bin  *bin = &characteristic->bins[i];

		bin_place.index = i;
		if (bin->kind >= BIN_OTHER && has[bin->kind])
			refuse(&bin_place, NULL, "is a second bin of its kind", "One bin for other or missing values suffices.");
		has[bin->kind] = true;
		if (has[BIN_RANGE] && has[BIN_VALUES])
			refuse(&bin_place, NULL, "mixes ranges and values", "A characteristic is either a number or a category.");
		for (int v = 0; v < bin->nvalues; v++)
			for (int b = 0; b <= i; b++)
				for (int w = 0; w < (b == i ? v : characteristic->bins[b].nvalues); w++)
					if (strcmp(characteristic->bins[b].values[w], bin->values[v]) == 0)
						refuse(&bin_place, "values", psprintf("has \"%s\" a second time", bin->values[v]),
							   "A value stands in one bin.");
	}
	for (int i = 0; i < characteristic->nbins; i++)
	{
		const Bin  *bin = &characteristic->bins[i];

		if (bin->kind != BIN_RANGE)
			continue;
		bin_place.index = i;
		if (last != NULL && bin->from < last->to)
			refuse(&bin_place, "from", "lies before the end of the range before it", "Ranges ascend and do not overlap.");
		if (!has[BIN_OTHER] && bin->from != (last == NULL ? -INFINITY : last->to))
			refuse(&bin_place, "from",
				   last == NULL ? "leaves lower numbers without a bin" : "leaves numbers before it without a bin",
				   "Leave it out in the first range, go on where the range before ends, or add a bin for other values.");
		last = bin;
	}
	if (last != NULL && !has[BIN_OTHER] && !isinf(last->to))
		refuse(place, "bins", "leaves higher numbers without a bin",
			   "Leave to out in the last range, or add a bin for other values.");
	if (!has[BIN_RANGE] && !has[BIN_VALUES])
		refuse(place, "bins", "has neither ranges nor values", "A characteristic needs bins for the values it has.");
}

static void
read_characteristic(JsonbContainer *object, const Place *place, bool weighted, Characteristic *result)
{
	JsonbContainer *list;
	Place		bin_place = {place, "bins", 0};

	memset(result, 0, sizeof(Characteristic));
	result->fact = find_text(object, place, "fact");
	require(result->fact != NULL, place, "fact", "A characteristic needs the name of its fact.");
	result->name = find_text(object, place, "characteristic");
	if (result->name == NULL)
		result->name = result->fact;
	result->weight = 1;
	if (find_number(object, place, "weight", &result->weight))
	{
		if (!weighted)
			refuse(place, "weight", "has no effect in a card of points", "The points of its bins are its weight.");
		if (result->weight <= 0)
			refuse(place, "weight", "must be above 0", "Leave the characteristic out otherwise.");
	}
	require(find_list(object, place, "bins", &list, &result->nbins), place, "bins",
			"A characteristic needs bins with points.");
	result->bins = palloc(result->nbins * sizeof(Bin));
	result->best = -INFINITY;
	for (int i = 0; i < result->nbins; i++)
	{
		bin_place.index = i;
		read_bin(list_object(list, &bin_place, bin_keys), &bin_place, weighted, &result->bins[i]);
		result->by_range |= result->bins[i].kind == BIN_RANGE;
		result->best = Max(result->best, result->bins[i].points);
	}
	for (int i = 0; i < result->nbins; i++)
		result->bins[i].words = psprintf(": %s, %s of %s points", result->bins[i].label,
										 number_text(result->bins[i].points),
										 number_text(weighted ? 100 : result->best));
	check_bins(result, place);
}

static bool
read_characteristics(JsonbContainer *object, const Place *place, bool weighted, Component *component)
{
	JsonbContainer *list;
	Place		item = {place, "characteristics", 0};

	if (!find_list(object, place, "characteristics", &list, &component->ncharacteristics))
		return false;
	component->characteristics = palloc(component->ncharacteristics * sizeof(Characteristic));
	for (int i = 0; i < component->ncharacteristics; i++)
	{
		item.index = i;
		read_characteristic(list_object(list, &item, characteristic_keys), &item, weighted,
							&component->characteristics[i]);
	}
	return true;
}

static void
read_components(JsonbContainer *object, Scorecard *card)
{
	JsonbContainer *list;
	Place		place = {&top, "components", 0};
	double		sum = 0;

	require(find_list(object, &top, "components", &list, &card->ncomponents), &top, "components",
			"A card of method weighted needs components with weights.");
	card->components = palloc0(card->ncomponents * sizeof(Component));
	for (int i = 0; i < card->ncomponents; i++)
	{
		Component  *component = &card->components[i];
		JsonbContainer *item;

		place.index = i;
		item = list_object(list, &place, component_keys);
		component->name = find_text(item, &place, "component");
		require(component->name != NULL, &place, "component", "A component needs a name.");
		for (int j = 0; j < i; j++)
			if (strcmp(card->components[j].name, component->name) == 0)
				refuse(&place, "component", "names a component a second time", "Components have different names.");
		require(find_number(item, &place, "weight", &component->weight), &place, "weight",
				"A component needs a weight.");
		if (component->weight <= 0)
			refuse(&place, "weight", "must be above 0", "Leave the component out otherwise.");
		sum += component->weight;
		component->fact = find_text(item, &place, "fact");
		if (!read_characteristics(item, &place, true, component) && component->fact == NULL)
			refuse(&place, NULL, "has neither a fact nor characteristics", "One of them tells its value.");
	}
	/* The weights are decimals: what a double makes of them is no fault. */
	if (fabs(sum - 1) > 1e-9)
		refuse(&top, "components", psprintf("has weights that make %s", number_text(sum)),
			   "The weights of the components must make 1.");
	card->minimum = Min(3, card->ncomponents);
	find_count(object, &top, "minimum_components", card->ncomponents, &card->minimum);
}

static void
read_points(JsonbContainer *object, Scorecard *card)
{
	card->ncomponents = 1;
	card->components = palloc0(sizeof(Component));
	card->components->weight = 1;
	if (!read_characteristics(object, &top, false, card->components))
		refuse(&top, "characteristics", "is missing", "A card of method points needs characteristics with points.");
	card->minimum = 1;
	find_count(object, &top, "minimum_characteristics", card->components->ncharacteristics, &card->minimum);
	find_number(object, &top, "base_points", &card->base_points);
}

static void
read_condition(JsonbContainer *object, const Place *place, Condition *condition)
{
	static const char *const hint = "A condition has one of above, at_least, below, at_most and is.";
	JsonbValue	value;
	int			n = 0;

	memset(condition, 0, sizeof(Condition));
	condition->fact = find_text(object, place, "fact");
	require(condition->fact != NULL, place, "fact", "A condition needs the name of its fact.");
	for (int kind = 0; kind <= CONDITION_IS; kind++)
	{
		const char *key = condition_keys[1 + kind];

		if (!find(object, key, &value))
			continue;
		if (++n > 1)
			refuse(place, key, "is a second condition", hint);
		condition->kind = kind;
		if (kind < CONDITION_IS)
		{
			find_number(object, place, key, &condition->number);
			condition->text = number_text(condition->number);
		}
		else if (value.type == jbvString)
			condition->text = pnstrdup(value.val.string.val, value.val.string.len);
		else if (value.type == jbvBool)
			condition->text = value.val.boolean ? "true" : "false";
		else
			refuse(place, key, "must be a text or a boolean", "Compare a number with at_least or at_most.");
		condition->words = psprintf("%s %s", condition_words[kind], condition->text);
	}
	if (n == 0)
		refuse(place, NULL, "has no condition", hint);
}

static void
read_evidence(JsonbContainer *object, Scorecard *card)
{
	JsonbContainer *list;
	Place		place = {&top, "evidence", 0};

	if (!find_list(object, &top, "evidence", &list, &card->nevidence))
		return;
	card->evidence = palloc(card->nevidence * sizeof(Condition));
	for (int i = 0; i < card->nevidence; i++)
	{
		place.index = i;
		read_condition(list_object(list, &place, condition_keys), &place, &card->evidence[i]);
	}
}

static void
read_grades(JsonbContainer *object, Scorecard *card)
{
	static const Grade standard[] = {{"A", 80}, {"B", 65}, {"C", 50}, {"D", -INFINITY}};
	JsonbContainer *list;
	Place		place = {&top, "grades", 0};

	if (!find_list(object, &top, "grades", &list, &card->ngrades))
	{
		/* Points have no scale that all cards share. */
		card->ngrades = card->weighted ? lengthof(standard) : 0;
		card->grades = palloc(sizeof(standard));
		memcpy(card->grades, standard, sizeof(standard));
		return;
	}
	card->grades = palloc(card->ngrades * sizeof(Grade));
	for (int i = 0; i < card->ngrades; i++)
	{
		Grade	   *grade = &card->grades[i];
		JsonbContainer *item;

		place.index = i;
		item = list_object(list, &place, grade_keys);
		grade->grade = find_text(item, &place, "grade");
		require(grade->grade != NULL, &place, "grade", "A grade needs a name.");
		for (int j = 0; j < i; j++)
			if (strcmp(card->grades[j].grade, grade->grade) == 0)
				refuse(&place, "grade", "names a grade a second time", "Grades have different names.");
		grade->from = -INFINITY;
		if (find_number(item, &place, "from", &grade->from) == (i == card->ngrades - 1))
			refuse(&place, "from", i == card->ngrades - 1 ? "is given for the last grade" : "is missing",
				   "Each grade has the score it begins with, but for the last, which takes the rest.");
		if (i > 0 && grade->from >= card->grades[i - 1].from)
			refuse(&place, "from", "must be below that of the grade before", "Grades go from best to worst.");
	}
}

static void
read_overrides(JsonbContainer *object, Scorecard *card)
{
	JsonbContainer *list;
	Place		place = {&top, "overrides", 0};
	Place		when_place = {&place, "when", -1};

	if (!find_list(object, &top, "overrides", &list, &card->noverrides))
		return;
	card->overrides = palloc(card->noverrides * sizeof(Override));
	for (int i = 0; i < card->noverrides; i++)
	{
		Override   *override = &card->overrides[i];
		JsonbContainer *item;
		JsonbValue	when;
		bool		known = card->ngrades == 0;

		place.index = i;
		item = list_object(list, &place, override_keys);
		if (!find(item, "when", &when))
			refuse(&place, "when", "is missing", "An override needs the condition it depends on.");
		if (when.type != jbvBinary || !JsonContainerIsObject(when.val.binary.data))
			refuse(&place, "when", "must be an object", keys_hint(condition_keys));
		check_keys(when.val.binary.data, &when_place, condition_keys);
		read_condition(when.val.binary.data, &when_place, &override->when);
		override->grade = find_text(item, &place, "grade");
		require(override->grade != NULL, &place, "grade", "An override needs the grade it gives.");
		for (int j = 0; j < card->ngrades; j++)
			known |= strcmp(card->grades[j].grade, override->grade) == 0;
		if (!known)
			refuse(&place, "grade", "is not a grade of the card", "Name one of its grades.");
		override->reason = find_text(item, &place, "reason");
		require(override->reason != NULL, &place, "reason", "An override needs a reason to give.");
	}
}

static void
refuse_others(JsonbContainer *object, const char *const *keys, const char *method)
{
	JsonbValue	value;

	for (int i = 0; keys[i] != NULL; i++)
		if (find(object, keys[i], &value))
			refuse(&top, keys[i], psprintf("is not for a card of method %s", method), "Leave the key out.");
}

/* Reads a card, or raises an error that names the key and what it must be. */
Scorecard *
parse_scorecard(Jsonb *source)
{
	Scorecard  *card = palloc0(sizeof(Scorecard));
	JsonbContainer *root = &source->root;
	JsonbValue	fit;
	bool		has_offset;
	char	   *method;

	if (!JsonContainerIsObject(root))
		refuse(&top, NULL, "must be a JSON object", keys_hint(card_keys));
	check_keys(root, &top, card_keys);
	method = find_text(root, &top, "method");
	require(method != NULL, &top, "method", "It is \"weighted\" or \"points\".");
	card->weighted = strcmp(method, "weighted") == 0;
	if (!card->weighted && strcmp(method, "points") != 0)
		refuse(&top, "method", "must be \"weighted\" or \"points\"", "Components with weights, or characteristics with points.");
	refuse_others(root, card->weighted ? points_only : weighted_only, method);
	find_text(root, &top, "description");
	if (card->weighted)
		read_components(root, card);
	else
		read_points(root, card);

	card->has_pd = find_number(root, &top, "factor", &card->factor);
	has_offset = find_number(root, &top, "offset", &card->offset);
	if (card->has_pd != has_offset)
		refuse(&top, card->has_pd ? "offset" : "factor", "is missing",
			   "Factor and offset together make the probability of default.");
	if (card->has_pd && card->factor <= 0)
		refuse(&top, "factor", "must be above 0", "A higher score is a lower risk.");
	read_evidence(root, card);
	read_grades(root, card);
	read_overrides(root, card);
	if (find(root, "fit", &fit) && (fit.type != jbvBinary || !JsonContainerIsObject(fit.val.binary.data)))
		refuse(&top, "fit", "must be an object", "It holds what is told of how the card was made.");
	return card;
}

/*
 * The nearest double.  Up to 16 digits and 22 decimals both are exact, so one
 * division rounds right; what is longer takes the way of the server.
 */
double
numeric_to_double(Numeric number)
{
	static const double powers[] = {1, 1e4, 1e8, 1e12, 1e16, 1e20};
	Decimal		decimal;
	double		value = 0;
	int			fraction;

	if (decimal_read((struct varlena *) number, &decimal) &&
		decimal.ngroups <= 3 && decimal.weight < 3)
	{
		fraction = decimal.ngroups - 1 - decimal.weight;
		for (int i = 0; i < decimal.ngroups; i++)
			value = value * DECIMAL_BASE + decimal_group(&decimal, i);
		if (fraction <= 5)
		{
			value = fraction > 0 ? value / powers[fraction] : value * powers[-fraction];
			return decimal.negative ? -value : value;
		}
	}
	return DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, NumericGetDatum(number)));
}

/* Rounded to so many decimals, without trailing zeros; NULL for no number. */
Numeric
double_to_numeric(double value, int decimals)
{
	double		units = value;
	int64		whole;

	for (int i = 0; i < decimals; i++)
		units *= 10;
	units = rint(units);
	if (!isfinite(units) || fabs(units) > 9e18)
		return DatumGetNumeric(DirectFunctionCall1(float8_numeric, Float8GetDatum(value)));
	whole = (int64) units;
	while (decimals > 0 && whole % 10 == 0)
	{
		whole /= 10;
		decimals--;
	}
	return decimals == 0 ? int64_to_numeric(whole) : int64_div_fast_to_numeric(whole, decimals);
}

PG_FUNCTION_INFO_V1(ar_check_scorecard);
Datum
ar_check_scorecard(PG_FUNCTION_ARGS)
{
	parse_scorecard(PG_GETARG_JSONB_P(0));
	PG_RETURN_BOOL(true);
}
