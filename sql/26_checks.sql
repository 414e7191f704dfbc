-- Checks of formats, on plain values ---------------------------------------

CREATE FUNCTION ar.uscc_is_valid(code text) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_uscc_is_valid';
COMMENT ON FUNCTION ar.uscc_is_valid(text) IS
'Whether the code is a unified social credit code of GB 32100-2015: 18 characters without I, O, S, V, Z, upper case, no blanks: authority, class, region of 6 digits, organisation code, check character. That the organisation code has its own check character is not demanded. No errors.';

CREATE FUNCTION ar.uscc_check_character(code text) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_uscc_check_character';
COMMENT ON FUNCTION ar.uscc_check_character(text) IS
'The check character that GB 32100-2015 gives to the first 17 characters: character number (31 - sum(value x 3^(position - 1)) mod 31) mod 31 of 0-9, A-Y without I, O, S, V. code has these 17 characters, or 18, of which the last does not count; null where it is malformed. No errors.';

CREATE FUNCTION ar.organisation_code_is_valid(code text) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_organisation_code_is_valid';
COMMENT ON FUNCTION ar.organisation_code_is_valid(text) IS
'Whether the code is an organisation code of GB 11714: 8 digits or upper case letters and a check character, before which a hyphen may stand. The check is 11 - sum(value x 3, 7, 9, 10, 5, 8, 4, 2) mod 11; 10 is X, 11 is 0. No errors.';

CREATE FUNCTION ar.resident_id_is_valid(code text) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_resident_id_is_valid';
COMMENT ON FUNCTION ar.resident_id_is_valid(text) IS
'Whether the code is an individual''s id of GB 11643: 18 characters: region, a date of birth of the calendar from 1800 on, sequence, check character (ISO 7064 MOD 11-2, upper case X for 10). No errors.';

CREATE FUNCTION ar.cn_tax_id_is_valid(code text) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_cn_tax_id_is_valid';
COMMENT ON FUNCTION ar.cn_tax_id_is_valid(text) IS
'Whether the code is a Chinese taxpayer''s: 18 characters as ar.uscc_is_valid or ar.resident_id_is_valid; or of the older ones 15 (region of 6 digits and organisation code, or an individual''s old id), 17 (old id and two characters) or 20 (id of 18 and two characters). No errors.';

CREATE FUNCTION ar.fapiao_number_is_valid(fapiao_number text, fapiao_code text DEFAULT NULL) RETURNS boolean
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_fapiao_number_is_valid';
COMMENT ON FUNCTION ar.fapiao_number_is_valid(text, text) IS
'Whether a Chinese invoice has 20 digits and no invoice code (null or empty), as the fully digital ones, or 8 digits with an invoice code of 10 or 12 digits. Null for a null number. No errors.';

CREATE FUNCTION ar.vat_is_consistent(net numeric, rate numeric, tax numeric, tolerance numeric DEFAULT 0.01) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_vat_is_consistent';
COMMENT ON FUNCTION ar.vat_is_consistent(numeric, numeric, numeric, numeric) IS
'Whether abs(net x rate - tax) <= tolerance, exactly; rate as a fraction (0.13 for 13 %), the others in units of the currency. Errors: 22003 for NaN or infinity, 22023 for a negative tolerance.';

CREATE FUNCTION ar.vat_id_is_valid(code text) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_vat_id_is_valid';
COMMENT ON FUNCTION ar.vat_id_is_valid(text) IS
'Whether the code is written as a VAT identification number of a member of the European Union (Greece is EL), of Northern Ireland (XI) or Great Britain (GB): country and number, upper case, no blanks. Check digits are verified for AT, BE, BG (9 digits), CY, CZ (8 digits), DE, DK, EE, EL, ES, FI, FR (the key where it is of digits, and the SIREN but Monaco''s), GB and XI (but GD and HA), HR, HU, IE, IT, LT, LU, LV (legal persons), MT, NL, PL, PT, RO, SE, SI and SK; for BG of 10 digits, CZ of 9 and 10 and LV of natural persons the form only. Says nothing of whether the number is in use. No errors.';

CREATE FUNCTION ar.lei_is_valid(code text) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_lei_is_valid';
COMMENT ON FUNCTION ar.lei_is_valid(text) IS
'Whether the code is a legal entity identifier of ISO 17442: 18 digits or upper case letters and 2 check digits (ISO 7064 MOD 97-10). No errors.';

CREATE FUNCTION ar.iban_is_valid(code text) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_iban_is_valid';
COMMENT ON FUNCTION ar.iban_is_valid(text) IS
'Whether the code is an international bank account number of ISO 13616: a country of the IBAN registry, check digits (ISO 7064 MOD 97-10), upper case, of the country''s length; spaces do not count. The bank''s own check digits within are not verified. No errors.';
