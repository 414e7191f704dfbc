
    -- Grades of a company follow each other by score.
    CREATE OR REPLACE TRIGGER credit_grade_in_order
        AFTER INSERT OR UPDATE OF grade, from_score ON receivables.credit_grade FOR EACH ROW
        EXECUTE FUNCTION ar.credit_grades_in_order();
