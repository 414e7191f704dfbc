/*
 * score_words.c
 *		Tells how a score came about: contributions, what is missing, reasons.
 */
#include "postgres.h"

#include <math.h>

#include "compat.h"
#include "lib/stringinfo.h"
#include "score.h"
#include "utils/builtins.h"

#define COSTLIEST	3			/* characteristics named for what they cost */

/* What one characteristic, or a component whose value was given, did. */
typedef struct Part
{
	const ComponentReading *component;
	const Reading *reading;		/* NULL for a value that was or could be given */
	double		weight;			/* in the score; 1 in a card of points */
	double		points;
	double		best;
} Part;

/* A fact as it is shown. */
char *
score_value_text(const JsonbValue *value)
{
	switch (value->type)
	{
		case jbvString:
			return pnstrdup(value->val.string.val, value->val.string.len);
		case jbvNumeric:
			return DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value->val.numeric)));
		case jbvBool:
			return value->val.boolean ? "true" : "false";
		default:
			return "null";
	}
}

/* The next part after those that i and j tell; false after the last. */
static bool
next_part(const Outcome *outcome, int *i, int *j, Part *part)
{
	for (; *i < outcome->ncomponents; (*i)++, *j = 0)
	{
		const ComponentReading *component = &outcome->components[*i];
		double		share = outcome->card->weighted && outcome->weights > 0 && component->has_value ?
			component->component->weight / outcome->weights : 1;

		part->component = component;
		if (component->is_direct || component->component->ncharacteristics == 0)
		{
			if (++*j > 1)
				continue;
			part->reading = NULL;
			part->weight = share;
			part->points = component->points;
			part->best = 100;
			return true;
		}
		if (*j < component->component->ncharacteristics)
		{
			const Reading *reading = part->reading = &component->readings[(*j)++];

			part->weight = !outcome->card->weighted ? 1 :
				component->weights > 0 ? share * reading->characteristic->weight / component->weights : 0;
			part->points = reading->bin != NULL ? reading->bin->points : 0;
			part->best = outcome->card->weighted ? 100 : reading->characteristic->best;
			return true;
		}
	}
	return false;
}

static const char *
part_name(const Part *part)
{
	return part->reading != NULL ? part->reading->characteristic->name : part->component->component->name;
}

static char *
shown(double value, int decimals)
{
	return DatumGetCString(DirectFunctionCall1(numeric_out,
											   NumericGetDatum(double_to_numeric(value, decimals))));
}

static bool
counts(const Part *part)
{
	return part->component->has_value && (part->reading == NULL || part->reading->bin != NULL);
}

/* "days late 20: 15 to under 30, 40 of 100 points". */
static void
append_words(StringInfo words, const Part *part)
{
	const Reading *reading = part->reading;

	appendStringInfoString(words, part_name(part));
	if (reading == NULL)
	{
		if (part->component->has_value)
			appendStringInfo(words, ": %s of 100, as given", score_value_text(&part->component->value));
		else
			appendStringInfoString(words, ": not known");
		return;
	}
	if (reading->has_value)
	{
		appendStringInfoChar(words, ' ');
		appendStringInfoString(words, score_value_text(&reading->value));
	}
	if (reading->bin == NULL)
		appendStringInfoString(words, reading->has_value ? ": no points for this value" : ": not known");
	else
		appendStringInfoString(words, reading->bin->words);
}

static void
push_key(JsonbParseState **state, const char *key)
{
	JsonbValue	value;

	value.type = jbvString;
	value.val.string.val = unconstify(char *, key);
	value.val.string.len = strlen(key);
	pushJsonbValue(state, WJB_KEY, &value);
}

static void
push_text(JsonbParseState **state, const char *key, const char *text)
{
	JsonbValue	value;

	push_key(state, key);
	value.type = text != NULL ? jbvString : jbvNull;
	value.val.string.val = unconstify(char *, text);
	value.val.string.len = text != NULL ? strlen(text) : 0;
	pushJsonbValue(state, WJB_VALUE, &value);
}

static void
push_number(JsonbParseState **state, const char *key, Numeric number)
{
	JsonbValue	value;

	push_key(state, key);
	value.type = number != NULL ? jbvNumeric : jbvNull;
	value.val.numeric = number;
	pushJsonbValue(state, WJB_VALUE, &value);
}

static void
push_part(JsonbParseState **state, const Outcome *outcome, const Part *part, StringInfo words)
{
	const Reading *reading = part->reading;
	JsonbValue	value = {0};
	bool		counted = counts(part);

	if (reading == NULL && part->component->has_value)
		value = part->component->value;
	else if (reading != NULL && reading->has_value)
		value = reading->value;
	resetStringInfo(words);
	append_words(words, part);

	/* In the order jsonb keeps keys in: by length, then by bytes. */
	pushJsonbValue(state, WJB_BEGIN_OBJECT, NULL);
	push_text(state, "bin", reading != NULL && reading->bin != NULL ? reading->bin->label : NULL);
	/* The object refers to the text until the whole is made. */
	push_text(state, "text", pnstrdup(words->data, words->len));
	push_key(state, "value");
	pushJsonbValue(state, WJB_VALUE, &value);
	push_number(state, "points", !counted ? NULL : reading != NULL ? reading->bin->points_shown :
				double_to_numeric(part->points, SCORE_DECIMALS));
	if (outcome->card->weighted)
	{
		push_number(state, "weight", counted && outcome->has_score ?
					double_to_numeric(part->weight, RATE_DECIMALS) : NULL);
		push_text(state, "component", part->component->component->name);
	}
	push_number(state, "contribution", counted && outcome->has_score ?
				double_to_numeric(part->points * part->weight, SCORE_DECIMALS) : NULL);
	push_text(state, "characteristic", part_name(part));
	pushJsonbValue(state, WJB_END_OBJECT, NULL);
}

Jsonb *
score_contributions(const Outcome *outcome)
{
	JsonbParseState *state = NULL;
	StringInfoData words;
	Part		part;
	int			i = 0;
	int			j = 0;

	initStringInfo(&words);
	pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	if (outcome->card->base_points != 0)
	{
		Numeric		points = double_to_numeric(outcome->card->base_points, SCORE_DECIMALS);

		pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
		push_text(&state, "text", "base points");
		push_number(&state, "points", points);
		push_number(&state, "contribution", outcome->has_score ? points : NULL);
		push_text(&state, "characteristic", "base points");
		pushJsonbValue(&state, WJB_END_OBJECT, NULL);
	}
	while (next_part(outcome, &i, &j, &part))
		push_part(&state, outcome, &part, &words);
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_ARRAY, NULL));
}

/* The facts that were looked for and would have counted, by name. */
List *
score_missing(const Outcome *outcome)
{
	List	   *missing = NIL;

	for (int i = 0; i < outcome->ncomponents; i++)
	{
		const ComponentReading *reading = &outcome->components[i];
		const Component *component = reading->component;

		if (reading->is_direct)
			continue;
		if (component->fact != NULL && !reading->has_value)
			missing = lappend(missing, component->fact);
		for (int c = 0; c < component->ncharacteristics; c++)
			if (!reading->readings[c].has_value || reading->readings[c].bin == NULL)
				missing = lappend(missing, component->characteristics[c].fact);
	}
	return missing;
}

/* The parts that cost the most, and components that others stand in for. */
List *
score_reasons(const Outcome *outcome)
{
	List	   *reasons = NIL;
	Part		costliest[COSTLIEST];
	double		costs[COSTLIEST];
	int			n = 0;
	Part		part;
	int			i = 0;
	int			j = 0;

	if (!outcome->has_score)
		return NIL;
	if (outcome->card->weighted)
		for (int c = 0; c < outcome->ncomponents; c++)
			if (!outcome->components[c].has_value)
				reasons = lappend(reasons, psprintf("%s is not known: the other components take its weight.",
													outcome->components[c].component->name));
	while (next_part(outcome, &i, &j, &part))
	{
		double		cost = counts(&part) ? part.weight * (part.best - part.points) : 0;
		int			place = n;

		/* Below what is shown of a score it is no cost. */
		if (cost < 0.5 / pow(10, SCORE_DECIMALS))
			continue;
		while (place > 0 && cost > costs[place - 1])
			place--;
		if (place == COSTLIEST)
			continue;
		n = Min(n + 1, COSTLIEST);
		memmove(&costs[place + 1], &costs[place], (n - place - 1) * sizeof(double));
		memmove(&costliest[place + 1], &costliest[place], (n - place - 1) * sizeof(Part));
		costs[place] = cost;
		costliest[place] = part;
	}
	for (int c = 0; c < n; c++)
	{
		StringInfoData words;

		initStringInfo(&words);
		append_words(&words, &costliest[c]);
		appendStringInfo(&words, ": %s points lost.", shown(costs[c], 1));
		reasons = lappend(reasons, words.data);
	}
	return reasons;
}
