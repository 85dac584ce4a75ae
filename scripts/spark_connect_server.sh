#!/usr/bin/env bash
# usage: spark_connect_server.sh start|stop PORT
#
# Runs a real Apache Spark Connect server on the loopback interface, for comparisons. `start` returns
# once it has answered a query, with its log in <run directory>/log. SPARK_JARS names archives that it
# is to load, with commas between them. Exit code 3: there is no Java here.
source "$(dirname "$0")/prelude.sh"

[[ $# == 2 && $2 =~ ^[0-9]+$ ]] || fail "usage: spark_connect_server.sh start|stop PORT" 2
command=$1 port=$2
environment=$dependencies/python/spark-4.1
run=${TMPDIR:-/tmp}/headrace-spark-connect-$UID-$port

listens() { (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }
# It listens many seconds before its first answer, and a client that waits for it gives up.
answers() {
  SPARK_REMOTE="sc://127.0.0.1:$port" timeout 120 "$environment/bin/python" - <<'END'
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
assert spark.range(1).count() == 1
spark.stop()
END
}
is_running() { [[ -f $run/pid ]] && kill -0 "$(cat "$run/pid")" 2>/dev/null; }

start() {
  command -v java >/dev/null || fail "Apache Spark needs Java, and there is no java command" 3
  is_running && fail "a server started by this script already runs on port $port"
  listens && fail "something else listens on port $port"
  scripts/python_environments.sh spark-4.1

  rm -rf "$run"
  mkdir -p "$run"
  local spark
  spark=$(echo "$environment"/lib/python3*/site-packages/pyspark)
  (
    cd "$run"
    unset SPARK_REMOTE SPARK_CONNECT_MODE_ENABLED
    export SPARK_HOME=$spark SPARK_LOCAL_IP=127.0.0.1 PYSPARK_PYTHON=$environment/bin/python
    # A session of its own: the terminal's Ctrl-C ends the caller's program, not the server.
    exec setsid "$spark/bin/spark-submit" \
      --master "${SPARK_MASTER:-local[2]}" --driver-memory "${SPARK_DRIVER_MEMORY:-2g}" \
      --driver-java-options "${SPARK_DRIVER_JAVA_OPTIONS--XX:TieredStopAtLevel=1 -XX:+UseSerialGC}" \
      --class org.apache.spark.sql.connect.service.SparkConnectServer --name connect \
      --conf spark.connect.grpc.binding.address=127.0.0.1 \
      --conf "spark.connect.grpc.binding.port=$port" \
      --conf spark.sql.shuffle.partitions=2 \
      --conf "spark.sql.warehouse.dir=$run/warehouse" \
      --conf spark.ui.enabled=false \
      ${SPARK_JARS:+--jars "$SPARK_JARS"} \
      spark-internal
  ) >"$run/log" 2>&1 </dev/null &
  echo $! >"$run/pid"

  for ((tenths = 0; tenths < 1200; tenths++)); do
    if listens; then
      answers && return
      break
    fi
    is_running || break
    sleep 0.1
  done
  tail -n 20 "$run/log" >&2
  stop
  fail "Apache Spark did not start"
}

stop() {
  if is_running; then
    local pid
    pid=$(cat "$run/pid")
    kill "$pid"
    for ((tenths = 0; tenths < 100; tenths++)); do
      kill -0 "$pid" 2>/dev/null || break
      sleep 0.1
    done
    kill -KILL "$pid" 2>/dev/null || true
  fi
  rm -rf "$run"
}

case $command in
  start) start ;;
  stop) stop ;;
  *) fail "unknown command $command: start or stop" 2 ;;
esac
