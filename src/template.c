/*
 * template.c
 *		Texts with placeholders, filled from data.
 *
 * In C because a dunning run fills two texts for each message, of two dozen
 * placeholders each.  One pass over the text: what was put in is not looked at
 * again, so that no value is taken for a placeholder.
 */
#include "postgres.h"

#include "compat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/jsonb.h"

#define LIST_BEGIN		"{{#items}}"
#define LIST_END		"{{/items}}"

/* A part of a text, not terminated. */
typedef struct Span
{
	const char *begin;
	const char *end;
} Span;

static const char *
find_first(Span text, const char *what)
{
	size_t		length = strlen(what);

	for (const char *p = text.begin; (size_t) (text.end - p) >= length; p++)
	{
		if (memcmp(p, what, length) == 0)
			return p;
	}
	return NULL;
}

static const char *
find_last(Span text, const char *what)
{
	const char *last = NULL;
	const char *p;

	while ((p = find_first(text, what)) != NULL)
	{
		last = p;
		text.begin = p + strlen(what);
	}
	return last;
}

/* Whether the character at p is a control character of Unicode's first 256. */
static bool
is_control(const char *p, int length)
{
	unsigned char c = (unsigned char) *p;

	if (c < 0x80)
		return c < 0x20 || c == 0x7f;
	if (length > 1)
	{
		pg_wchar	wide[2];

		if (pg_mb2wchar_with_len(p, wide, length) != 1)
			return false;
		return wide[0] >= 0x80 && wide[0] <= 0x9f;
	}
	return c <= 0x9f;
}

static void
append_one_line(StringInfo out, Span value)
{
	bool		in_control = false;

	for (const char *p = value.begin; p < value.end;)
	{
		int			length = Min(pg_mblen(p), (int) (value.end - p));

		if (!is_control(p, length))
			appendBinaryStringInfo(out, p, length);
		else if (!in_control)
			appendStringInfoChar(out, ' ');
		in_control = is_control(p, length);
		p += length;
	}
}

static void
append_html(StringInfo out, Span value)
{
	for (const char *p = value.begin; p < value.end; p++)
	{
		switch (*p)
		{
			case '&':
				appendStringInfoString(out, "&amp;");
				break;
			case '<':
				appendStringInfoString(out, "&lt;");
				break;
			case '>':
				appendStringInfoString(out, "&gt;");
				break;
			case '"':
				appendStringInfoString(out, "&quot;");
				break;
			default:
				appendStringInfoChar(out, *p);
		}
	}
}

static void
append_in_json(StringInfo out, Span value)
{
	StringInfoData quoted;
	char	   *terminated = pnstrdup(value.begin, value.end - value.begin);

	initStringInfo(&quoted);
	escape_json(&quoted, terminated);
	appendBinaryStringInfo(out, quoted.data + 1, quoted.len - 2);
	pfree(quoted.data);
	pfree(terminated);
}

static void
append_escaped(StringInfo out, Span value, const char *channel)
{
	if (channel != NULL && strcmp(channel, "letter") == 0)
		append_html(out, value);
	else if (channel != NULL && strcmp(channel, "webhook") == 0)
		append_in_json(out, value);
	else
		append_one_line(out, value);
}

/* Escaped, and without two braces side by side, which would look like a placeholder. */
static void
append_value(StringInfo out, Span value, const char *channel)
{
	StringInfoData escaped;

	initStringInfo(&escaped);
	append_escaped(&escaped, value, channel);
	for (int i = 0; i < escaped.len; i++)
	{
		appendStringInfoChar(out, escaped.data[i]);
		if (i + 1 < escaped.len && escaped.data[i] == '{' && escaped.data[i + 1] == '{')
		{
			appendStringInfoString(out, " {");
			i++;
		}
	}
	pfree(escaped.data);
}

/* What a placeholder stands for; nothing where that is null. */
static void
append_field(StringInfo out, JsonbValue *field, const char *channel)
{
	Span		value;
	char	   *text = NULL;

	switch (field->type)
	{
		case jbvNull:
			return;
		case jbvString:
			value.begin = field->val.string.val;
			value.end = value.begin + field->val.string.len;
			break;
		case jbvBool:
			value.begin = field->val.boolean ? "true" : "false";
			value.end = value.begin + strlen(value.begin);
			break;
		case jbvNumeric:
			text = DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(field->val.numeric)));
			value.begin = text;
			value.end = text + strlen(text);
			break;
		case jbvBinary:
			text = JsonbToCString(NULL, field->val.binary.data, field->val.binary.len);
			value.begin = text;
			value.end = text + strlen(text);
			break;
		default:
			elog(ERROR, "unexpected type %d of a field", (int) field->type);
	}
	append_value(out, value, channel);
	if (text != NULL)
		pfree(text);
}

static JsonbValue *
find_field(JsonbContainer *data, const char *name, size_t length)
{
	JsonbValue	key;

	if (data == NULL)
		return NULL;
	key.type = jbvString;
	key.val.string.val = unconstify(char *, name);
	key.val.string.len = (int) length;
	return findJsonbValueFromContainer(data, JB_FOBJECT, &key);
}

static bool
is_placeholder_name(Span name)
{
	for (const char *p = name.begin; p < name.end; p++)
	{
		if (!((*p >= 'a' && *p <= 'z') || *p == '_' || *p == '.'))
			return false;
	}
	return name.end > name.begin;
}

/* A text without a list, or one line of a list, of item. */
static void
append_filled(StringInfo out, Span text, JsonbContainer *data, JsonbContainer *item, const char *channel)
{
	const char *p = text.begin;

	while (p < text.end)
	{
		Span		rest = {p, text.end};
		const char *open = find_first(rest, "{{");
		const char *closing;
		Span		name;
		JsonbValue *field = NULL;

		if (open == NULL)
			break;
		appendBinaryStringInfo(out, p, (int) (open - p));
		name.begin = rest.begin = open + 2;
		closing = find_first(rest, "}}");
		if (closing == NULL)
		{
			p = open;
			break;
		}
		name.end = closing;
		if (item != NULL && name.end - name.begin > 5 && memcmp(name.begin, "item.", 5) == 0)
			field = find_field(item, name.begin + 5, name.end - name.begin - 5);
		if (field == NULL && !(name.end - name.begin == 5 && memcmp(name.begin, "items", 5) == 0))
			field = find_field(data, name.begin, name.end - name.begin);
		if (field != NULL)
		{
			append_field(out, field, channel);
			pfree(field);
		}
		/* What is not known is left out. */
		else if (!is_placeholder_name(name))
		{
			appendStringInfoChar(out, '{');
			p = open + 1;
			continue;
		}
		p = closing + 2;
	}
	if (p < text.end)
		appendBinaryStringInfo(out, p, (int) (text.end - p));
}

/* The list's text once for each item. */
static void
append_list(StringInfo out, Span text, JsonbContainer *data, const char *channel)
{
	JsonbValue *items = find_field(data, "items", 5);
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue	element;

	if (items == NULL)
		return;
	if (items->type != jbvBinary || !JsonContainerIsArray(items->val.binary.data)
		|| JsonContainerIsScalar(items->val.binary.data))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("items must be an array")));
	iterator = JsonbIteratorInit(items->val.binary.data);
	while ((token = JsonbIteratorNext(&iterator, &element, true)) != WJB_DONE)
	{
		if (token != WJB_ELEM)
			continue;
		CHECK_FOR_INTERRUPTS();
		if (element.type != jbvBinary || !JsonContainerIsObject(element.val.binary.data))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("an element of items must be an object")));
		append_filled(out, text, data, element.val.binary.data, channel);
	}
	pfree(items);
}

PG_FUNCTION_INFO_V1(ar_fill_template);
Datum
ar_fill_template(PG_FUNCTION_ARGS)
{
	StringInfoData out;
	JsonbContainer *data = NULL;
	char	   *channel;
	text	   *template;
	Span		all;
	const char *list;
	const char *list_end = NULL;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	template = PG_GETARG_TEXT_PP(0);
	if (!PG_ARGISNULL(1))
		data = &PG_GETARG_JSONB_P(1)->root;
	channel = PG_ARGISNULL(2) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2));
	if (data != NULL && !JsonContainerIsObject(data))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the data of a template must be an object")));

	initStringInfo(&out);
	all.begin = VARDATA_ANY(template);
	all.end = all.begin + VARSIZE_ANY_EXHDR(template);
	list = find_first(all, LIST_BEGIN);
	if (list != NULL)
	{
		Span		rest = {list + strlen(LIST_BEGIN), all.end};

		list_end = find_last(rest, LIST_END);
	}
	if (list_end == NULL)
		append_filled(&out, all, data, NULL, channel);
	else
	{
		Span		before = {all.begin, list};
		Span		line = {list + strlen(LIST_BEGIN), list_end};
		Span		after = {list_end + strlen(LIST_END), all.end};

		/* The marks stand on lines of their own or within one. */
		if (line.begin < line.end && *line.begin == '\n')
			line.begin++;
		if (after.begin < after.end && *after.begin == '\n')
			after.begin++;
		append_filled(&out, before, data, NULL, channel);
		append_list(&out, line, data, channel);
		append_filled(&out, after, data, NULL, channel);
	}
	PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}

PG_FUNCTION_INFO_V1(ar_escape_for_channel);
Datum
ar_escape_for_channel(PG_FUNCTION_ARGS)
{
	StringInfoData out;
	text	   *value;
	Span		span;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	value = PG_GETARG_TEXT_PP(0);
	span.begin = VARDATA_ANY(value);
	span.end = span.begin + VARSIZE_ANY_EXHDR(value);
	initStringInfo(&out);
	append_escaped(&out, span, PG_ARGISNULL(1) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(1)));
	PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}
