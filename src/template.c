/*
 * template.c
 *		Texts with placeholders, filled from data.
 *
 * In C because a dunning run fills two texts for each message, of two dozen
 * placeholders each.  One pass over the text: what was put in is not looked at
 * again, so that no value is taken for a placeholder.
 *
 * {{name}} is a placeholder.  What stands between {{#name}} and {{/name}} is a
 * section: of a list, once for each element; of anything else, once where there
 * is a value.
 */
#include "postgres.h"

#include "compat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/jsonb.h"

/* A part of a text, not terminated. */
typedef struct Span
{
	const char *begin;
	const char *end;
} Span;

/* A list in the data, and what the placeholders of its elements begin with. */
typedef struct List
{
	const char *name;
	const char *prefix;
} List;

static const List lists[] = {{"items", "item."}, {"statement", "line."}};

/* What is filled from where; an element only within the section of its list. */
typedef struct Filling
{
	StringInfo	out;
	const char *begin;			/* of the whole text */
	const char *channel;
	JsonbContainer *data;
	const List *list;
	JsonbContainer *element;
} Filling;

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

static bool
is_named(Span name, const char *what)
{
	return (size_t) (name.end - name.begin) == strlen(what) && memcmp(name.begin, what, name.end - name.begin) == 0;
}

static const List *
find_list(Span name)
{
	for (int i = 0; i < (int) lengthof(lists); i++)
	{
		if (is_named(name, lists[i].name))
			return &lists[i];
	}
	return NULL;
}

/* What a name stands for: in the element, else in the data. */
static JsonbValue *
find_value(Filling *filling, Span name)
{
	JsonbValue *value = NULL;

	if (filling->element != NULL)
	{
		size_t		length = strlen(filling->list->prefix);

		if ((size_t) (name.end - name.begin) > length && memcmp(name.begin, filling->list->prefix, length) == 0)
			value = find_field(filling->element, name.begin + length, name.end - name.begin - length);
	}
	if (value == NULL)
		value = find_field(filling->data, name.begin, name.end - name.begin);
	return value;
}

/* Past a mark; past the end of its line too, where it is alone on that. */
static const char *
after_mark(Filling *filling, Span mark, const char *end)
{
	bool		begins_line = mark.begin == filling->begin || mark.begin[-1] == '\n';

	return begins_line && mark.end < end && *mark.end == '\n' ? mark.end + 1 : mark.end;
}

/* The mark that closes a section whose text begins with rest; sections of the same name may stand within. */
static bool
find_section_end(Span rest, Span name, Span *mark)
{
	int			length = (int) (name.end - name.begin);
	int			depth = 1;

	while ((mark->begin = find_first(rest, "{{")) != NULL)
	{
		rest.begin = mark->begin + 2;
		if (rest.end - rest.begin < length + 3 || (*rest.begin != '#' && *rest.begin != '/')
			|| memcmp(rest.begin + 1, name.begin, length) != 0 || memcmp(rest.begin + 1 + length, "}}", 2) != 0)
			continue;
		depth += *rest.begin == '#' ? 1 : -1;
		rest.begin += length + 3;
		if (depth == 0)
		{
			mark->end = rest.begin;
			return true;
		}
	}
	return false;
}

static void append_filled(Filling *filling, Span text);

/* The text once for each element of a list. */
static void
append_list(Filling *filling, Span text, const List *list)
{
	JsonbValue *array = find_field(filling->data, list->name, strlen(list->name));
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue	element;
	Filling		inner = *filling;

	if (array == NULL)
		return;
	if (array->type != jbvBinary || !JsonContainerIsArray(array->val.binary.data)
		|| JsonContainerIsScalar(array->val.binary.data))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be an array", list->name)));
	inner.list = list;
	iterator = JsonbIteratorInit(array->val.binary.data);
	while ((token = JsonbIteratorNext(&iterator, &element, true)) != WJB_DONE)
	{
		if (token != WJB_ELEM)
			continue;
		CHECK_FOR_INTERRUPTS();
		if (element.type != jbvBinary || !JsonContainerIsObject(element.val.binary.data))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("an element of %s must be an object", list->name)));
		inner.element = element.val.binary.data;
		append_filled(&inner, text);
	}
	pfree(array);
}

static void
append_section(Filling *filling, Span text, Span name)
{
	const List *list = find_list(name);
	JsonbValue *value;

	if (list != NULL)
	{
		append_list(filling, text, list);
		return;
	}
	value = find_value(filling, name);
	if (value == NULL)
		return;
	if (value->type != jbvNull && !(value->type == jbvBool && !value->val.boolean)
		&& !(value->type == jbvBinary && JsonContainerSize(value->val.binary.data) == 0))
		append_filled(filling, text);
	pfree(value);
}

static void
append_filled(Filling *filling, Span text)
{
	const char *p = text.begin;

	check_stack_depth();
	while (p < text.end)
	{
		Span		rest = {p, text.end};
		const char *open = find_first(rest, "{{");
		const char *closing;
		bool		is_mark;
		Span		name;
		JsonbValue *value = NULL;

		CHECK_FOR_INTERRUPTS();
		if (open == NULL)
			break;
		appendBinaryStringInfo(filling->out, p, (int) (open - p));
		p = open;
		rest.begin = open + 2;
		closing = find_first(rest, "}}");
		if (closing == NULL)
			break;
		is_mark = *rest.begin == '#' || *rest.begin == '/';
		name.begin = rest.begin + (is_mark ? 1 : 0);
		name.end = closing;
		if (!is_mark && find_list(name) == NULL)
			value = find_value(filling, name);
		if (value == NULL && !is_placeholder_name(name))
		{
			appendStringInfoChar(filling->out, '{');
			p++;
			continue;
		}
		/* What is not known is left out. */
		p = closing + 2;
		if (value != NULL)
		{
			append_field(filling->out, value, filling->channel);
			pfree(value);
		}
		else if (is_mark)
		{
			Span		mark = {open, p};
			Span		inner;

			/* A mark without its other one is left out. */
			if (*rest.begin == '/')
				continue;
			rest.begin = p;
			if (!find_section_end(rest, name, &mark))
				continue;
			inner.begin = after_mark(filling, (Span) {open, p}, mark.begin);
			inner.end = mark.begin;
			append_section(filling, inner, name);
			p = after_mark(filling, mark, text.end);
		}
	}
	if (p < text.end)
		appendBinaryStringInfo(filling->out, p, (int) (text.end - p));
}

PG_FUNCTION_INFO_V1(ar_fill_template);
Datum
ar_fill_template(PG_FUNCTION_ARGS)
{
	StringInfoData out;
	Filling		filling = {.out = &out};
	text	   *template;
	Span		all;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	template = PG_GETARG_TEXT_PP(0);
	if (!PG_ARGISNULL(1))
		filling.data = &PG_GETARG_JSONB_P(1)->root;
	filling.channel = PG_ARGISNULL(2) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2));
	if (filling.data != NULL && !JsonContainerIsObject(filling.data))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the data of a template must be an object")));

	initStringInfo(&out);
	all.begin = filling.begin = VARDATA_ANY(template);
	all.end = all.begin + VARSIZE_ANY_EXHDR(template);
	append_filled(&filling, all);
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
