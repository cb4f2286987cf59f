"""Certificates for the canary suite, made with the openssl program: an authority, and servers good and bad."""
import os
import subprocess

CONFIG = """
[ca]
default_ca = here
[here]
dir = {dir}
database = {dir}/index
new_certs_dir = {dir}
serial = {dir}/serial
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
"""
# name: (the names in it, who signs, from, to)
LONG_AGO, BEFORE, LATER = "20200101000000Z", "20210101000000Z", "20490101000000Z"
SERVERS = {
    "good": ("DNS:localhost,IP:127.0.0.1", "ca", LONG_AGO, LATER),
    "other_host": ("DNS:db.example.com", "ca", LONG_AGO, LATER),
    "expired": ("DNS:localhost,IP:127.0.0.1", "ca", LONG_AGO, BEFORE),
    "unknown_ca": ("DNS:localhost,IP:127.0.0.1", "stranger", LONG_AGO, LATER),
    "self_signed": ("DNS:localhost,IP:127.0.0.1", None, LONG_AGO, LATER),
}


class Authority:
    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)
        for name, text in (("index", ""), ("serial", "01\n"), ("config", CONFIG.format(dir=folder))):
            with open(self.path(name), "w", encoding="utf-8") as file:
                file.write(text)
        for name in ("ca", "stranger"):
            self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj", "/CN=" + name,
                         "-keyout", self.path(name + ".key"), "-out", self.path(name + ".crt"))
        for name in SERVERS:
            self.server(name)

    def path(self, name):
        return os.path.join(self.folder, name)

    def openssl(self, *arguments):
        done = subprocess.run(("openssl",) + arguments, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError("openssl %s: %s" % (arguments[0], done.stderr))

    def server(self, name):
        names, signer, begins, ends = SERVERS[name]
        key, request, certificate = (self.path(name + ext) for ext in (".key", ".csr", ".crt"))
        if signer is None:
            self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj", "/CN=localhost",
                         "-addext", "subjectAltName=" + names, "-keyout", key, "-out", certificate)
        else:
            self.openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost",
                         "-addext", "subjectAltName=" + names, "-keyout", key, "-out", request)
            self.openssl("ca", "-batch", "-notext", "-config", self.path("config"), "-in", request, "-out", certificate,
                         "-cert", self.path(signer + ".crt"), "-keyfile", self.path(signer + ".key"),
                         "-startdate", begins, "-enddate", ends)
        os.chmod(key, 0o600)

    def client(self, name, password):
        """A client's certificate whose key is encrypted."""
        key, request, certificate = (self.path(name + ext) for ext in (".key", ".csr", ".crt"))
        self.openssl("genrsa", "-aes128", "-passout", "pass:" + password, "-out", key, "2048")
        self.openssl("req", "-new", "-key", key, "-passin", "pass:" + password, "-subj", "/CN=" + name, "-out", request)
        self.openssl("ca", "-batch", "-notext", "-config", self.path("config"), "-in", request, "-out", certificate,
                     "-cert", self.path("ca.crt"), "-keyfile", self.path("ca.key"), "-startdate", LONG_AGO, "-enddate", LATER)
        os.chmod(key, 0o600)
        return certificate, key
