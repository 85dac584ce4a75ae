-- Names, types and windows of aggregates that look at an order, and of functions beside them.
CREATE OR REPLACE TEMP VIEW points AS SELECT * FROM VALUES (1, 2.0D, 3L, 'a'), (2, 4.0D, 1L, 'b'), (3, 4.5D, 3L, NULL), (10, -1.0D, NULL, 'c'), (NULL, 7.0D, 9L, 'd'), (7, NULL, 3L, 'e') t(a, b, c, d)
SELECT mode(c), mode(c, true), mode(c, false), mode() WITHIN GROUP (ORDER BY a), mode() WITHIN GROUP (ORDER BY a DESC) FROM points
SELECT listagg(DISTINCT d, ',') WITHIN GROUP (ORDER BY d DESC), listagg(CAST(d AS BINARY), X'2C') WITHIN GROUP (ORDER BY d) FROM points
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a), percentile_cont(array(0.25, 0.5)) WITHIN GROUP (ORDER BY a DESC), percentile_disc(0.5) WITHIN GROUP (ORDER BY b) FILTER (WHERE c = 3), percentile(a, 0.5), percentile(a, 0.5, c) FROM points
SELECT c, listagg(d, ',') WITHIN GROUP (ORDER BY a) OVER (PARTITION BY c), percentile_cont(0.5) WITHIN GROUP (ORDER BY a) OVER (PARTITION BY c) FROM points
SELECT a, listagg(d, ',') OVER (PARTITION BY c ORDER BY a), mode(c, true) OVER (ORDER BY b), regr_slope(a, b) OVER (PARTITION BY c), try_sum(a) OVER (ORDER BY b ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM points
SELECT listagg(d) WITHIN GROUP (ORDER BY a) OVER (ORDER BY a) FROM points
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a) OVER (ORDER BY c) FROM points
SELECT median(a) OVER (PARTITION BY c ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) FROM points
SELECT median(a) OVER (PARTITION BY c ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM points
SELECT sum(a) WITHIN GROUP (ORDER BY a) OVER (PARTITION BY c) FROM points
SELECT row_number() WITHIN GROUP (ORDER BY a) OVER (ORDER BY a) FROM points
SELECT grouping(c) FROM points GROUP BY c
SELECT grouping_id() FROM points
SELECT c, listagg(d, ',') WITHIN GROUP (ORDER BY d) AS l FROM points GROUP BY ROLLUP (c)
SELECT regr_count(a, b), regr_avgx(a, b), regr_r2(a, b), try_avg(a), bitmap_count(bitmap_construct_agg(a)) FROM points
SELECT to_char(a, '999'), to_char(DATE'2016-12-31', 'yyyyMM'), to_char(X'537061', 'hex'), to_varchar(a, 'S09'), to_varchar(X'537061', 'hex'), to_number('1', '9'), try_to_number('x', '9') FROM points
SELECT aes_decrypt(X'', '1234567890abcdef', 'ECB'), try_aes_decrypt(X'00', '1'), aes_encrypt(X'', '1234567890abcdef', 'ECB'), shuffle(array(1), 1), quote('a'), collation('a') FROM points WHERE a = 1
