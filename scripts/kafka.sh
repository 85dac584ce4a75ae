#!/usr/bin/env bash
# usage: kafka.sh start PORT [SECRETS]
#        kafka.sh kill|stop|pid PORT
#
# Runs a real Apache Kafka broker (KRaft, one node) on the loopback interface, for tests and examples;
# its controller takes the port PORT + 1. `start` returns once the broker answers. `kill` ends it as a
# crash would and keeps its data for the next `start`; `stop` ends it and removes them; `pid` tells its
# process. Its log is <run directory>/log. Exit code 3: there is no Java or no Maven here.
# HEADRACE_KAFKA_JVM, options for Java: those it has without are for a quick start, not for speed.
#
# With the directory SECRETS the broker has three more listeners, at localhost:
#   PORT + 2   SASL_PLAINTEXT
#   PORT + 3   SSL, for clients with a certificate
#   PORT + 4   SASL_SSL
# SECRETS holds broker.pem (key and certificate), ca.pem (who signs), and the file `password` of the user
# alice, who may log in with PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512.
source "$(dirname "$0")/prelude.sh"

[[ $# -ge 2 && $# -le 3 && $2 =~ ^[0-9]+$ ]] ||
  fail "usage: kafka.sh start PORT [SECRETS] | kill|stop|pid PORT" 2
command=$1 port=$2 secrets=${3:-} controller=$(($2 + 1))
version=3.9.1
jars=$dependencies/kafka-$version
run=${TMPDIR:-/tmp}/headrace-kafka-$UID-$port

listens() { (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
is_running() { [[ -f $run/pid ]] && kill -0 "$(cat "$run/pid")" 2>/dev/null; }

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
  local users=()
  if [[ -n $secrets ]]; then
    secure
    for mechanism in SCRAM-SHA-256 SCRAM-SHA-512; do
      users+=(--add-scram "$mechanism=[name=alice,password=$(cat "$secrets/password")]")
    done
  fi
  # Any 16 bytes name the cluster.
  java_tool kafka.tools.StorageTool format --cluster-id AAAAAAAAAAAAAAAAAAAAAQ \
    --config "$run/server.properties" "${users[@]}" >"$run/log" 2>&1 ||
    { cat "$run/log" >&2; return 1; }
}

# The listeners for those who log in or show a certificate. Of two lines for a property the last holds.
secure() {
  local login=localhost:$((port + 2)) ssl=localhost:$((port + 3)) login_ssl=localhost:$((port + 4))
  local module=org.apache.kafka.common.security map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
  local listeners=LOGIN://$login,CERTIFICATE://$ssl,BOTH://$login_ssl
  cat >>"$run/server.properties" <<END
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller,$listeners
advertised.listeners=PLAINTEXT://127.0.0.1:$port,$listeners
listener.security.protocol.map=$map,LOGIN:SASL_PLAINTEXT,CERTIFICATE:SSL,BOTH:SASL_SSL
ssl.keystore.type=PEM
ssl.keystore.location=$secrets/broker.pem
ssl.truststore.type=PEM
ssl.truststore.location=$secrets/ca.pem
listener.name.certificate.ssl.client.auth=required
END
  for listener in login both; do
    cat >>"$run/server.properties" <<END
listener.name.$listener.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
listener.name.$listener.plain.sasl.jaas.config=$module.plain.PlainLoginModule required \
  user_alice="$(cat "$secrets/password")";
listener.name.$listener.scram-sha-256.sasl.jaas.config=$module.scram.ScramLoginModule required;
listener.name.$listener.scram-sha-512.sasl.jaas.config=$module.scram.ScramLoginModule required;
END
  done
  chmod 600 "$run/server.properties"
}

start() {
  command -v java >/dev/null || fail "Apache Kafka needs Java, and there is no java command" 3
  is_running && fail "a broker started by this script already runs on port $port"
  listens "$port" && fail "something else listens on port $port"
  scripts/maven_jars.sh "kafka-$version" "org.apache.kafka:kafka_2.13:$version" \
    org.slf4j:slf4j-simple:1.7.36 >/dev/null
  [[ -f $run/data/meta.properties ]] || format
  # A session of its own: the terminal's Ctrl-C ends the caller's program, not the broker.
  setsid java ${HEADRACE_KAFKA_JVM:--Xms128m -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1} \
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
  pid) is_running || fail "no broker runs on port $port"; cat "$run/pid" ;;
  *) fail "unknown command $command: start, kill, stop or pid" 2 ;;
esac
