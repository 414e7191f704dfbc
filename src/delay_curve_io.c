/*
 * delay_curve_io.c
 *		Text and binary form of type ar.delay_curve.
 *
 * The text form lists days and weights, a plus behind the day where it is what
 * was unpaid through that day and not seen later:
 *
 *		{0:1,5:2,8+:1,10:1,15+:1,20:1}
 */
#include "postgres.h"

#include <ctype.h>
#include <math.h>

#include "common/shortest_dec.h"
#include "compat.h"
#include "delay_curve.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"

#define CURVE_BINARY_VERSION	1

static DelayCurve *
invalid_text(Node *escontext, const char *input, const char *detail)
{
	ereturn(escontext, NULL,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type ar.delay_curve: \"%s\"", input),
			 errdetail("%s", detail)));
}

static void
skip_space(const char **pos)
{
	while (isspace((unsigned char) **pos))
		(*pos)++;
}

static bool
skip_char(const char **pos, char c)
{
	skip_space(pos);
	if (**pos != c)
		return false;
	(*pos)++;
	return true;
}

static bool
next_day(const char **pos, int32 *day)
{
	char	   *end;
	long		value;

	skip_space(pos);
	if (!isdigit((unsigned char) (*pos)[0]) &&
		!((*pos)[0] == '-' && isdigit((unsigned char) (*pos)[1])))
		return false;
	errno = 0;
	value = strtol(*pos, &end, 10);
	*pos = end;
	if (errno != 0 || value < CURVE_FIRST_DAY || value > CURVE_LAST_DAY)
		return false;
	*day = value;
	return true;
}

/* A positive weight; strtod alone would take hexadecimal, nan and inf too. */
static bool
next_weight(const char **pos, double *weight)
{
	size_t		length;
	char	   *copy;
	char	   *end;
	bool		whole;

	skip_space(pos);
	length = strspn(*pos, "0123456789.eE+-");
	if (length == 0 || !isdigit((unsigned char) **pos))
		return false;
	copy = pnstrdup(*pos, length);
	/* What is too large comes as infinity, what is too small as zero. */
	*weight = strtod(copy, &end);
	whole = *end == '\0';
	pfree(copy);
	*pos += length;
	return whole && *weight > 0 && !isinf(*weight);
}

static DelayCurve *
parse_curve(const char *input, Node *escontext)
{
	const char *pos = input;
	DelayCurve *curve = curve_create(8);
	int32		last_day = 0;
	bool		last_censored = false;

	if (!skip_char(&pos, '{'))
		return invalid_text(escontext, input, "A list of days and weights in braces expected.");
	do
	{
		int32		day;
		double		weight;
		bool		censored;

		if (!next_day(&pos, &day))
			return invalid_text(escontext, input, "Days must be integers from -400 to 2000.");
		censored = skip_char(&pos, '+');
		if (curve->npoints > 0 &&
			(day < last_day || (day == last_day && (last_censored || !censored))))
			return invalid_text(escontext, input, "Days must ascend, the paid before the unpaid.");
		if (!skip_char(&pos, ':') || !next_weight(&pos, &weight))
			return invalid_text(escontext, input, "A positive weight must follow each day.");
		curve = curve_add(curve, day, censored ? 0 : weight, censored ? weight : 0);
		last_day = day;
		last_censored = censored;
	} while (skip_char(&pos, ','));
	if (!skip_char(&pos, '}'))
		return invalid_text(escontext, input, "The list must end with a brace.");
	skip_space(&pos);
	if (*pos != '\0')
		return invalid_text(escontext, input, "Text follows the value.");
	if (!curve_check(curve, escontext))
		return NULL;
	return curve_compact(curve);
}

PG_FUNCTION_INFO_V1(ar_delay_curve_in);
Datum
ar_delay_curve_in(PG_FUNCTION_ARGS)
{
	DelayCurve *curve = parse_curve(PG_GETARG_CSTRING(0), fcinfo->context);

	if (curve == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(curve);
}

static void
append_weight(StringInfo buf, int32 day, const char *mark, double weight)
{
	char		number[DOUBLE_SHORTEST_DECIMAL_LEN];

	double_to_shortest_decimal_buf(weight, number);
	appendStringInfo(buf, "%c%d%s:%s", buf->len == 0 ? '{' : ',', day, mark, number);
}

PG_FUNCTION_INFO_V1(ar_delay_curve_out);
Datum
ar_delay_curve_out(PG_FUNCTION_ARGS)
{
	DelayCurve *curve = PG_GETARG_CURVE_P(0);
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < curve->npoints; i++)
	{
		if (curve->points[i].paid > 0)
			append_weight(&buf, curve->points[i].day, "", curve->points[i].paid);
		if (curve->points[i].censored > 0)
			append_weight(&buf, curve->points[i].day, "+", curve->points[i].censored);
	}
	appendStringInfoChar(&buf, '}');
	PG_RETURN_CSTRING(buf.data);
}

PG_FUNCTION_INFO_V1(ar_delay_curve_send);
Datum
ar_delay_curve_send(PG_FUNCTION_ARGS)
{
	DelayCurve *curve = PG_GETARG_CURVE_P(0);
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendint8(&buf, CURVE_BINARY_VERSION);
	pq_sendint32(&buf, curve->npoints);
	for (int i = 0; i < curve->npoints; i++)
	{
		pq_sendint32(&buf, curve->points[i].day);
		pq_sendfloat8(&buf, curve->points[i].paid);
		pq_sendfloat8(&buf, curve->points[i].censored);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

static void
invalid_binary(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid binary value for type ar.delay_curve"),
			 errdetail("%s", detail)));
}

PG_FUNCTION_INFO_V1(ar_delay_curve_recv);
Datum
ar_delay_curve_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			version = pq_getmsgbyte(buf);
	int			npoints = pq_getmsgint(buf, 4);
	DelayCurve *curve;

	if (version != CURVE_BINARY_VERSION)
		invalid_binary("Its version is unknown.");
	if (npoints < 1 || npoints > CURVE_MAX_POINTS)
		invalid_binary("Its number of days is out of range.");
	curve = curve_create(npoints);
	curve->npoints = npoints;
	for (int i = 0; i < npoints; i++)
	{
		curve->points[i].day = (int32) pq_getmsgint(buf, 4);
		/* Minus zero would be another form of the same value. */
		curve->points[i].paid = pq_getmsgfloat8(buf) + 0.0;
		curve->points[i].censored = pq_getmsgfloat8(buf) + 0.0;
	}
	curve_check(curve, NULL);
	PG_RETURN_POINTER(curve);
}
