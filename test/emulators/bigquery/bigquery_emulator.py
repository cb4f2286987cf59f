"""Starts and stops BigQuery's emulator for a suite; control(...) orders faults and asks what it saw."""
import base64
import json
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, "..", "..", ".."))


def base64_of(data):
    return base64.b64encode(data).decode("ascii")


class Lacking(Exception):
    """A part that the emulator needs cannot be had here."""


def modules(package="@fivetrandevelopers/zetasql"):
    """Where its packages lie (test/emulators/fetch.sh puts them there)."""
    for folder in (os.environ.get("GW_EMULATOR_MODULES"), os.path.join(ROOT, "build", "emulators", "node_modules"),
                   os.path.join(ROOT, "build", "judges", "node_modules")):
        if folder and os.path.isdir(os.path.join(folder, package)):
            return folder
    raise Lacking("npm package %s is not in build/emulators: make deps fetches it" % package)


class BigQuery:
    def __init__(self, work, lifetime=3600, projects=("gw-emulated", "gw-other"), canary=None):
        if not shutil.which("node"):
            raise Lacking("node is not installed")
        os.makedirs(work, exist_ok=True)
        self.work = work
        command = ["node", os.path.join(HERE, "server.js"), "--modules", modules(), "--work", work,
                   "--lifetime", str(lifetime), "--projects", ",".join(projects)]
        if canary:
            command += ["--canary", canary]
        self.log = open(os.path.join(work, "server.log"), "w", encoding="utf-8")
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            with open(self.log.name, encoding="utf-8") as log:
                raise RuntimeError("BigQuery's emulator did not start: " + log.read()[-500:])
        self.facts = json.loads(line)

    def __getattr__(self, name):
        try:
            return self.__dict__["facts"][name]
        except KeyError:
            raise AttributeError(name) from None

    def control(self, what, body=None):
        request = urllib.request.Request("%s/_control/%s" % (self.plain_url, what),
                                         data=json.dumps({} if body is None else body).encode(), method="POST")
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=300) as reply:
            return json.load(reply)

    def call(self, method, path, body=None, expect=200):
        """A request of the REST interface as the service account."""
        request = urllib.request.Request("%s/bigquery/v2/%s" % (self.plain_url, path), method=method,
                                         data=None if body is None else json.dumps(body).encode(),
                                         headers={"Authorization": "Bearer " + self.token, "Content-Type": "application/json"})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=300) as reply:
                status, text = reply.status, reply.read()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read()
        answer = json.loads(text) if text else {}
        if expect is not None and status // 100 != expect // 100:
            raise RuntimeError("%s %s: %s" % (method, path, answer.get("error", {}).get("message", status)))
        return answer

    def query(self, sql, location=None, project=None):
        """Rows of a statement, with microseconds for timestamps."""
        answer = self.call("POST", "projects/%s/queries" % (project or self.projects[0]), {
            "query": sql, "useLegacySql": False, "timeoutMs": 100000, "formatOptions": {"useInt64Timestamp": True},
            **({"location": location} if location else {})})
        rows = answer.get("rows", [])
        while answer.get("pageToken"):
            job = answer["jobReference"]
            answer = self.call("GET", "projects/%s/queries/%s?location=%s&formatOptions.useInt64Timestamp=true&pageToken=%s" % (
                job["projectId"], job["jobId"], job["location"], answer["pageToken"]))
            rows += answer.get("rows", [])
        return [tuple(cell["v"] for cell in row["f"]) for row in rows]

    def load(self, project, dataset, table, text, form, **more):
        """A load job of that text, when it has ended."""
        config = {"destinationTable": {"projectId": project, "datasetId": dataset, "tableId": table}, "sourceFormat": form}
        parts = [("application/json", json.dumps({"configuration": {"load": {**config, **more}}})), ("application/octet-stream", text)]
        body = "".join("--gw\r\nContent-Type: %s\r\n\r\n%s\r\n" % part for part in parts) + "--gw--\r\n"
        request = urllib.request.Request(
            "%s/upload/bigquery/v2/projects/%s/jobs?uploadType=multipart" % (self.plain_url, project), data=body.encode(), method="POST",
            headers={"Authorization": "Bearer " + self.token, "Content-Type": "multipart/related; boundary=gw"})
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=300) as reply:
            job = json.load(reply)
        while job["status"]["state"] != "DONE":
            time.sleep(0.02)
            at = job["jobReference"]
            job = self.call("GET", "projects/%s/jobs/%s?location=%s" % (at["projectId"], at["jobId"], at["location"]))
        return job

    def stop(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()
