-- ROLLUP, CUBE and GROUPING SETS, alone and beside each other and plain keys.
CREATE OR REPLACE TEMPORARY VIEW sales AS SELECT * FROM VALUES ('a', 1, 1), ('a', 2, 2), ('b', 5, 2), ('c', NULL, 3), (NULL, 7, 1) AS t(k, v, z)
SELECT k, z, sum(v) FROM sales GROUP BY k, ROLLUP(z)
SELECT k, z, sum(v) FROM sales GROUP BY ROLLUP(z), k
SELECT k, z, sum(v), grouping_id() FROM sales GROUP BY k, ROLLUP(z)
SELECT k, z, sum(v), grouping(z) FROM sales GROUP BY ROLLUP(k, z)
SELECT k, z, sum(v), grouping_id() FROM sales GROUP BY CUBE(k, z)
SELECT k, z, sum(v) FROM sales GROUP BY GROUPING SETS ((k, z), (k), ())
SELECT k, z, sum(v) FROM sales GROUP BY GROUPING SETS (k, z)
SELECT k, z, sum(v) FROM sales GROUP BY k, z GROUPING SETS ((k), (z))
SELECT k, z, sum(v) FROM sales GROUP BY k, z WITH ROLLUP
SELECT k, z, sum(v) FROM sales GROUP BY k, z WITH CUBE
SELECT k, z, sum(v) FROM sales GROUP BY k, GROUPING SETS ((z), ())
SELECT k, z, v, count(*) FROM sales GROUP BY ROLLUP(k), CUBE(z, v)
SELECT z % 2 AS odd, k, count(*) FROM sales GROUP BY z % 2, ROLLUP(k)
SELECT k, count(*) FROM sales GROUP BY k HAVING count(*) > 1
SELECT k, v % 2, count(*) FROM sales GROUP BY 1, v % 2
SELECT count(*) FROM sales GROUP BY ()
SELECT k, grouping_id(), count(*) FROM sales GROUP BY GROUPING SETS ((k))
SELECT k, grouping(k), count(*) FROM sales GROUP BY GROUPING SETS (k)
SELECT k, z, grouping_id(), count(*) FROM sales GROUP BY k, GROUPING SETS ((z))
SELECT k, grouping_id(), count(*) FROM sales GROUP BY k GROUPING SETS ((k))
SELECT k, grouping_id() FROM sales GROUP BY k
