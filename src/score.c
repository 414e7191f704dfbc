/*
 * score.c
 *		Scores facts by a card: ar.score.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "compat.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "score.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/*
 * The card that was read last, with the bytes it was read from: whoever scores
 * many customers gives the same card again and again.
 */
typedef struct ScoreCache
{
	MemoryContext context;		/* of the card and its bytes */
	Scorecard  *card;
	struct varlena *source;
	TupleDesc	tupdesc;
} ScoreCache;

static Scorecard *
cached_card(FunctionCallInfo fcinfo, ScoreCache *cache)
{
	struct varlena *source = (struct varlena *) PG_GETARG_POINTER(0);
	MemoryContext old;

	/* A value stored elsewhere is known by its contents, not by where it is. */
	if (VARATT_IS_EXTERNAL(source))
		source = (struct varlena *) PG_DETOAST_DATUM(PG_GETARG_DATUM(0));
	if (cache->card != NULL && VARSIZE_ANY(source) == VARSIZE_ANY(cache->source) &&
		memcmp(source, cache->source, VARSIZE_ANY(source)) == 0)
		return cache->card;

	cache->card = NULL;
	if (cache->context == NULL)
		cache->context = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "ar scorecard",
											   ALLOCSET_SMALL_SIZES);
	MemoryContextReset(cache->context);
	old = MemoryContextSwitchTo(cache->context);
	cache->source = palloc(VARSIZE_ANY(source));
	memcpy(cache->source, source, VARSIZE_ANY(source));
	cache->card = parse_scorecard(DatumGetJsonbP(PointerGetDatum(cache->source)));
	MemoryContextSwitchTo(old);
	return cache->card;
}

/*
 * A fact by its name, or by the names of the objects it lies in with points
 * between.  False for one that is not there, or null.
 */
static bool
find_fact(JsonbContainer *facts, const char *name, JsonbValue *value)
{
	const char *point;

	if (!JsonContainerIsObject(facts))
		return false;
	if (getKeyJsonValueFromContainer(facts, name, strlen(name), value) != NULL)
	{
		if (value->type == jbvBinary)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("fact %s must be a number, a text or a boolean", name),
					 errdetail("It is an object or an array."),
					 errhint("Name a fact within an object with a point: outer.inner.")));
		return value->type != jbvNull;
	}
	point = strchr(name, '.');
	if (point == NULL ||
		getKeyJsonValueFromContainer(facts, name, point - name, value) == NULL ||
		value->type != jbvBinary)
		return false;
	return find_fact(value->val.binary.data, point + 1, value);
}

/* Booleans count as 1 and 0, so that "above 0" asks for amounts, numbers and yes alike. */
static double
fact_number(const char *name, const JsonbValue *value)
{
	if (value->type == jbvBool)
		return value->val.boolean ? 1 : 0;
	if (value->type != jbvNumeric)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("fact %s must be a number", name),
				 errdetail("It is %s.", score_value_text(value)),
				 errhint("The card compares it with numbers.")));
	return numeric_to_double(value->val.numeric);
}

/* Whether a fact is this text, as it would be shown. */
static bool
fact_is(const JsonbValue *value, const char *text)
{
	if (value->type == jbvString)
		return (int) strlen(text) == value->val.string.len &&
			memcmp(text, value->val.string.val, value->val.string.len) == 0;
	return strcmp(score_value_text(value), text) == 0;
}

static const Bin *
find_bin(const Characteristic *characteristic, const Reading *reading)
{
	const Bin  *other = NULL;
	const Bin  *missing = NULL;
	double		number = 0;

	if (reading->has_value && characteristic->by_range)
		number = fact_number(characteristic->fact, &reading->value);
	for (int i = 0; i < characteristic->nbins; i++)
	{
		const Bin  *bin = &characteristic->bins[i];

		if (bin->kind == BIN_MISSING)
			missing = bin;
		else if (bin->kind == BIN_OTHER)
			other = bin;
		else if (!reading->has_value)
			continue;
		else if (bin->kind == BIN_RANGE)
		{
			if (number >= bin->from && (number < bin->to || isinf(bin->to)))
				return bin;
		}
		else
			for (int v = 0; v < bin->nvalues; v++)
				if (fact_is(&reading->value, bin->values[v]))
					return bin;
	}
	return reading->has_value && other != NULL ? other : missing;
}

/* Reads what a component consists of; its value is the mean by weight. */
static void
read_component(const Component *component, JsonbContainer *facts, Outcome *outcome)
{
	ComponentReading *result = &outcome->components[outcome->ncomponents++];
	double		sum = 0;
	double		weights = 0;

	memset(result, 0, sizeof(ComponentReading));
	result->component = component;
	if (component->fact != NULL && find_fact(facts, component->fact, &result->value))
	{
		result->is_direct = result->has_value = true;
		result->points = fact_number(component->fact, &result->value);
		if (!(result->points >= 0 && result->points <= 100))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("fact %s must be from 0 to 100", component->fact),
					 errdetail("It is %s.", score_value_text(&result->value))));
		return;
	}
	result->readings = palloc0(component->ncharacteristics * sizeof(Reading));
	for (int i = 0; i < component->ncharacteristics; i++)
	{
		const Characteristic *characteristic = &component->characteristics[i];
		Reading    *reading = &result->readings[i];

		reading->characteristic = characteristic;
		reading->has_value = find_fact(facts, characteristic->fact, &reading->value);
		reading->bin = find_bin(characteristic, reading);
		if (reading->bin == NULL)
			continue;
		if (reading->bin->kind != BIN_MISSING && reading->has_value)
			result->nvalues++;
		sum += reading->bin->points * characteristic->weight;
		weights += characteristic->weight;
		result->nbins++;
	}
	result->has_value = result->nvalues > 0;
	result->weights = weights;
	if (result->has_value)
		result->points = sum / weights;
}

static bool
holds(const Condition *condition, JsonbContainer *facts, JsonbValue *value)
{
	double		number;

	if (!find_fact(facts, condition->fact, value))
		return false;
	if (condition->kind == CONDITION_IS)
		return fact_is(value, condition->text);
	number = fact_number(condition->fact, value);
	switch (condition->kind)
	{
		case CONDITION_ABOVE:
			return number > condition->number;
		case CONDITION_AT_LEAST:
			return number >= condition->number;
		case CONDITION_BELOW:
			return number < condition->number;
		default:
			return number <= condition->number;
	}
}

/* Why there is no score, or NULL where there is one. */
static char *
why_none(const Scorecard *card, JsonbContainer *facts, const Outcome *outcome)
{
	JsonbValue	value;
	int			n = 0;

	for (int i = 0; i < card->nevidence; i++)
		if (!holds(&card->evidence[i], facts, &value))
			return psprintf("No score: %s must be %s, and %s.", card->evidence[i].fact,
							card->evidence[i].words,
							find_fact(facts, card->evidence[i].fact, &value) ?
							psprintf("is %s", score_value_text(&value)) : "is not known");
	if (card->weighted)
	{
		for (int i = 0; i < outcome->ncomponents; i++)
			n += outcome->components[i].has_value;
		return n >= card->minimum ? NULL :
			psprintf("No score: %d of %d components are known, and %d must be.",
					 n, card->ncomponents, card->minimum);
	}
	n = outcome->components[0].nvalues;
	if (n < card->minimum)
		return psprintf("No score: %d of %d characteristics are known, and %d must be.",
						n, card->components[0].ncharacteristics, card->minimum);
	for (int i = 0; i < card->components[0].ncharacteristics; i++)
	{
		const Reading *reading = &outcome->components[0].readings[i];

		if (reading->bin == NULL)
			return psprintf("No score: the card has no points for %s %s.", reading->characteristic->name,
							reading->has_value ? score_value_text(&reading->value) : "where it is not known");
	}
	return NULL;
}

static void
calculate_score(const Scorecard *card, Outcome *outcome)
{
	double		sum = card->base_points;
	double		scale = pow(10, SCORE_DECIMALS);

	if (card->weighted)
	{
		for (int i = 0; i < outcome->ncomponents; i++)
			if (outcome->components[i].has_value)
			{
				sum += outcome->components[i].points * card->components[i].weight;
				outcome->weights += card->components[i].weight;
			}
		sum /= outcome->weights;
	}
	else
		for (int i = 0; i < card->components[0].ncharacteristics; i++)
			sum += outcome->components[0].readings[i].bin->points;
	outcome->score = rint(sum * scale) / scale;
	for (int i = 0; outcome->grade == NULL && i < card->ngrades; i++)
		if (outcome->score >= card->grades[i].from)
			outcome->grade = card->grades[i].grade;
}

/* A text[] of what a list of C strings holds. */
static Datum
text_array(List *texts)
{
	Datum	   *values = palloc(list_length(texts) * sizeof(Datum));
	ListCell   *cell;
	int			n = 0;

	foreach(cell, texts)
		values[n++] = CStringGetTextDatum((char *) lfirst(cell));
	if (n == 0)
		return PointerGetDatum(construct_empty_array(TEXTOID));
	return PointerGetDatum(construct_array(values, n, TEXTOID, -1, false, TYPALIGN_INT));
}

PG_FUNCTION_INFO_V1(ar_score);
Datum
ar_score(PG_FUNCTION_ARGS)
{
	ScoreCache *cache = fcinfo->flinfo->fn_extra;
	JsonbContainer *facts = &PG_GETARG_JSONB_P(1)->root;
	Scorecard  *card;
	Outcome		outcome = {0};
	char	   *none;
	List	   *reasons = NIL;
	Datum		values[6];
	bool		nulls[6] = {false};

	if (cache == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);

		cache = palloc0(sizeof(ScoreCache));
		if (get_call_result_type(fcinfo, NULL, &cache->tupdesc) != TYPEFUNC_COMPOSITE)
			elog(ERROR, "return type must be a row type");
		cache->tupdesc = BlessTupleDesc(CreateTupleDescCopy(cache->tupdesc));
		fcinfo->flinfo->fn_extra = cache;
		MemoryContextSwitchTo(old);
	}
	card = cached_card(fcinfo, cache);
	if (!JsonContainerIsObject(facts))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("facts must be a JSON object"),
				 errhint("Name each fact as the card does: {\"weighted_days_late\": 3}.")));

	outcome.card = card;
	outcome.components = palloc(card->ncomponents * sizeof(ComponentReading));
	for (int i = 0; i < card->ncomponents; i++)
		read_component(&card->components[i], facts, &outcome);
	none = why_none(card, facts, &outcome);
	outcome.has_score = none == NULL;
	if (outcome.has_score)
		calculate_score(card, &outcome);
	else
		reasons = lappend(reasons, none);

	/* The first override that holds counts, with or without a score. */
	for (int i = 0; i < card->noverrides; i++)
	{
		JsonbValue	value;

		if (!holds(&card->overrides[i].when, facts, &value))
			continue;
		outcome.grade = card->overrides[i].grade;
		reasons = lcons(psprintf("Grade %s: %s (%s %s, %s).", outcome.grade, card->overrides[i].reason,
								 card->overrides[i].when.fact, score_value_text(&value),
								 card->overrides[i].when.words), reasons);
		break;
	}
	reasons = list_concat(reasons, score_reasons(&outcome));

	nulls[0] = !outcome.has_score;
	values[0] = outcome.has_score ? NumericGetDatum(double_to_numeric(outcome.score, SCORE_DECIMALS)) : (Datum) 0;
	nulls[1] = outcome.grade == NULL;
	values[1] = outcome.grade != NULL ? CStringGetTextDatum(outcome.grade) : (Datum) 0;
	nulls[2] = !outcome.has_score || !card->has_pd;
	values[2] = nulls[2] ? (Datum) 0 :
		NumericGetDatum(double_to_numeric(1 / (1 + exp((outcome.score - card->offset) / card->factor)),
										  RATE_DECIMALS));
	values[3] = JsonbPGetDatum(score_contributions(&outcome));
	values[4] = text_array(score_missing(&outcome));
	values[5] = text_array(reasons);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(cache->tupdesc, values, nulls)));
}
