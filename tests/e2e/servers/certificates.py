"""certificates: a certificate authority of the test's own, by the openssl program."""
import ssl
import subprocess
from pathlib import Path

from .process import folder, give, write


class Certificates:
    def __init__(self, directory):
        self.directory = folder(directory)
        self.ca = self._authority("ca")

    def _openssl(self, *argv):
        subprocess.run(["openssl", *map(str, argv)], check=True, capture_output=True)

    def _authority(self, name):
        key, ca = self.directory / f"{name}.key", self.directory / f"{name}.pem"
        self._openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                      "-subj", f"/CN=Postern test {name}", "-keyout", key, "-out", ca,
                      "-addext", "basicConstraints=critical,CA:TRUE",
                      "-addext", "keyUsage=critical,keyCertSign")
        give(key)
        give(ca)
        return ca

    def server(self, name="localhost", addresses=("127.0.0.1",), stranger=False):
        """(certificate, key) for a host name, signed by our CA; or, for a stranger, by
        one that nobody trusts."""
        issuer = self._authority("stranger") if stranger else self.ca
        stem = self.directory / (f"stranger-{name}" if stranger else name)
        key, request, cert = (Path(f"{stem}.{e}") for e in ("key", "csr", "crt"))
        if cert.exists():
            return cert, key
        alternative = ",".join([f"DNS:{name}", *(f"IP:{a}" for a in addresses)])
        extensions = write(Path(f"{stem}.ext"), f"subjectAltName={alternative}\n")
        self._openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}",
                      "-keyout", key, "-out", request)
        self._openssl("x509", "-req", "-in", request, "-days", "2", "-CA", issuer,
                      "-CAkey", issuer.with_suffix(".key"), "-CAcreateserial",
                      "-extfile", extensions, "-out", cert)
        give(cert)
        give(key)
        return cert, key

    def context(self, name="localhost", stranger=False):
        """A server's ssl context with such a certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.server(name, stranger=stranger))
        return context
