#!/usr/bin/env python3
"""The dashboards against the types of Grafana's own npm package, by the TypeScript compiler.

usage: dashboard_types_test.py FOLDER
       FOLDER holds the installed packages from run to run. Exits 77 where node or npm is missing.
"""
import json
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
DASHBOARDS = os.path.join(HERE, "..", "..", "metrics", "grafana")
OURS = os.path.join(HERE, "grafana")
SKIPPED = 77
INSTALL_MAX = 240
CHECK_MAX = 100
PANELS = {"stat": "StatPanel", "bargauge": "BarGaugePanel", "timeseries": "TimeSeriesPanel", "table": "TablePanel",
          "state-timeline": "StateTimelinePanel", "heatmap": "HeatmapPanel", "row": "Row"}


def install(folder):
    """The packages of the lock file; downloads only what the last run did not."""
    os.makedirs(folder, exist_ok=True)
    installed = os.path.join(folder, "node_modules", ".package-lock.json")
    lock = os.path.join(folder, "package-lock.json")
    with open(os.path.join(OURS, "package-lock.json"), "rb") as wanted:
        if os.path.exists(installed) and os.path.exists(lock):
            with open(lock, "rb") as have:
                if have.read() == wanted.read():
                    return
    for name in ("package.json", "package-lock.json"):
        shutil.copy(os.path.join(OURS, name), folder)
    subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
                   cwd=folder, check=True, timeout=INSTALL_MAX, stdin=subprocess.DEVNULL)


def literals(path):
    """(name, type, value) for each part of a dashboard that has a type of its own: the compiler looks for members that
    do not exist only where it knows the type of a literal."""
    with open(path, encoding="utf-8") as file:
        dashboard = json.load(file)
    name = re.sub(r"\W", "_", os.path.basename(path).removesuffix(".json"))
    for panel in dashboard.pop("panels"):
        title = re.sub(r"\W", "_", panel.get("title", ""))
        yield f"{name}__panel_{panel.get('id')}_{title}", PANELS.get(panel.get("type"), "never"), panel
    for i, annotation in enumerate(dashboard.pop("annotations")["list"]):
        yield f"{name}__annotation_{i}", "Annotation", annotation
    for variable in dashboard.pop("templating")["list"]:
        yield f"{name}__variable_{variable.get('name')}", "Variable", variable
    yield f"{name}__frame", "Frame", dashboard


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    for program in ("node", "npm"):
        if not shutil.which(program):
            print(f"skipped: {program} is missing; scripts/install-deps --tests installs it")
            return SKIPPED
    folder = os.path.abspath(sys.argv[1])
    install(folder)
    lines = ['import type * as ours from "./types.js";']
    names = sorted(name for name in os.listdir(DASHBOARDS) if name.endswith(".json"))
    for dashboard in names:
        for name, kind, value in literals(os.path.join(DASHBOARDS, dashboard)):
            kind = kind if kind == "never" else f"ours.{kind}"
            lines.append(f"export const {name}: {kind} = {json.dumps(value)};")
    with open(os.path.join(folder, "dashboards.ts"), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    for name in ("types.ts", "tsconfig.json"):
        shutil.copy(os.path.join(OURS, name), folder)
    done = subprocess.run([os.path.join(folder, "node_modules", ".bin", "tsc"), "-p", folder, "--pretty", "false"],
                          capture_output=True, text=True, timeout=CHECK_MAX)
    # The compiler names line and column of the generated file; the reader wants to know which part of which dashboard.
    for line in done.stdout.splitlines():
        at = re.match(r"(?:.*/)?dashboards\.ts\((\d+),(\d+)\): (.*)", line)
        if at:
            source = lines[int(at[1]) - 1]
            column = int(at[2]) - 1
            line = f"{source.split(':')[0].removeprefix('export const ')}: {at[3]}\n    at {source[column:column + 60]}"
        print(line)
    print(done.stderr, end="")
    if done.returncode == 0:
        print(f"{len(lines) - 1} parts of {len(names)} dashboards have the types of @grafana/schema")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
