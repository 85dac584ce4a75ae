-- What may stand in and around FROM: UNPIVOT, PIVOT of several columns, samples, FROM … SELECT; names that are words of joins.
CREATE TEMPORARY VIEW sales AS SELECT * FROM VALUES (1, 'x', 10, 20, NULL), (2, 'y', NULL, 5, 6) AS t(id, shop, q1, q2, q3)
CREATE TEMPORARY VIEW pairs AS SELECT * FROM VALUES (1, 10, 'a', 20, 'b'), (2, NULL, NULL, 5, 'd') AS t(id, q1, n1, q2, n2)
CREATE TEMPORARY VIEW facts AS SELECT * FROM VALUES (2025, 'a', 1, 10), (2025, 'b', 2, 20), (2026, 'a', 1, 30), (2026, 'a', 2, 40) AS t(y, k, n, v)
SELECT * FROM sales UNPIVOT (amount FOR quarter IN (q1, q2, q3))
SELECT * FROM sales UNPIVOT INCLUDE NULLS (amount FOR quarter IN (q1, q2, q3))
SELECT * FROM sales UNPIVOT EXCLUDE NULLS (amount FOR quarter IN (q1 AS first, q2 AS `second quarter`, q3))
SELECT * FROM sales UNPIVOT (amount FOR quarter IN (q1, q2)) AS u
SELECT u.quarter, u.amount FROM sales UNPIVOT (amount FOR quarter IN (q1 AS a, q2)) u WHERE u.id = 1
SELECT * FROM sales s UNPIVOT (amount FOR quarter IN (s.q1, s.q2))
SELECT * FROM sales UNPIVOT (amount FOR quarter IN (shop, q1))
SELECT * FROM sales UNPIVOT (amount FOR quarter IN (missing))
SELECT * FROM pairs UNPIVOT ((q, n) FOR which IN ((q1, n1), (q2, n2)))
SELECT * FROM pairs UNPIVOT ((q, n) FOR which IN ((q1, n1) AS one, (q2, n2) AS two))
SELECT * FROM pairs UNPIVOT INCLUDE NULLS ((q, n) FOR which IN ((q1, n1), (q2, n2)))
SELECT * FROM pairs UNPIVOT ((q, n) FOR which IN (q1, q2))
SELECT * FROM pairs UNPIVOT ((q, n) FOR which IN ((q1, n1), (n2, q2)))
SELECT * FROM (SELECT id, q1, q2 FROM sales) UNPIVOT (amount FOR quarter IN (q1, q2)) JOIN pairs USING (id)
SELECT * FROM (SELECT y, k, n, v FROM facts) PIVOT (sum(v) FOR (k, n) IN (('a', 1) AS a1, ('b', 2) AS b2, ('a', 2)))
SELECT * FROM facts PIVOT (sum(v) AS s, count(*) AS c FOR (k, n) IN (('a', 1) AS a1, ('a', 2) AS a2))
SELECT * FROM facts PIVOT (sum(v) FOR (k) IN ('a', 'b'))
SELECT * FROM facts PIVOT (sum(v) FOR (k, n) IN (('a', 1), 'b'))
SELECT * FROM facts PIVOT (sum(v) FOR (k, n) IN (('a', 1, 2)))
FROM facts SELECT k, v WHERE n = 1
FROM facts SELECT k, sum(v) AS s GROUP BY k HAVING sum(v) > 20 ORDER BY s
SELECT * FROM (FROM facts SELECT k, n WHERE v > 10)
FROM facts f JOIN sales s ON f.n = s.id SELECT f.k, s.shop LIMIT 10
FROM facts SELECT k UNION ALL SELECT shop FROM sales
SELECT count(*) FROM facts TABLESAMPLE (BUCKET 1 OUT OF 1)
SELECT count(*) FROM facts TABLESAMPLE (BUCKET 0 OUT OF 2) REPEATABLE (3)
SELECT count(*) FROM facts TABLESAMPLE (BUCKET 3 OUT OF 2)
SELECT count(*) FROM facts TABLESAMPLE (BUCKET 1 OUT OF 2 ON k)
SELECT count(*) FROM facts TABLESAMPLE (BUCKET 1 OUT OF 2 ON rand())
SELECT count(*) FROM facts TABLESAMPLE (-1 PERCENT)
SELECT count(*) FROM facts TABLESAMPLE (100 PERCENT) AS f
SELECT count(*) FROM facts TABLESAMPLE (2 ROWS)
SELECT count(*) FROM facts TABLESAMPLE SYSTEM (50 PERCENT)
SELECT k, sum(v) AS s FROM facts GROUP BY k QUALIFY row_number() OVER (ORDER BY k) = 1
SELECT k FROM facts QUALIFY row_number() OVER (ORDER BY v) = 1
SELECT inner FROM (SELECT 1 AS inner) WHERE inner IS NOT NULL
SELECT inner, left, right, full, cross, semi, anti, natural FROM (SELECT 1 AS inner, 2 AS left, 3 AS right, 4 AS full, 5 AS cross, 6 AS semi, 7 AS anti, 8 AS natural)
SELECT 1 FROM (SELECT true AS inner) WHERE inner
SELECT sum(left) FROM (SELECT 1 AS left)
SELECT join FROM (SELECT 1 AS join)
SELECT using, on FROM (SELECT 1 AS using, 2 AS on)
SELECT minus, except, union, intersect FROM (SELECT 1 AS minus, 2 AS except, 3 AS union, 4 AS intersect)
SELECT lateral, pivot, unpivot FROM (SELECT 1 AS lateral, 2 AS pivot, 3 AS unpivot)
SELECT from FROM (SELECT 1 AS from)
SELECT where FROM (SELECT 1 AS where)
SELECT order, group, having, limit FROM (SELECT 1 AS order, 2 AS group, 3 AS having, 4 AS limit)
SELECT end, then, when, else FROM (SELECT 1 AS end, 2 AS then, 3 AS when, 4 AS else)
SELECT asc, desc, nulls, is, in FROM (SELECT 1 AS asc, 2 AS desc, 3 AS nulls, 4 AS is, 5 AS in)
SELECT a.inner FROM (SELECT 1 AS inner) a
SELECT 1 AS größe
SELECT größe FROM (SELECT 1 AS `größe`)
SELECT `größe` FROM (SELECT 1 AS `größe`)
SELECT 'größe' AS g -- größe
SELECT 1 AS 数
SELECT * FROM 表
SELECT * FROM lft TABLESAMPLE (BUCKET x OUT OF y)
SELECT * FROM lft TABLESAMPLE (BUCKET 0 OUT OF 0)
SELECT * FROM lft TABLESAMPLE (BUCKET 1.5 OUT OF 2)
