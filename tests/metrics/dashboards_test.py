#!/usr/bin/env python3
"""The dashboards as files: what Grafana's types leave open, and what a staker needs on each panel.

usage: dashboards_test.py [unittest arguments]; only the standard library is needed.
"""
import json
import os
import re
import unittest

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "metrics", "grafana")
NAMES = ("headmon.json", "headmon-fleet.json")
VARIABLES = ["datasource", "job", "instance", "node"]
# What Grafana sets itself.
BUILT_IN = {"__rate_interval", "__range"}
COLUMNS = 24
OURS = "vc_head_monitor_"
# Words of programmers and of Prometheus, which a description can do without.
JARGON = ("PromQL", "histogram", "quantile", "percentile", "p95", "gauge", "counter", "label", "vector", "enum", "metric")


def load(name):
    with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
        return json.load(file)


def variables_in(text):
    return set(re.findall(r"\$\{?(\w+)", text))


class Dashboards(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.dashboards = {name: load(name) for name in NAMES}

    def each_panel(self, check):
        for name, dashboard in self.dashboards.items():
            for panel in dashboard["panels"]:
                if panel["type"] != "row":
                    with self.subTest(dashboard=name, panel=panel["title"]):
                        check(panel)

    def expressions(self):
        for name, dashboard in self.dashboards.items():
            for panel in dashboard["panels"]:
                for target in panel.get("targets", []):
                    yield name, panel["title"], target["expr"]
            for annotation in dashboard["annotations"]["list"]:
                yield name, annotation["name"], annotation["expr"]

    def test_the_folder_holds_these_dashboards_and_no_others(self):
        self.assertEqual(sorted(os.listdir(FOLDER)), sorted(NAMES))

    def test_ids_are_there_once(self):
        uids = [dashboard["uid"] for dashboard in self.dashboards.values()]
        self.assertEqual(len(set(uids)), len(uids))
        for dashboard in self.dashboards.values():
            ids = [panel["id"] for panel in dashboard["panels"]]
            self.assertEqual(len(set(ids)), len(ids))
            titles = [panel["title"] for panel in dashboard["panels"]]
            self.assertEqual(len(set(titles)), len(titles))

    def test_it_is_for_any_grafana_that_imports_it(self):
        for name, dashboard in self.dashboards.items():
            self.assertIsNone(dashboard["id"], name)
            self.assertNotIn("__inputs", dashboard, "the variable `datasource` does it")
            self.assertEqual([variable["name"] for variable in dashboard["templating"]["list"]], VARIABLES)

    def test_each_variable_is_explained(self):
        for dashboard in self.dashboards.values():
            for variable in dashboard["templating"]["list"]:
                self.assertGreater(len(variable["description"]), 20)
                self.assertTrue(variable["label"])

    def test_each_panel_is_explained_in_plain_words(self):
        def check(panel):
            text = panel["description"]
            self.assertGreater(len(text), 60)
            self.assertEqual([word for word in JARGON if re.search(rf"\b{word}s?\b", text, re.IGNORECASE)], [])
            self.assertTrue(text.endswith("."))

        self.each_panel(check)

    def test_each_panel_has_a_unit_thresholds_and_a_query(self):
        def check(panel):
            defaults = panel["fieldConfig"]["defaults"]
            self.assertTrue(defaults["unit"])
            steps = [step["value"] for step in defaults["thresholds"]["steps"]]
            self.assertIsNone(steps[0])
            self.assertEqual(steps[1:], sorted(steps[1:]))
            self.assertTrue(panel["targets"])
            refs = [target["refId"] for target in panel["targets"]]
            self.assertEqual(len(set(refs)), len(refs))
            for target in panel["targets"]:
                self.assertNotEqual(target["instant"], target["range"])

        self.each_panel(check)

    def test_panels_lie_in_the_grid_and_not_on_each_other(self):
        for name, dashboard in self.dashboards.items():
            taken = {}
            for panel in dashboard["panels"]:
                at = panel["gridPos"]
                self.assertLessEqual(at["x"] + at["w"], COLUMNS)
                for cell in ((x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])):
                    self.assertNotIn(cell, taken, f"{name}: {panel['title']} lies on {taken.get(cell)}")
                    taken[cell] = panel["title"]

    def test_each_expression_looks_only_at_the_chosen_job_and_instance(self):
        for name, title, expression in self.expressions():
            with self.subTest(dashboard=name, panel=title):
                self.assertLessEqual(variables_in(expression), set(VARIABLES) | BUILT_IN)
                selectors = re.findall(rf"\b({OURS}\w+|up)\b(\{{[^}}]*\}})?", expression)
                self.assertTrue(selectors)
                for metric, labels in selectors:
                    self.assertRegex(labels, r'\bjob=~?"\$job"', metric)
                    self.assertRegex(labels, r'\binstance=~?"\$instance"', metric)

    def test_names_and_columns_that_a_panel_speaks_of_are_its_own(self):
        def check(panel):
            shown = {target.get("legendFormat") for target in panel["targets"]}
            columns = {"Time", "Value"} | {f"Value #{target['refId']}" for target in panel["targets"]}
            for target in panel["targets"]:
                for by in re.findall(r"\bby \(([^)]*)\)", target["expr"]):
                    columns |= {label.strip() for label in by.split(",")}
                    # A legend of one label has as many names as the label has values.
                    shown |= {"on_time", "late", "missed", "optimistic", "unknown"} if "verdict" in by else set()
            for transformation in panel.get("transformations", []):
                if transformation["id"] != "organize":
                    continue
                options = transformation["options"]
                self.assertLessEqual(set(options["indexByName"]) | set(options["renameByName"]) | set(options["excludeByName"]), columns)
                shown |= set(options["renameByName"].values())
            for override in panel["fieldConfig"]["overrides"]:
                self.assertIn(override["matcher"]["options"], shown)

        self.each_panel(check)

    def test_restarts_and_reorgs_are_marked(self):
        for name, dashboard in self.dashboards.items():
            marked = " ".join(annotation["expr"] for annotation in dashboard["annotations"]["list"])
            for metric in ("start_timestamp_seconds", "restarts_total", "service_restarts_total", "reorgs_total"):
                self.assertIn(OURS + metric, marked, name)
            for annotation in dashboard["annotations"]["list"]:
                self.assertTrue(annotation["enable"])

    def test_the_runbook_speaks_of_panels_that_there_are(self):
        named = {"Status → Targets"}
        for dashboard in self.dashboards.values():
            named |= {annotation["name"] for annotation in dashboard["annotations"]["list"]}
            for panel in dashboard["panels"]:
                named.add(panel["title"])
                for transformation in panel.get("transformations", []):
                    named |= set(transformation["options"].get("renameByName", {}).values())
        with open(os.path.join(FOLDER, "..", "..", "docs", "runbook.md"), encoding="utf-8") as file:
            spoken_of = re.findall(r"(?<!\*)\*([A-Z][^*]+)\*(?!\*)", file.read())
        self.assertGreater(len(spoken_of), 10)
        self.assertLessEqual({" ".join(name.split()) for name in spoken_of}, named)

    def test_they_are_written_as_grafana_writes_them(self):
        for name, dashboard in self.dashboards.items():
            with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
                self.assertEqual(file.read(), json.dumps(dashboard, indent=2, ensure_ascii=False) + "\n", name)


if __name__ == "__main__":
    unittest.main()
