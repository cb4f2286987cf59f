"""What servers of the tests stand on: a port that nobody has, and certificates of a CA of our own."""
import os
import random
import shutil
import socket
import subprocess

PORTS = range(12000, 32000)
_given = set()


def free_port():
    """A port that nobody has, and that nobody is given who leaves the choice to the kernel: it stays
    free until a server has started, or for good."""
    while True:
        port = random.SystemRandom().choice(PORTS)
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in _given:
            _given.add(port)
            return port


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
