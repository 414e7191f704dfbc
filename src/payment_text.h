/*
 * payment_text.h
 *		The text of a payment, cut into runs of letters and of digits.
 */
#ifndef AR_PAYMENT_TEXT_H
#define AR_PAYMENT_TEXT_H

#include "postgres.h"

#include "lib/stringinfo.h"
#include "normal_text.h"

typedef enum PieceKind
{
	PIECE_DIGITS,
	PIECE_LETTERS,
	PIECE_IDEOGRAPHS			/* of a script without spaces between words */
} PieceKind;

/* What stands between a piece and the one before. */
typedef enum PieceGap
{
	GAP_NONE,
	GAP_TIGHT,					/* one of - / . _ # */
	GAP_LOOSE,					/* up to three of these and spaces */
	GAP_BREAK
} PieceGap;

/* What is known of a word. */
#define WORD_INVOICE		0x0001	/* announces a document's number */
#define WORD_PREFIX			0x0002	/* does so too, or is part of the number */
#define WORD_NUMBER			0x0004	/* "no" */
#define WORD_OTHER			0x0008	/* announces the number of something else */
#define WORD_REFERENCE		0x0010	/* announces a reference */
#define WORD_ACCOUNT		0x0020	/* announces a bank, an account, a creditor */
#define WORD_TAG			0x0040	/* of SEPA and MT940 */
#define WORD_CURRENCY		0x0080
#define WORD_CURRENCY_3		0x0100	/* one of three decimals */
#define WORD_MONTH			0x0200
#define WORD_AND			0x0400
#define WORD_TO				0x0800	/* up to and including */
#define WORD_PART			0x1000	/* counts parts or payments */
#define WORD_ANNOUNCES		(WORD_INVOICE | WORD_PREFIX | WORD_NUMBER)

typedef struct Piece
{
	int			start;			/* of its characters */
	int			end;			/* behind the last one */
	uint8		kind;
	uint8		gap;
	uint16		word;
} Piece;

typedef struct PaymentText
{
	NormalText	text;
	Piece	   *pieces;
	int			n;
	int			size;
} PaymentText;

extern void payment_text(PaymentText *payment, const char *data, int length);
extern void payment_text_free(PaymentText *payment);
extern uint16 known_word(const pg_wchar *chars, int n);
extern bool starts_word(const PaymentText *payment, int piece);
extern bool ends_word(const PaymentText *payment, int piece);
extern bool is_year(const PaymentText *payment, int piece);
extern int	date_at(const PaymentText *payment, int piece);
extern int	amount_at(const PaymentText *payment, int piece, bool spaces, StringInfo amount);

static inline int
piece_length(const PaymentText *payment, int piece)
{
	return payment->pieces[piece].end - payment->pieces[piece].start;
}

static inline bool
piece_is(const PaymentText *payment, int piece, PieceKind kind)
{
	return piece >= 0 && piece < payment->n && payment->pieces[piece].kind == kind;
}

/* The character at an index, 0 beyond the ends. */
static inline pg_wchar
char_at(const PaymentText *payment, int i)
{
	return i >= 0 && i < payment->text.n ? payment->text.chars[i] : 0;
}

static inline bool
is_space(pg_wchar c)
{
	return c == ' ' || c == WIDE_NBSP;
}

#endif							/* AR_PAYMENT_TEXT_H */
