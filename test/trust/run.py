#!/usr/bin/python3
"""The trust suite: rights, options, hostile objects, hostile names and hostile texts.

Usage: run.py [--platform NAME] [TOPIC...].  Prints lines for test/run to count.
"""
import argparse
import importlib
import sys

from lab import Lab

TOPICS = ("acl", "options", "path", "names", "texts")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--platform")
    parser.add_argument("topics", nargs="*", default=TOPICS)
    arguments = parser.parse_args()
    lab = Lab(arguments.platform)
    lab.set_up()
    for topic in arguments.topics or TOPICS:
        before = lab.passed + lab.failed
        importlib.import_module("topic_" + topic).run(lab)
        print("= trust %s: %d checks" % (topic, lab.passed + lab.failed - before))
        sys.stdout.flush()
    lab.tear_down()
    sys.exit(1 if lab.failed else 0)


if __name__ == "__main__":
    main()
