-- Bank files: ISO 20022 camt.053 and camt.054 -------------------------------------

CREATE FUNCTION ar.camt_element_lines(content text, element text) RETURNS integer[]
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    -- Comments are left out, but for their line ends.
    SELECT array_agg(l.line::integer ORDER BY l.line)
    FROM string_to_table(CASE WHEN content LIKE '%<!--%' THEN (
             SELECT string_agg(CASE WHEN p.n = 1 THEN p.part
                                    ELSE repeat(E'\n', length(p.before) - length(replace(p.before, E'\n', ''))) || p.after END,
                               '' ORDER BY p.n)
             FROM (SELECT s.n, s.part, split_part(s.part, '-->', 1) AS before,
                          substr(s.part, length(split_part(s.part, '-->', 1)) + 4) AS after
                   FROM string_to_table(content, '<!--') WITH ORDINALITY AS s (part, n)) AS p)
             ELSE content END, E'\n') WITH ORDINALITY AS l (text, line)
    CROSS JOIN LATERAL regexp_matches(l.text, '<(?:[[:alpha:]_][-\w.]*:)?' || element || '(?=[\s/>]|$)', 'g') AS m
    WHERE l.text LIKE '%' || element || '%'
$$;
COMMENT ON FUNCTION ar.camt_element_lines(text, text) IS
'The lines, from 1, on which elements of a name begin in the text of an XML document.';

CREATE FUNCTION ar.camt_remittance(details xml, namespace text,
                                   OUT remittance_text text, OUT structured_reference text, OUT remittance jsonb)
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT (SELECT ar.bank_text(string_agg(u.text, ' ' ORDER BY u.position))
            FROM XMLTABLE(XMLNAMESPACES (namespace AS c), '//c:RmtInf/c:Ustrd | //c:RmtInf/c:Strd/c:AddtlRmtInf' PASSING details
                          COLUMNS position FOR ORDINALITY, text text PATH '.') AS u),
           s.reference,
           s.lines
    FROM (SELECT (array_agg(btrim(x.reference) ORDER BY x.position) FILTER (WHERE btrim(x.reference) <> ''))[1] AS reference,
                 jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
                     'reference', nullif(btrim(coalesce(d.number, x.creditor_reference)), ''),
                     -- One amount of several documents is no amount of any of them.
                     'amount', CASE WHEN x.documents <= 1 THEN
                                   CASE WHEN d.code = 'CREN' OR x.remitted IS NULL AND x.credited IS NOT NULL
                                        THEN '-' || coalesce(x.remitted, x.credited, x.due)
                                        ELSE coalesce(x.remitted, x.due) END END,
                     'deduction_amount', CASE WHEN x.documents <= 1 AND x.adjusted_sign IS DISTINCT FROM 'DBIT' THEN x.adjusted END,
                     'note', ar.bank_text(x.adjusted_code, x.adjusted_note)))
                     ORDER BY x.position, d.position)
                     FILTER (WHERE coalesce(d.number, x.creditor_reference) IS NOT NULL) AS lines
          FROM (SELECT y.*, CASE WHEN y.documents = 0 AND coalesce(y.remitted, y.credited, y.due) IS NOT NULL
                                 THEN y.reference END AS creditor_reference
                FROM XMLTABLE(XMLNAMESPACES (namespace AS c), '//c:RmtInf/c:Strd' PASSING details
                              COLUMNS position FOR ORDINALITY,
                                      part xml PATH '.',
                                      documents integer PATH 'count(c:RfrdDocInf/c:Nb)',
                                      reference text PATH '(c:CdtrRefInf/c:Ref)[1]',
                                      due text PATH '(c:RfrdDocAmt/c:DuePyblAmt | c:RfrdDocAmt/c:RfrdDocAmt)[1]',
                                      credited text PATH '(c:RfrdDocAmt/c:CdtNoteAmt)[1]',
                                      remitted text PATH '(c:RfrdDocAmt/c:RmtdAmt)[1]',
                                      adjusted text PATH '(c:RfrdDocAmt/c:AdjstmntAmtAndRsn/c:Amt)[1]',
                                      adjusted_sign text PATH '(c:RfrdDocAmt/c:AdjstmntAmtAndRsn/c:CdtDbtInd)[1]',
                                      adjusted_code text PATH '(c:RfrdDocAmt/c:AdjstmntAmtAndRsn/c:Rsn)[1]',
                                      adjusted_note text PATH '(c:RfrdDocAmt/c:AdjstmntAmtAndRsn/c:AddtlInf)[1]') AS y) AS x
          LEFT JOIN LATERAL XMLTABLE(XMLNAMESPACES (namespace AS c), '//c:RfrdDocInf' PASSING x.part
                                     COLUMNS position FOR ORDINALITY,
                                             code text PATH '(c:Tp/c:CdOrPrtry/c:Cd | c:Tp/c:Cd)[1]',
                                             number text PATH '(c:Nb)[1]') AS d ON x.documents > 0) AS s
$$;
COMMENT ON FUNCTION ar.camt_remittance(xml, text) IS
'What an element of a camt message says in RmtInf: its texts joined, its first creditor reference, and each document it refers to with amount (negative for a credit note), what was kept back, and why.';

CREATE FUNCTION ar.camt_charge(part xml, namespace text, currency text) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(min(x.total), sum(ar.parse_amount(x.amount)) FILTER (WHERE x.sign IS DISTINCT FROM 'CRDT')::text)
    FROM XMLTABLE(XMLNAMESPACES (namespace AS c), '/*/c:Chrgs/c:TtlChrgsAndTaxAmt | /*/c:Chrgs/c:Rcrd | /*/c:Chrgs[c:Amt]' PASSING part
                  COLUMNS total text PATH 'self::c:TtlChrgsAndTaxAmt', amount text PATH 'c:Amt',
                          sign text PATH 'c:CdtDbtInd', currency text PATH '@Ccy | c:Amt/@Ccy') AS x
    WHERE coalesce(x.currency, camt_charge.currency) = camt_charge.currency
$$;
COMMENT ON FUNCTION ar.camt_charge(xml, text, text) IS
'The charges that an entry of a camt message, or a payment of it, states in a currency; null for none.';

CREATE FUNCTION ar.camt_records(content text) RETURNS SETOF ar.bank_record
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    document        xml;
    namespace       text;
    message         text;
    entry_lines     integer[];
    statement_lines integer[];
    fault           text;
BEGIN
    IF content ~ '<!(DOCTYPE|ENTITY)' THEN
        RETURN NEXT ar.bank_fault(NULL, NULL, NULL, '2200M', 'a bank statement declares no document type and no entities');
        RETURN;
    END IF;
    BEGIN
        document := XMLPARSE(DOCUMENT content);
    EXCEPTION
        WHEN invalid_xml_document OR invalid_xml_content THEN
            GET STACKED DIAGNOSTICS fault = PG_EXCEPTION_DETAIL;
            RETURN NEXT ar.bank_fault(substring(fault FROM 'line (\d+)')::integer, NULL, NULL, '2200M',
                                      'the file is no well-formed XML: ' || btrim(coalesce(substring(fault FROM 'line \d+: ([^\n]*)'), fault)));
            RETURN;
    END;
    SELECT x.namespace, x.message INTO namespace, message
    FROM XMLTABLE('(//*[local-name() = "BkToCstmrStmt" or local-name() = "BkToCstmrDbtCdtNtfctn"])[1]' PASSING document
                  COLUMNS namespace text PATH 'namespace-uri(.)', message text PATH 'local-name(.)') AS x;
    IF message IS NULL THEN
        RETURN NEXT ar.bank_fault(1, NULL, NULL, '22023', 'the file is no camt.053 and no camt.054');
        RETURN;
    ELSIF namespace = '' THEN
        -- One of none is given one, as a path can ask for no other.
        namespace := 'urn:iso:std:iso:20022:tech:xsd:camt';
        document := XMLPARSE(DOCUMENT regexp_replace(content, '<' || message || '(?=[\s>])',
                                                     format('<%s xmlns="%s"', message, namespace)));
    END IF;
    statement_lines := ar.camt_element_lines(content, CASE message WHEN 'BkToCstmrStmt' THEN 'Stmt' ELSE 'Ntfctn' END);
    entry_lines := ar.camt_element_lines(content, 'Ntry');

    RETURN QUERY
    WITH statement AS MATERIALIZED (
        SELECT s.* FROM XMLTABLE(
            XMLNAMESPACES (namespace AS c), '//c:BkToCstmrStmt/c:Stmt | //c:BkToCstmrDbtCdtNtfctn/c:Ntfctn' PASSING document
            COLUMNS position FOR ORDINALITY,
                    part xml PATH '.',
                    id text PATH 'c:Id',
                    number text PATH 'c:ElctrncSeqNb',
                    legal_number text PATH 'c:LglSeqNb',
                    page text PATH 'c:StmtPgntn/c:PgNb | c:NtfctnPgntn/c:PgNb',
                    last_page text PATH 'c:StmtPgntn/c:LastPgInd | c:NtfctnPgntn/c:LastPgInd',
                    summary xml PATH 'c:TxsSummry',
                    iban text PATH 'c:Acct/c:Id/c:IBAN',
                    other text PATH '(c:Acct/c:Id/c:Othr/c:Id | c:Acct/c:Id/c:BBAN | c:Acct/c:Id/c:PrtryAcct/c:Id)[1]',
                    currency text PATH 'c:Acct/c:Ccy',
                    first_currency text PATH '(c:Bal/c:Amt/@Ccy | c:Ntry/c:Amt/@Ccy)[1]') AS s
    ), paged AS (
        -- An only page is none.
        SELECT s.position, s.page::integer AS page, coalesce(btrim(s.last_page) NOT IN ('false', '0'), true) AS is_last
        FROM statement AS s
        WHERE s.page ~ '^\s*\d{1,5}\s*$' AND (s.page::integer > 1 OR btrim(s.last_page) IN ('false', '0'))
    ), balance AS (
        SELECT s.position, b.code, btrim(b.amount) AS amount, b.currency, btrim(b.sign) AS sign, left(btrim(b.day), 10) AS day,
               row_number() OVER (PARTITION BY s.position, b.side ORDER BY b.rank, b.position) AS first, b.side
        FROM statement AS s
        CROSS JOIN LATERAL (
            -- Pages of a statement open and close with interim balances; one alone is not both.
            SELECT x.*, CASE WHEN x.code IN ('OPBD', 'PRCD') THEN 'opening' WHEN x.code = 'CLBD' THEN 'closing'
                             WHEN x.code <> 'ITBD' THEN NULL
                             WHEN NOT bool_or(x.code = 'CLBD') OVER whole AND x.position = max(x.position) FILTER (WHERE x.code = 'ITBD') OVER whole
                                 THEN 'closing'
                             WHEN NOT bool_or(x.code IN ('OPBD', 'PRCD')) OVER whole
                                  AND x.position = min(x.position) FILTER (WHERE x.code = 'ITBD') OVER whole THEN 'opening' END AS side,
                   CASE x.code WHEN 'PRCD' THEN 2 ELSE 1 END AS rank
            FROM XMLTABLE(XMLNAMESPACES (namespace AS c), '/*/c:Bal' PASSING s.part
                          COLUMNS position FOR ORDINALITY,
                                  code text PATH 'c:Tp/c:CdOrPrtry/c:Cd | c:Tp/c:Cd', amount text PATH 'c:Amt',
                                  currency text PATH 'c:Amt/@Ccy', sign text PATH 'c:CdtDbtInd',
                                  day text PATH 'c:Dt/c:Dt | c:Dt/c:DtTm') AS x
            WINDOW whole AS ()) AS b
        WHERE b.side IS NOT NULL
    ), entry AS MATERIALIZED (
        SELECT s.position AS statement, e.position AS entry, coalesce(s.currency, s.first_currency) AS account_currency,
               entry_lines[row_number() OVER (ORDER BY s.position, e.position)] AS file_line,
               e.part, btrim(e.amount) AS amount, e.currency, btrim(e.sign) AS sign,
               CASE WHEN btrim(e.sign) = 'DBIT' THEN '-' ELSE '' END AS minus,
               coalesce(btrim(e.reversal) IN ('true', '1'), false) AS reversal,
               coalesce(btrim(e.status), 'BOOK') AS status,
               left(btrim(coalesce(e.booked, e.valued)), 10) AS booked_on, left(btrim(coalesce(e.valued, e.booked)), 10) AS value_on,
               nullif(btrim(e.bank_reference), '') AS bank_reference, nullif(btrim(e.entry_reference), '') AS entry_reference,
               e.details, e.priced, e.information,
               coalesce(nullif(concat_ws('-', e.domain, e.family, e.subfamily), ''), e.proprietary) AS code,
               CASE WHEN e.charges > 0 THEN ar.camt_charge(e.part, namespace, e.currency) END AS charge
        FROM statement AS s
        CROSS JOIN LATERAL XMLTABLE(
            XMLNAMESPACES (namespace AS c), '/*/c:Ntry' PASSING s.part
            COLUMNS position FOR ORDINALITY,
                    part xml PATH '.',
                    amount text PATH 'c:Amt',
                    currency text PATH 'c:Amt/@Ccy',
                    sign text PATH 'c:CdtDbtInd',
                    reversal text PATH 'c:RvslInd',
                    status text PATH 'c:Sts/c:Cd | c:Sts[not(*)]',
                    booked text PATH 'c:BookgDt/c:Dt | c:BookgDt/c:DtTm',
                    valued text PATH 'c:ValDt/c:Dt | c:ValDt/c:DtTm',
                    bank_reference text PATH 'c:AcctSvcrRef',
                    entry_reference text PATH 'c:NtryRef',
                    domain text PATH 'c:BkTxCd/c:Domn/c:Cd',
                    family text PATH 'c:BkTxCd/c:Domn/c:Fmly/c:Cd',
                    subfamily text PATH 'c:BkTxCd/c:Domn/c:Fmly/c:SubFmlyCd',
                    proprietary text PATH 'c:BkTxCd/c:Prtry/c:Cd',
                    information text PATH '(c:AddtlNtryInf)[1]',
                    charges integer PATH 'count(c:Chrgs)',
                    details integer PATH 'count(c:NtryDtls/c:TxDtls)',
                    priced integer PATH 'count(c:NtryDtls/c:TxDtls[(c:Amt | c:AmtDtls/c:TxAmt/c:Amt)[1]/@Ccy = ../../c:Amt/@Ccy])') AS e
    ), detail AS MATERIALIZED (
        -- Payments of a batch are lines where each has its own amount; else the entry is one.
        SELECT e.statement, e.entry, e.file_line, e.currency, e.reversal, e.minus, e.amount, e.booked_on, e.value_on, e.bank_reference,
               e.entry_reference, e.details, e.information, e.code, e.charge, d.position,
               -- Of several payments that are one line, what all of them say.
               CASE WHEN e.details > 1 AND e.priced < e.details THEN CASE WHEN d.position = 1 THEN e.part END
                    WHEN d.structured > 0 OR d.texts > 1 THEN d.part END AS remittance_part, d.text,
               e.details > 1 AND e.priced = e.details AS is_batch,
               CASE WHEN e.details > 1 AND e.priced = e.details
                    THEN CASE WHEN coalesce(btrim(d.sign), e.sign) = 'DBIT' THEN '-' ELSE '' END || btrim(d.amount)
                    ELSE e.minus || e.amount END AS detail_amount,
               d.bank_reference AS detail_reference, d.end_to_end_id, d.transaction_id, d.mandate_id, d.original_currency, d.original_amount,
               -- The other side of a payment that came back is where that went.
               CASE WHEN (coalesce(btrim(d.sign), e.sign) = 'CRDT') <> e.reversal THEN coalesce(d.debtor, d.ultimate_debtor)
                    ELSE coalesce(d.creditor, d.ultimate_creditor) END AS party,
               CASE WHEN (coalesce(btrim(d.sign), e.sign) = 'CRDT') <> e.reversal THEN d.debtor_account ELSE d.creditor_account END AS party_account,
               d.information AS detail_information, d.return_reason,
               CASE WHEN d.charges > 0 THEN ar.camt_charge(d.part, namespace, e.currency) END AS detail_charge
        FROM entry AS e
        LEFT JOIN LATERAL XMLTABLE(
            XMLNAMESPACES (namespace AS c), '/*/c:NtryDtls/c:TxDtls' PASSING e.part
            COLUMNS position FOR ORDINALITY,
                    part xml PATH '.',
                    amount text PATH '(c:Amt | c:AmtDtls/c:TxAmt/c:Amt)[1]',
                    sign text PATH 'c:CdtDbtInd',
                    original_amount text PATH '(c:AmtDtls/c:InstdAmt/c:Amt)[1]',
                    original_currency text PATH '(c:AmtDtls/c:InstdAmt/c:Amt)[1]/@Ccy',
                    bank_reference text PATH '(c:Refs/c:AcctSvcrRef)[1]',
                    end_to_end_id text PATH '(c:Refs/c:EndToEndId)[1]',
                    transaction_id text PATH '(c:Refs/c:TxId)[1]',
                    mandate_id text PATH '(c:Refs/c:MndtId)[1]',
                    debtor text PATH '(c:RltdPties/c:Dbtr/c:Pty/c:Nm | c:RltdPties/c:Dbtr/c:Nm)[1]',
                    ultimate_debtor text PATH '(c:RltdPties/c:UltmtDbtr/c:Pty/c:Nm | c:RltdPties/c:UltmtDbtr/c:Nm)[1]',
                    debtor_account text PATH '(c:RltdPties/c:DbtrAcct/c:Id/c:IBAN | c:RltdPties/c:DbtrAcct/c:Id/c:Othr/c:Id)[1]',
                    creditor text PATH '(c:RltdPties/c:Cdtr/c:Pty/c:Nm | c:RltdPties/c:Cdtr/c:Nm)[1]',
                    ultimate_creditor text PATH '(c:RltdPties/c:UltmtCdtr/c:Pty/c:Nm | c:RltdPties/c:UltmtCdtr/c:Nm)[1]',
                    creditor_account text PATH '(c:RltdPties/c:CdtrAcct/c:Id/c:IBAN | c:RltdPties/c:CdtrAcct/c:Id/c:Othr/c:Id)[1]',
                    charges integer PATH 'count(c:Chrgs)',
                    structured integer PATH 'count(c:RmtInf/c:Strd)',
                    texts integer PATH 'count(c:RmtInf/c:Ustrd)',
                    text text PATH '(c:RmtInf/c:Ustrd)[1]',
                    information text PATH '(c:AddtlTxInf)[1]',
                    return_reason text PATH '(c:RtrInf/c:Rsn/c:Cd)[1]') AS d ON true
        WHERE e.status = 'BOOK'
    ), line AS (
        SELECT d.file_line, d.statement, d.entry, d.position,
               jsonb_strip_nulls(jsonb_build_object(
                   'booked_on', d.booked_on, 'value_on', d.value_on, 'currency', d.currency,
                   'amount', d.detail_amount, 'entry_amount', d.minus || d.amount,
                   'entry_reference', coalesce(d.bank_reference, d.entry_reference, CASE WHEN NOT d.is_batch THEN
                                               coalesce(d.detail_reference, ar.bank_end_to_end(d.end_to_end_id)) END),
                   'charge_amount', coalesce(d.detail_charge, CASE WHEN NOT d.is_batch THEN d.charge END),
                   'payer_name', ar.bank_text(d.party), 'payer_account', ar.bank_account_key(d.party_account),
                   'end_to_end_id', ar.bank_end_to_end(d.end_to_end_id),
                   'bank_reference', coalesce(nullif(btrim(d.detail_reference), ''), d.bank_reference),
                   'transaction_code', d.code,
                   'structured_reference', r.structured_reference, 'remittance', r.remittance,
                   'remittance_text', coalesce(r.remittance_text, ar.bank_text(d.text), ar.bank_text(d.detail_information), ar.bank_text(d.information)),
                   'attributes', nullif(jsonb_strip_nulls(jsonb_build_object(
                       'reversal', nullif(d.reversal, false), 'return_reason', d.return_reason, 'mandate_id', ar.bank_end_to_end(d.mandate_id),
                       'transaction_id', ar.bank_end_to_end(d.transaction_id),
                       'original_amount', CASE WHEN d.original_currency <> d.currency
                                               THEN d.original_currency || ' ' || btrim(d.original_amount) END)), '{}'))) AS fields
        FROM detail AS d
        LEFT JOIN LATERAL ar.camt_remittance(d.remittance_part, namespace) AS r ON d.remittance_part IS NOT NULL
        -- A batch of which not every payment has an amount is one line.
        WHERE d.is_batch OR d.position IS NULL OR d.position = 1
    ), closing AS (
        SELECT b.*, row_number() OVER (PARTITION BY b.position ORDER BY b.first DESC) AS last FROM balance AS b WHERE b.side = 'closing'
    ), stated AS (
        SELECT s.position, x.*
        FROM statement AS s
        CROSS JOIN LATERAL XMLTABLE(
            XMLNAMESPACES (namespace AS c), '/*/c:TtlNtries | /*/c:TtlCdtNtries | /*/c:TtlDbtNtries' PASSING s.summary
            COLUMNS field text PATH 'local-name(.)', number text PATH 'c:NbOfNtries', sum text PATH 'c:Sum',
                    net text PATH '(c:TtlNetNtry/c:Amt | c:TtlNetNtryAmt)[1]', sign text PATH '(c:TtlNetNtry/c:CdtDbtInd | c:CdtDbtInd)[1]') AS x
        -- Whether a page sums itself up, or the whole, banks do not agree.
        WHERE s.summary IS NOT NULL AND s.position NOT IN (SELECT p.position FROM paged AS p)
    ), batch AS (
        SELECT d.file_line, d.statement, d.entry, d.minus || d.amount AS amount, sum(ar.parse_amount(d.detail_amount)) AS sum,
               ar.parse_amount(d.charge) AS charge, min(d.currency) AS currency, min(d.booked_on) AS booked_on, min(d.value_on) AS value_on,
               min(d.code) AS code, max(d.position) AS position, min(coalesce(d.bank_reference, d.entry_reference)) AS entry_reference
        FROM detail AS d
        WHERE d.is_batch
        GROUP BY d.file_line, d.statement, d.entry, d.minus, d.amount, d.charge
    )
    SELECT r.file_line, r.statement, r.entry, r.part, r.fields FROM (
        SELECT statement_lines[s.position], s.position, 0 AS entry, 'statement',
               jsonb_strip_nulls(jsonb_build_object(
                   'format', CASE message WHEN 'BkToCstmrStmt' THEN 'camt.053' ELSE 'camt.054' END,
                   'account', ar.bank_account_key(coalesce(s.iban, s.other)),
                   'statement_number', btrim(coalesce(s.number, s.legal_number, s.id)) || coalesce('/' || p.page, ''), 'page', p.page,
                   'currency', coalesce(s.currency, s.first_currency),
                   'opening_on', o.day, 'opening_balance', CASE o.sign WHEN 'DBIT' THEN '-' ELSE '' END || o.amount,
                   'opening_currency', o.currency,
                   'closing_on', c.day, 'closing_balance', CASE c.sign WHEN 'DBIT' THEN '-' ELSE '' END || c.amount,
                   'closing_currency', c.currency,
                   'attributes', jsonb_strip_nulls(jsonb_build_object('id', s.id, 'page', s.page)))) AS fields, 0 AS position
        FROM statement AS s
        LEFT JOIN balance AS o ON o.position = s.position AND o.side = 'opening' AND o.first = 1
        LEFT JOIN closing AS c ON c.position = s.position AND c.last = 1
        LEFT JOIN paged AS p ON p.position = s.position
        UNION ALL
        SELECT l.file_line, l.statement, l.entry, 'line', l.fields, coalesce(l.position, 1) FROM line AS l
        UNION ALL
        -- What the bank keeps of a batch is a line of its own.
        SELECT b.file_line, b.statement, b.entry, 'line',
               jsonb_build_object('booked_on', b.booked_on, 'value_on', b.value_on, 'currency', b.currency, 'amount', '-' || b.charge,
                                  'entry_amount', b.amount, 'transaction_code', b.code, 'remittance_text', 'Charges',
                                  'attributes', '{"charges": true}'::jsonb)
               || jsonb_strip_nulls(jsonb_build_object('entry_reference', b.entry_reference)),
               b.position + 1
        FROM batch AS b
        WHERE b.charge > 0 AND b.sum - b.charge = ar.parse_amount(b.amount)
        UNION ALL
        SELECT f.file_line, f.statement, 0, 'fault', f.fields, 0
        FROM (SELECT (ar.bank_fault(b.file_line, b.statement, 'amount', '23514',
                                    format('the payments of the entry come to %s, the entry to %s: %s too much', b.sum, b.amount,
                                           b.sum - ar.parse_amount(b.amount)))).*
              FROM batch AS b
              WHERE b.sum <> ar.parse_amount(b.amount) AND (b.charge > 0 AND b.sum - b.charge = ar.parse_amount(b.amount)) IS NOT TRUE
              UNION ALL
              SELECT (ar.bank_fault(e.file_line, e.statement, 'CdtDbtInd', '22P02',
                                    format('CdtDbtInd "%s" is neither CRDT nor DBIT', coalesce(e.sign, '')))).*
              FROM entry AS e WHERE e.sign IS NULL OR e.sign NOT IN ('CRDT', 'DBIT')
              UNION ALL
              SELECT (ar.bank_fault(e.file_line, e.statement, 'Sts', '22P02',
                                    format('status "%s" is none of BOOK, PDNG and INFO', e.status))).*
              FROM entry AS e WHERE e.status NOT IN ('BOOK', 'PDNG', 'INFO', 'FUTR')
              UNION ALL
              SELECT (ar.bank_fault(statement_lines[s.position], s.position, m.side || '_balance', '22P02',
                                    format('the statement has no %s balance: the file is cut off, or broken', m.side))).*
              FROM statement AS s
              LEFT JOIN paged AS p ON p.position = s.position
              LEFT JOIN balance AS o ON o.position = s.position AND o.side = 'opening' AND o.first = 1
              LEFT JOIN closing AS c ON c.position = s.position AND c.last = 1
              CROSS JOIN LATERAL (SELECT CASE WHEN o.amount IS NULL AND (p.page > 1) IS NOT TRUE THEN 'opening'
                                              WHEN c.amount IS NULL AND coalesce(p.is_last, true) THEN 'closing' END AS side) AS m
              WHERE message = 'BkToCstmrStmt' AND m.side IS NOT NULL
              UNION ALL
              SELECT f.*
              FROM stated AS t
              CROSS JOIN LATERAL (
                  SELECT count(*) AS number, coalesce(sum(a.value), 0) AS sum, coalesce(sum(a.signed), 0) AS net,
                         count(*) FILTER (WHERE e.status = 'BOOK') AS booked, coalesce(sum(a.value) FILTER (WHERE e.status = 'BOOK'), 0) AS booked_sum,
                         coalesce(sum(a.signed) FILTER (WHERE e.status = 'BOOK'), 0) AS booked_net
                  FROM entry AS e
                  CROSS JOIN LATERAL (SELECT ar.parse_amount(e.amount) AS value, ar.parse_amount(e.minus || e.amount) AS signed) AS a
                  WHERE e.statement = t.position
                    AND CASE t.field WHEN 'TtlCdtNtries' THEN e.sign = 'CRDT' WHEN 'TtlDbtNtries' THEN e.sign = 'DBIT' ELSE true END) AS c
              CROSS JOIN LATERAL (SELECT CASE t.field WHEN 'TtlCdtNtries' THEN 'credits' WHEN 'TtlDbtNtries' THEN 'debits' ELSE 'entries' END AS kind) AS k
              CROSS JOIN LATERAL ar.stated_totals(
                  statement_lines[t.position], t.position, t.field,
                  ARRAY['number of ' || k.kind, 'sum of ' || k.kind, 'net amount of ' || k.kind],
                  ARRAY[btrim(t.number), btrim(t.sum),
                        CASE WHEN btrim(t.sign) = 'DBIT' THEN '-' || ltrim(btrim(t.net), '-') ELSE btrim(t.net) END],
                  ARRAY[c.booked, c.booked_sum, c.booked_net], ARRAY[ARRAY[c.number, c.sum, c.net]]) AS f) AS f
    ) AS r (file_line, statement, entry, part, fields, position)
    ORDER BY r.statement, r.entry, r.part = 'line', r.position;
EXCEPTION
    WHEN cardinality_violation THEN
        RETURN NEXT ar.bank_fault(NULL, NULL, NULL, '2200M', 'an element that can be given once is given several times: ' || SQLERRM);
END;
$$;
COMMENT ON FUNCTION ar.camt_records(text) IS
'Reads a camt.053 or camt.054 message of any version: entries that are booked, the payments of a batch one by one where each has its own amount. The sign is that of CdtDbtInd, also for reversals. A page of a statement is one, with the number of the page behind its own. What TxsSummry states is checked, and that a camt.053 states its balances.';
