
    -- Whom an alarm is about stays, and what was cleared.
    CREATE OR REPLACE TRIGGER alarm_threshold_is_valid
        BEFORE INSERT OR UPDATE OF indicator ON receivables.alarm_threshold
        FOR EACH ROW EXECUTE FUNCTION ar.alarm_threshold_is_valid();
    CREATE OR REPLACE TRIGGER alarm_stays
        BEFORE UPDATE OF company_id, alarm_id, indicator, scope, scope_value, customer_id, raised_on OR DELETE
        ON receivables.alarm FOR EACH ROW EXECUTE FUNCTION ar.refuse_change('What an alarm was about stays known.');
    CREATE OR REPLACE TRIGGER alarm_cleared_once
        BEFORE UPDATE ON receivables.alarm FOR EACH ROW WHEN (OLD.cleared_at IS NOT NULL)
        EXECUTE FUNCTION ar.refuse_change('An alarm is cleared once; another one is raised.');
    CREATE OR REPLACE TRIGGER alarm_starts_open
        BEFORE INSERT ON receivables.alarm FOR EACH ROW WHEN (NEW.cleared_at IS NOT NULL)
        EXECUTE FUNCTION ar.refuse_direct_write('An alarm is raised before it is cleared.');

    CREATE OR REPLACE TRIGGER alarm_published
        AFTER INSERT ON receivables.alarm FOR EACH ROW EXECUTE FUNCTION ar.publish_row('alarm', 'raised', 'alarm_id');
    CREATE OR REPLACE TRIGGER alarm_change_published
        AFTER UPDATE ON receivables.alarm FOR EACH ROW WHEN (NEW.cleared_at IS NULL AND OLD.tier <> NEW.tier)
        EXECUTE FUNCTION ar.publish_row('alarm', 'raised', 'alarm_id');
    CREATE OR REPLACE TRIGGER alarm_clearing_published
        AFTER UPDATE ON receivables.alarm FOR EACH ROW WHEN (NEW.cleared_at IS NOT NULL)
        EXECUTE FUNCTION ar.publish_row('alarm', 'raised', 'alarm_id', '', 'cleared');

    CREATE OR REPLACE VIEW receivables.open_alarm WITH (security_invoker = true) AS
    SELECT a.company_id, a.alarm_id, a.tier, a.indicator, a.scope, coalesce(c.customer_number, a.scope_value) AS scope_value,
           a.customer_id, a.value, a.threshold,
           a.raised_on, a.as_of AS tier_since, a.recorded_at AS raised_at,
           format('%s: %s is %s, %s %s',
                  CASE WHEN a.scope = 'company' THEN co.name
                       WHEN a.scope = 'customer' THEN format('Customer %s, %s', c.customer_number, c.name)
                       WHEN a.scope_value IS NULL THEN 'Without ' || a.scope
                       ELSE initcap(a.scope) || ' ' || a.scope_value END,
                  d.label, ar.indicator_in_words(a.value, d.unit), a.direction, ar.indicator_in_words(a.threshold, d.unit)) AS sentence
    FROM receivables.alarm AS a
    JOIN receivables.company AS co ON co.company_id = a.company_id
    JOIN ar.indicator_definitions() AS d ON d.indicator = a.indicator
    LEFT JOIN receivables.customer AS c ON c.company_id = a.company_id AND c.customer_id = a.customer_id
    WHERE a.cleared_at IS NULL;
    COMMENT ON VIEW receivables.open_alarm IS 'Alarms that are open, whatever the date: as ar.evaluate_alarms last found them.';
    COMMENT ON COLUMN receivables.open_alarm.alarm_id IS 'Identifies the alarm within the company.';
    COMMENT ON COLUMN receivables.open_alarm.tier IS 'yellow, orange or red.';
    COMMENT ON COLUMN receivables.open_alarm.indicator IS 'Name of the indicator.';
    COMMENT ON COLUMN receivables.open_alarm.scope IS 'Of what: company, customer, salesperson, department, region or grade.';
    COMMENT ON COLUMN receivables.open_alarm.scope_value IS 'Which one, customers by their number; null for the company, and for customers without.';
    COMMENT ON COLUMN receivables.open_alarm.value IS 'The value that gave it its tier.';
    COMMENT ON COLUMN receivables.open_alarm.threshold IS 'The threshold of its tier.';
    COMMENT ON COLUMN receivables.open_alarm.raised_on IS 'The day whose books raised it.';
    COMMENT ON COLUMN receivables.open_alarm.tier_since IS 'The day whose books gave it its tier.';
    COMMENT ON COLUMN receivables.open_alarm.raised_at IS 'When it was raised.';
    COMMENT ON COLUMN receivables.open_alarm.sentence IS 'What is the matter, in words.';

    -- How much of what could be collected was, by who answers for it.
    DECLARE
        dimension text;
    BEGIN
        FOREACH dimension IN ARRAY '{salesperson,department}'::text[] LOOP
            EXECUTE replace($view$
                CREATE OR REPLACE VIEW receivables.collection_rate_by_DIMENSION WITH (security_invoker = true) AS
                SELECT co.company_id, co.company_code, v.scope_value AS DIMENSION, 90 AS period_days,
                       max(v.numerator) FILTER (WHERE v.indicator = 'collection_rate') AS collected,
                       max(v.denominator) FILTER (WHERE v.indicator = 'collection_rate') AS collectable,
                       max(v.value) FILTER (WHERE v.indicator = 'collection_rate') AS collection_rate,
                       max(v.numerator) FILTER (WHERE v.indicator = 'collection_rate_on_due') AS paid_of_due,
                       max(v.denominator) FILTER (WHERE v.indicator = 'collection_rate_on_due') AS fell_due,
                       max(v.value) FILTER (WHERE v.indicator = 'collection_rate_on_due') AS collection_rate_on_due,
                       ar.as_of() AS as_of
                FROM receivables.company AS co
                CROSS JOIN LATERAL ar.indicator_values(co.company_id, ar.as_of(), '{DIMENSION}',
                                                       wanted => '{collection_rate,collection_rate_on_due}') AS v
                GROUP BY co.company_id, co.company_code, v.scope_value
                $view$, 'DIMENSION', dimension);
            EXECUTE format('COMMENT ON VIEW receivables.%I IS %L', 'collection_rate_by_' || dimension,
                           format('How much came in of what could, in the 90 days up to ar.as_of(), by the %s responsible for the customers on that day.', dimension));
            EXECUTE replace($comments$
                COMMENT ON COLUMN receivables.collection_rate_by_DIMENSION.period_days IS 'Days of the period, which ends with the as-of date.';
                COMMENT ON COLUMN receivables.collection_rate_by_DIMENSION.collected IS 'Payments and deposits less refunds of the period.';
                COMMENT ON COLUMN receivables.collection_rate_by_DIMENSION.collectable IS 'Balance at the start of the period and its credit sales.';
                COMMENT ON COLUMN receivables.collection_rate_by_DIMENSION.collection_rate IS 'collected / collectable, to six decimals; null where nothing was collectable.';
                COMMENT ON COLUMN receivables.collection_rate_by_DIMENSION.paid_of_due IS 'What had been paid, by the as-of date, of what fell due in the period.';
                COMMENT ON COLUMN receivables.collection_rate_by_DIMENSION.fell_due IS 'What fell due in the period and was not credited or moved.';
                COMMENT ON COLUMN receivables.collection_rate_by_DIMENSION.collection_rate_on_due IS 'paid_of_due / fell_due, to six decimals; null where nothing fell due.';
                $comments$, 'DIMENSION', dimension);
        END LOOP;
    END;

    CREATE OR REPLACE VIEW receivables.indicator_board WITH (security_invoker = true) AS
    SELECT co.company_id, co.company_code, d.place, e.indicator, d.label, e.value,
           ar.indicator_in_words(e.value, e.unit) AS formatted, p.value AS previous_value,
           ar.indicator_in_words(p.value, e.unit) AS previous_formatted, p.as_of AS previous_on,
           CASE WHEN e.has_threshold AND e.value IS NOT NULL THEN coalesce(e.tier, 'green') END AS state,
           e.threshold, d.formula, ar.as_of() AS as_of
    FROM receivables.company AS co
    CROSS JOIN LATERAL ar.evaluated_indicators(co.company_id, ar.as_of(), '{company}') AS e
    JOIN ar.indicator_definitions() AS d ON d.indicator = e.indicator
    LEFT JOIN receivables.indicator_snapshot AS p
        ON p.company_id = co.company_id AND p.scope = 'company' AND p.indicator = e.indicator
           AND p.as_of = (SELECT max(s.as_of) FROM receivables.snapshot AS s
                          WHERE s.company_id = co.company_id AND s.as_of < ar.as_of());
    COMMENT ON VIEW receivables.indicator_board IS 'The indicators of every company at ar.as_of(), beside those of the snapshot before, and what its thresholds say of them.';
    COMMENT ON COLUMN receivables.indicator_board.place IS 'Order of the indicators.';
    COMMENT ON COLUMN receivables.indicator_board.indicator IS 'Name of the indicator.';
    COMMENT ON COLUMN receivables.indicator_board.label IS 'What it is called in a report.';
    COMMENT ON COLUMN receivables.indicator_board.value IS 'Its value; null where it is not defined.';
    COMMENT ON COLUMN receivables.indicator_board.formatted IS 'The value as it is read.';
    COMMENT ON COLUMN receivables.indicator_board.previous_value IS 'Its value in the latest snapshot before the date; null without any.';
    COMMENT ON COLUMN receivables.indicator_board.previous_formatted IS 'That value as it is read.';
    COMMENT ON COLUMN receivables.indicator_board.previous_on IS 'The day of that snapshot.';
    COMMENT ON COLUMN receivables.indicator_board.state IS 'green, yellow, orange or red; null without a threshold or a value.';
    COMMENT ON COLUMN receivables.indicator_board.threshold IS 'Threshold of the tier it has reached, else of the first one.';
    COMMENT ON COLUMN receivables.indicator_board.formula IS 'How it is worked out.';
