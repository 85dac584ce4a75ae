-- Queries in the order in which they run: FROM t |> WHERE … |> SELECT …
CREATE TEMPORARY VIEW lft AS SELECT * FROM VALUES (1, 'l1'), (2, 'l2'), (2, 'l3'), (NULL, 'l4'), (4, 'l5') AS t(a, x)
CREATE TEMPORARY VIEW rgt AS SELECT * FROM VALUES (2, 'r1'), (2, 'r2'), (NULL, 'r3'), (4, 'r4'), (5, 'r5') AS t(b, y)
SELECT a FROM lft |> WHERE a > 1
FROM lft |> SELECT a, x |> WHERE a > 1 |> ORDER BY x DESC |> LIMIT 1
FROM lft |> WHERE a > 1 |> WHERE x <> 'l2' |> SELECT x AS y
TABLE lft |> SELECT upper(x) AS u
VALUES (1), (2) AS t(v) |> SELECT v + 1 AS w
(SELECT 1 AS a) |> EXTEND a + 1 AS b |> EXTEND b * 2 AS c
FROM lft |> EXTEND a + 1 AS c, length(x) AS n |> SELECT c, n
FROM lft |> SET a = a * 10, x = 'z'
FROM lft |> SET missing = 1
FROM lft |> SET a = 5, a = a + 1, x = CAST(a AS STRING)
FROM lft |> EXTEND 1 AS a |> SET a = 4
FROM lft |> DROP x
FROM lft |> DROP a, x
FROM lft |> DROP missing
FROM lft |> AS z |> SELECT z.a
FROM lft |> AS z |> JOIN rgt ON z.a = rgt.b |> SELECT z.x, rgt.y
FROM lft |> JOIN rgt ON a = b |> AGGREGATE count(*) AS n, max(y)
FROM lft |> LEFT JOIN rgt ON a = b |> WHERE b IS NULL |> SELECT x
FROM lft |> CROSS JOIN rgt |> AGGREGATE count(*) AS n
FROM lft |> AGGREGATE count(*) AS n GROUP BY a
FROM lft |> AGGREGATE sum(a) AS s GROUP BY length(x) AS l |> WHERE s > 3
FROM lft |> AGGREGATE GROUP BY a
FROM lft |> AGGREGATE count(*) AS n, max(x) GROUP BY a, length(x)
FROM lft |> AGGREGATE a
FROM lft |> AGGREGATE count(*) GROUP BY a HAVING count(*) > 1
FROM lft |> SELECT sum(a)
FROM lft |> EXTEND sum(a)
FROM lft |> WHERE sum(a) > 1
FROM lft |> SELECT DISTINCT a
FROM lft |> SELECT a |> UNION ALL SELECT b FROM rgt
FROM lft |> SELECT a |> UNION ALL (SELECT b FROM rgt) |> WHERE a = 2
FROM lft |> SELECT a |> EXCEPT (SELECT b FROM rgt)
FROM lft |> SELECT a |> INTERSECT ALL SELECT b FROM rgt
FROM lft |> ORDER BY x |> LIMIT 2 OFFSET 1 |> SELECT x
FROM lft |> TABLESAMPLE (100 PERCENT) |> AGGREGATE count(*) AS n
FROM lft |> PIVOT (count(*) FOR a IN (1, 2))
FROM rgt |> EXTEND b + 1 AS c |> UNPIVOT (v FOR n IN (b, c)) |> WHERE y = 'r1'
FROM lft |> EXTEND row_number() OVER (PARTITION BY a ORDER BY x) AS n |> WHERE n = 1 |> SELECT a, x
SELECT * FROM (FROM lft |> WHERE a = 2) AS t
WITH c AS (FROM lft |> SELECT a) FROM c |> WHERE a = 1
SELECT a FROM lft WHERE a IN (FROM rgt |> SELECT b)
FROM lft |> FROM rgt
FROM lft |> DISTINCT
FROM lft |>
FROM lft
