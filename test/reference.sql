-- The parts of doc/*.md that follow the catalog, each between its markers, in
-- markdown. Run by test/reference.sh in a database with the extension and books.
\set ON_ERROR_STOP on
\set QUIET on
\pset format unaligned
\pset tuples_only on
\pset pager off
SET search_path = pg_catalog, pg_temp;

-- Which functions go where, in this order. All others are inner functions.
CREATE TEMP TABLE section AS
SELECT s.section, f.name, f.position
FROM (VALUES
    ('aggregates', '{aging_agg}'::text[]),
    ('payment behavior aggregate', '{payment_behavior_agg}'),
    ('payment behavior', '{weighted_days_to_pay,weighted_days_late,weighted_days_late_floored,weighted_terms,mean_days_to_pay,mean_days_late,late_count,late_share,late_amount,late_amount_share,best_days_late,worst_days_late,days_late_trend,payment_score,payment_index,days_beyond_terms}'),
    ('payment behavior of the books', '{customer_payment_behavior,customer_payment_behavior_by_month,invoice_receipts}'),
    ('aging', '{buckets,amount,amounts,counts,bounds,item_count,total,overdue,average_days_past_due,bucket_label,aging_row,to_jsonb}'),
    ('dso', '{dso,best_possible_dso,average_days_delinquent,dso_countback}'),
    ('concentration', '{hhi,top_share,absorption,weighted_rows}'),
    ('scoring', '{check_scorecard,score,standard_scorecard,save_scorecard,activate_scorecard,retire_scorecard,champion_scorecard,record_scores,score_customers,score_stability}'),
    ('scorecards', '{auc_agg,gini_agg,ks_agg,score_sample_agg,auc,gini,ks,psi,woe,information_value,fit_logistic,fit_scorecard,scorecard_scaling}'),
    ('dso', '{dso,rolling_dso,annualised_dso,trailing_year_dso,average_balance_dso,sales_weighted_dso,true_dso,best_possible_dso,average_days_delinquent,receivables_turnover,turnover_days,collection_effectiveness,deduction_days_outstanding,weighted_days,dso_countback,dso_countback_by_month,dso_countback_by_day}'),
    ('dso aggregate', '{true_dso_agg}'),
    ('dso of the books', '{dso_by,dso_trend}'),
    ('dso', '{dso,rolling_dso,annualised_dso,trailing_year_dso,average_balance_dso,sales_weighted_dso,true_dso,best_possible_dso,average_days_delinquent,receivables_turnover,turnover_days,collection_effectiveness,deduction_days_outstanding,weighted_days,dso_countback,dso_countback_by_month,dso_countback_by_day}'),
    ('dso aggregate', '{true_dso_agg}'),
    ('dso of the books', '{dso_by,dso_trend}'),
    ('scoring', '{check_scorecard,score,standard_scorecard,save_scorecard,activate_scorecard,retire_scorecard,champion_scorecard,record_scores,score_customers,score_stability}'),
    ('scorecards', '{auc_agg,gini_agg,ks_agg,score_sample_agg,auc,gini,ks,psi,woe,information_value,fit_logistic,fit_scorecard,scorecard_scaling}'),
    ('terms', '{check_term,due_date,instalments,discounts,discount_on,amount_settled,cost_of_discount,deposit}'),
    ('formats', '{uscc_is_valid,uscc_check_character,organisation_code_is_valid,resident_id_is_valid,cn_tax_id_is_valid,fapiao_number_is_valid,vat_is_consistent,vat_id_is_valid,lei_is_valid,iban_is_valid}'),
    ('references', '{reference_is_valid,make_reference,reference_key,reference_number,reference_pattern,number_distance,extract_references,extract_amounts,name_key,name_initials}'),
    ('sums', '{subset_sum,subset_sum_expected_hits,assign}'),
    ('candidates', '{match_candidates}'),
    ('clocks', '{as_of,known_at,open_items}'),
    ('books', '{create_ledger,upgrade_ledger,ledger_version,version,library_version,check_ledger}'),
    ('customers', '{create_company,set_payment_term,calendar_days,assign_customer,owner_periods,aging_by}'),
    ('posting', '{document_kinds,post_invoice,post_credit_note,post_payment,post_deposit,post_refund,post_write_off,post_adjustment,post_interest,post_fee,post_opening_balance,post_document}'),
    ('reversal', '{reverse_document,transfer}'),
    ('applications', '{apply,apply_many,reverse_application}'),
    ('import', '{import_rows,import_table,check_rows,check_table,import_fields,parse_date,parse_amount}'),
    ('bank', '{load_bank_statement,check_bank_statement,read_bank_file,bank_format,bank_mapping_fields,decode_bank_file,set_reference_standards,ignore_bank_line,add_remittance,csv_rows}'),
    ('rules', '{amend_contract,contract_amount,set_check_rule,check_tests}'),
    ('numbers', '{set_number_series,number_period,format_number}'),
    ('periods', '{close_period,reopen_period,may_post_to_closed_period}'),
    ('currencies', '{add_exchange_rate,find_exchange_rate,revalue,exchange_rate}'),
    ('matching', '{propose,auto_apply,accept,reject,undo_match,apply_manual,post_bank_line,match_methods,standard_match_rules,add_standard_match_rules,match_rule_sets,match_rules_for,find_reason_code,difference_reason,item_document_number,index_similar_names}'),
    ('credit', '{credit_exposure,check_order,reserve_order,release_order,set_temporary_limit,place_hold,lift_hold,release_hold,credit_positions}'),
    ('credit', '{add_standard_credit_grades,set_credit_grade,customer_facts,customer_fact_names,credit_limit_by_need,credit_limit_by_capacity,credit_limit_by_practice,recommended_credit_limit,next_credit_limit,credit_review_policy,set_credit_review_policy,credit_scorecard,propose_credit,review_credit,approve_credit,reject_credit,reverse_credit,set_credit,may_decide_credit}'),
    ('statements', '{customer_statement,balance,item_history,document_history,change_history,row_as_of}'),
    ('forecast', '{delay_curve_agg,delay_curve_points,survival,payment_probability,payment_probabilities,delay_quantile,cash_forecast_agg,delay_curves,payment_outlook,item_payment_probability,forecast_cash,forecast_scenario,backtest_forecast,forecast_accuracy,wape,forecast_bias,pinball_loss,forecast_coverage}'),
    ('indicators', '{indicators,indicator_definitions,indicator_values,countback,indicator_in_words}'),
    ('snapshots', '{take_snapshot,take_snapshots,aging_trend,bucket_migration,migration_states,month_before,roll_rates,expected_losses}'),
    ('alarms', '{evaluate_alarms,add_standard_alarm_thresholds,evaluated_indicators,tier_rank}'),
    ('journal', '{charts_of_accounts,load_account_map,reconcile_journal}'),
    ('export', '{reports,export_csv,export_json,csv_line,csv_field}'),
    ('outbox', '{publish,unpublish,read_outbox,trim_outbox}'),
    ('access', '{grant_access,revoke_access,access_presets,access_privileges,readable_relations}')
) AS s (section, names)
CROSS JOIN LATERAL unnest(s.names) WITH ORDINALITY AS f (name, position);

-- As it stands in a cell of a table.
CREATE FUNCTION pg_temp.cell(text) RETURNS text LANGUAGE sql
RETURN regexp_replace(replace($1, E'\n', ' '), '([|*<])', '\\\1', 'g');

CREATE FUNCTION pg_temp.code(text) RETURNS text LANGUAGE sql
RETURN '`' || replace($1, '|', '\|') || '`';

CREATE FUNCTION pg_temp.type_name(oid) RETURNS text LANGUAGE sql
RETURN replace(format_type($1, NULL), 'timestamp with time zone', 'timestamptz');

CREATE FUNCTION pg_temp.part(name text, lines text) RETURNS text LANGUAGE sql
RETURN format(E'<!-- generated: %s -->\n%s\n<!-- end -->', name, lines);

CREATE TEMP TABLE routine AS
SELECT p.oid, p.proname::text AS name, p.prokind = 'a' AS is_aggregate, p.pronargs,
       obj_description(p.oid, 'pg_proc') AS comment,
       format('ar.%s(%s) → %s', p.proname,
              -- Defaults without their types, and what comes in without what goes out.
              replace(regexp_replace(regexp_replace(replace(pg_get_function_arguments(p.oid), ' DEFAULT ', ' = '),
                                                    '::[a-z_. ]+(\[\])?', '', 'g'),
                                     '(^|, )OUT .*$', ''), 'timestamp with time zone', 'timestamptz'),
              CASE WHEN p.proretset THEN 'set of ' ELSE '' END
              || coalesce((SELECT '(' || string_agg(p.proargnames[a.n] || ' ' || pg_temp.type_name(a.type), ', ' ORDER BY a.n) || ')'
                           FROM unnest(p.proallargtypes, p.proargmodes) WITH ORDINALITY AS a (type, mode, n)
                           WHERE a.mode IN ('o', 't')),
                          pg_temp.type_name(p.prorettype))) AS signature
FROM pg_proc AS p
WHERE p.pronamespace = 'ar'::regnamespace;

CREATE TEMP TABLE relation AS
SELECT c.oid, c.relname::text AS name, c.relkind = 'v' AS is_view, obj_description(c.oid, 'pg_class') AS comment
FROM pg_class AS c
WHERE c.relnamespace = 'receivables'::regnamespace AND c.relkind IN ('r', 'p', 'v');

CREATE TEMP TABLE relation_column AS
SELECT r.name AS relation, r.is_view, a.attname::text AS name, a.attnum AS position,
       pg_temp.type_name(a.atttypid) AS type, col_description(a.attrelid, a.attnum) AS comment
FROM relation AS r JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped;

DO $$
DECLARE
    gone text;
BEGIN
    SELECT string_agg(s.name, ', ') INTO gone
    FROM section AS s WHERE s.name NOT IN (SELECT r.name FROM routine AS r);
    IF gone IS NOT NULL THEN
        RAISE EXCEPTION 'the list in test/reference.sql has functions that are no more: %', gone;
    END IF;
END;
$$;

SELECT pg_temp.part(s.section, CASE WHEN bool_and(r.is_aggregate) THEN '| Aggregate' ELSE '| Function' END || E' | |\n|---|---|\n'
                    || string_agg(format('| %s | %s |', pg_temp.code(r.signature), pg_temp.cell(r.comment)), E'\n'
                                  ORDER BY s.position, r.pronargs, r.signature COLLATE "C"))
FROM section AS s JOIN routine AS r ON r.name = s.name
GROUP BY s.section;

SELECT pg_temp.part('inner functions', string_agg(format('`%s`', i.name), E',\n' ORDER BY i.name COLLATE "C") || '.')
FROM (SELECT r.name FROM routine AS r EXCEPT SELECT s.name FROM section AS s) AS i;

SELECT pg_temp.part('tests', E'| Test | Kinds of row | Tests | Parameter |\n|---|---|---|---|\n'
                    || string_agg(format('| `%s` | %s | %s | %s |', t.test, replace(t.kinds, ' ', ', '),
                                         CASE WHEN t.needs_field THEN 'a field' ELSE 'the row' END,
                                         coalesce('`' || nullif(t.parameters, '') || '`', '')), E'\n' ORDER BY t.n))
FROM ar.check_tests() WITH ORDINALITY AS t (test, kinds, needs_field, parameters, broken, reason, n);

SELECT pg_temp.part('presets', E'| Preset | Besides reading |\n|---|---|\n'
                    || string_agg(format('| `%s` | %s |', p.preset, coalesce(m.may, '')), E'\n' ORDER BY p.n))
FROM unnest(ar.access_presets()) WITH ORDINALITY AS p (preset, n)
LEFT JOIN (SELECT t.preset, string_agg(format('%s `%s`', lower(t.privileges), t.table_name), '; '
                                       ORDER BY t.table_name COLLATE "C") AS may
           FROM (SELECT a.preset, a.table_name, string_agg(a.privilege, ', ' ORDER BY a.privilege) AS privileges
                 FROM ar.access_privileges() AS a GROUP BY a.preset, a.table_name) AS t
           GROUP BY t.preset) AS m ON m.preset = p.preset;

SELECT pg_temp.part('views', E'| View | | Columns |\n|---|---|---|\n'
                    || string_agg(format('| `%s` | %s | %s |', r.name, pg_temp.cell(r.comment), c.names), E'\n'
                                  ORDER BY r.name COLLATE "C"))
FROM relation AS r
JOIN (SELECT c.relation, string_agg(format('`%s`', c.name), ', ' ORDER BY c.position) AS names
      FROM relation_column AS c GROUP BY c.relation) AS c ON c.relation = r.name
WHERE r.is_view;

-- A column stands once; a meaning that it has in fewer views than another says where.
SELECT pg_temp.part('view columns', E'| Column | |\n|---|---|\n'
                    || string_agg(format('| `%s` | %s%s |', m.name, CASE WHEN m.place > 1 THEN 'In ' || m.views || ': ' END,
                                         pg_temp.cell(m.comment)), E'\n' ORDER BY m.name COLLATE "C", m.place))
FROM (SELECT c.name, c.comment, string_agg(format('`%s`', c.relation), ', ' ORDER BY c.relation COLLATE "C") AS views,
             row_number() OVER (PARTITION BY c.name ORDER BY count(*) DESC, c.comment COLLATE "C") AS place
      FROM relation_column AS c WHERE c.is_view GROUP BY c.name, c.comment) AS m;

SELECT pg_temp.part('tables', string_agg(format(E'### receivables.%s\n\n%s\n\n| Column | Type | |\n|---|---|---|\n%s', r.name,
                                                pg_temp.cell(r.comment), c.lines), E'\n\n' ORDER BY r.name COLLATE "C"))
FROM relation AS r
JOIN (SELECT c.relation, string_agg(format('| `%s` | %s | %s |', c.name, c.type, pg_temp.cell(c.comment)), E'\n'
                                    ORDER BY c.position) AS lines
      FROM relation_column AS c GROUP BY c.relation) AS c ON c.relation = r.name
WHERE NOT r.is_view;

-- Fields of rows to import, by kind; the number and date of a document's own are KIND_number and KIND_date.
WITH own AS (
    SELECT f.n, k.kind, k.n AS kind_n, f.type, f.required, k.kind = ANY (ar.document_kinds()) AS is_document,
           CASE WHEN k.kind = ANY (ar.document_kinds()) AND f.field IN (k.kind || '_number', k.kind || '_date')
                THEN replace(f.field, k.kind, '*KIND*') ELSE f.field END AS field
    FROM unnest('{customer,contract,order}' || ar.document_kinds() || '{application}'::text[]) WITH ORDINALITY AS k (kind, n)
    CROSS JOIN LATERAL ar.import_fields(k.kind) WITH ORDINALITY AS f (field, type, required, n)
), used AS (
    SELECT o.field, o.type, o.required, min(o.kind_n) AS first_kind, min(o.n) AS first_n,
           concat_ws(', ', string_agg(format('`%s`', o.kind), ', ' ORDER BY o.kind_n)
                               FILTER (WHERE NOT (o.is_document AND d.is_all)),
                     CASE WHEN bool_or(o.is_document AND d.is_all) THEN 'every document' END) AS kinds
    FROM own AS o
    CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE x.is_document) = cardinality(ar.document_kinds()) AS is_all
                        FROM own AS x WHERE (x.field, x.type, x.required) = (o.field, o.type, o.required)) AS d
    GROUP BY o.field, o.type, o.required
)
SELECT pg_temp.part('import fields', E'| Field | Type | Required | Optional |\n|---|---|---|---|\n'
                    || string_agg(format('| %s | %s | %s | %s |', CASE WHEN u.field LIKE '*%' THEN u.field ELSE '`' || u.field || '`' END,
                                         u.type, u.required, u.optional), E'\n' ORDER BY u.first_kind, u.first_n, u.type, u.field))
FROM (SELECT u.field, u.type, min(u.first_kind) AS first_kind, min(u.first_n) AS first_n,
             string_agg(u.kinds, '') FILTER (WHERE u.required) AS required,
             string_agg(u.kinds, '') FILTER (WHERE NOT u.required) AS optional
      FROM used AS u GROUP BY u.field, u.type) AS u;
