"""What servers of the tests stand on: a port that nobody has, and certificates of a CA of our own."""
import os
import shutil
import socket
import subprocess


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def certificates(home):
    """A CA of our own and a certificate for 127.0.0.1 and localhost."""
    def run(*words):
        subprocess.run(["openssl", *words], cwd=home, check=True, capture_output=True)
    run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=gw test CA",
        "-keyout", "ca.key", "-out", "ca.pem")
    run("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-keyout", "server.key",
        "-out", "server.csr")
    with open(os.path.join(home, "san"), "w", encoding="ascii") as file:
        file.write("subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:127.0.0.1\n")
    run("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "30",
        "-extfile", "san", "-out", "server.pem")


def put(home, certificate, key, authority):
    """The files that certificates() made, from now on with that content; certificate None: none of them."""
    for source, name in ((certificate, "server.pem"), (key, "server.key"), (authority, "ca.pem")):
        path = os.path.join(home, name)
        if os.path.exists(path):
            os.unlink(path)
        if certificate is not None:
            shutil.copy(source, path)
