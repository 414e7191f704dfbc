/*
 * reference_patterns.c
 *		Shapes of documents' numbers, learned from the books.
 *
 * A number is of a pattern where its key with all digits as 9 is among the
 * patterns written out, so that one look finds it, however many there are.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "checks.h"
#include "compat.h"
#include "miscadmin.h"
#include "normal_text.h"
#include "reference.h"
#include "reference_patterns.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

static int
compare_keys(const void *a, const void *b)
{
	const Key  *x = a;
	const Key  *y = b;

	if (x->length != y->length)
		return x->length < y->length ? -1 : 1;
	return memcmp(x->chars, y->chars, sizeof(pg_wchar) * x->length);
}

static int
compare_guesses(const void *a, const void *b)
{
	const Guess *x = a;
	const Guess *y = b;
	int			order = compare_keys(&x->shape, &y->shape);

	return order ? order : (x->pattern > y->pattern) - (x->pattern < y->pattern);
}

bool
append_key(Key *key, const pg_wchar *chars, int n)
{
	if (n > MAX_KEY - key->length)
		return false;
	memcpy(key->chars + key->length, chars, sizeof(pg_wchar) * n);
	key->length += n;
	return true;
}

static void
shape_of(const Key *key, bool guess, Key *shape)
{
	shape->length = key->length;
	for (int i = 0; i < key->length; i++)
	{
		pg_wchar	c = key->chars[i];

		shape->chars[i] = wide_is_digit(c) || (guess && (c == 'O' || c == 'I')) ? '9' : c;
	}
}

bool
is_pattern(const Patterns *patterns, const Key *key)
{
	Key			shape;

	if (key->length > patterns->longest)
		return false;
	shape_of(key, false, &shape);
	return bsearch(&shape, patterns->shapes, patterns->n, sizeof(Key), compare_keys) != NULL;
}

/* Puts O and 0, I and 1 as the pattern has them; false, and no change, where more is amiss. */
static bool
spell_as(const Key *pattern, Key *key)
{
	Key			spelt = *key;

	for (int i = 0; i < key->length; i++)
	{
		pg_wchar	c = key->chars[i];

		if (pattern->chars[i] == '9')
			spelt.chars[i] = c == 'O' ? '0' : c == 'I' ? '1' : c;
		else if ((c == '0' && pattern->chars[i] == 'O') || (c == '1' && pattern->chars[i] == 'I'))
			spelt.chars[i] = pattern->chars[i];
		else if (c != pattern->chars[i])
			return false;
	}
	*key = spelt;
	return true;
}

/* Whether some pattern would do but for O and 0, I and 1; the key is then spelt as it should be. */
bool
guess_pattern(const Patterns *patterns, Key *key)
{
	Key			shape;
	int			low = 0;
	int			high = patterns->n;

	if (key->length > patterns->longest)
		return false;
	shape_of(key, true, &shape);
	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (compare_keys(&patterns->guesses[middle].shape, &shape) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < patterns->n && compare_keys(&patterns->guesses[low].shape, &shape) == 0; low++)
		if (spell_as(&patterns->shapes[patterns->guesses[low].pattern], key))
			return true;
	return false;
}

static void
bad_pattern(const text *pattern)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("\"%s\" is no pattern of document numbers", text_to_cstring(pattern)),
			 errdetail("A pattern is of letters, which stand for themselves, and 9 for a digit, "
					   "9{5} for five of them; up to %d characters, at least one of them a digit. "
					   "A Norwegian KID is no_kid_mod10 or no_kid_mod11 with a length of %d to %d: no_kid_mod10:7.",
					   MAX_KEY, KID_MIN_LENGTH, KID_MAX_LENGTH),
			 errhint("ar.reference_pattern makes the pattern of a document number.")));
}

/* A KID of a formula and length: no_kid_mod10:7.  False where the pattern is none, as "_" is in no other. */
static bool
read_kid(const text *pattern, Patterns *patterns)
{
	const char *data = VARDATA_ANY(pattern);
	int			n = VARSIZE_ANY_EXHDR(pattern);
	int			length = 0;

	if (n < 7 || memcmp(data, "no_kid_", 7) != 0)
		return false;
	if (n < 14 || n > 15 || (memcmp(data + 7, "mod10:", 6) != 0 && memcmp(data + 7, "mod11:", 6) != 0))
		bad_pattern(pattern);
	for (int i = 13; i < n; i++)
	{
		if (!is_digit(data[i]))
			bad_pattern(pattern);
		length = length * 10 + (data[i] - '0');
	}
	if (length < KID_MIN_LENGTH || length > KID_MAX_LENGTH)
		bad_pattern(pattern);
	if (data[11] == '0')
		patterns->kid_mod10 |= (uint32) 1 << length;
	else
		patterns->kid_mod11 |= (uint32) 1 << length;
	return true;
}

static void
read_pattern(const text *pattern, Key *shape)
{
	NormalText	normal;
	bool		has_digits = false;

	shape->length = 0;
	normal_text(&normal, VARDATA_ANY(pattern), VARSIZE_ANY_EXHDR(pattern));
	for (int i = 0; i < normal.n; i++)
	{
		pg_wchar	c = normal.chars[i];
		int			times = 1;

		if (c == '9' && i + 1 < normal.n && normal.chars[i + 1] == '{')
		{
			times = 0;
			for (i += 2; i < normal.n && wide_is_digit(normal.chars[i]) && times <= MAX_KEY; i++)
				times = times * 10 + (int) (normal.chars[i] - '0');
			if (i == normal.n || normal.chars[i] != '}' || times == 0)
				bad_pattern(pattern);
		}
		else if (c != '9' && !wide_is_letter(c))
			bad_pattern(pattern);
		has_digits = has_digits || c == '9';
		for (; times > 0; times--)
			if (!append_key(shape, &c, 1))
				bad_pattern(pattern);
	}
	if (!has_digits)
		bad_pattern(pattern);
	normal_text_free(&normal);
}

/* Kept from one call of a query to its next, as the patterns are mostly the same. */
const Patterns *
reference_patterns(FmgrInfo *flinfo, ArrayType *array)
{
	Patterns   *patterns = flinfo->fn_extra;
	MemoryContext context;
	MemoryContext caller;
	Datum	   *elements;
	bool	   *nulls;
	int			n;

	if (patterns != NULL)
	{
		if (VARSIZE(patterns->array) == VARSIZE(array) &&
			memcmp(patterns->array, array, VARSIZE(array)) == 0)
			return patterns;
		flinfo->fn_extra = NULL;
		MemoryContextDelete(patterns->context);
	}
	/* Under the caller's until all is well, so that a bad pattern leaves nothing behind. */
	context = AllocSetContextCreate(CurrentMemoryContext, "ar patterns", ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(context);
	patterns = palloc0(sizeof(Patterns));
	patterns->context = context;
	patterns->array = (ArrayType *) palloc(VARSIZE(array));
	memcpy(patterns->array, array, VARSIZE(array));
	deconstruct_array(patterns->array, TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &n);
	patterns->shapes = MemoryContextAllocHuge(context, sizeof(Key) * (Size) (n + 1));
	patterns->guesses = MemoryContextAllocHuge(context, sizeof(Guess) * (Size) (n + 1));
	for (int i = 0; i < n; i++)
	{
		Key		   *shape = &patterns->shapes[patterns->n];

		CHECK_FOR_INTERRUPTS();
		if (nulls[i] || read_kid(DatumGetTextPP(elements[i]), patterns))
			continue;
		read_pattern(DatumGetTextPP(elements[i]), shape);
		patterns->longest = Max(patterns->longest, shape->length);
		patterns->n++;
	}
	qsort(patterns->shapes, patterns->n, sizeof(Key), compare_keys);
	for (int i = 0; i < patterns->n; i++)
	{
		shape_of(&patterns->shapes[i], true, &patterns->guesses[i].shape);
		patterns->guesses[i].pattern = i;
	}
	qsort(patterns->guesses, patterns->n, sizeof(Guess), compare_guesses);
	MemoryContextSwitchTo(caller);
	MemoryContextSetParent(context, flinfo->fn_mcxt);
	flinfo->fn_extra = patterns;
	return patterns;
}
