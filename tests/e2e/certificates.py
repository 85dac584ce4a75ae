"""Keys and certificates for tests, made with openssl: authorities and who is vouched for by them."""

import subprocess

DAYS = "2"


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


class Authority:
    """Signs certificates; its own is `directory`/ca.pem."""

    def __init__(self, directory):
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self.certificate = directory / "ca.pem"
        self._key = directory / "ca.key"
        self._new_key(self._key)
        openssl(
            *("req", "-x509", "-new", "-key", self._key, "-subj", "/CN=test authority"),
            *("-days", DAYS, "-out", self.certificate),
        )

    @staticmethod
    def _new_key(path):
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", path)

    def issue(self, name, host=None):
        """Gives `name`.pem with a key and its certificate, for the host if one is named."""
        key, request = self.directory / f"{name}.key", self.directory / f"{name}.csr"
        certificate, extension = self.directory / f"{name}.crt", self.directory / f"{name}.ext"
        self._new_key(key)
        openssl("req", "-new", "-key", key, "-subj", f"/CN={name}", "-out", request)
        extension.write_text(f"subjectAltName=DNS:{host}\n" if host else "basicConstraints=CA:FALSE\n")
        openssl(
            *("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self._key),
            *("-CAcreateserial", "-days", DAYS, "-extfile", extension, "-out", certificate),
        )
        both = self.directory / f"{name}.pem"
        both.write_text(key.read_text() + certificate.read_text())
        return both

    def issue_pkcs12(self, name, password):
        """Gives `name`.p12, which the password opens."""
        self.issue(name)
        store = self.directory / f"{name}.p12"
        openssl(
            *("pkcs12", "-export", "-inkey", self.directory / f"{name}.key"),
            *("-in", self.directory / f"{name}.crt", "-passout", f"pass:{password}", "-out", store),
        )
        return store
