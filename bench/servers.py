"""The two servers under test, and what the operating system says of them."""

import os
import pathlib
import signal
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TICKS = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def cpu_seconds(pid: int) -> float:
    """User and system time of a process, all threads."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def peak_megabytes(pid: int) -> float:
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def reset_peak(pid: int) -> None:
    """From here on peak_megabytes tells the peak since now."""
    pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")


class Headrace:
    name = "headrace"

    def __init__(self, binary: str):
        self.port = free_port()
        began = time.monotonic()
        self.process = subprocess.Popen([binary, "server", "--port", str(self.port)], stdout=subprocess.DEVNULL)
        while not answers(self.port):
            if self.process.poll() is not None:
                raise SystemExit(f"{binary} server ended with {self.process.returncode}")
            time.sleep(0.001)
        self.start_seconds = time.monotonic() - began
        self.pid = self.process.pid

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)


class Spark:
    name = "spark"

    def __init__(self, jars=()):
        self.port = free_port()
        # Its full compiler: the comparison is with Spark at its best.
        environment = dict(os.environ, SPARK_DRIVER_JAVA_OPTIONS="", SPARK_DRIVER_MEMORY="4g", SPARK_MASTER="local[2]")
        environment["SPARK_JARS"] = ",".join(map(str, jars))
        began = time.monotonic()
        subprocess.run(
            [str(ROOT / "scripts/spark_connect_server.sh"), "start", str(self.port)], check=True, env=environment
        )
        self.start_seconds = time.monotonic() - began
        self.pid = self._java_pid()

    def _java_pid(self) -> int:
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                command = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if f"spark.connect.grpc.binding.port={self.port}".encode() in command and command[0].endswith(b"java"):
                return int(entry.name)
        raise SystemExit("the Java process of Apache Spark was not found")

    def stop(self) -> None:
        subprocess.run([str(ROOT / "scripts/spark_connect_server.sh"), "stop", str(self.port)], check=True)
