/*
 * score_sample.c
 *		Type ar.score_sample: what the validation aggregates collect.
 *
 * The text form lists score:goods:bads by ascending score, {620:3:1,640:5:0}.
 */
#include "postgres.h"

#include <ctype.h>
#include <math.h>

#include "common/shortest_dec.h"
#include "compat.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "nodes/nodes.h"
#include "score_sample.h"

#define SAMPLE_BINARY_VERSION	1

ScoreSample *
sample_create(int32 room)
{
	ScoreSample *sample = palloc0(SAMPLE_SIZE(room));

	SET_VARSIZE(sample, SAMPLE_SIZE(room));
	return sample;
}

static int
compare_entries(const void *a, const void *b)
{
	double		left = ((const ScoreEntry *) a)->score;
	double		right = ((const ScoreEntry *) b)->score;

	return left < right ? -1 : left > right;
}

/* Sorts what is not sorted yet, and makes one entry of those with one score. */
void
sample_compact(ScoreSample *sample)
{
	int32		n = 0;

	if (sample->nsorted == sample->nentries)
		return;
	qsort(sample->entries, sample->nentries, sizeof(ScoreEntry), compare_entries);
	for (int32 i = 0; i < sample->nentries; i++)
	{
		ScoreEntry *entry = &sample->entries[i];

		if (n > 0 && sample->entries[n - 1].score == entry->score)
		{
			sample->entries[n - 1].goods += entry->goods;
			sample->entries[n - 1].bads += entry->bads;
		}
		else
			sample->entries[n++] = *entry;
	}
	sample->nentries = sample->nsorted = n;
}

/* A sorted copy without room to spare. */
ScoreSample *
sample_normalize(const ScoreSample *sample)
{
	ScoreSample *copy = sample_create(sample->nentries);

	memcpy(copy->entries, sample->entries, sample->nentries * sizeof(ScoreEntry));
	copy->nentries = sample->nentries;
	copy->nsorted = sample->nsorted;
	sample_compact(copy);
	SET_VARSIZE(copy, SAMPLE_SIZE(copy->nentries));
	return copy;
}

static ScoreSample *
invalid_text(Node *escontext, const char *input)
{
	ereturn(escontext, NULL,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type ar.score_sample: \"%s\"", input),
			 errdetail("Scores with counts of goods and bads expected, ascending: {620:3:1,640:5:0}.")));
}

/* An entry is for someone, its counts are no more than may be added up. */
static bool
is_valid_entry(const ScoreEntry *entry, const ScoreEntry *before)
{
	return !isnan(entry->score) && (before == NULL || before->score < entry->score) &&
		entry->goods >= 0 && entry->bads >= 0 && entry->goods + entry->bads > 0 &&
		entry->goods <= SAMPLE_MAX_COUNT && entry->bads <= SAMPLE_MAX_COUNT;
}

static bool
next_count(const char **pos, int64 *count)
{
	char	   *end;

	if (**pos != ':' || !isdigit((unsigned char) (*pos)[1]))
		return false;
	errno = 0;
	*count = strtoll(*pos + 1, &end, 10);
	*pos = end;
	return errno == 0 && *count <= SAMPLE_MAX_COUNT;
}

static ScoreSample *
parse_sample(const char *input, Node *escontext)
{
	ScoreSample *sample;
	const char *pos = input;
	int32		n = 1;

	for (const char *c = input; *c != '\0'; c++)
		n += *c == ',';
	sample = sample_create(n);
	if (*pos++ != '{')
		return invalid_text(escontext, input);
	if (*pos != '}')
		for (;;)
		{
			ScoreEntry *entry = &sample->entries[sample->nentries];
			char	   *end;

			/* Of the infinities strtod knows more spellings than we write. */
			entry->score = strtod(pos, &end);
			if (end == pos || isspace((unsigned char) *pos))
				return invalid_text(escontext, input);
			pos = end;
			if (!next_count(&pos, &entry->goods) || !next_count(&pos, &entry->bads) ||
				!is_valid_entry(entry, sample->nentries == 0 ? NULL : entry - 1))
				return invalid_text(escontext, input);
			sample->nentries++;
			if (*pos != ',')
				break;
			pos++;
		}
	if (strcmp(pos, "}") != 0)
		return invalid_text(escontext, input);
	sample->nsorted = sample->nentries;
	SET_VARSIZE(sample, SAMPLE_SIZE(sample->nentries));
	return sample;
}

PG_FUNCTION_INFO_V1(ar_score_sample_in);
Datum
ar_score_sample_in(PG_FUNCTION_ARGS)
{
	ScoreSample *sample = parse_sample(PG_GETARG_CSTRING(0), fcinfo->context);

	if (sample == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(sample);
}

PG_FUNCTION_INFO_V1(ar_score_sample_out);
Datum
ar_score_sample_out(PG_FUNCTION_ARGS)
{
	ScoreSample *sample = sample_normalize((ScoreSample *) PG_DETOAST_DATUM(PG_GETARG_DATUM(0)));
	char		number[DOUBLE_SHORTEST_DECIMAL_LEN];
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfoChar(&text, '{');
	for (int32 i = 0; i < sample->nentries; i++)
	{
		double_to_shortest_decimal_buf(sample->entries[i].score, number);
		appendStringInfo(&text, "%s%s:" INT64_FORMAT ":" INT64_FORMAT, i == 0 ? "" : ",", number,
						 sample->entries[i].goods, sample->entries[i].bads);
	}
	appendStringInfoChar(&text, '}');
	PG_RETURN_CSTRING(text.data);
}

PG_FUNCTION_INFO_V1(ar_score_sample_recv);
Datum
ar_score_sample_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buffer = (StringInfo) PG_GETARG_POINTER(0);
	int			version = pq_getmsgbyte(buffer);
	int32		n = pq_getmsgint(buffer, 4);
	ScoreSample *sample;

	/* What is not there takes no memory. */
	if (version != SAMPLE_BINARY_VERSION || n < 0 ||
		n > (buffer->len - buffer->cursor) / (int) sizeof(ScoreEntry))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid binary form of type ar.score_sample")));
	sample = sample_create(n);
	for (int32 i = 0; i < n; i++)
	{
		ScoreEntry *entry = &sample->entries[i];

		entry->score = pq_getmsgfloat8(buffer);
		entry->goods = pq_getmsgint64(buffer);
		entry->bads = pq_getmsgint64(buffer);
		if (!is_valid_entry(entry, i == 0 ? NULL : entry - 1))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
					 errmsg("invalid binary form of type ar.score_sample"),
					 errdetail("Entry %d is out of order or has impossible counts.", i)));
	}
	sample->nentries = sample->nsorted = n;
	PG_RETURN_POINTER(sample);
}

PG_FUNCTION_INFO_V1(ar_score_sample_send);
Datum
ar_score_sample_send(PG_FUNCTION_ARGS)
{
	ScoreSample *sample = sample_normalize((ScoreSample *) PG_DETOAST_DATUM(PG_GETARG_DATUM(0)));
	StringInfoData buffer;

	pq_begintypsend(&buffer);
	pq_sendbyte(&buffer, SAMPLE_BINARY_VERSION);
	pq_sendint32(&buffer, sample->nentries);
	for (int32 i = 0; i < sample->nentries; i++)
	{
		pq_sendfloat8(&buffer, sample->entries[i].score);
		pq_sendint64(&buffer, sample->entries[i].goods);
		pq_sendint64(&buffer, sample->entries[i].bads);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}
