-- References of payments, numbers of documents, names of payers ---------------

-- Not strict: without a standard any that fits will do.
CREATE FUNCTION ar.reference_is_valid(reference text, standard text DEFAULT NULL) RETURNS boolean
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_reference_is_valid';
COMMENT ON FUNCTION ar.reference_is_valid(text, text) IS
'Whether the reference has the form and the check digits of the standard: rf (ISO 11649: RF, two check digits of MOD 97-10, 1 to 21 digits and letters), ch_qrr (Switzerland: 27 digits, the last modulo 10 recursive), fi (Finland: 4 to 20 digits, the last by weights 7, 3, 1 from the right), no_kid_mod10 and no_kid_mod11 (Norway: 2 to 25 digits, the last by Luhn''s formula or by weights 2 to 7 from the right modulo 11, where - stands for 10), no_kid (either of these). Without a standard: what begins with RF must be rf; all else must be ch_qrr or fi; a KID is never assumed. Spaces and case do not count; nothing but zeros is not valid. A single check digit accepts one in ten random numbers (no_kid nearly two): look for an open item with the reference, too. Null for a null reference. Errors: 22023 for another standard.';

CREATE FUNCTION ar.make_reference(standard text, reference text) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_make_reference';
COMMENT ON FUNCTION ar.make_reference(text, text) IS
'The reference with its check digits, without spaces, upper case: rf (ISO 11649, of 1 to 21 digits and letters), ch_qrr (Switzerland, of 1 to 26 digits, zeros put before), fi (Finland, of 3 to 19 digits), fi_rf (the same as rf, without leading zeros), no_kid_mod10 and no_kid_mod11 (Norway, of 1 to 24 digits; the check of the latter may be -). Errors: 22023 for another standard, and for a reference that is too short or too long, has other characters or zeros only.';

CREATE FUNCTION ar.reference_key(reference text) RETURNS text
    LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_reference_key';
COMMENT ON FUNCTION ar.reference_key(text) IS
'That by which two spellings of a document''s number are equal: NFKC (in a database in UTF8), upper case, letters and digits only (inv-00 013 is INV00013). Letters are those of all scripts; upper case is known of Latin, Greek and Cyrillic, whatever the locale, so it serves in an index. Null where nothing is left. No errors.';

CREATE FUNCTION ar.reference_number(reference text) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_reference_number';
COMMENT ON FUNCTION ar.reference_number(text) IS
'The last run of digits without its leading zeros: INV-00013 gives 13, RE2024/0007 gives 7. Null where there are no digits or that run is zeros only. No errors.';

CREATE FUNCTION ar.reference_pattern(reference text) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_reference_pattern';
COMMENT ON FUNCTION ar.reference_pattern(text) IS
'The shape of a document''s number: its key (ar.reference_key) with each run of digits as 9 and their number in braces: INV-00013 gives INV9{5}, RE 2024/0007 gives RE9{8}. What ar.extract_references looks for. Null where there are no digits. No errors.';

CREATE FUNCTION ar.extract_references(reference_text text, patterns text[] DEFAULT '{}',
                                      OUT reference text, OUT kind text, OUT standard text, OUT "position" integer)
    RETURNS SETOF record
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 5 AS 'MODULE_PATHNAME', 'ar_extract_references';
COMMENT ON FUNCTION ar.extract_references(text, text[]) IS
'What in the text of a payment may name a document, each key (as by ar.reference_key) once, in order, with the position of its first character counted from 1. Kinds: structured (a valid reference, whose standard is rf, ch_qrr or fi; RF may stand in groups of four, ch_qrr in groups of two and five, fi of 4 to 20 digits in groups of five behind the word reference or viite; no_kid_mod10 and no_kid_mod11 where the patterns have them with their length, as no_kid_mod10:7, unless the word before says that it is something else); pattern (of one of the patterns, as by ar.reference_pattern, with or without spaces and - / . _ # between its parts, also with other words stuck to it); pattern_guess (of a pattern once O and 0, I and 1 are taken for each other); number (digits behind a word that announces a document, as invoice, Rechnung Nr., facture no, #, or listed behind another number: INV-101/102, 103 und 105); range (within 101-103 or 101 to 103, of one length, at most 50 documents further); token (any other word of three or more characters with a digit). Dates, amounts with two decimals or a currency, IBANs, BICs and the tags of SEPA and MT940 are left out. Of digits alone fi accepts one in ten, so look for an open item with the reference. In time proportional to the text. Errors: 22023 for a malformed pattern, 54000 for a text over 16 MB.';

CREATE FUNCTION ar.extract_amounts(reference_text text) RETURNS numeric[]
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_extract_amounts';
COMMENT ON FUNCTION ar.extract_amounts(text) IS
'The amounts in running text, in order and without sign: numbers with two decimals, or with a currency (a sign, a code, EURO) before or behind. Thousands may be parted by comma, dot or apostrophe, by spaces where there is a currency; a dot or comma before three digits is taken to part thousands, but for currencies of three decimals. Dates, percentages and bare integers are left out. No errors.';

CREATE FUNCTION ar.name_key(name text) RETURNS text
    LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_name_key';
COMMENT ON FUNCTION ar.name_key(text) IS
'The name of a company as it is compared: NFKC (in a database in UTF8), upper case, punctuation as spaces, legal forms (Ltd, GmbH, Inc, S.A., Oy and their like, those of China, Japan, Korea and Russia) taken from its ends, single spaces; none between Chinese characters. A name that is a legal form only stays. Null where nothing is left. No errors.';

CREATE FUNCTION ar.name_initials(name text, keep_legal_form boolean DEFAULT false) RETURNS text
    LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_name_initials';
COMMENT ON FUNCTION ar.name_initials(text, boolean) IS
'The first characters of the words of a name, upper case, without its legal form or with it: Northern Star Logistics Ltd gives NSL, or NSLL. Null where there are no words. No errors.';

CREATE FUNCTION ar.number_distance(a text, b text) RETURNS integer
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_number_distance';
COMMENT ON FUNCTION ar.number_distance(text, text) IS
'How many typing errors lie between two keys, 3 for more than two: insertions, deletions and substitutions of a byte and exchanges of two neighbours, no place being edited twice (Damerau and Levenshtein, optimal string alignment). In time proportional to the length. No errors.';

