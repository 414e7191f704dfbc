/*
 * name.c
 *		Names of companies, without what says nothing of who they are.
 */
#include "postgres.h"

#include "compat.h"
#include "miscadmin.h"
#include "normal_text.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#define FORM_LENGTH			12
#define MAX_FORM_WORDS		4	/* S P A; the most that make one form */

/* Where a legal form stands. */
#define FORM_BEHIND			1
#define FORM_BEFORE			2

typedef struct LegalForm
{
	char		form[FORM_LENGTH + 1];
	uint8		place;
} LegalForm;

/* In order; one whose words stand apart is here without the spaces. */
static const LegalForm forms[] = {
	{"AB", FORM_BEHIND | FORM_BEFORE},
	{"AG", FORM_BEHIND},
	{"APS", FORM_BEHIND},
	{"AS", FORM_BEHIND},
	{"ASA", FORM_BEHIND},
	{"BHD", FORM_BEHIND},
	{"BV", FORM_BEHIND},
	{"BVBA", FORM_BEHIND},
	{"CO", FORM_BEHIND},
	{"COMPANY", FORM_BEHIND},
	{"CORP", FORM_BEHIND},
	{"CORPORATION", FORM_BEHIND},
	{"DAC", FORM_BEHIND},
	{"DOO", FORM_BEHIND},
	{"EG", FORM_BEHIND},
	{"EHF", FORM_BEHIND},
	{"EK", FORM_BEHIND},
	{"EURL", FORM_BEHIND | FORM_BEFORE},
	{"EV", FORM_BEHIND},
	{"GBR", FORM_BEHIND},
	{"GGMBH", FORM_BEHIND},
	{"GMBH", FORM_BEHIND},
	{"HF", FORM_BEHIND},
	{"INC", FORM_BEHIND},
	{"INCORPORATED", FORM_BEHIND},
	{"KFT", FORM_BEHIND},
	{"KG", FORM_BEHIND},
	{"KGAA", FORM_BEHIND},
	{"KK", FORM_BEHIND},
	{"LDA", FORM_BEHIND},
	{"LIMITED", FORM_BEHIND},
	{"LLC", FORM_BEHIND},
	{"LLP", FORM_BEHIND},
	{"LP", FORM_BEHIND},
	{"LTD", FORM_BEHIND},
	{"LTDA", FORM_BEHIND},
	{"MBH", FORM_BEHIND},
	{"NV", FORM_BEHIND},
	{"OHG", FORM_BEHIND},
	{"OOO", FORM_BEHIND | FORM_BEFORE},
	{"OU", FORM_BEHIND},
	{"OY", FORM_BEHIND | FORM_BEFORE},
	{"OYJ", FORM_BEHIND},
	{"PLC", FORM_BEHIND},
	{"PLLC", FORM_BEHIND},
	{"PT", FORM_BEFORE},
	{"PTE", FORM_BEHIND},
	{"PTY", FORM_BEHIND},
	{"PVT", FORM_BEHIND},
	{"SA", FORM_BEHIND},
	{"SADECV", FORM_BEHIND},
	{"SAPA", FORM_BEHIND},
	{"SARL", FORM_BEHIND | FORM_BEFORE},
	{"SAS", FORM_BEHIND | FORM_BEFORE},
	{"SASU", FORM_BEHIND | FORM_BEFORE},
	{"SDN", FORM_BEHIND},
	{"SE", FORM_BEHIND},
	{"SL", FORM_BEHIND},
	{"SLU", FORM_BEHIND},
	{"SNC", FORM_BEHIND},
	{"SP", FORM_BEHIND},
	{"SPA", FORM_BEHIND},
	{"SPZOO", FORM_BEHIND},
	{"SRL", FORM_BEHIND},
	{"SRLDECV", FORM_BEHIND},
	{"SRO", FORM_BEHIND},
	{"UAB", FORM_BEHIND | FORM_BEFORE},
	{"UG", FORM_BEHIND},
	{"ULC", FORM_BEHIND},
	{"ZOO", FORM_BEHIND},
};

/* Left over where a form was taken away: GMBH & CO, Smith and Co. */
static const char *const joining_words[] = {"AND", "ET", "OCH", "OG", "UND", "Y"};

typedef struct WideForm
{
	int			length;
	pg_wchar	chars[8];
} WideForm;

/* Those of scripts without spaces, the longer ones first. */
static const WideForm wide_forms[] = {
	{6, {0x80A1, 0x4EFD, 0x6709, 0x9650, 0x516C, 0x53F8}},	/* gufen youxian gongsi */
	{6, {0x6709, 0x9650, 0x8D23, 0x4EFB, 0x516C, 0x53F8}},	/* youxian zeren gongsi */
	{6, {0x6709, 0x9650, 0x8CAC, 0x4EFB, 0x516C, 0x53F8}},
	{4, {0x6709, 0x9650, 0x516C, 0x53F8}},	/* youxian gongsi */
	{4, {0x682A, 0x5F0F, 0x4F1A, 0x793E}},	/* kabushiki gaisha */
	{4, {0x6709, 0x9650, 0x4F1A, 0x793E}},	/* yugen gaisha */
	{4, {0x5408, 0x540C, 0x4F1A, 0x793E}},	/* godo gaisha */
	{4, {0xC8FC, 0xC2DD, 0xD68C, 0xC0AC}},	/* jusik hoesa */
	{4, {0xC720, 0xD55C, 0xD68C, 0xC0AC}},	/* yuhan hoesa */
};

/* Alone in brackets, as in the sign for "stock company". */
static const pg_wchar wide_letters[] = {0x682A, 0x6709, 0xC8FC};

/* Cyrillic, before the name: OOO, OAO, ZAO, PAO, AO, TOO */
static const WideForm cyrillic_forms[] = {
	{3, {0x041E, 0x041E, 0x041E}},
	{3, {0x041E, 0x0410, 0x041E}},
	{3, {0x0417, 0x0410, 0x041E}},
	{3, {0x041F, 0x0410, 0x041E}},
	{2, {0x0410, 0x041E}},
	{3, {0x0422, 0x041E, 0x041E}},
};

typedef struct NameWord
{
	int			start;			/* among the characters of the name */
	int			length;
} NameWord;

/* A name's words, of which those from first to last are left. */
typedef struct CompanyName
{
	pg_wchar   *chars;
	NameWord   *words;
	int			first;
	int			last;
} CompanyName;

static bool
is_cut(const NormalText *normal, int i)
{
	pg_wchar	c = normal->chars[i];

	if (wide_is_word(c) || c == '\'')
		return false;
	/* The dots of S.A., and of J. Smith, join letters or nothing. */
	if (c == '.' && i > 0 && wide_is_letter(normal->chars[i - 1]) &&
		(i == 1 || !wide_is_word(normal->chars[i - 2])) &&
		i + 1 < normal->n && wide_is_letter(normal->chars[i + 1]) &&
		(i + 2 == normal->n || !wide_is_word(normal->chars[i + 2])))
		return false;
	return true;
}

static void
read_name(CompanyName *name, const char *data, int length)
{
	NormalText	normal;
	int			n = 0;

	normal_text(&normal, data, length);
	name->chars = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(pg_wchar) * ((Size) normal.n + 1));
	name->words = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(NameWord) * ((Size) normal.n + 1));
	name->first = 0;
	name->last = -1;
	for (int i = 0; i < normal.n; i++)
	{
		bool		in_word = false;

		for (; i < normal.n && !is_cut(&normal, i); i++)
		{
			if (!wide_is_word(normal.chars[i]))
				continue;
			if (!in_word)
			{
				name->words[++name->last].start = n;
				name->words[name->last].length = 0;
				in_word = true;
			}
			name->chars[n++] = normal.chars[i];
			name->words[name->last].length++;
		}
	}
	normal_text_free(&normal);
}

static bool
is_form(const pg_wchar *chars, int length, uint8 place)
{
	char		form[FORM_LENGTH + 1];

	if (length > FORM_LENGTH)
		return false;
	for (int i = 0; i < length; i++)
	{
		pg_wchar	c = chars[i];

		/* The umlaut of the Estonian OU is not always written. */
		if (c == 0xDC)
			c = 'U';
		if (c >= 0x80)
			return false;
		form[i] = (char) c;
	}
	form[length] = '\0';
	for (size_t i = 0; i < lengthof(forms); i++)
		if ((forms[i].place & place) && strcmp(form, forms[i].form) == 0)
			return true;
	return false;
}

static bool
is_wide_form(const pg_wchar *chars, int length)
{
	for (size_t i = 0; i < lengthof(wide_forms); i++)
		if (length == wide_forms[i].length &&
			memcmp(chars, wide_forms[i].chars, sizeof(pg_wchar) * length) == 0)
			return true;
	for (size_t i = 0; i < lengthof(wide_letters); i++)
		if (length == 1 && chars[0] == wide_letters[i])
			return true;
	return false;
}

static bool
is_cyrillic_form(const pg_wchar *chars, int length)
{
	for (size_t i = 0; i < lengthof(cyrillic_forms); i++)
		if (length == cyrillic_forms[i].length &&
			memcmp(chars, cyrillic_forms[i].chars, sizeof(pg_wchar) * length) == 0)
			return true;
	return false;
}

static bool
is_joining(const CompanyName *name, int word)
{
	const pg_wchar *chars = name->chars + name->words[word].start;
	int			length = name->words[word].length;

	for (size_t i = 0; i < lengthof(joining_words); i++)
	{
		int			k = 0;

		while (k < length && joining_words[i][k] && chars[k] == (unsigned char) joining_words[i][k])
			k++;
		if (k == length && joining_words[i][k] == '\0')
			return true;
	}
	return false;
}

/* Takes one form from the end, or from within the last word; never all there is. */
static bool
strip_behind(CompanyName *name)
{
	NameWord   *last = &name->words[name->last];
	const pg_wchar *chars = name->chars + last->start;
	int			length = 0;

	if (name->last > name->first && (is_form(chars, last->length, FORM_BEHIND) ||
									 is_wide_form(chars, last->length) ||
									 is_cyrillic_form(chars, last->length)))
	{
		name->last--;
		return true;
	}
	/* S A, as S.A. without its dots; the words' characters stand side by side. */
	for (int n = 1; n <= MAX_FORM_WORDS && name->last - n >= name->first; n++)
	{
		const NameWord *word = &name->words[name->last - n + 1];

		length += word->length;
		if (n > 1 && is_form(name->chars + word->start, length, FORM_BEHIND))
		{
			name->last -= n;
			return true;
		}
		if (word->length > 2)
			break;
	}
	for (size_t i = 0; i < lengthof(wide_forms); i++)
	{
		const WideForm *form = &wide_forms[i];

		if (last->length > form->length &&
			memcmp(chars + last->length - form->length, form->chars, sizeof(pg_wchar) * form->length) == 0)
		{
			last->length -= form->length;
			return true;
		}
	}
	return false;
}

static bool
strip_before(CompanyName *name)
{
	NameWord   *first = &name->words[name->first];
	const pg_wchar *chars = name->chars + first->start;

	if (name->last > name->first && (is_form(chars, first->length, FORM_BEFORE) ||
									 is_wide_form(chars, first->length) ||
									 is_cyrillic_form(chars, first->length)))
	{
		name->first++;
		return true;
	}
	for (size_t i = 0; i < lengthof(wide_forms); i++)
	{
		const WideForm *form = &wide_forms[i];

		if (first->length > form->length &&
			memcmp(chars, form->chars, sizeof(pg_wchar) * form->length) == 0)
		{
			first->start += form->length;
			first->length -= form->length;
			return true;
		}
	}
	return false;
}

static void
strip_forms(CompanyName *name)
{
	if (name->last < 0)
		return;
	while (strip_behind(name))
	{
		CHECK_FOR_INTERRUPTS();
		if (name->last > name->first && is_joining(name, name->last))
			name->last--;
	}
	while (strip_before(name))
		CHECK_FOR_INTERRUPTS();
}

PG_FUNCTION_INFO_V1(ar_name_key);
Datum
ar_name_key(PG_FUNCTION_ARGS)
{
	text	   *given = PG_GETARG_TEXT_PP(0);
	CompanyName name;
	StringInfoData key;

	read_name(&name, VARDATA_ANY(given), VARSIZE_ANY_EXHDR(given));
	strip_forms(&name);
	initStringInfo(&key);
	for (int i = name.first; i <= name.last; i++)
	{
		const NameWord *word = &name.words[i];

		/* No space where the script has none. */
		if (i > name.first &&
			!(wide_is_ideograph(name.chars[word->start]) &&
			  wide_is_ideograph(name.chars[word[-1].start + word[-1].length - 1])))
			appendStringInfoChar(&key, ' ');
		append_wide(&key, name.chars + word->start, word->length);
	}
	if (key.len == 0)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text_with_len(key.data, key.len));
}

PG_FUNCTION_INFO_V1(ar_name_initials);
Datum
ar_name_initials(PG_FUNCTION_ARGS)
{
	text	   *given = PG_GETARG_TEXT_PP(0);
	CompanyName name;
	StringInfoData initials;

	read_name(&name, VARDATA_ANY(given), VARSIZE_ANY_EXHDR(given));
	if (!PG_GETARG_BOOL(1))
		strip_forms(&name);
	initStringInfo(&initials);
	for (int i = name.first; i <= name.last; i++)
		append_wide(&initials, name.chars + name.words[i].start, 1);
	if (initials.len == 0)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text_with_len(initials.data, initials.len));
}
