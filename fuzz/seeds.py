#!/usr/bin/env python3
"""Fills fuzz/corpus from testdata/ and rules/: one small file a seed, named after what is in it."""

import hashlib
import json
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT / "fuzz" / "corpus"
# As fuzz/targets/evaluator.rs splits its input.
BETWEEN = "\n====\n"


def seed(target, text):
    data = text.encode("utf-8", "surrogatepass")
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / hashlib.sha1(data).hexdigest()).write_bytes(data)


def template(text, values="", helpers=""):
    seed("lexer", text)
    seed("parser", text)
    seed("evaluator", BETWEEN.join([text, values, helpers]))


def cases(pattern):
    for path in sorted((ROOT / "testdata").glob(pattern)):
        for line in path.read_text("utf-8").rstrip("\n").split("\n"):
            yield json.loads(line)


def argument(value):
    """An argument of a recorded call, as a template writes it."""
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, str)):
        return json.dumps(value, ensure_ascii=False)
    kind, inner = next(iter(value.items()))
    if kind in ("list", "strings", "ints", "lists"):
        inner = [{"list": item} if isinstance(item, list) else item for item in inner or []]
        return "(list " + " ".join(map(argument, inner)) + ")"
    if kind in ("dict", "stringmap"):
        pairs = (f"{json.dumps(k)} {argument(v)}" for k, v in (inner or {}).items())
        return "(dict " + " ".join(pairs) + ")"
    if kind == "float":
        return f"(float64 {json.dumps(inner)})"
    if kind in ("int64", "int32", "uint8", "uint64", "duration"):
        return str(inner)
    return json.dumps(inner, ensure_ascii=False)


def main():
    for case in cases("template/*.jsonl"):
        template(case["template"])
    for case in cases("functions/*.jsonl"):
        template("{{ " + " ".join([case["call"], *map(argument, case["args"])]) + " }}")
    for case in cases("engine/*.jsonl"):
        values = json.dumps(case.get("values"), ensure_ascii=False)
        for text in case["templates"].values():
            template(text, values)
    for case in cases("yaml/*.jsonl"):
        seed("yaml", case["yaml"] if "yaml" in case else case["text"] or "")
    for chart in sorted((ROOT / "testdata" / "charts").iterdir()):
        texts = {path: path.read_bytes().decode("utf-8", "replace")
                 for path in sorted(chart.rglob("*")) if path.is_file()}
        values = texts.get(chart / "values.yaml", "")
        helpers = "".join(text for path, text in texts.items() if path.name.startswith("_"))
        for path, text in texts.items():
            if path.parent.name == "templates":
                template(text, values, helpers)
            else:
                seed("yaml", text)
    for path in sorted((ROOT / "rules").rglob("*.yaml")):
        seed("yaml", path.read_text("utf-8"))
    for folder in sorted(CORPUS.iterdir()):
        print(folder.name, sum(1 for _ in folder.iterdir()))


main()
