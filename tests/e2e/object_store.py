"""Emulated stores of objects for tests, and clients of them that are not ours."""

import base64
import hashlib
import hmac
import json
import os
import pathlib
import re
import socket
import subprocess
import time
import urllib.request
from urllib.parse import quote

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEPENDENCIES = pathlib.Path(os.environ.get("HEADRACE_DEPS_DIR", ROOT / ".deps"))
PROGRAMS = DEPENDENCIES / "python" / "object-stores" / "bin"

ACCESS_KEY = "AKIAHEADRACETESTS"
SECRET_KEY = "hush/hush+quite+secret"


class ObjectStore:
    """An emulator's process on a port of its own."""

    def __init__(self, log_path):
        program = self.find_program()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.endpoint = f"http://127.0.0.1:{self.port}"
        with open(log_path, "wb") as log:
            self.process = subprocess.Popen([program, *self.arguments()], stdout=log, stderr=log)
        while True:
            assert self.process.poll() is None, pathlib.Path(log_path).read_text()
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                break
            except OSError:
                time.sleep(0.05)

    def find_program(self):
        program = PROGRAMS / self.program
        if not program.exists():
            pytest.skip("scripts/python_environments.sh object-stores brings the emulators in")
        return program

    def uri(self, bucket):
        return f"{self.scheme}://{bucket}"

    def stop(self):
        self.process.kill()
        self.process.wait()

    def request(self, method, path, body=None, headers=None):
        headers = {"Content-Type": "application/octet-stream", **(headers or {})}
        request = urllib.request.Request(self.endpoint + path, body, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()

    def configure(self, session):
        for key, value in self.settings().items():
            session.conf.set("spark.hadoop." + key, value)
        return session


class AmazonStore(ObjectStore):
    scheme = "s3a"
    program = "moto_server"
    # The emulator takes any signature, unless it is to check keys.
    signed = {"Authorization": "AWS4-HMAC-SHA256 Credential=any/20260101/us-east-1/s3/aws4_request"}

    def arguments(self):
        return ["-H", "127.0.0.1", "-p", str(self.port)]

    def make_bucket(self, bucket):
        self.request("PUT", f"/{bucket}", headers=self.signed)

    def put(self, bucket, key, content):
        self.request("PUT", f"/{bucket}/{quote(key)}", content, self.signed)

    def get(self, bucket, key):
        return self.request("GET", f"/{bucket}/{quote(key)}", headers=self.signed)

    def keys(self, bucket, prefix=""):
        """All keys below the prefix but the marks of directories."""
        path = f"/{bucket}?list-type=2&prefix={quote(prefix)}"
        listing = self.request("GET", path, headers=self.signed).decode()
        return [key for key in re.findall(r"<Key>([^<]*)</Key>", listing) if not key.endswith("/")]

    def check_keys(self, on):
        """From now on only keys that the store gave out are good; or all of them again."""
        self.request("POST", "/moto-api/reset-auth", b"0" if on else b"inf")

    def settings(self):
        return {
            "fs.s3a.endpoint": self.endpoint,
            "fs.s3a.endpoint.region": "eu-central-1",
            "fs.s3a.path.style.access": "true",
            "fs.s3a.access.key": ACCESS_KEY,
            "fs.s3a.secret.key": SECRET_KEY,
        }


class GoogleStore(ObjectStore):
    scheme = "gs"
    program = "gcp-storage-emulator"

    def arguments(self):
        return ["start", "--host=127.0.0.1", f"--port={self.port}", "--in-memory"]

    def make_bucket(self, bucket):
        body = json.dumps({"name": bucket}).encode()
        self.request("POST", "/storage/v1/b?project=p", body, {"Content-Type": "application/json"})

    def put(self, bucket, key, content):
        path = f"/upload/storage/v1/b/{bucket}/o?uploadType=media&name={quote(key, safe='')}"
        self.request("POST", path, content, {"Content-Type": "text/plain"})

    def get(self, bucket, key):
        return self.request("GET", f"/storage/v1/b/{bucket}/o/{quote(key, safe='')}?alt=media")

    def keys(self, bucket, prefix=""):
        listing = self.request("GET", f"/storage/v1/b/{bucket}/o?prefix={quote(prefix)}")
        names = [item["name"] for item in json.loads(listing).get("items", [])]
        return [name for name in names if not name.endswith("/")]

    def settings(self):
        return {"fs.gs.storage.root.url": self.endpoint, "fs.gs.auth.type": "UNAUTHENTICATED"}


class AzureStore(ObjectStore):
    """Azurite: an account without a hierarchical namespace. Buckets are called containers here."""

    scheme = "abfs"
    account = "devstoreaccount1"
    # The emulator's one key, which its makers publish.
    key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
    no_node = 3

    def find_program(self):
        fetched = subprocess.run(
            [ROOT / "scripts" / "azurite.sh"], capture_output=True, text=True, timeout=500
        )
        if fetched.returncode == self.no_node:
            pytest.skip(fetched.stderr.strip())
        assert fetched.returncode == 0, fetched.stderr
        return f"{fetched.stdout.strip()}/node_modules/.bin/azurite-blob"

    def arguments(self):
        address = ["--blobHost", "127.0.0.1", "--blobPort", str(self.port)]
        # Some of its errors reach Arrow's client, which waits for more, only when the connection ends.
        keep_alive = ["--blobKeepAliveTimeout", "1"]
        memory = ["--inMemoryPersistence"]
        return [*address, *keep_alive, *memory, "--skipApiVersionCheck", "--disableTelemetry"]

    def uri(self, bucket):
        return f"{self.scheme}://{bucket}@{self.account}.dfs.core.windows.net"

    def signature(self, permissions="rwdlac"):
        """A shared access signature for all containers."""
        version, services, types, end = "2019-12-12", "b", "sco", "2099-01-01T00:00:00Z"
        # The start, the addresses and the protocols are left open.
        parts = [self.account, permissions, services, types, "", end, "", "", version, ""]
        key, text = base64.b64decode(self.key), "\n".join(parts).encode()
        signature = base64.b64encode(hmac.digest(key, text, hashlib.sha256)).decode()
        return (
            f"sv={version}&ss={services}&srt={types}&sp={permissions}&se={quote(end)}"
            f"&sig={quote(signature, safe='')}"
        )

    def ask(self, method, path, query="", body=None, headers=None):
        path = f"/{self.account}/{path}?{query}&{self.signature()}"
        return self.request(method, path, body, {"x-ms-version": "2019-12-12", **(headers or {})})

    def make_bucket(self, bucket):
        self.ask("PUT", bucket, "restype=container", b"")

    def put(self, bucket, key, content):
        self.ask("PUT", f"{bucket}/{quote(key)}", "", content, {"x-ms-blob-type": "BlockBlob"})

    def get(self, bucket, key):
        return self.ask("GET", f"{bucket}/{quote(key)}")

    def keys(self, bucket, prefix=""):
        query = f"restype=container&comp=list&prefix={quote(prefix)}"
        names = re.findall(r"<Name>([^<]*)</Name>", self.ask("GET", bucket, query).decode())
        return [name for name in names if not name.endswith("/")]

    def settings(self):
        return {"fs.azure.abfs.endpoint": self.endpoint, "fs.azure.account.key": self.key}
