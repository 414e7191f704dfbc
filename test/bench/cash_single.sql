-- Bank lines as a screen asks for them one at a time, in bench.single: what is
-- known of the payer of each, and 500 customers more that are named after a group.
SET client_min_messages = warning;
SET session_replication_role = replica;
INSERT INTO receivables.customer (company_id, customer_id, customer_number, name)
SELECT 1, 1000000 + c.customer_id, 'S' || c.customer_id, 'Sparkasse ' || split_part(c.name, ' ', 1) || ' ' || c.customer_id % 7
FROM receivables.customer AS c WHERE c.company_id = 1 AND c.customer_id BETWEEN 2 AND 501;
RESET session_replication_role;
INSERT INTO receivables.bank_account (company_id, account, currency) VALUES (1, 'BENCH', 'EUR') ON CONFLICT DO NOTHING;
INSERT INTO receivables.bank_statement (company_id, bank_statement_id, format, account, statement_number, currency, content_hash)
VALUES (1, 2, 'jsonb', 'BENCH', '2', 'EUR', 'single');
CREATE TABLE bench.single AS
SELECT row_number() OVER () AS bank_line_id, v.*
FROM (SELECT c.customer_id, c.name, max(i.open_amount) AS amount, 'DE' || lpad((c.customer_id * 7919)::text, 20, '0') AS account
      FROM receivables.customer AS c JOIN receivables.item AS i ON i.company_id = 1 AND i.customer_id = c.customer_id AND i.open_amount > 0
      WHERE c.company_id = 1 AND c.customer_id > 500 GROUP BY c.customer_id, c.name ORDER BY c.customer_id LIMIT 1) AS c
CROSS JOIN (SELECT string_agg(d.document_number, ' ' ORDER BY d.document_id) FILTER (WHERE d.place % 97 = 0) AS some,
                   string_agg(d.document_number, ' ' ORDER BY d.document_id) FILTER (WHERE d.customer_place <= 30 AND d.customer_id = 1) AS of_one
            FROM (SELECT d.document_number, d.document_id, d.customer_id, row_number() OVER (ORDER BY d.document_id) AS place,
                         row_number() OVER (PARTITION BY d.customer_id ORDER BY d.document_id) AS customer_place
                  FROM receivables.document AS d WHERE d.company_id = 1 AND d.document_number LIKE 'INV-%' AND (d.document_id <= 2910 OR d.customer_id = 1)) AS d) AS d
CROSS JOIN LATERAL (VALUES
    ('the name, and what is open', c.amount, c.name, NULL, NULL),
    ('the name alone', 123.45, c.name, NULL, NULL),
    ('an unknown name', 123.45, 'Quxyz Hrmpf Wjkt AG', NULL, NULL),
    ('a similar name, and what is open', c.amount, overlay(c.name PLACING 'x' FROM 4 FOR 1), NULL, NULL),
    ('a name made of parts of others', 123.45, 'Gorgor Stufi Milen', NULL, NULL),
    ('a part of a name', 123.45, left(c.name, 9), NULL, NULL),
    ('a word of many names', 123.45, 'Gorgor', NULL, NULL),
    ('the name of a group of 500', 123.45, 'Sparkasse', NULL, NULL),
    ('a name of 120 characters', 123.45, rpad('Sparkasse Bacodel Venwilbre Stugor Finanzbuchhaltung im Auftrag der Stadtwerke Stugor, Kommunalservice und Bauhof ', 120, 'x'), NULL, NULL),
    ('initials of many', 123.45, 'BBG', NULL, NULL),
    ('the begin of initials of many', 123.45, 'BB', NULL, NULL),
    ('initials of nobody', 123.45, 'QXQ', NULL, NULL),
    ('a number alone', 100, NULL, NULL, split_part(d.some, ' ', 1)),
    ('a number and a similar name', 100, 'Gorgor Stufi Milen', NULL, split_part(d.some, ' ', 1)),
    ('thirty numbers of many', 98765.43, NULL, NULL, d.some),
    ('thirty numbers of one', 98765.43, NULL, NULL, d.of_one),
    ('an account that is known', 1000.01, 'Gorgor Stufi', c.account, NULL),
    ('the account of who owes most', 5999.01, NULL, 'DE' || lpad('7919', 20, '0'), NULL),
    ('an account that was learned', 1000.02, NULL, 'LEARNED', NULL),
    ('nothing', 1000.03, NULL, NULL, NULL)) AS v (known, line_amount, payer_name, payer_account, remittance_text);
INSERT INTO receivables.bank_line (company_id, bank_line_id, bank_statement_id, line_number, entry_number, booked_on, value_on, currency, amount, entry_amount,
                                   payer_name, payer_account, remittance_text)
SELECT 1, s.bank_line_id, 2, s.bank_line_id, s.bank_line_id, date '2026-05-20', date '2026-05-20', 'EUR', s.line_amount, s.line_amount, s.payer_name, s.payer_account, s.remittance_text
FROM bench.single AS s
UNION ALL
SELECT 1, 1000 + i, 2, 1000 + i, 1000 + i, '2026-05-10', '2026-05-10', 'EUR', 10, 10, NULL, 'LEARNED', NULL FROM generate_series(1, 20) AS i;
-- What taught the account: three of four times the same customer.
SET session_replication_role = replica;
INSERT INTO receivables.match_proposal (company_id, match_proposal_id, bank_line_id, customer_id, rank, method, score, amount, remainder, reasons, status, content_hash)
SELECT 1, 1000 + i, 1000 + i, CASE WHEN i % 4 = 0 THEN 3 ELSE 5 END, 1, 'exact_number', 1, 10, 0, 'x', 'accepted', 'x' FROM generate_series(1, 20) AS i;
UPDATE receivables.bank_line SET open_amount = 0 WHERE company_id = 1 AND bank_line_id > 1000;
RESET session_replication_role;
VACUUM ANALYZE receivables.customer;
VACUUM ANALYZE receivables.item;
ANALYZE receivables.bank_line, receivables.match_proposal;
CREATE TABLE bench.single_time (bank_line_id bigint, role name, first_ms numeric, next_ms numeric);
CREATE ROLE bench_clerk;
SELECT ar.grant_access('bench_clerk', 'clerk', 1) \gset
GRANT USAGE ON SCHEMA bench TO bench_clerk;
