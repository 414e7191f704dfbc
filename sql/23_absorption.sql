-- What becomes of receivables in the end ------------------------------------

CREATE FUNCTION ar.absorption(q double precision[], r double precision[]) RETURNS double precision[]
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ar_absorption';
COMMENT ON FUNCTION ar.absorption(double precision[], double precision[]) IS
'Where an absorbing Markov chain ends (Cyert, Davidson and Thompson 1962): q are the rates of a period from each state (rows) to each (columns), r those to the states that are never left, such as paid and bad. Returns the probability of each state to end in each of these: (I - q)^-1 r. Errors: 2202E for matrices that do not fit, 22004 for nulls, 22023 for rates outside 0 to 1, rows that do not add up to 1 within 1e-9, and for a state that no way leads out of.';

CREATE FUNCTION ar.weighted_rows(weights numeric[], matrix double precision[]) RETURNS double precision[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT array_agg(c.amount ORDER BY c.j)
    FROM (SELECT j.j, sum(weights[i.i]::double precision * matrix[i.i][j.j]) AS amount
          FROM generate_subscripts(matrix, 2) AS j (j) CROSS JOIN generate_subscripts(matrix, 1) AS i (i)
          GROUP BY j.j) AS c;
END;
COMMENT ON FUNCTION ar.weighted_rows(numeric[], double precision[]) IS
'What amounts by state come to in each column of a matrix: with what ar.absorption returns, the expected end of receivables; with q and r, what is open and what has ended one period later.';
