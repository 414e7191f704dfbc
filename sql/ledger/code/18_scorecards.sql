
    -- A version that was active stays as it was; what was scored by it can be repeated.
    CREATE OR REPLACE TRIGGER scorecard_is_valid
        BEFORE INSERT OR UPDATE OF definition ON receivables.scorecard
        FOR EACH ROW EXECUTE FUNCTION ar.scorecard_is_valid();
    CREATE OR REPLACE TRIGGER scorecard_stays
        BEFORE UPDATE OF company_id, scorecard, version, definition ON receivables.scorecard FOR EACH ROW
        WHEN (OLD.status <> 'draft' AND (OLD.company_id <> NEW.company_id OR OLD.scorecard <> NEW.scorecard
                                         OR OLD.version <> NEW.version OR OLD.definition <> NEW.definition))
        EXECUTE FUNCTION ar.refuse_change('A version that is or was active stays as it is; save a new one.');
    CREATE OR REPLACE TRIGGER scorecard_kept
        BEFORE DELETE ON receivables.scorecard FOR EACH ROW WHEN (OLD.status <> 'draft')
        EXECUTE FUNCTION ar.refuse_change('A version that is or was active stays known; retire it.');
    CREATE OR REPLACE TRIGGER scorecard_starts_as_draft
        BEFORE INSERT ON receivables.scorecard FOR EACH ROW WHEN (NEW.status <> 'draft')
        EXECUTE FUNCTION ar.refuse_scorecard_status();
    CREATE OR REPLACE TRIGGER scorecard_goes_forward
        BEFORE UPDATE OF status, valid_from ON receivables.scorecard FOR EACH ROW
        WHEN (OLD.status = 'active' AND NEW.status = 'draft' OR OLD.status = 'retired' AND NEW.status <> 'retired'
              OR OLD.status <> 'draft' AND OLD.valid_from IS DISTINCT FROM NEW.valid_from)
        EXECUTE FUNCTION ar.refuse_scorecard_status();
    CREATE OR REPLACE TRIGGER score_append_only
        BEFORE UPDATE OR DELETE ON receivables.score FOR EACH ROW
        EXECUTE FUNCTION ar.refuse_change('Scores that were given stay known; score the customer anew on another day.');
    CREATE OR REPLACE TRIGGER score_no_truncate
        BEFORE TRUNCATE ON receivables.score EXECUTE FUNCTION ar.refuse_change('Scores that were given stay known.');
    CREATE OR REPLACE TRIGGER score_recorded_now
        BEFORE INSERT ON receivables.score FOR EACH ROW
        WHEN (NEW.recorded_at < now() OR NEW.recorded_at > clock_timestamp() OR NEW.recorded_by <> session_user)
        EXECUTE FUNCTION ar.refuse_forged_entry();
