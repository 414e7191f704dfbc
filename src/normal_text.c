/*
 * normal_text.c
 *		Text as it is compared: one character for all that are the same.
 *
 * In a database in UTF8 this is NFKC, which makes full-width characters and
 * ligatures ordinary ones, in upper case.  The rules of upper case and of what
 * is a letter are here, not the locale's, so that an index stays right when
 * the locale changes.
 */
#include "postgres.h"

#include <limits.h>

#include "common/unicode_norm.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "normal_text.h"
#include "utils/memutils.h"

/* Normalised at once; longer only for the sake of marks that follow. */
#define CHUNK		64
#define CHUNK_MAX	128

typedef struct WideRange
{
	pg_wchar	first;
	pg_wchar	last;
} WideRange;

/* Punctuation, symbols, spaces and controls after NFKC, ascending. */
static const WideRange other_than_letters[] = {
	{0x0080, 0x00A9}, {0x00AB, 0x00B4}, {0x00B6, 0x00B9}, {0x00BB, 0x00BF},
	{0x00D7, 0x00D7}, {0x00F7, 0x00F7}, {0x02C2, 0x02DF}, {0x0300, 0x036F},
	{0x0375, 0x0375}, {0x037E, 0x037E}, {0x0384, 0x0385}, {0x0387, 0x0387},
	{0x0482, 0x0489}, {0x055A, 0x055F}, {0x0589, 0x058F}, {0x05BE, 0x05BE},
	{0x05C0, 0x05C0}, {0x05C3, 0x05C3}, {0x05C6, 0x05C6}, {0x05F3, 0x05F4},
	{0x0600, 0x060F}, {0x061B, 0x061F}, {0x066A, 0x066D}, {0x06D4, 0x06D4},
	{0x0964, 0x0965}, {0x0E3F, 0x0E3F}, {0x0E5A, 0x0E5B}, {0x2000, 0x206F},
	{0x207A, 0x207E}, {0x208A, 0x208E}, {0x20A0, 0x20FF}, {0x2190, 0x2BFF},
	{0x2E00, 0x2E7F}, {0x2FF0, 0x3004}, {0x3008, 0x3020}, {0x302A, 0x3030},
	{0x3036, 0x3037}, {0x303D, 0x303F}, {0x3099, 0x309C}, {0x30A0, 0x30A0},
	{0x30FB, 0x30FB}, {0x3190, 0x319F}, {0x31C0, 0x31EF}, {0x3200, 0x33FF},
	{0x4DC0, 0x4DFF}, {0xD800, 0xF8FF}, {0xFD3E, 0xFD3F}, {0xFE00, 0xFE6F},
	{0xFEFF, 0xFEFF}, {0xFFE0, 0xFFFF}, {0x1D000, 0x1D24F}, {0x1F000, 0x1FAFF},
	{0xE0000, 0x7FFFFFFF},
};

/* Outside ASCII and UTF8 all characters count as letters. */
bool
wide_is_letter(pg_wchar c)
{
	int			low = 0;
	int			high = lengthof(other_than_letters);

	if (c < 0x80)
		return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
	if (GetDatabaseEncoding() != PG_UTF8)
		return true;
	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (c > other_than_letters[middle].last)
			low = middle + 1;
		else
			high = middle;
	}
	return low == lengthof(other_than_letters) || c < other_than_letters[low].first;
}

/* Characters of scripts that write words without spaces. */
bool
wide_is_ideograph(pg_wchar c)
{
	if (c < 0x0E00 || GetDatabaseEncoding() != PG_UTF8)
		return false;
	return (c <= 0x0E7F) || (c >= 0x2E80 && c <= 0xA4CF) || (c >= 0xAC00 && c <= 0xD7A3) ||
		(c >= 0xF900 && c <= 0xFAFF) || (c >= 0x20000 && c <= 0x3FFFF);
}

static pg_wchar
upper_case(pg_wchar c)
{
	if (c < 0x80)
		return c >= 'a' && c <= 'z' ? c - 0x20 : c;
	if (GetDatabaseEncoding() != PG_UTF8)
		return c;
	/* Latin; the letters of Extended-A stand in pairs, with a shift in between. */
	if (c >= 0xE0 && c <= 0xFE && c != 0xF7)
		return c - 0x20;
	if (c == 0xFF)
		return 0x178;
	if (c == 0x131)
		return 'I';
	if ((c >= 0x100 && c <= 0x137 && c != 0x130) || (c >= 0x14A && c <= 0x177) ||
		(c >= 0x218 && c <= 0x21B) || (c >= 0x1E00 && c <= 0x1E95) ||
		(c >= 0x1EA0 && c <= 0x1EFF))
		return c & ~(pg_wchar) 1;
	if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E))
		return c % 2 == 0 ? c - 1 : c;
	/* Greek and Cyrillic */
	if (c >= 0x3B1 && c <= 0x3CB)
		return c == 0x3C2 ? 0x3A3 : c - 0x20;
	if (c == 0x3AC)
		return 0x386;
	if (c >= 0x3AD && c <= 0x3AF)
		return c - 0x25;
	if (c == 0x3CC)
		return 0x38C;
	if (c == 0x3CD || c == 0x3CE)
		return c - 0x3F;
	if (c >= 0x430 && c <= 0x44F)
		return c - 0x20;
	if (c >= 0x450 && c <= 0x45F)
		return c - 0x50;
	if (c >= 0x460 && c <= 0x481)
		return c & ~(pg_wchar) 1;
	return c;
}

static void
append(NormalText *normal, pg_wchar c, int position)
{
	if (normal->n == normal->size)
	{
		if (normal->size > INT_MAX / 2)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("text is too long to be normalized"),
					 errdetail("Its normal form has more than %d characters.", normal->size)));
		normal->size *= 2;
		normal->chars = repalloc_huge(normal->chars, sizeof(pg_wchar) * normal->size);
		normal->positions = repalloc_huge(normal->positions, sizeof(int) * normal->size);
	}
	normal->chars[normal->n] = c;
	normal->positions[normal->n++] = position;
}

/* What NFKC leaves apart and a reader does not. */
static void
append_folded(NormalText *normal, pg_wchar c, int position)
{
	switch (c)
	{
		case 0xAD:
		case 0x200B:
		case 0x200C:
		case 0x200D:
		case 0x2060:
		case 0xFEFF:
			return;				/* not to be seen */
		case 0xDF:
		case 0x1E9E:
			append(normal, 'S', position);	/* sharp s */
			append(normal, 'S', position);
			return;
		case 0x2018:
		case 0x2019:
		case 0x02BC:
			append(normal, '\'', position);
			return;
		case 0x2212:
			append(normal, '-', position);
			return;
		case 0x3001:
			append(normal, ',', position);
			return;
	}
	if (c >= 0x2010 && c <= 0x2015)
		c = '-';
	else if (c >= 0x660 && c <= 0x669)
		c = c - 0x660 + '0';	/* digits of Arabic and Persian */
	else if (c >= 0x6F0 && c <= 0x6F9)
		c = c - 0x6F0 + '0';
	append(normal, upper_case(c), position);
}

static bool
is_mark(pg_wchar c)
{
	return (c >= 0x300 && c <= 0x36F) || (c >= 0x20D0 && c <= 0x20FF) ||
		(c >= 0x3099 && c <= 0x309A) || (c >= 0xFF9E && c <= 0xFF9F);
}

/* Whether NFKC may look at what stands before it. */
static bool
may_compose(pg_wchar c)
{
	return is_mark(c) || (c >= 0x370 && c < 0x2000) || (c >= 0xA4D0 && c < 0xAC00) ||
		(c >= 0xD7A4 && c < 0xFF00) || c >= 0x10000;
}

static void
append_normalized(NormalText *normal, const pg_wchar *chars, int n, int position)
{
	pg_wchar	chunk[CHUNK_MAX + 1];
	pg_wchar   *composed;

	memcpy(chunk, chars, sizeof(pg_wchar) * n);
	chunk[n] = 0;
	composed = unicode_normalize(UNICODE_NFKC, chunk);
	for (int i = 0; composed[i] != 0; i++)
		append_folded(normal, composed[i], position + Min(i, n - 1));
	pfree(composed);
}

void
normal_text(NormalText *normal, const char *data, int length)
{
	pg_wchar   *chars = MemoryContextAllocHuge(CurrentMemoryContext,
											   sizeof(pg_wchar) * ((Size) length + 1));
	int			n = pg_mb2wchar_with_len(data, chars, length);
	int			end;

	normal->n = 0;
	normal->size = Max(n, 16);
	normal->chars = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(pg_wchar) * normal->size);
	normal->positions = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(int) * normal->size);
	for (int i = 0; i < n; i = end)
	{
		pg_wchar	c = chars[i];

		if (i % 4096 == 0)
			CHECK_FOR_INTERRUPTS();
		end = i + 1;
		if (GetDatabaseEncoding() != PG_UTF8)
		{
			append(normal, upper_case(c), i);
			continue;
		}
		while (end < n && may_compose(chars[end]) &&
			   end - i < (is_mark(chars[end]) ? CHUNK_MAX : CHUNK))
			end++;
		if (end == i + 1 && (c == 0xA0 || c == 0x2007 || c == 0x2009 || c == 0x202F))
			append(normal, WIDE_NBSP, i);
		else if (end == i + 1 && (c < 0x80 || (c >= 0x4E00 && c <= 0x9FFF)))
			append(normal, upper_case(c), i);
		else
			append_normalized(normal, chars + i, end - i, i);
	}
	pfree(chars);
}

void
normal_text_free(NormalText *normal)
{
	pfree(normal->chars);
	pfree(normal->positions);
}

/* In the encoding of the database. */
void
append_wide(StringInfo buffer, const pg_wchar *chars, int n)
{
	for (int i = 0; i < n; i++)
	{
		if (chars[i] < 0x80)
			appendStringInfoCharMacro(buffer, (char) chars[i]);
		else
		{
			char		bytes[MAX_MULTIBYTE_CHAR_LEN + 1];
			int			length = pg_wchar2mb_with_len(&chars[i], bytes, 1);

			appendBinaryStringInfo(buffer, bytes, length);
		}
	}
}
