#!/usr/bin/python3
"""A place (see places) for tests in other languages: place.py NAME DIR.

Prints its facts as one line of JSON, or {"missing": reason}; then each line of input is
{"schema": name or null, "sql": text} or {"make": [schemas]}, and is answered by one line,
{"rows": [...]} or {"error": text}.  Ends, and stops the place, with its input.
"""
import json
import sys

import places

CONTAINER = "tap"


def answer(place, order):
    try:
        for schema in order.get("make", []):
            place.schema(CONTAINER, schema)
        return {"rows": place.must(CONTAINER, order["schema"], order["sql"]) if "sql" in order else []}
    except RuntimeError as error:
        return {"error": str(error)}


def main():
    name, folder = sys.argv[1:]
    try:
        place = places.open(name, folder)
    except places.Missing as missing:
        print(json.dumps({"missing": str(missing)}), flush=True)
        return
    place.make(CONTAINER)
    print(json.dumps(place.facts()), flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(place, json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
