/*
 * payment_text.c
 *		The text of a payment, cut into runs of letters and of digits.
 *
 * Also what is a date, and so no number of a document.
 */
#include "postgres.h"

#include "compat.h"
#include "miscadmin.h"
#include "payment_text.h"
#include "utils/memutils.h"

#define WORD_LENGTH			16

typedef struct Word
{
	char		word[WORD_LENGTH + 1];
	uint16		flags;
} Word;

/* Ascending; without accents. */
static const Word words[] = {
	{"A", WORD_TO},
	{"ABA", WORD_ACCOUNT},
	{"ABSCHLAG", WORD_PART},
	{"ABWA", WORD_TAG},
	{"ABWE", WORD_TAG},
	{"ACCOUNT", WORD_OTHER},
	{"ACCT", WORD_OTHER},
	{"AED", WORD_CURRENCY},
	{"AL", WORD_TO},
	{"AND", WORD_AND},
	{"APR", WORD_MONTH},
	{"APRIL", WORD_MONTH},
	{"AU", WORD_TO},
	{"AUD", WORD_CURRENCY},
	{"AUFTRAG", WORD_OTHER},
	{"AUFTRAGSNR", WORD_OTHER},
	{"AUG", WORD_MONTH},
	{"AUGUST", WORD_MONTH},
	{"AVOIR", WORD_INVOICE},
	{"BATCH", WORD_PART},
	{"BELEG", WORD_INVOICE},
	{"BELEGNR", WORD_INVOICE},
	{"BENM", WORD_TAG},
	{"BESTELLNR", WORD_OTHER},
	{"BESTELLUNG", WORD_OTHER},
	{"BETALING", WORD_PART},
	{"BGN", WORD_CURRENCY},
	{"BHD", WORD_CURRENCY_3},
	{"BIC", WORD_ACCOUNT | WORD_TAG},
	{"BILL", WORD_INVOICE},
	{"BILLS", WORD_INVOICE},
	{"BIS", WORD_TO},
	{"BLZ", WORD_ACCOUNT},
	{"BRL", WORD_CURRENCY},
	{"CAD", WORD_CURRENCY},
	{"CHECK", WORD_OTHER},
	{"CHEQUE", WORD_OTHER},
	{"CHF", WORD_CURRENCY},
	{"CHQ", WORD_OTHER},
	{"CK", WORD_OTHER},
	{"CLIENT", WORD_OTHER},
	{"CN", WORD_PREFIX},
	{"CNY", WORD_CURRENCY},
	{"COAM", WORD_TAG},
	{"COMMANDE", WORD_OTHER},
	{"CONTRACT", WORD_OTHER},
	{"CRED", WORD_ACCOUNT | WORD_TAG},
	{"CUST", WORD_OTHER},
	{"CUSTOMER", WORD_OTHER},
	{"CZK", WORD_CURRENCY},
	{"DEBT", WORD_ACCOUNT | WORD_TAG},
	{"DEC", WORD_MONTH},
	{"DECEMBER", WORD_MONTH},
	{"DEPOSIT", WORD_PART},
	{"DEZ", WORD_MONTH},
	{"DEZEMBER", WORD_MONTH},
	{"DKK", WORD_CURRENCY},
	{"DOC", WORD_INVOICE},
	{"DOCUMENT", WORD_INVOICE},
	{"DOLLARS", WORD_CURRENCY},
	{"E", WORD_AND},
	{"EN", WORD_AND},
	{"EREF", WORD_TAG},
	{"ET", WORD_AND},
	{"EUR", WORD_CURRENCY},
	{"EURO", WORD_CURRENCY},
	{"EUROS", WORD_CURRENCY},
	{"FA", WORD_PREFIX},
	{"FAC", WORD_PREFIX},
	{"FACT", WORD_PREFIX},
	{"FACTURA", WORD_INVOICE},
	{"FACTURAS", WORD_INVOICE},
	{"FACTURE", WORD_INVOICE},
	{"FACTUREN", WORD_INVOICE},
	{"FACTURES", WORD_INVOICE},
	{"FACTUUR", WORD_INVOICE},
	{"FACTUURNR", WORD_INVOICE},
	{"FAKTURA", WORD_INVOICE},
	{"FAKTURANR", WORD_INVOICE},
	{"FAKTURY", WORD_INVOICE},
	{"FATT", WORD_PREFIX},
	{"FATTURA", WORD_INVOICE},
	{"FATTURE", WORD_INVOICE},
	{"FATURA", WORD_INVOICE},
	{"FC", WORD_PREFIX},
	{"FEB", WORD_MONTH},
	{"FEBRUAR", WORD_MONTH},
	{"FEBRUARY", WORD_MONTH},
	{"FT", WORD_PREFIX},
	{"FV", WORD_PREFIX},
	{"GBP", WORD_CURRENCY},
	{"GUTSCHRIFT", WORD_INVOICE},
	{"HASTA", WORD_TO},
	{"HKD", WORD_CURRENCY},
	{"HUF", WORD_CURRENCY},
	{"IBAN", WORD_ACCOUNT | WORD_TAG},
	{"IDR", WORD_CURRENCY},
	{"ILS", WORD_CURRENCY},
	{"INR", WORD_CURRENCY},
	{"INSTALLMENT", WORD_PART},
	{"INSTALMENT", WORD_PART},
	{"INV", WORD_PREFIX},
	{"INVNO", WORD_INVOICE},
	{"INVNR", WORD_INVOICE},
	{"INVOICE", WORD_INVOICE},
	{"INVOICES", WORD_INVOICE},
	{"INVS", WORD_INVOICE},
	{"IQD", WORD_CURRENCY_3},
	{"ITEM", WORD_PART},
	{"JA", WORD_AND},
	{"JAN", WORD_MONTH},
	{"JANUAR", WORD_MONTH},
	{"JANUARY", WORD_MONTH},
	{"JOB", WORD_OTHER},
	{"JOD", WORD_CURRENCY_3},
	{"JPY", WORD_CURRENCY},
	{"JUL", WORD_MONTH},
	{"JULI", WORD_MONTH},
	{"JULY", WORD_MONTH},
	{"JUN", WORD_MONTH},
	{"JUNE", WORD_MONTH},
	{"JUNI", WORD_MONTH},
	{"KD", WORD_OTHER},
	{"KDNR", WORD_OTHER},
	{"KONTO", WORD_OTHER},
	{"KR", WORD_CURRENCY},
	{"KREF", WORD_TAG},
	{"KRW", WORD_CURRENCY},
	{"KUNDE", WORD_OTHER},
	{"KUNDEN", WORD_OTHER},
	{"KUNDENNR", WORD_OTHER},
	{"KUNDENNUMMER", WORD_OTHER},
	{"KWD", WORD_CURRENCY_3},
	{"LASKU", WORD_INVOICE},
	{"LASKUN", WORD_INVOICE},
	{"LASKUNRO", WORD_INVOICE},
	{"LINE", WORD_PART},
	{"LOT", WORD_PART},
	{"LYD", WORD_CURRENCY_3},
	{"MAERZ", WORD_MONTH},
	{"MAI", WORD_MONTH},
	{"MAR", WORD_MONTH},
	{"MARCH", WORD_MONTH},
	{"MARZ", WORD_MONTH},
	{"MATTER", WORD_OTHER},
	{"MAY", WORD_MONTH},
	{"MEMO", WORD_INVOICE},
	{"MREF", WORD_TAG},
	{"MXN", WORD_CURRENCY},
	{"MYR", WORD_CURRENCY},
	{"N", WORD_NUMBER},
	{"NO", WORD_NUMBER},
	{"NOK", WORD_CURRENCY},
	{"NOS", WORD_NUMBER},
	{"NOTE", WORD_INVOICE},
	{"NOV", WORD_MONTH},
	{"NOVEMBER", WORD_MONTH},
	{"NR", WORD_NUMBER},
	{"NRO", WORD_NUMBER},
	{"NRS", WORD_NUMBER},
	{"NUM", WORD_NUMBER},
	{"NUMBER", WORD_NUMBER},
	{"NUMBERS", WORD_NUMBER},
	{"NUMERO", WORD_NUMBER},
	{"NUMMER", WORD_NUMBER},
	{"NZD", WORD_CURRENCY},
	{"OAMT", WORD_TAG},
	{"OCH", WORD_AND},
	{"OCT", WORD_MONTH},
	{"OCTOBER", WORD_MONTH},
	{"OG", WORD_AND},
	{"OKT", WORD_MONTH},
	{"OKTOBER", WORD_MONTH},
	{"OMR", WORD_CURRENCY_3},
	{"ORDER", WORD_OTHER},
	{"ORDERNR", WORD_OTHER},
	{"ORDP", WORD_TAG},
	{"PAIEMENT", WORD_PART},
	{"PART", WORD_PART},
	{"PAYMENT", WORD_PART},
	{"PAYMENTS", WORD_PART},
	{"PHASE", WORD_PART},
	{"PHONE", WORD_OTHER},
	{"PHP", WORD_CURRENCY},
	{"PLN", WORD_CURRENCY},
	{"PMT", WORD_PART},
	{"PO", WORD_OTHER},
	{"POS", WORD_PART},
	{"POSITION", WORD_PART},
	{"PREF", WORD_TAG},
	{"PROJECT", WORD_OTHER},
	{"PROJEKT", WORD_OTHER},
	{"QAR", WORD_CURRENCY},
	{"RATE", WORD_PART},
	{"RE", WORD_PREFIX},
	{"RECHN", WORD_PREFIX},
	{"RECHNR", WORD_INVOICE},
	{"RECHNUNG", WORD_INVOICE},
	{"RECHNUNGEN", WORD_INVOICE},
	{"RECHNUNGSNR", WORD_INVOICE},
	{"RECHNUNGSNUMMER", WORD_INVOICE},
	{"REF", WORD_REFERENCE | WORD_TAG},
	{"REFERENCE", WORD_REFERENCE | WORD_TAG},
	{"REFERENZ", WORD_REFERENCE | WORD_TAG},
	{"REMI", WORD_TAG},
	{"RENR", WORD_INVOICE},
	{"RFB", WORD_TAG},
	{"RG", WORD_PREFIX},
	{"RGNR", WORD_INVOICE},
	{"RMB", WORD_CURRENCY},
	{"RNR", WORD_INVOICE},
	{"ROC", WORD_TAG},
	{"RON", WORD_CURRENCY},
	{"ROUTING", WORD_ACCOUNT},
	{"RUB", WORD_CURRENCY},
	{"SAR", WORD_CURRENCY},
	{"SEK", WORD_CURRENCY},
	{"SEP", WORD_MONTH},
	{"SEPT", WORD_MONTH},
	{"SEPTEMBER", WORD_MONTH},
	{"SGD", WORD_CURRENCY},
	{"SVWZ", WORD_TAG},
	{"SWIFT", WORD_ACCOUNT},
	{"TEIL", WORD_PART},
	{"TEL", WORD_OTHER},
	{"THB", WORD_CURRENCY},
	{"THROUGH", WORD_TO},
	{"THRU", WORD_TO},
	{"TIL", WORD_TO},
	{"TND", WORD_CURRENCY_3},
	{"TO", WORD_TO},
	{"TOT", WORD_TO},
	{"TRANCHE", WORD_PART},
	{"TRY", WORD_CURRENCY},
	{"TWD", WORD_CURRENCY},
	{"UAH", WORD_CURRENCY},
	{"UND", WORD_AND},
	{"USD", WORD_CURRENCY},
	{"VERTRAG", WORD_OTHER},
	{"VIITE", WORD_REFERENCE},
	{"VIITENRO", WORD_REFERENCE},
	{"VIITENUMERO", WORD_REFERENCE},
	{"VND", WORD_CURRENCY},
	{"Y", WORD_AND},
	{"ZAHLUNG", WORD_PART},
	{"ZAR", WORD_CURRENCY},
	{"ZL", WORD_CURRENCY},
};

/* Of the letters of Latin-1 from 0xC0 on. */
static const char without_accent[] = "AAAAAAACEEEEIIIIDNOOOOOxOUUUUYTS";

/* 0 where the word is not among those to know. */
uint16
known_word(const pg_wchar *chars, int n)
{
	char		word[WORD_LENGTH + 1];
	int			low = 0;
	int			high = lengthof(words) - 1;

	if (n > WORD_LENGTH)
		return 0;
	for (int i = 0; i < n; i++)
	{
		if (chars[i] < 0x80)
			word[i] = (char) chars[i];
		else if (chars[i] >= 0xC0 && chars[i] < 0xE0)
			word[i] = without_accent[chars[i] - 0xC0];
		else
			return 0;
	}
	word[n] = '\0';
	while (low <= high)
	{
		int			middle = (low + high) / 2;
		int			order = strcmp(word, words[middle].word);

		if (order == 0)
			return words[middle].flags;
		if (order < 0)
			high = middle - 1;
		else
			low = middle + 1;
	}
	return 0;
}

/* Words that end a run of ideographs or, for currencies, begin it. */
static uint16
known_ideographs(const pg_wchar *chars, int n)
{
	uint16		flags = 0;

	switch (chars[0])
	{
		case 0x5143:			/* yuan */
		case 0x5706:
		case 0x5186:			/* yen */
		case 0xC6D0:			/* won */
			flags |= WORD_CURRENCY;
			break;
		case 0x548C:			/* and */
		case 0x53CA:
		case 0x4E0E:
			if (n == 1)
				flags |= WORD_AND;
			break;
		case 0x81F3:			/* to */
		case 0x5230:
			if (n == 1)
				flags |= WORD_TO;
			break;
	}
	/* fapiao, its number (hao, hao ma) */
	for (int i = Max(n - 4, 0); i + 1 < n; i++)
		if ((chars[i] == 0x53D1 || chars[i] == 0x767C) && chars[i + 1] == 0x7968)
			flags |= WORD_INVOICE;
	return flags;
}

static PieceGap
gap_kind(const PaymentText *payment, int start, int end)
{
	bool		spaces = false;

	if (start == end)
		return GAP_NONE;
	if (end - start > 3)
		return GAP_BREAK;
	for (int i = start; i < end; i++)
	{
		pg_wchar	c = payment->text.chars[i];

		if (is_space(c))
			spaces = true;
		else if (c == 0 || c >= 0x80 || strchr("-/._#", (int) c) == NULL ||
				 (i > start && c == payment->text.chars[i - 1]))
			return GAP_BREAK;
	}
	return spaces || end - start > 1 ? GAP_LOOSE : GAP_TIGHT;
}

/* MT940 cuts its text by ?20 to ?33 and ?60 to ?63. */
static bool
is_subfield(const PaymentText *payment, int i)
{
	pg_wchar	tens = char_at(payment, i + 1);
	pg_wchar	ones = char_at(payment, i + 2);

	return char_at(payment, i) == '?' && wide_is_digit(ones) &&
		(tens == '2' || ((tens == '3' || tens == '6') && ones <= '3'));
}

void
payment_text(PaymentText *payment, const char *data, int length)
{
	int			n;

	normal_text(&payment->text, data, length);
	n = payment->text.n;
	payment->n = 0;
	payment->size = 64;
	payment->pieces = palloc(sizeof(Piece) * payment->size);
	for (int i = 0; i < n;)
	{
		const pg_wchar *chars = payment->text.chars;
		PieceKind	kind;
		Piece	   *piece;
		int			end = i;

		CHECK_FOR_INTERRUPTS();
		if (is_subfield(payment, i))
		{
			for (int k = 0; k < 3; k++)
				payment->text.chars[i++] = ' ';
			continue;
		}
		if (wide_is_digit(chars[i]))
		{
			kind = PIECE_DIGITS;
			while (end < n && wide_is_digit(chars[end]))
				end++;
		}
		else if (!wide_is_letter(chars[i]))
		{
			i++;
			continue;
		}
		else if (wide_is_ideograph(chars[i]))
		{
			kind = PIECE_IDEOGRAPHS;
			while (end < n && wide_is_letter(chars[end]) && wide_is_ideograph(chars[end]))
				end++;
		}
		else
		{
			kind = PIECE_LETTERS;
			while (end < n && wide_is_letter(chars[end]) && !wide_is_ideograph(chars[end]))
				end++;
		}
		if (payment->n == payment->size)
		{
			payment->size *= 2;
			payment->pieces = repalloc_huge(payment->pieces, sizeof(Piece) * payment->size);
		}
		piece = &payment->pieces[payment->n];
		piece->start = i;
		piece->end = end;
		piece->kind = kind;
		piece->gap = payment->n == 0 ? GAP_BREAK : gap_kind(payment, piece[-1].end, i);
		piece->word = kind == PIECE_LETTERS ? known_word(chars + i, end - i) :
			kind == PIECE_IDEOGRAPHS ? known_ideographs(chars + i, end - i) : 0;
		payment->n++;
		i = end;
	}
}

void
payment_text_free(PaymentText *payment)
{
	pfree(payment->pieces);
	normal_text_free(&payment->text);
}

bool
starts_word(const PaymentText *payment, int piece)
{
	return piece == 0 || payment->pieces[piece].gap != GAP_NONE ||
		payment->pieces[piece].kind == PIECE_IDEOGRAPHS ||
		payment->pieces[piece - 1].kind == PIECE_IDEOGRAPHS;
}

bool
ends_word(const PaymentText *payment, int piece)
{
	return piece + 1 >= payment->n || starts_word(payment, piece + 1);
}

/* Of up to four digits. */
static int
small_number(const PaymentText *payment, int piece)
{
	int			value = 0;

	for (int i = payment->pieces[piece].start; i < payment->pieces[piece].end; i++)
		value = value * 10 + (int) (payment->text.chars[i] - '0');
	return value;
}

bool
is_year(const PaymentText *payment, int piece)
{
	return piece_is(payment, piece, PIECE_DIGITS) && piece_length(payment, piece) == 4 &&
		small_number(payment, piece) >= 1900 && small_number(payment, piece) < 2100;
}

/* A day or month, of one or two digits. */
static bool
is_part_of_date(const PaymentText *payment, int piece, int max)
{
	return piece_is(payment, piece, PIECE_DIGITS) && piece_length(payment, piece) <= 2 &&
		small_number(payment, piece) >= 1 && small_number(payment, piece) <= max;
}

/* Whether only spaces, and dots or a comma, stand before the piece. */
static bool
follows_closely(const PaymentText *payment, int piece)
{
	for (int i = payment->pieces[piece - 1].end; i < payment->pieces[piece].start; i++)
	{
		pg_wchar	c = payment->text.chars[i];

		if (!is_space(c) && c != '.' && c != ',' && c != '-' && c != '/')
			return false;
	}
	return payment->pieces[piece].start - payment->pieces[piece - 1].end <= 2;
}

static bool
is_month(const PaymentText *payment, int piece)
{
	return piece_is(payment, piece, PIECE_LETTERS) &&
		(payment->pieces[piece].word & WORD_MONTH) != 0;
}

/* The last piece of the date that begins at the piece; -1 where none does. */
int
date_at(const PaymentText *payment, int piece)
{
	const Piece *pieces = payment->pieces;
	int			last = piece + 2;

	if (!piece_is(payment, piece, PIECE_DIGITS) || !starts_word(payment, piece))
	{
		if (!is_month(payment, piece) || !starts_word(payment, piece))
			return -1;
		/* May 2024; May 16, 2024 */
		if (is_year(payment, piece + 1) && follows_closely(payment, piece + 1))
			return piece + 1;
		if (is_part_of_date(payment, piece + 1, 31) && follows_closely(payment, piece + 1) &&
			is_year(payment, last) && follows_closely(payment, last))
			return last;
		return -1;
	}
	/* 2024 nian 5 yue 16 ri, each a piece of its own */
	if (piece_is(payment, piece + 1, PIECE_IDEOGRAPHS) && pieces[piece + 1].gap == GAP_NONE)
	{
		pg_wchar	unit = char_at(payment, pieces[piece + 1].start);

		if ((unit == 0x5E74 && is_year(payment, piece)) ||
			((unit == 0x6708 || unit == 0x65E5) && is_part_of_date(payment, piece, 31)))
			return piece;
	}
	if (last >= payment->n || !follows_closely(payment, piece + 1) ||
		!follows_closely(payment, last))
		return -1;
	/* 16 May 2024 */
	if (is_month(payment, piece + 1) && is_part_of_date(payment, piece, 31))
		return is_year(payment, last) ? last : -1;
	/* 2024-05-16, 16.05.2024, 5/16/24 */
	if (pieces[piece + 1].gap != GAP_TIGHT || pieces[last].gap != GAP_TIGHT ||
		char_at(payment, pieces[piece].end) != char_at(payment, pieces[piece + 1].end))
		return -1;
	if (is_year(payment, piece) && is_part_of_date(payment, piece + 1, 12) &&
		is_part_of_date(payment, last, 31))
	{
		if (ends_word(payment, last))
			return last;
		/* 2024-05-16T10 */
		if (piece_length(payment, last + 1) == 1 && char_at(payment, pieces[last].end) == 'T' &&
			piece_is(payment, last + 2, PIECE_DIGITS))
			return last + 2;
	}
	if (!ends_word(payment, last))
		return -1;
	if (!is_year(payment, last) &&
		!(piece_is(payment, last, PIECE_DIGITS) && piece_length(payment, last) == 2))
		return -1;
	if ((is_part_of_date(payment, piece, 31) && is_part_of_date(payment, piece + 1, 12)) ||
		(is_part_of_date(payment, piece, 12) && is_part_of_date(payment, piece + 1, 31)))
		return last;
	return -1;
}
