
    -- how customers are scored, and the scores they were given
    CREATE TABLE receivables.scorecard (
        company_id     bigint NOT NULL REFERENCES receivables.company,
        scorecard      text NOT NULL CHECK (btrim(scorecard) <> ''),
        version        integer NOT NULL CHECK (version > 0),
        status         text NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'active', 'retired')),
        is_challenger  boolean NOT NULL DEFAULT false,
        definition     jsonb NOT NULL CHECK (jsonb_typeof(definition) = 'object'),
        valid_from     date,
        valid_to       date,
        recorded_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
        recorded_by    text NOT NULL DEFAULT session_user,
        PRIMARY KEY (company_id, scorecard, version),
        CONSTRAINT scorecard_valid_while_active CHECK (
            CASE status WHEN 'draft' THEN num_nonnulls(valid_from, valid_to) = 0
                        WHEN 'active' THEN valid_from IS NOT NULL AND valid_to IS NULL
                        ELSE (valid_from IS NULL) = (valid_to IS NULL) AND valid_from <= valid_to IS NOT FALSE END)
    );
    CREATE UNIQUE INDEX scorecard_one_champion ON receivables.scorecard (company_id, scorecard)
        WHERE status = 'active' AND NOT is_challenger;
    COMMENT ON TABLE receivables.scorecard IS 'Scorecards of a company, version by version. Of each card one version is the active champion, whose scores count; challengers are scored beside it to be compared. What a version that was active says stays.';
    COMMENT ON COLUMN receivables.scorecard.company_id IS 'The company.';
    COMMENT ON COLUMN receivables.scorecard.scorecard IS 'Name of the card.';
    COMMENT ON COLUMN receivables.scorecard.version IS 'Its version, counted from 1.';
    COMMENT ON COLUMN receivables.scorecard.status IS 'draft, active or retired; only a draft may be changed.';
    COMMENT ON COLUMN receivables.scorecard.is_challenger IS 'Whether it is scored beside the champion only to be compared with it.';
    COMMENT ON COLUMN receivables.scorecard.definition IS 'Components or characteristics, bins and points, evidence, grades and overrides, as ar.check_scorecard takes them.';
    COMMENT ON COLUMN receivables.scorecard.valid_from IS 'Since when it is active; null for one that never was.';
    COMMENT ON COLUMN receivables.scorecard.valid_to IS 'The day on which it was retired.';
    COMMENT ON COLUMN receivables.scorecard.recorded_at IS 'When it was entered.';
    COMMENT ON COLUMN receivables.scorecard.recorded_by IS 'Who entered it.';

    CREATE TABLE receivables.score (
        company_id     bigint NOT NULL,
        customer_id    bigint NOT NULL,
        scored_on      date NOT NULL CHECK (isfinite(scored_on)),
        scorecard      text NOT NULL,
        version        integer NOT NULL,
        score          numeric CHECK (score > '-Infinity' AND score < 'Infinity'),
        grade          text,
        pd             numeric CHECK (pd >= 0 AND pd <= 1),
        facts          jsonb NOT NULL CHECK (jsonb_typeof(facts) = 'object'),
        contributions  jsonb NOT NULL CHECK (jsonb_typeof(contributions) = 'array'),
        missing        text[] NOT NULL,
        reasons        text[] NOT NULL,
        recorded_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
        recorded_by    text NOT NULL DEFAULT session_user,
        PRIMARY KEY (company_id, scorecard, version, scored_on, customer_id),
        FOREIGN KEY (company_id, customer_id) REFERENCES receivables.customer,
        FOREIGN KEY (company_id, scorecard, version) REFERENCES receivables.scorecard
    );
    CREATE INDEX score_customer_idx ON receivables.score (company_id, customer_id, scored_on);
    COMMENT ON TABLE receivables.score IS 'Scores that customers were given, with the facts they follow from. Append-only: a customer has one score for a day and a version of a card.';
    COMMENT ON COLUMN receivables.score.company_id IS 'The company.';
    COMMENT ON COLUMN receivables.score.customer_id IS 'The customer.';
    COMMENT ON COLUMN receivables.score.scored_on IS 'The day the facts are of.';
    COMMENT ON COLUMN receivables.score.scorecard IS 'The card.';
    COMMENT ON COLUMN receivables.score.version IS 'Its version.';
    COMMENT ON COLUMN receivables.score.score IS 'The score; null where the evidence was less than the card demands.';
    COMMENT ON COLUMN receivables.score.grade IS 'The grade the card gives it; null without.';
    COMMENT ON COLUMN receivables.score.pd IS 'Probability of default, 0 to 1; null for a card that does not tell it.';
    COMMENT ON COLUMN receivables.score.facts IS 'What was known of the customer.';
    COMMENT ON COLUMN receivables.score.contributions IS 'What each characteristic contributed, in numbers and words, as ar.score gives it.';
    COMMENT ON COLUMN receivables.score.missing IS 'Facts that were not known.';
    COMMENT ON COLUMN receivables.score.reasons IS 'What made the score and the grade what they are, in words.';
    COMMENT ON COLUMN receivables.score.recorded_at IS 'When it was entered.';
    COMMENT ON COLUMN receivables.score.recorded_by IS 'Who entered it.';
