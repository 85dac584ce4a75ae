#!/usr/bin/env bash
# usage: kafka.sh start|kill|stop PORT
#
# Runs a real Apache Kafka broker (KRaft, one node) on the loopback interface, for tests and examples;
# its controller takes the port PORT + 1. `start` returns once the broker answers. `kill` ends it as a
# crash would and keeps its data for the next `start`; `stop` ends it and removes them. Its log is
# <run directory>/log. Exit code 3: there is no Java or no Maven here.
source "$(dirname "$0")/prelude.sh"

[[ $# == 2 && $2 =~ ^[0-9]+$ ]] || fail "usage: kafka.sh start|kill|stop PORT" 2
command=$1 port=$2 controller=$(($2 + 1))
version=3.9.1
jars=$dependencies/kafka-$version
run=${TMPDIR:-/tmp}/headrace-kafka-$UID-$port

listens() { (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
is_running() { [[ -f $run/pid ]] && kill -0 "$(cat "$run/pid")" 2>/dev/null; }

# The jars as Maven resolves them. Several runs may want them at once: the folder appears whole.
fetch() {
  [[ -d $jars ]] && return
  command -v mvn >/dev/null || fail "Apache Kafka is fetched with Maven, and there is no mvn command" 3
  say "Fetching Apache Kafka $version"
  mkdir -p "$dependencies"
  local scratch
  scratch=$(mktemp --directory "$dependencies/kafka-XXXXXX")
  cat >"$scratch/pom.xml" <<END
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>headrace</groupId>
  <artifactId>kafka</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>$version</version>
    </dependency>
    <dependency>
      <groupId>org.slf4j</groupId>
      <artifactId>slf4j-simple</artifactId>
      <version>1.7.36</version>
    </dependency>
  </dependencies>
</project>
END
  mvn --quiet --batch-mode --file "$scratch/pom.xml" dependency:copy-dependencies \
    -DoutputDirectory="$scratch/lib" >&2
  mv --no-target-directory "$scratch/lib" "$jars" 2>/dev/null || true
  rm -rf "$scratch"
}

java_tool() {
  java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
    -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp "$jars/*" "$@"
}

format() {
  mkdir -p "$run"
  cat >"$run/server.properties" <<END
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller
advertised.listeners=PLAINTEXT://127.0.0.1:$port
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
log.dirs=$run/data
num.partitions=1
auto.create.topics.enable=true
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
group.initial.rebalance.delay.ms=0
log.retention.hours=-1
END
  # Any 16 bytes name the cluster.
  java_tool kafka.tools.StorageTool format --cluster-id AAAAAAAAAAAAAAAAAAAAAQ \
    --config "$run/server.properties" >"$run/log" 2>&1 || { cat "$run/log" >&2; return 1; }
}

start() {
  command -v java >/dev/null || fail "Apache Kafka needs Java, and there is no java command" 3
  is_running && fail "a broker started by this script already runs on port $port"
  listens "$port" && fail "something else listens on port $port"
  fetch
  [[ -f $run/data/meta.properties ]] || format
  # A session of its own: the terminal's Ctrl-C ends the caller's program, not the broker.
  setsid java -Xms128m -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
    -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp "$jars/*" \
    kafka.Kafka "$run/server.properties" >>"$run/log" 2>&1 </dev/null &
  echo $! >"$run/pid"
  for ((tenths = 0; tenths < 1200; tenths++)); do
    # It listens once it is registered with its controller.
    listens "$port" && return
    is_running || break
    sleep 0.1
  done
  tail -n 20 "$run/log" >&2
  stop
  fail "Apache Kafka did not start"
}

# end SIGNAL
end() {
  if is_running; then
    local pid
    pid=$(cat "$run/pid")
    kill "-$1" "$pid"
    for ((tenths = 0; tenths < 100; tenths++)); do
      kill -0 "$pid" 2>/dev/null || break
      sleep 0.1
    done
    kill -KILL "$pid" 2>/dev/null || true
  fi
  rm -f "$run/pid"
}

stop() {
  # Nothing in it is kept, so there is nothing to shut down in order.
  end KILL
  rm -rf "$run"
}

case $command in
  start) start ;;
  kill) end KILL ;;
  stop) stop ;;
  *) fail "unknown command $command: start, kill or stop" 2 ;;
esac
