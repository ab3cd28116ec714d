-- What an account's costs count for where they are grouped by organizational units: of the units
-- asked for, the account itself where it is directly in one, else the next unit below that holds
-- it. Kind, id and name, separated by the character 31; NULL for an account that is in none.
CREATE FUNCTION org_entity(alias_id integer, account text, day date, units text[]) RETURNS text
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT CASE
           WHEN o.org_unit_id = asked.id
           THEN concat_ws(chr(31), 'account', account,
                          COALESCE((SELECT a.account_alias
                                      FROM reporting_awsaccountalias a
                                     WHERE a.id = alias_id), account))
           ELSE concat_ws(chr(31), 'organizational_unit', below.id,
                          (SELECT n.org_unit_name
                             FROM reporting_awsorganizationalunit n
                            WHERE n.org_unit_id = below.id
                            ORDER BY n.created_timestamp DESC, n.id DESC
                            LIMIT 1))
           END
      FROM reporting_awsorganizationalunit o
     CROSS JOIN unnest(units) AS asked (id)
     CROSS JOIN LATERAL (
           SELECT split_part(split_part('&' || o.org_unit_path || '&', '&' || asked.id || '&', 2),
                             '&', 1)) AS below (id)
     WHERE o.account_alias_id = alias_id
       AND o.created_timestamp <= day
       AND (o.deleted_timestamp IS NULL OR day < o.deleted_timestamp)
       AND strpos('&' || o.org_unit_path || '&', '&' || asked.id || '&') > 0
     ORDER BY asked.id
     LIMIT 1;
END;

CREATE INDEX awsorganizationalunit_alias_idx
    ON reporting_awsorganizationalunit (account_alias_id);
