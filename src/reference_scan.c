/*
 * reference_scan.c
 *		What in the text of a payment may name a document.
 *
 * The text is read once, from piece to piece; what can be tried at a piece is
 * bounded in length, so the work grows with the text and no faster.
 */
#include "postgres.h"

#include "checks.h"
#include "compat.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "payment_text.h"
#include "reference.h"
#include "reference_patterns.h"
#include "utils/builtins.h"

#define MAX_TEXT			(16 * 1024 * 1024)
#define MAX_PIECES			12	/* of one number */
#define MAX_RANGE			50	/* documents that "from - to" may name */
#define MAX_STRUCTURED		34	/* characters of an IBAN, the longest there is */

/* The surer ones first. */
typedef enum FoundKind
{
	FOUND_STRUCTURED,
	FOUND_PATTERN,
	FOUND_NUMBER,
	FOUND_RANGE,
	FOUND_TOKEN,
	FOUND_GUESS
} FoundKind;

static const char *const found_kinds[] = {
	"structured", "pattern", "number", "range", "token", "pattern_guess"
};

typedef struct Found
{
	char	   *key;
	FoundKind	kind;
	const char *standard;
	int			position;
	int			order;
} Found;

typedef struct ReferenceScan
{
	PaymentText payment;
	const Patterns *patterns;
	Found	   *found;
	int			n;
	int			size;
} ReferenceScan;

/* What was found ----------------------------------------------------------- */

static void
emit(ReferenceScan *scan, const Key *key, FoundKind kind, const char *standard, int piece, int offset)
{
	Found	   *found;
	StringInfoData buffer;

	if (scan->n == scan->size)
	{
		scan->size *= 2;
		scan->found = repalloc_huge(scan->found, sizeof(Found) * scan->size);
	}
	initStringInfo(&buffer);
	append_wide(&buffer, key->chars, key->length);
	found = &scan->found[scan->n];
	found->key = pnstrdup(buffer.data, buffer.len);
	pfree(buffer.data);
	found->kind = kind;
	found->standard = standard;
	found->position = scan->payment.text.positions[scan->payment.pieces[piece].start + offset] + 1;
	found->order = scan->n++;
}

static void
emit_ascii(ReferenceScan *scan, const char *key, int length, FoundKind kind, const char *standard, int piece)
{
	Key			wide = {0};

	for (int i = 0; i < length; i++)
		wide.chars[wide.length++] = (unsigned char) key[i];
	emit(scan, &wide, kind, standard, piece, 0);
}

static int
compare_found(const void *a, const void *b)
{
	const Found *x = a;
	const Found *y = b;
	int			order = strcmp(x->key, y->key);

	if (order == 0 && x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return order ? order : (x->order > y->order) - (x->order < y->order);
}

static int
compare_order(const void *a, const void *b)
{
	const Found *x = a;
	const Found *y = b;

	if (x->position != y->position)
		return x->position < y->position ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

/* Of equal keys the surest stays, the first of several. */
static void
make_distinct(ReferenceScan *scan)
{
	int			n = 0;

	qsort(scan->found, scan->n, sizeof(Found), compare_found);
	for (int i = 0; i < scan->n; i++)
		if (n == 0 || strcmp(scan->found[n - 1].key, scan->found[i].key) != 0)
			scan->found[n++] = scan->found[i];
	scan->n = n;
	qsort(scan->found, scan->n, sizeof(Found), compare_order);
}

/* Reading ------------------------------------------------------------------ */

static PieceKind
kind_of(const ReferenceScan *scan, int piece)
{
	return scan->payment.pieces[piece].kind;
}

static uint16
word_of(const ReferenceScan *scan, int piece)
{
	return piece >= 0 && piece < scan->payment.n ? scan->payment.pieces[piece].word : 0;
}

static bool
append_piece(const ReferenceScan *scan, Key *key, int piece)
{
	return append_key(key, scan->payment.text.chars + scan->payment.pieces[piece].start,
					  piece_length(&scan->payment, piece));
}

static bool
has_space_before(const ReferenceScan *scan, int piece)
{
	for (int i = scan->payment.pieces[piece - 1].end; i < scan->payment.pieces[piece].start; i++)
		if (is_space(scan->payment.text.chars[i]))
			return true;
	return false;
}

/* The character between two pieces that stand so tightly. */
static pg_wchar
tight_mark(const ReferenceScan *scan, int piece)
{
	return piece < scan->payment.n && scan->payment.pieces[piece].gap == GAP_TIGHT ?
		char_at(&scan->payment, scan->payment.pieces[piece].start - 1) : 0;
}

/* Whether the piece's number is what the word before is about. */
static bool
belongs_to_word_before(const ReferenceScan *scan, int piece)
{
	int			start;

	if (piece == 0)
		return false;
	start = scan->payment.pieces[piece - 1].end;
	if (scan->payment.pieces[piece].start - start > 4)
		return false;
	for (int i = start; i < scan->payment.pieces[piece].start; i++)
	{
		pg_wchar	c = scan->payment.text.chars[i];

		if (!is_space(c) && c != 0xB0 && (c >= 0x80 || strchr(".:#-/+=(", (int) c) == NULL))
			return false;
	}
	return true;
}

/* What the words before the piece say that it is: flags of one of them. */
static uint16
announced_as(const ReferenceScan *scan, int piece)
{
	uint16		word = 0;
	int			start = scan->payment.pieces[piece].start;

	if (belongs_to_word_before(scan, piece))
		word = word_of(scan, piece - 1);
	/* "No" is about what stands before it, should that be a word to know. */
	if (word & WORD_NUMBER)
	{
		uint16		before = 0;

		if (belongs_to_word_before(scan, piece - 1))
			before = word_of(scan, piece - 2);
		if (before & (WORD_OTHER | WORD_ACCOUNT | WORD_REFERENCE | WORD_PART))
			word = before;
	}
	if (word & (WORD_ANNOUNCES | WORD_OTHER | WORD_ACCOUNT | WORD_REFERENCE | WORD_PART))
		return word;
	if (char_at(&scan->payment, start - 1) == '#' ||
		(is_space(char_at(&scan->payment, start - 1)) && char_at(&scan->payment, start - 2) == '#'))
		return WORD_NUMBER;
	return 0;
}

/* Structured references and accounts --------------------------------------- */

/*
 * Digits and letters of ASCII in one word from the piece on: how many, or -1,
 * and the last piece.
 */
static int
word_at(const ReferenceScan *scan, int piece, char *word, int max, int *last)
{
	int			length = 0;

	for (*last = piece;; (*last)++)
	{
		const Piece *p = &scan->payment.pieces[*last];

		if (p->end - p->start > max - length)
			return -1;
		for (int i = p->start; i < p->end; i++)
		{
			if (scan->payment.text.chars[i] >= 0x80)
				return -1;
			word[length++] = (char) scan->payment.text.chars[i];
		}
		if (ends_word(&scan->payment, *last))
			return length;
	}
}

typedef bool (*WordCheck) (const char *word, int length);

static bool
is_rf(const char *word, int length)
{
	return reference_is_valid(REFERENCE_RF, word, length);
}

static bool
is_qrr(const char *word, int length)
{
	return reference_is_valid(REFERENCE_CH_QRR, word, length);
}

/*
 * The last piece of what passes the check, in one word or in groups with a
 * space between: a first one and others of equal size, but for the last.
 * Of several the longest.
 */
static int
grouped_at(const ReferenceScan *scan, int piece, int first_size, int size, WordCheck check,
		   char *word, int *length)
{
	int			ends[MAX_STRUCTURED];
	int			lengths[MAX_STRUCTURED];
	int			n = 0;
	int			total = 0;
	int			at = piece;

	for (;;)
	{
		int			last;
		int			found = word_at(scan, at, word + total, MAX_STRUCTURED - total, &last);
		int			whole = n == 0 ? first_size : size;

		if (found < 0 || (n > 0 && found > whole))
			break;
		total += found;
		ends[n] = last;
		lengths[n++] = total;
		at = last + 1;
		if (found != whole || at >= scan->payment.n || n == MAX_STRUCTURED ||
			scan->payment.pieces[at].start != scan->payment.pieces[last].end + 1 ||
			!is_space(char_at(&scan->payment, scan->payment.pieces[last].end)))
			break;
	}
	for (n--; n >= 0; n--)
	{
		if (check(word, lengths[n]))
		{
			*length = lengths[n];
			return ends[n];
		}
	}
	return -1;
}

/* Finnish, in groups of five counted from the right. */
static int
finnish_groups_at(const ReferenceScan *scan, int piece, char *word, int *length)
{
	int			last = piece;

	*length = 0;
	for (int at = piece; piece_is(&scan->payment, at, PIECE_DIGITS); at++)
	{
		int			found = piece_length(&scan->payment, at);

		if (!starts_word(&scan->payment, at) || !ends_word(&scan->payment, at) ||
			(at > piece ? found != 5 : found > 5) || *length + found > 20)
			return -1;
		for (int i = 0; i < found; i++)
			word[(*length)++] = (char) scan->payment.text.chars[scan->payment.pieces[at].start + i];
		last = at;
		if (at + 1 >= scan->payment.n ||
			scan->payment.pieces[at + 1].start != scan->payment.pieces[at].end + 1 ||
			!is_space(char_at(&scan->payment, scan->payment.pieces[at].end)))
			break;
	}
	return last > piece && reference_is_valid(REFERENCE_FI, word, *length) ? last : -1;
}

/*
 * Norwegian, of a length and formula that the creditor agreed on: digits that
 * nothing announces as something else, with - for the check digit 10.
 */
static int
kid_at(ReferenceScan *scan, int piece)
{
	const PaymentText *payment = &scan->payment;
	char		word[KID_MAX_LENGTH];
	int			length;
	bool		has_hyphen;

	if (kind_of(scan, piece) == PIECE_LETTERS)
	{
		static const pg_wchar kid[] = {'K', 'I', 'D'};

		/* Stuck to its name. */
		if (piece_length(payment, piece) != 3 || ends_word(payment, piece) ||
			memcmp(payment->text.chars + payment->pieces[piece].start, kid, sizeof(kid)) != 0 ||
			!piece_is(payment, piece + 1, PIECE_DIGITS))
			return -1;
		piece++;
	}
	else if (announced_as(scan, piece) & (WORD_ANNOUNCES | WORD_OTHER | WORD_ACCOUNT))
		return -1;
	length = piece_length(payment, piece);
	if (!ends_word(payment, piece) || length > KID_MAX_LENGTH)
		return -1;
	has_hyphen = char_at(payment, payment->pieces[piece].end) == '-' && length < KID_MAX_LENGTH;
	/* Between digits or letters it parts them, and they are one number. */
	if (piece + 1 < payment->n && payment->pieces[piece + 1].gap == GAP_TIGHT)
		return -1;
	if (starts_word(payment, piece) && piece > 0 && payment->pieces[piece].gap == GAP_TIGHT &&
		piece_is(payment, piece - 1, PIECE_DIGITS))
		return -1;
	for (int i = 0; i < length; i++)
		word[i] = (char) payment->text.chars[payment->pieces[piece].start + i];
	if (has_hyphen)
		word[length] = '-';
	if ((scan->patterns->kid_mod10 >> length & 1) &&
		reference_is_valid(REFERENCE_NO_KID_MOD10, word, length))
		emit_ascii(scan, word, length, FOUND_STRUCTURED, "no_kid_mod10", piece);
	else if ((scan->patterns->kid_mod11 >> length & 1) &&
			 reference_is_valid(REFERENCE_NO_KID_MOD11, word, length))
		emit_ascii(scan, word, length, FOUND_STRUCTURED, "no_kid_mod11", piece);
	else if (has_hyphen && (scan->patterns->kid_mod11 >> (length + 1) & 1) &&
			 reference_is_valid(REFERENCE_NO_KID_MOD11, word, length + 1))
		/* The key of the document's reference is without it, too. */
		emit_ascii(scan, word, length, FOUND_STRUCTURED, "no_kid_mod11", piece);
	else
		return -1;
	return piece;
}

/* A reference, or an account, which is passed over. */
static int
structured_at(ReferenceScan *scan, int piece)
{
	char		word[MAX_STRUCTURED];
	int			length = 0;
	int			last;

	if (!starts_word(&scan->payment, piece))
		return -1;
	if (scan->patterns->kid_mod10 | scan->patterns->kid_mod11)
	{
		last = kid_at(scan, piece);
		if (last >= 0)
			return last;
	}
	if (kind_of(scan, piece) == PIECE_LETTERS && piece_length(&scan->payment, piece) == 2 &&
		piece_is(&scan->payment, piece + 1, PIECE_DIGITS) && !ends_word(&scan->payment, piece))
	{
		last = grouped_at(scan, piece, 4, 4, is_rf, word, &length);
		if (last >= 0)
		{
			emit_ascii(scan, word, length, FOUND_STRUCTURED, "rf", piece);
			return last;
		}
		return grouped_at(scan, piece, 4, 4, iban_is_valid, word, &length);
	}
	if (kind_of(scan, piece) != PIECE_DIGITS)
		return -1;
	last = grouped_at(scan, piece, 2, 5, is_qrr, word, &length);
	if (last >= 0)
		emit_ascii(scan, word, length, FOUND_STRUCTURED, "ch_qrr", piece);
	else if (announced_as(scan, piece) & WORD_REFERENCE)
	{
		last = finnish_groups_at(scan, piece, word, &length);
		if (last >= 0)
			emit_ascii(scan, word, length, FOUND_STRUCTURED, "fi", piece);
	}
	return last;
}

/*
 * The code of a bank: four letters, a country, two of a place, perhaps three
 * of a branch.  Orders12345 has such a form, too, so a letter is wanted in the
 * place, unless the code is announced.
 */
static bool
is_bank(const char *word, int length, bool announced)
{
	static const char countries[] =
		"ADAEAFAGAIALAMAOARATAUAWAZBABBBDBEBFBGBHBIBJBMBNBOBRBSBTBWBYBZCACDCFCGCHCICKCLCMCNCOCRCUCVCWCYCZ"
		"DEDJDKDMDODZECEEEGERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGTGWGYHKHNHRHTHUIDIEILIMINIQIRISIT"
		"JEJMJOJPKEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMCMDMEMGMHMKMLMMMNMOMQMRMSMTMUMVMWMXMYMZ"
		"NANCNENGNINLNONPNRNZOMPAPEPFPGPHPKPLPMPSPTPWPYQARERORSRUSARWSBSCSDSESGSISKSLSMSNSOSRSSSTSVSYSZ"
		"TCTDTGTHTJTLTMTNTOTRTTTVTWTZUAUGUSUYUZVAVCVEVGVNVUWFWSXKYEYTZAZMZW";

	if ((length != 8 && length != 11) || !code_matches(word, 8, "AAAAAAXX") ||
		(!announced && is_digit(word[6]) && is_digit(word[7])))
		return false;
	for (const char *c = countries; *c; c += 2)
		if (c[0] == word[4] && c[1] == word[5])
			return true;
	return false;
}

/* Banks and accounts that are no IBAN, as far as they can be told. */
static int
account_at(const ReferenceScan *scan, int piece)
{
	char		word[MAX_STRUCTURED + 1];
	int			last;
	bool		announced;
	int			length;

	if (!starts_word(&scan->payment, piece))
		return -1;
	announced = (announced_as(scan, piece) & WORD_ACCOUNT) != 0;
	if (!announced && kind_of(scan, piece) != PIECE_LETTERS)
		return -1;
	length = word_at(scan, piece, word, MAX_STRUCTURED, &last);
	word[Max(length, 0)] = '\0';
	if (announced && length > 0 && strcspn(word, "0123456789") < (size_t) length)
		return last;
	return length > 0 && is_bank(word, length, announced) ? last : -1;
}

/* Patterns ----------------------------------------------------------------- */

/* Whether a number may end here: glued words go on with more than one letter. */
static bool
ends_number(const ReferenceScan *scan, int piece)
{
	return ends_word(&scan->payment, piece) ||
		(kind_of(scan, piece) == PIECE_DIGITS && kind_of(scan, piece + 1) == PIECE_LETTERS &&
		 piece_length(&scan->payment, piece + 1) > 1);
}

/*
 * The last piece of the longest number that a pattern describes, with any
 * separators within; better without spaces between its digits.  A single
 * letter, or digits alone, do not reach over a space.
 */
static int
separated_pattern_at(const ReferenceScan *scan, int piece, Key *key)
{
	const Patterns *patterns = scan->patterns;
	Key			tried = {0};
	bool		parted = false;
	bool		letters = false;
	bool		found_parted = false;
	int			found = -1;

	for (int last = piece; last < scan->payment.n && last < piece + MAX_PIECES; last++)
	{
		bool		is_letters = kind_of(scan, last) != PIECE_DIGITS;

		if (last > piece)
		{
			if (scan->payment.pieces[last].gap == GAP_BREAK)
				break;
			if (has_space_before(scan, last))
			{
				if (last == piece + 1 && letters && piece_length(&scan->payment, piece) == 1)
					break;
				parted = parted || (!is_letters && kind_of(scan, last - 1) == PIECE_DIGITS);
			}
		}
		letters = letters || is_letters;
		if (!append_piece(scan, &tried, last) || tried.length > patterns->longest)
			break;
		if ((parted && !letters) || (parted && found >= 0 && !found_parted) ||
			!ends_number(scan, last) || !is_pattern(patterns, &tried))
			continue;
		*key = tried;
		found = last;
		found_parted = parted;
	}
	return found;
}

/*
 * The same within a word, where letters that belong to something else may
 * stand before: three letters at least, or two behind a word that is known.
 */
static int
glued_pattern_at(const ReferenceScan *scan, int piece, Key *key, int *offset)
{
	const Patterns *patterns = scan->patterns;
	int			length = piece_length(&scan->payment, piece);
	int			end = scan->payment.pieces[piece].end;

	if (kind_of(scan, piece) == PIECE_DIGITS || piece + 1 >= scan->payment.n ||
		scan->payment.pieces[piece + 1].gap != GAP_NONE)
		return -1;
	for (int letters = Min(length, patterns->longest); letters >= 2; letters--)
	{
		Key			tried = {0};
		int			found = -1;

		if (letters == 2 && kind_of(scan, piece) == PIECE_LETTERS && letters < length &&
			!known_word(scan->payment.text.chars + end - length, length - letters))
			continue;
		if (!append_key(&tried, scan->payment.text.chars + end - letters, letters))
			continue;
		for (int last = piece + 1; last < scan->payment.n && last < piece + MAX_PIECES &&
			 scan->payment.pieces[last].gap == GAP_NONE; last++)
		{
			if (!append_piece(scan, &tried, last) || tried.length > patterns->longest)
				break;
			if (ends_number(scan, last) && is_pattern(patterns, &tried))
			{
				*key = tried;
				found = last;
			}
		}
		if (found >= 0)
		{
			*offset = length - letters;
			return found;
		}
	}
	return -1;
}

static int
pattern_at(ReferenceScan *scan, int piece)
{
	Key			key;
	int			offset = 0;
	int			last = -1;

	if (scan->patterns->n == 0)
		return -1;
	if (starts_word(&scan->payment, piece))
		last = separated_pattern_at(scan, piece, &key);
	if (last < 0)
		last = glued_pattern_at(scan, piece, &key, &offset);
	if (last >= 0)
		emit(scan, &key, FOUND_PATTERN, NULL, piece, offset);
	return last;
}

/* As a pattern describes it once O and 0, I and 1 are taken for each other. */
static int
guess_at(ReferenceScan *scan, int piece)
{
	Key			tried = {0};
	Key			key;
	int			found = -1;
	bool		digits = false;

	if (scan->patterns->n == 0 || !starts_word(&scan->payment, piece))
		return -1;
	for (int last = piece; last < scan->payment.n && last < piece + MAX_PIECES; last++)
	{
		Key			guess;

		if (last > piece && scan->payment.pieces[last].gap > GAP_TIGHT)
			break;
		if (!append_piece(scan, &tried, last) || tried.length > scan->patterns->longest)
			break;
		digits = digits || kind_of(scan, last) == PIECE_DIGITS;
		guess = tried;
		if (digits && ends_word(&scan->payment, last) && guess_pattern(scan->patterns, &guess))
		{
			key = guess;
			found = last;
		}
	}
	if (found >= 0)
		emit(scan, &key, FOUND_GUESS, NULL, piece, 0);
	return found;
}

/* Numbers, tokens and what is listed behind them --------------------------- */

/* How much more the second number is, both of one length; 0 where that is not so. */
static int64
step_between(const ReferenceScan *scan, int first, int second)
{
	int64		value[2] = {0, 0};

	if (piece_length(&scan->payment, first) != piece_length(&scan->payment, second) ||
		piece_length(&scan->payment, first) > 18)
		return 0;
	for (int k = 0; k < 2; k++)
	{
		const Piece *p = &scan->payment.pieces[k ? second : first];

		for (int i = p->start; i < p->end; i++)
			value[k] = value[k] * 10 + (scan->payment.text.chars[i] - '0');
	}
	return value[1] - value[0];
}

/* Whether digits stand for one more document after the digits before: 101/102, 101-103. */
static bool
is_listed(const ReferenceScan *scan, int piece)
{
	pg_wchar	mark = tight_mark(scan, piece);
	int64		step;

	if ((mark != '/' && mark != '-') || !piece_is(&scan->payment, piece, PIECE_DIGITS) ||
		!piece_is(&scan->payment, piece - 1, PIECE_DIGITS) ||
		(is_year(&scan->payment, piece - 1) && !is_year(&scan->payment, piece)))
		return false;
	/* The number before may itself be one of parts, 2024-13. */
	if (mark == '-' && piece_is(&scan->payment, piece - 2, PIECE_DIGITS) &&
		tight_mark(scan, piece - 1) != 0 &&
		piece_length(&scan->payment, piece - 2) != piece_length(&scan->payment, piece - 1))
		return false;
	if (mark == '/')
		return piece_length(&scan->payment, piece - 1) == piece_length(&scan->payment, piece);
	step = step_between(scan, piece - 1, piece);
	return step >= 1 && step <= MAX_RANGE;
}

/* The same prefix again begins the next number. */
static bool
repeats(const ReferenceScan *scan, int first, int piece)
{
	int			length = piece_length(&scan->payment, first);

	return kind_of(scan, first) == PIECE_LETTERS && kind_of(scan, piece) == PIECE_LETTERS &&
		length == piece_length(&scan->payment, piece) &&
		memcmp(scan->payment.text.chars + scan->payment.pieces[first].start,
			   scan->payment.text.chars + scan->payment.pieces[piece].start,
			   sizeof(pg_wchar) * length) == 0;
}

static bool
joins_token(const ReferenceScan *scan, int first, int piece)
{
	bool		is_letters = kind_of(scan, piece) == PIECE_LETTERS;

	if (kind_of(scan, piece) == PIECE_IDEOGRAPHS || kind_of(scan, piece - 1) == PIECE_IDEOGRAPHS ||
		scan->payment.pieces[piece].gap > GAP_TIGHT)
		return false;
	if (is_letters && ((kind_of(scan, piece - 1) == PIECE_DIGITS && repeats(scan, first, piece)) ||
					   (kind_of(scan, piece - 1) == PIECE_LETTERS &&
						(word_of(scan, piece) & (WORD_INVOICE | WORD_NUMBER)))))
		return false;
	switch (tight_mark(scan, piece))
	{
		case '/':
			if (is_letters || (word_of(scan, piece - 1) & WORD_TAG))
				return false;
			break;
		case '.':
			if (is_letters)
				return false;
			break;
		case '#':
			if (is_letters || kind_of(scan, piece - 1) != PIECE_LETTERS)
				return false;
			break;
	}
	return !is_listed(scan, piece);
}

static int
token_end(const ReferenceScan *scan, int first)
{
	int			last = first;

	while (last + 1 < scan->payment.n && joins_token(scan, first, last + 1))
		last++;
	return last;
}

static bool
make_key(const ReferenceScan *scan, int first, int last, Key *key)
{
	key->length = 0;
	for (int i = first; i <= last; i++)
		if (!append_piece(scan, key, i))
			return false;
	return true;
}

typedef enum Connector
{
	CONNECTS_NOT,
	CONNECTS_BY_SPACE,
	CONNECTS_LIST,
	CONNECTS_RANGE
} Connector;

/* What connects the number to the next; moves to the piece of the latter. */
static Connector
connector_behind(const ReferenceScan *scan, int *piece)
{
	Connector	connector = CONNECTS_BY_SPACE;
	int			next = *piece + 1;
	int			dots = 0;

	if (next >= scan->payment.n)
		return CONNECTS_NOT;
	for (int i = scan->payment.pieces[*piece].end; i < scan->payment.pieces[next].start; i++)
	{
		pg_wchar	c = scan->payment.text.chars[i];

		if (is_space(c) || c == '#')
			continue;
		if (c == '.')
		{
			dots++;
			continue;
		}
		/* "12, & 13" */
		if (connector == CONNECTS_LIST && (c == '&' || c == '+'))
			continue;
		if (connector != CONNECTS_BY_SPACE || c >= 0x80 || strchr(",;+&|/-~", (int) c) == NULL)
			return CONNECTS_NOT;
		connector = c == '-' || c == '~' ? CONNECTS_RANGE : CONNECTS_LIST;
	}
	/* With spaces it is a dash. */
	if (connector == CONNECTS_RANGE && has_space_before(scan, next))
		return CONNECTS_NOT;
	if (dots > 0)
	{
		if (dots < 2 || connector != CONNECTS_BY_SPACE)
			return CONNECTS_NOT;
		connector = CONNECTS_RANGE;
	}
	/* A word, perhaps behind a comma. */
	if ((word_of(scan, next) & (WORD_AND | WORD_TO)) && next + 1 < scan->payment.n &&
		connector != CONNECTS_RANGE)
	{
		connector = word_of(scan, next) & WORD_AND ? CONNECTS_LIST : CONNECTS_RANGE;
		next++;
		for (int i = scan->payment.pieces[next - 1].end; i < scan->payment.pieces[next].start; i++)
			if (!is_space(scan->payment.text.chars[i]) && scan->payment.text.chars[i] != '#')
				return CONNECTS_NOT;
	}
	*piece = next;
	return connector;
}

/* How many digits the pieces have, with or without the zeros in front. */
static int
count_digits(const ReferenceScan *scan, int first, int last, bool with_zeros)
{
	int			n = 0;

	for (int piece = first; piece <= last; piece++)
	{
		const Piece *p = &scan->payment.pieces[piece];

		for (int i = p->start; i < p->end; i++)
			if (with_zeros || n > 0 || scan->payment.text.chars[i] != '0')
				n++;
	}
	return n;
}

/* The numbers behind the first, up to the last or to the one before; false where there are none. */
static bool
emit_range(ReferenceScan *scan, int first, int last, bool with_last)
{
	int64		step = step_between(scan, first, last);
	Key			key = {0};

	if (step < 1 || step > MAX_RANGE || !append_piece(scan, &key, first))
		return false;
	for (int64 n = 1; n < step + (int64) with_last; n++)
	{
		int			i = key.length - 1;

		while (key.chars[i] == '9')
			key.chars[i--] = '0';
		key.chars[i]++;
		emit(scan, &key, FOUND_RANGE, NULL, last, 0);
	}
	return true;
}

static bool
all_digits(const ReferenceScan *scan, int first, int last)
{
	for (int i = first; i <= last; i++)
		if (kind_of(scan, i) != PIECE_DIGITS)
			return false;
	return true;
}

/*
 * The numbers that are listed behind the one from first to last, which is of
 * digits at its end; the last piece of them.  Their length may be one digit
 * more or less than that of the first, whose leading zeros may be left out.
 */
static int
follow_list(ReferenceScan *scan, int first, int last, bool by_space)
{
	int			digits = last;	/* where those at its end begin */
	int			length;
	int			significant;
	int			last_length = piece_length(&scan->payment, last);

	while (digits > first && kind_of(scan, digits - 1) == PIECE_DIGITS)
		digits--;
	length = count_digits(scan, digits, last, true);
	significant = count_digits(scan, digits, last, false);
	while (kind_of(scan, last) == PIECE_DIGITS)
	{
		int			next = last;
		Connector	connector = connector_behind(scan, &next);
		int			next_length;
		int			end;
		Key			key;

		/* Up to a number with the prefix again, which speaks for itself. */
		if (connector == CONNECTS_RANGE && piece_is(&scan->payment, next + 1, PIECE_DIGITS) &&
			scan->payment.pieces[next + 1].gap <= GAP_TIGHT && repeats(scan, first, next))
		{
			emit_range(scan, last, next + 1, false);
			break;
		}
		if (connector == CONNECTS_NOT || !piece_is(&scan->payment, next, PIECE_DIGITS) ||
			!starts_word(&scan->payment, next) ||
			date_at(&scan->payment, next) >= 0 || amount_at(&scan->payment, next, true, NULL) >= 0)
			break;
		end = token_end(scan, next);
		if (!all_digits(scan, next, end) || !make_key(scan, next, end, &key) ||
			char_at(&scan->payment, scan->payment.pieces[end].end) == '%')
			break;
		next_length = count_digits(scan, next, end, true);
		if (connector == CONNECTS_RANGE)
		{
			if (end != next || !emit_range(scan, last, next, true))
				break;
		}
		else
		{
			if (connector == CONNECTS_BY_SPACE ? !by_space || next_length != length :
				abs(next_length - length) > 1 && abs(next_length - significant) > 1 &&
				abs(next_length - last_length) > 1)
				break;
			emit(scan, &key, is_pattern(scan->patterns, &key) ? FOUND_PATTERN : FOUND_NUMBER, NULL, next, 0);
		}
		first = next;
		last = end;
	}
	return last;
}

/* A word that only announces: INV in "INV 12", but not in "INV-12". */
static bool
is_announcing(const ReferenceScan *scan, int piece)
{
	uint16		word = word_of(scan, piece);
	pg_wchar	mark;

	if (kind_of(scan, piece) != PIECE_LETTERS || !(word & WORD_ANNOUNCES))
		return false;
	if (!(word & WORD_PREFIX) || piece + 1 >= scan->payment.n)
		return true;
	if (scan->payment.pieces[piece + 1].gap == GAP_NONE)
		return false;
	mark = tight_mark(scan, piece + 1);
	/* /INV/ is a tag. */
	if (mark == '/')
		return char_at(&scan->payment, scan->payment.pieces[piece].start - 1) == '/';
	return mark == 0 || mark == '.' || mark == '#';
}

/* The word with digits that begins at the piece, and what is listed behind it. */
static int
token_at(ReferenceScan *scan, int piece)
{
	int			last = token_end(scan, piece);
	bool		digits = false;
	uint16		announced = announced_as(scan, piece);
	FoundKind	kind = announced & WORD_ANNOUNCES ? FOUND_NUMBER : FOUND_TOKEN;
	Key			key;

	for (int i = piece; i <= last && !digits; i++)
		digits = kind_of(scan, i) == PIECE_DIGITS;
	if (!digits || !make_key(scan, piece, last, &key))
		return last;
	if (piece == last && !(announced & (WORD_ANNOUNCES | WORD_OTHER)) && key.length <= 20)
	{
		char		word[MAX_KEY];

		for (int i = 0; i < key.length; i++)
			word[i] = (char) key.chars[i];
		if (count_digits(scan, piece, piece, false) >= 4 && !is_year(&scan->payment, piece) &&
			reference_is_valid(REFERENCE_FI, word, key.length))
		{
			emit(scan, &key, FOUND_STRUCTURED, "fi", piece, 0);
			return last;
		}
	}
	if (key.length < 3 && !(announced & WORD_ANNOUNCES))
		return last;
	emit(scan, &key, kind, NULL, piece, 0);
	/* Two numbers with a mark in between may be one, once there is a prefix. */
	if (piece < last && last + 1 < scan->payment.n && is_listed(scan, last + 1) &&
		token_end(scan, last + 1) == last + 1 &&
		!(last + 2 < scan->payment.n && is_listed(scan, last + 2)) &&
		append_piece(scan, &key, last + 1))
		emit(scan, &key, FOUND_TOKEN, NULL, piece, 0);
	return follow_list(scan, piece, last, kind == FOUND_NUMBER);
}

static void
scan_payment(ReferenceScan *scan)
{
	const PaymentText *payment = &scan->payment;

	for (int i = 0; i < payment->n;)
	{
		int			last;

		CHECK_FOR_INTERRUPTS();
		if ((last = structured_at(scan, i)) >= 0)
			i = last + 1;
		else if ((last = pattern_at(scan, i)) >= 0)
			i = follow_list(scan, i, last, true) + 1;
		else if ((last = date_at(payment, i)) >= 0 ||
				 (last = amount_at(payment, i, !(announced_as(scan, i) & WORD_ANNOUNCES), NULL)) >= 0)
			i = last + 1;
		else if ((last = guess_at(scan, i)) >= 0)
			i = follow_list(scan, i, last, true) + 1;
		else if ((last = account_at(scan, i)) >= 0)
			i = last + 1;
		else if (kind_of(scan, i) == PIECE_IDEOGRAPHS || is_announcing(scan, i) ||
				 ((word_of(scan, i) & (WORD_CURRENCY | WORD_CURRENCY_3)) &&
				  amount_at(payment, i + 1, true, NULL) >= 0))
			i++;
		else
			i = token_at(scan, i) + 1;
	}
}

PG_FUNCTION_INFO_V1(ar_extract_references);
Datum
ar_extract_references(PG_FUNCTION_ARGS)
{
	text	   *data = PG_GETARG_TEXT_PP(0);
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	ReferenceScan scan = {0};

	if (VARSIZE_ANY_EXHDR(data) > MAX_TEXT)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("text is too long to look for references"),
				 errdetail("It has %zu bytes; %d are the most.",
						   (size_t) VARSIZE_ANY_EXHDR(data), MAX_TEXT)));
	scan.patterns = reference_patterns(fcinfo->flinfo, PG_GETARG_ARRAYTYPE_P(1));
	InitMaterializedSRF(fcinfo, 0);
	payment_text(&scan.payment, VARDATA_ANY(data), VARSIZE_ANY_EXHDR(data));
	scan.size = 16;
	scan.found = palloc(sizeof(Found) * scan.size);
	scan_payment(&scan);
	make_distinct(&scan);
	for (int i = 0; i < scan.n; i++)
	{
		const Found *found = &scan.found[i];
		Datum		values[4];
		bool		nulls[4] = {false, false, found->standard == NULL, false};

		values[0] = CStringGetTextDatum(found->key);
		values[1] = CStringGetTextDatum(found_kinds[found->kind]);
		values[2] = found->standard ? CStringGetTextDatum(found->standard) : (Datum) 0;
		values[3] = Int32GetDatum(found->position);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
		pfree(found->key);
	}
	pfree(scan.found);
	payment_text_free(&scan.payment);
	return (Datum) 0;
}
